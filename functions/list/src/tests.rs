//! The handlers, as library functions, with events made by hand.

use std::sync::Arc;

use function_kit::testing::{
    Event, Fake, FakeProvider, FakeTable, SECRET, connected, header, invoice, json,
};
use lambda_http::{Body, Response};
use provider_client::error::ErrorKind;
use serde_json::Value;

use super::*;

/// The function over these connections.
fn app<const N: usize>(fakes: [(&'static str, Fake); N]) -> ListApp {
    let (configuration, connections) = connected(fakes);
    ListApp::new(&configuration, connections, Arc::new(FakeTable::default()))
}

fn two() -> ListApp {
    let nue = [invoice("nue:1", "nue:a"), invoice("nue:2", "nue:b")];
    let fusebill = [invoice("fusebill:1", "fusebill:c")];
    app([
        ("nue", Ok(FakeProvider::holding(nue))),
        ("fusebill", Ok(FakeProvider::holding(fusebill))),
        ("broken", Err("`apiKey` is missing or no text")),
    ])
}

async fn list(query: &str) -> Response<Body> {
    FUNCTION.answer(&two(), Event::get("/invoices", query).request()).await.0
}

async fn problem(event: Event, status: u16, code: &str) -> Value {
    let response = FUNCTION.answer(&two(), event.request()).await.0;
    let body = json(&response);
    assert_eq!((response.status().as_u16(), body["code"].as_str()), (status, Some(code)), "{body}");
    assert_eq!(header(&response, "content-type"), Some("application/problem+json"));
    assert_eq!(header(&response, "x-request-id"), Some("r-1"));
    body
}

fn texts(list: &Value, pointer: &str) -> Vec<String> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| item.pointer(pointer).unwrap().as_str().unwrap().to_owned()).collect()
}

const CUSTOMER: [(&str, &str); 2] = [("scope", "invoices/read"), ("customers", "[nue:a]")];

#[tokio::test]
async fn lists_the_connections_that_are_asked() {
    let response = list("connection=nue,fusebill").await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), Some("application/json"));
    let body = json(&response);
    assert_eq!(texts(&body["data"], "/id"), ["nue:1", "nue:2", "fusebill:1"]);
    assert_eq!(texts(&body["sources"], "/connection"), ["nue", "fusebill"]);
    assert_eq!((body["hasMore"].as_bool(), header(&response, "link")), (Some(false), None));
}

#[tokio::test]
async fn the_link_leads_to_the_rest() {
    let first = list("limit=2&connection=nue,fusebill").await;
    let body = json(&first);
    assert_eq!(texts(&body["data"], "/id"), ["nue:1", "nue:2"]);
    let link = header(&first, "link").unwrap();
    let query = link
        .strip_prefix("</invoices?")
        .and_then(|rest| rest.strip_suffix(">; rel=\"next\""))
        .unwrap();
    let rest = list(query).await;
    assert_eq!(texts(&json(&rest)["data"], "/id"), ["fusebill:1"]);
}

#[tokio::test]
async fn one_connection_without_a_usable_secret_does_not_fail_the_list() {
    let body = json(&list("").await);
    assert_eq!(texts(&body["data"], "/id"), ["nue:1", "nue:2", "fusebill:1"]);
    let broken = body["sources"].as_array().unwrap().iter();
    let broken = broken.clone().find(|source| source["connection"] == "broken").unwrap();
    assert_eq!(broken["status"], "failed");
    assert_eq!(broken["problem"]["code"], "provider_credentials");
    let all = Event::get("/invoices", "require=all");
    problem(all, 502, "provider_credentials").await;
}

