//! Refusals of what clients assume, in the words of Hasura and of the newer REST
//! edition's kind.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::exchange::Call;

/// The largest `limit` where larger ones are refused.
const SMALL: usize = 100;

/// Why a GraphQL call is refused that rests on one of these assumptions; like
/// Hasura, it tells of the first alone.
pub(super) fn of_graphql(call: &Call, assumptions: &BTreeSet<String>) -> Option<String> {
    #[derive(Deserialize)]
    struct Request {
        query: String,
        #[serde(default)]
        variables: Value,
    }
    let request: Request = serde_json::from_str(&call.body).ok()?;
    // The values of variables as they would stand in the query.
    let values = literal(&request.variables).replace("limit: ", "$limit limit ");
    let whole = format!("{} {values}", request.query);
    let query = without_texts(&whole);
    let words: Vec<&str> = query
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|it| !it.is_empty())
        .collect();
    assumptions.iter().find_map(|assumption| refusal(assumption, &whole, &words))
}

fn refusal(assumption: &str, query: &str, words: &[&str]) -> Option<String> {
    let has = |name: &str| words.contains(&name);
    match assumption {
        "order_by" | "limit" | "offset" => {
            has(assumption).then(|| format!("'Invoice' has no argument named \"{assumption}\""))
        }
        "variables" => query
            .contains("$where")
            .then(|| "unexpected variables in variableValues: where".to_owned()),
        "limit of 500" => {
            let pairs = words.windows(2).filter(|pair| pair.first() == Some(&"limit"));
            let limit: usize = pairs.filter_map(|pair| pair.last()?.parse().ok()).max()?;
            (limit > SMALL).then(|| format!("limit must be at most {SMALL}"))
        }
        "_in" => {
            has("_in").then(|| "field '_in' not found in type: 'String_comparison_exp'".to_owned())
        }
        "amounts as texts" => {
            let field = ["amount", "balance"].into_iter().find(|field| {
                ["_gte", "_lte"]
                    .into_iter()
                    .any(|operator| query.contains(&format!("{{{field}: {{{operator}: \"")))
            })?;
            Some(format!("expected a numeric for '{field}', but found a string"))
        }
        field => {
            let field = field.strip_prefix("Invoice.")?;
            has(field).then(|| format!("field '{field}' not found in type: 'Invoice'"))
        }
    }
}

/// A value as GraphQL writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{name}: {}", literal(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// A query without its string literals.
fn without_texts(query: &str) -> String {
    let (mut out, mut chars, mut within) = (String::new(), query.chars(), false);
    while let Some(c) = chars.next() {
        match c {
            '\\' if within => drop(chars.next()),
            '"' => within = !within,
            c if !within => out.push(c),
            _ => {}
        }
    }
    out
}
