//! What an agent can call.

use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

/// What an agent is told first.
pub(super) const INSTRUCTIONS: &str = "\
Invoices of several billing providers. A reference is CONNECTION:ID. Amounts are exact decimal texts; null \
means that the provider does not say. An answer's `sources` tell which connections are missing: say so when \
you report. A listing goes on at `nextCursor` while `hasMore` is true. To write, call preview_write, show the \
person the plan, and pass the plan unchanged to apply_write, which asks the person. An outcome `unknown` is \
no failure and no success: call settle with the run's name.";

/// All tools; those that write only where writing is allowed.
pub(super) fn all(writes: bool) -> Vec<Tool> {
    let mut tools = vec![
        reading("list_connections", "The connections, and what each can do.", json!({})),
        reading(
            "list_invoices",
            "A page of invoices that match a filter.",
            json!({
                "filter": filter(),
                "sort": { "type": "string", "description": "invoiceDate, dueDate, createdAt, modifiedAt, amount, balance or number; - in front for the greatest first" },
                "limit": { "type": "integer", "minimum": 1, "maximum": 200 },
                "cursor": { "type": "string", "description": "nextCursor of the page before, with the same filter and sort" },
            }),
        ),
        reading(
            "get_invoice",
            "One invoice as its provider has it now.",
            json!({
                "id": { "type": "string", "description": "The reference" },
                "lines": { "type": "boolean", "description": "With what it is made of" },
            }),
        ),
        reading(
            "summarize_invoices",
            "Counts and exact sums of the invoices that match, never across currencies.",
            json!({
                "filter": filter(),
                "by": { "type": "array", "items": { "enum": ["connection", "status", "paymentStatus", "currency", "aging"] } },
            }),
        ),
    ];
    if writes {
        tools.extend([
            reading("preview_write", "What would come of a write; sends nothing. Gives a plan, which apply_write takes.", json!({
                "action": { "enum": ["activate", "cancel", "delete"] },
                "invoiceIds": { "type": "array", "items": { "type": "string" }, "description": "References; or else a filter" },
                "filter": filter(),
                "invoiceDate": { "type": "string", "format": "date", "description": "Of an activation: the date to put on them" },
                "comment": { "type": "string", "description": "Why" },
            })),
            writing("apply_write", "Applies a previewed plan, once the person has agreed.", json!({
                "plan": { "type": "object", "description": "The plan as preview_write gave it, unchanged" },
            })),
            writing("settle", "Asks about a run's invoices whose outcome is unknown; never sends what may have been done.", json!({
                "run": { "type": "string", "description": "The run's name, as apply_write told it" },
            })),
        ]);
    }
    tools
}

fn filter() -> Value {
    json!({
        "type": "object",
        "description": "By the API's parameters, all of which must hold: a text or a list for any of, an object for a range; \
            such as {\"status\": [\"draft\"], \"connection\": \"nue\", \"amount\": {\"gt\": \"100\"}, \"dueDate\": {\"lte\": \"2026-01-31\"}}",
    })
}

fn tool(name: &'static str, description: &'static str, properties: Value) -> Tool {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), properties);
    schema.insert("additionalProperties".to_owned(), json!(false));
    Tool::new(name, description, schema)
}

fn reading(name: &'static str, description: &'static str, properties: Value) -> Tool {
    tool(name, description, properties).annotate(ToolAnnotations::new().read_only(true))
}

fn writing(name: &'static str, description: &'static str, properties: Value) -> Tool {
    let marks = ToolAnnotations::new().read_only(false).destructive(true).idempotent(false);
    tool(name, description, properties).annotate(marks)
}