#[tokio::test]
async fn a_customer_gets_its_own_whatever_it_asks() {
    for query in ["", "connection=nue", "status=unknown"] {
        let event = Event::get("/invoices", query).claims(&CUSTOMER);
        let body = json(&FUNCTION.answer(&two(), event.request()).await.0);
        assert_eq!(texts(&body["data"], "/id"), ["nue:1"], "{query}");
        assert_eq!(texts(&body["sources"], "/connection"), ["nue"], "{query}");
    }
    let event = Event::get("/invoices", "connection=fusebill").claims(&CUSTOMER);
    let body = problem(event, 404, "connection_not_found").await;
    assert!(!body["detail"].to_string().contains("broken"), "{body}");
}

#[tokio::test]
async fn every_faulty_parameter_is_told_at_once() {
    let event = Event::get("/invoices", "limit=201&limit=1&statuss=x");
    let body = problem(event, 400, "invalid_parameter").await;
    assert_eq!(texts(&body["errors"], "/pointer"), ["?limit", "?limit", "?statuss"]);
    let event = Event::get("/invoices", "cursor=forged");
    problem(event, 400, "invalid_cursor").await;
    let event = Event::get("/invoices", "connection=other");
    problem(event, 404, "connection_not_found").await;
}

#[tokio::test]
async fn who_may_not_read_is_refused_before_anything_else() {
    for route in ["/invoices", "/invoices/summary", "/connections"] {
        let event = || Event::get(route, "x=1");
        problem(event().open(), 401, "unauthenticated").await;
        let body =
            problem(event().claims(&[("scope", "openid invoices/all")]), 403, "forbidden").await;
        assert!(body["detail"].to_string().contains("invoices/read"));
        let unreadable = [("scope", "invoices/read"), ("customers", "*")];
        problem(event().claims(&unreadable), 403, "forbidden").await;
        let event = Event::get(route, "").iam("arn:aws:iam::1:role/x");
        assert_eq!(FUNCTION.answer(&two(), event.request()).await.0.status(), 200);
    }
}

#[tokio::test]
async fn another_route_is_refused() {
    let event = Event::get("/invoices", "").method("DELETE");
    problem(event, 405, "method_not_allowed").await;
    problem(Event::get("/invoices/{id}", ""), 404, "route_not_found").await;
}

#[tokio::test]
async fn all_failing_is_an_error() {
    let app = app([("nue", Ok(FakeProvider::failing(ErrorKind::Timeout)))]);
    let response = FUNCTION.answer(&app, Event::get("/invoices", "").request()).await.0;
    assert_eq!(response.status(), 504);
    assert!(!format!("{response:?} {app:?}").contains(SECRET));
}

#[tokio::test]
async fn tells_what_each_connection_can_do() {
    let response = FUNCTION.answer(&two(), Event::get("/connections", "").request()).await.0;
    assert_eq!(response.status(), 200);
    let body = json(&response);
    assert_eq!(texts(&body["data"], "/name"), ["nue", "fusebill", "broken"]);
    let nue = &body["data"][0];
    assert_eq!((nue["provider"].as_str(), nue["status"].as_str()), (Some("fake"), Some("ok")));
    assert_eq!(
        (nue["title"].as_str(), nue["direction"].as_str()),
        (Some("Fake (for tests)"), Some("receivable"))
    );
    let can = &nue["capabilities"];
    assert_eq!(can["operations"], serde_json::json!(["list", "get", "activate", "cancel"]));
    assert_eq!(
        can["writes"],
        serde_json::json!({"activate": "bulk", "cancel": "single", "delete": "absent", "update": "absent"})
    );
    let filters = can["filters"].as_object().unwrap();
    assert_eq!(filters.len(), invoice::Parameter::ALL.len());
    assert_eq!(filters["status"], "provider");
    assert_eq!(filters["number"], "bridge");
    assert_eq!(filters["poNumber"], "absent");
    let sorts = can["sorts"].as_object().unwrap();
    assert_eq!(sorts.len(), 2 * invoice::SortKey::ALL.len());
    let sort = |word: &str| sorts[word].as_str().unwrap();
    let told = ["invoiceDate", "-invoiceDate", "number", "modifiedAt"].map(sort);
    assert_eq!(told, ["provider", "provider", "bridge", "absent"]);
    assert_eq!(can["includes"], serde_json::json!(["lines", "raw"]));
    assert_eq!(can["updatable"], serde_json::json!([]));
    assert_eq!(can["customerRequired"], false);
    assert_eq!(nue.get("problem"), None);
}

