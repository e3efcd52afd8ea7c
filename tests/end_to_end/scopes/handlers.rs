//! The same of the functions themselves, whatever the gateway let through, and of
//! the principals of the AWS account, whom the local stack does not play.

use std::sync::Arc;

use function_kit::testing::{
    Event, Fake, FakeProvider, FakeTable, connected, invoice, json as read, write_app,
};
use get::GetApp;
use invoice::{Action, AvailableAction};
use jiff::Timestamp;
use list::ListApp;
use serde_json::json;

use super::rows;

/// A status, or why a write is not done. "unreadable" has a claim `customers` that
/// is none. The stand-in of a provider neither deletes nor updates, and
/// says so before it looks whose the invoice is.
const CELLS: &str = "
route                        | no identity | reader | writer | iam    | customer | another | unreadable | narrowed | neither
GET /invoices                | 401         | 200    | 403    | 200    | 200      | 200     | 403 | 200      | 403
GET /connections             | 401         | 200    | 403    | 200    | 200      | 200     | 403 | 200      | 403
GET /invoices/{id}           | 401         | 200    | 403    | 200    | 200      | absent  | 403 | 200      | 403
HEAD /invoices               | 401         | 200    | 403    | 200    | 200      | 200     | 403 | 200      | 403
HEAD /connections            | 401         | 200    | 403    | 200    | 200      | 200     | 403 | 200      | 403
HEAD /invoices/{id}          | 401         | 200    | 403    | 200    | 200      | 404     | 403 | 200      | 403
PATCH /invoices/{id}         | 401         | 403    | cannot | cannot | cannot   | cannot  | 403 | cannot   | 403
DELETE /invoices/{id}        | 401         | 403    | cannot | cannot | cannot   | cannot  | 403 | cannot   | 403
POST /invoices/{id}/activate | 401         | 403    | 200    | 200    | 200      | absent  | 403 | 200      | 403
POST /invoices/{id}/cancel   | 401         | 403    | 200    | 200    | 200      | absent  | 403 | 200      | 403
POST /invoices/activate      | 401         | 403    | 200    | 200    | 200      | absent  | 403 | 200      | 403
POST /invoices/cancel        | 401         | 403    | 200    | 200    | 200      | absent  | 403 | 200      | 403
POST /invoices/delete        | 401         | 403    | cannot | cannot | cannot   | cannot  | 403 | cannot   | 403
DELETE /invoices             | 401         | 403    | cannot | cannot | cannot   | cannot  | 403 | cannot   | 403
";

const BOTH: &str = "invoices/read invoices/write";
const ALL: &str = "invoices/read invoices/write invoices/all";

/// `event` from each of the table's callers, in its order.
fn from_each_caller(event: &Event) -> [Event; 9] {
    let customers = |claim| event.clone().claims(&[("scope", BOTH), ("customers", claim)]);
    [
        event.clone().open(),
        event.clone().claims(&[("scope", "invoices/read invoices/all")]),
        event.clone().claims(&[("scope", "invoices/write invoices/all")]),
        event.clone().iam("arn:aws:iam::111122223333:role/billing"),
        customers("[nue:a]"),
        customers("[nue:b]"),
        customers("everybody"),
        event.clone().claims(&[("scope", ALL), ("customers", "[nue:a]")]),
        event.clone().claims(&[("scope", BOTH)]),
    ]
}

fn event(route: &str) -> Event {
    let (method, path) = route.split_once(' ').unwrap();
    let event = Event::get(path, "").method(method).route_key(route);
    let body = match (method, path) {
        ("GET" | "HEAD", _) => return event.parameter("id", "nue:1"),
        ("PATCH", _) => json!({"terms": "Net30"}),
        (_, path) if path.contains("{id}") => json!({"dryRun": true}),
        _ => json!({"invoiceIds": ["nue:1"], "dryRun": true}),
    };
    event.parameter("id", "nue:1").body(&body.to_string())
}

async fn cell(route: &str, event: Event) -> String {
    let mut draft = invoice("nue:1", "nue:a");
    draft.available_actions = [Action::Activate, Action::Cancel]
        .map(|action| (action, AvailableAction { resulting_status: None }))
        .into();
    let fakes =
        || -> [(&'static str, Fake); 1] { [("nue", Ok(FakeProvider::holding([draft.clone()])))] };
    let table = || Arc::new(FakeTable::default());
    let writing = write_app(fakes(), table(), Timestamp::now);
    let request = event.request();
    let (answer, _) = match route {
        "GET /invoices" | "GET /connections" | "HEAD /invoices" | "HEAD /connections" => {
            let (configuration, connections) = connected(fakes());
            let app = ListApp::new(&configuration, connections, table());
            list::FUNCTION.answer(&app, request).await
        }
        "GET /invoices/{id}" | "HEAD /invoices/{id}" => {
            let (configuration, connections) = connected(fakes());
            get::FUNCTION.answer(&GetApp::new(&configuration, connections), request).await
        }
        "PATCH /invoices/{id}" => update::FUNCTION.answer(&writing, request).await,
        route if route.ends_with("/activate") => activate::FUNCTION.answer(&writing, request).await,
        route if route.ends_with("/cancel") => cancel::FUNCTION.answer(&writing, request).await,
        _ => delete::FUNCTION.answer(&writing, request).await,
    };
    let body = read(&answer);
    let of_one = || body.pointer("/problem/code").or_else(|| body.get("code"));
    let problem = body.pointer("/results/0/problem/code").or_else(of_one);
    match problem.and_then(|code| code.as_str()) {
        Some("unsupported_operation") => "cannot".to_owned(),
        Some("invoice_not_found") => "absent".to_owned(),
        _ => answer.status().as_u16().to_string(),
    }
}

#[tokio::test]
async fn each_handler_holds_to_the_table_by_itself() {
    for (route, cells) in rows(CELLS) {
        for (caller, (expected, event)) in
            cells.iter().zip(from_each_caller(&event(route))).enumerate()
        {
            assert_eq!(cell(route, event).await, *expected, "{route} by caller {caller}");
        }
    }
}