#[tokio::test]
async fn a_connection_that_cannot_be_opened_is_listed_with_its_problem() {
    let response = FUNCTION.answer(&two(), Event::get("/connections", "").request()).await.0;
    let broken = &json(&response)["data"][2];
    assert_eq!(broken["status"], "failed");
    assert_eq!(broken["problem"]["code"], "provider_credentials");
    assert!(broken["problem"]["detail"].to_string().contains("apiKey"));
    assert!(broken["capabilities"].is_null() && broken["provider"].is_null());
    assert!(!format!("{response:?}").contains(SECRET));
}

#[tokio::test]
async fn a_customer_is_told_of_its_own_connections_only() {
    let event = Event::get("/connections", "").claims(&CUSTOMER);
    let body = json(&FUNCTION.answer(&two(), event.request()).await.0);
    assert_eq!(texts(&body["data"], "/name"), ["nue"]);
    let nobody = [("scope", "invoices/read"), ("customers", "[]")];
    let event = Event::get("/connections", "").claims(&nobody);
    let body = json(&FUNCTION.answer(&two(), event.request()).await.0);
    assert_eq!(body["data"], serde_json::json!([]));
    problem(Event::get("/connections", "limit=1"), 400, "invalid_parameter").await;
}

#[tokio::test]
async fn no_provider_is_asked_what_it_can_do() {
    let fake = FakeProvider::default();
    let app = app([("nue", Ok(fake.clone()))]);
    let response = FUNCTION.answer(&app, Event::get("/connections", "").request()).await.0;
    assert_eq!(response.status(), 200);
    assert_eq!(fake.asked(), 0);
}

async fn summed(query: &str) -> Value {
    let response =
        FUNCTION.answer(&two(), Event::get("/invoices/summary", query).request()).await.0;
    assert_eq!(response.status(), 200, "{}", json(&response));
    json(&response)
}

#[tokio::test]
async fn sums_up_what_a_listing_of_the_same_filter_lists() {
    let body = summed("by=connection&connection=nue,fusebill").await;
    assert_eq!((&body["count"], &body["complete"]), (&3.into(), &true.into()));
    assert_eq!(texts(&body["groups"], "/key/connection"), ["fusebill", "nue"]);
    assert_eq!(texts(&body["sources"], "/connection"), ["nue", "fusebill"]);
    assert_eq!(body["groups"][1]["count"], 2);
    assert_eq!(body["asOf"], body["sources"][0]["fetchedAt"]);
    let body = summed("number=none&connection=nue").await;
    assert_eq!((&body["count"], &body["groups"]), (&0.into(), &serde_json::json!([])));
}

#[tokio::test]
async fn a_summary_that_lacks_a_connection_says_so() {
    let body = summed("").await;
    assert_eq!((&body["count"], &body["complete"]), (&3.into(), &false.into()));
    let all = Event::get("/invoices/summary", "require=all");
    problem(all, 502, "provider_credentials").await;
}

#[tokio::test]
async fn a_customers_summary_is_of_its_own_invoices() {
    let event = Event::get("/invoices/summary", "by=connection").claims(&CUSTOMER);
    let body = json(&FUNCTION.answer(&two(), event.request()).await.0);
    assert_eq!((&body["count"], body["groups"].as_array().map(Vec::len)), (&1.into(), Some(1)));
    let event = Event::get("/invoices/summary", "limit=1&by=x");
    let body = problem(event, 400, "invalid_parameter").await;
    assert_eq!(texts(&body["errors"], "/pointer"), ["?limit", "?by"]);
}
