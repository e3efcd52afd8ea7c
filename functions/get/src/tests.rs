//! The handler, as a library function, with events made by hand.

use function_kit::testing::{Event, Fake, FakeProvider, connected, header, invoice, json};
use lambda_http::{Body, Response};
use provider_client::error::ErrorKind;

use super::*;

fn event(id: &str, query: &str) -> Event {
    Event::get("/invoices/{id}", query).parameter("id", id)
}

/// The function over these connections.
fn app<const N: usize>(fakes: [(&'static str, Fake); N]) -> GetApp {
    let (configuration, connections) = connected(fakes);
    GetApp::new(&configuration, connections)
}

fn holding() -> GetApp {
    let invoices = [invoice("nue:inv 1/#?%", "nue:a"), invoice("nue:2", "nue:b")];
    app([
        ("nue", Ok(FakeProvider::holding(invoices))),
        ("broken", Err("`apiKey` is missing or no text")),
    ])
}

async fn answer(event: Event) -> Response<Body> {
    FUNCTION.answer(&holding(), event.request()).await.0
}

async fn problem(event: Event, status: u16, code: &str) -> serde_json::Value {
    let response = answer(event).await;
    let body = json(&response);
    assert_eq!((response.status().as_u16(), body["code"].as_str()), (status, Some(code)), "{body}");
    assert_eq!(header(&response, "content-type"), Some("application/problem+json"));
    body
}

const CUSTOMER: [(&str, &str); 2] = [("scope", "invoices/read"), ("customers", "[nue:a]")];

#[tokio::test]
async fn answers_the_invoice_with_its_tag() {
    let response = answer(event("nue:2", "")).await;
    assert_eq!(response.status(), 200);
    let body = json(&response);
    assert_eq!(body["id"], "nue:2");
    assert_eq!(body.get("lines"), None);
    let tag = header(&response, "etag").unwrap();
    let again = answer(event("nue:2", "").header("if-none-match", tag)).await;
    assert_eq!(again.status(), 304);
    let more = answer(event("nue:2", "includes=lines").header("if-none-match", tag)).await;
    assert_eq!(more.status(), 200, "another view is another answer");
    assert!(json(&more)["lines"].is_array());
}

#[tokio::test]
async fn the_id_is_taken_as_the_gateway_decoded_it() {
    let response = answer(event("nue:inv 1/#?%", "includes=lines")).await;
    assert_eq!(response.status(), 200);
    assert_eq!(json(&response)["id"], "nue:inv 1~2F#~3F%");
    assert!(json(&response)["lines"].is_array(), "the query is not lost behind a #");
}

#[tokio::test]
async fn a_text_that_is_no_reference_is_told_what_one_is() {
    for id in ["2", "Nue:2", ":2", "nue:", ""] {
        let body = problem(event(id, ""), 400, "invalid_parameter").await;
        assert_eq!(body["errors"][0]["pointer"], "/id", "{id}");
    }
    let body = problem(event("2", ""), 400, "invalid_parameter").await;
    assert!(body["detail"].as_str().unwrap().contains("connection:id"));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    problem(event("nue:3", ""), 404, "invoice_not_found").await;
    let body = problem(event("nuee:2", ""), 404, "connection_not_found").await;
    assert!(body["detail"].as_str().unwrap().contains("nue, broken"), "{body}");
}

#[tokio::test]
async fn every_faulty_parameter_is_told_at_once() {
    let query = "includes=line&limit=5&showTrackedItems=yes&includes=raw&showTrackedItems=no";
    let body = problem(event("nue:2", query), 400, "invalid_parameter").await;
    let at: Vec<&str> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(at, ["?includes", "?limit", "?showTrackedItems", "?showTrackedItems"]);
}

#[tokio::test]
async fn a_customer_sees_its_own_and_learns_of_nothing_else() {
    let own = answer(event("nue:inv 1/#?%", "").claims(&CUSTOMER)).await;
    assert_eq!(own.status(), 200);
    let others = problem(event("nue:2", "").claims(&CUSTOMER), 404, "invoice_not_found").await;
    let absent = problem(event("nue:3", "").claims(&CUSTOMER), 404, "invoice_not_found").await;
    let alike = |body: &serde_json::Value| body["detail"].to_string().replace(['2', '3'], "");
    assert_eq!(alike(&others), alike(&absent));
    for id in ["broken:1", "unknown:1"] {
        let body = problem(event(id, "").claims(&CUSTOMER), 404, "invoice_not_found").await;
        assert!(!body["detail"].to_string().contains("there are"), "{body}");
    }
    let nobody = [("scope", "invoices/read"), ("customers", "")];
    problem(event("nue:2", "").claims(&nobody), 404, "invoice_not_found").await;
}

#[tokio::test]
async fn who_may_not_read_is_refused_before_anything_else() {
    problem(event("2", "x=1").open(), 401, "unauthenticated").await;
    let body = problem(
        event("2", "x=1").claims(&[("scope", "invoices/write invoices/all")]),
        403,
        "forbidden",
    );
    assert!(body.await["detail"].to_string().contains("invoices/read"));
    let unreadable = [("scope", "invoices/read"), ("customers", "everybody")];
    problem(event("nue:2", "").claims(&unreadable), 403, "forbidden").await;
    let principal = answer(event("nue:2", "").iam("arn:aws:iam::1:role/x")).await;
    assert_eq!(principal.status(), 200);
}

#[tokio::test]
async fn another_route_is_refused() {
    problem(event("nue:2", "").method("DELETE"), 405, "method_not_allowed").await;
    problem(Event::get("/invoices", ""), 404, "route_not_found").await;
}

#[tokio::test]
async fn a_connection_without_a_usable_secret_says_so() {
    let body = problem(event("broken:1", ""), 502, "provider_credentials").await;
    assert!(body["detail"].to_string().contains("`broken`"), "{body}");
}

#[tokio::test]
async fn a_providers_failure_is_told_as_what_it_is() {
    for (kind, status, code) in [
        (ErrorKind::Credentials, 502, "provider_credentials"),
        (ErrorKind::RateLimited, 429, "rate_limited"),
        (ErrorKind::Timeout, 504, "provider_timeout"),
        (ErrorKind::Failed, 502, "provider_error"),
        (ErrorKind::BadResponse, 502, "provider_bad_response"),
    ] {
        let app = app([("nue", Ok(FakeProvider::failing(kind)))]);
        let response = FUNCTION.answer(&app, event("nue:1", "").request()).await.0;
        assert_eq!(response.status(), status, "{kind:?}");
        assert_eq!(json(&response)["code"], code);
        let wait = (kind == ErrorKind::RateLimited).then_some("7");
        assert_eq!(header(&response, "retry-after"), wait, "rounded up to whole seconds");
    }
}

fn commented(text: &str) -> GetApp {
    let mut one = invoice("nue:1", "nue:a");
    one.comments = vec![invoice::Comment { text: text.to_owned(), created_at: None, author: None }];
    app([("nue", Ok(FakeProvider::holding([one])))])
}

#[tokio::test]
async fn a_customer_is_shown_no_comments_and_refused_raw() {
    let app = commented("Dunning: lawyers");
    let operator = FUNCTION.answer(&app, event("nue:1", "").request()).await.0;
    assert_eq!(json(&operator)["comments"][0]["text"], "Dunning: lawyers");
    let own = FUNCTION.answer(&app, event("nue:1", "").claims(&CUSTOMER).request()).await.0;
    assert_eq!((own.status().as_u16(), &json(&own)["comments"]), (200, &serde_json::json!([])));
    let refused =
        FUNCTION.answer(&app, event("nue:1", "includes=raw").claims(&CUSTOMER).request()).await.0;
    assert_eq!((refused.status().as_u16(), &json(&refused)["code"]), (403, &"forbidden".into()));
}

#[tokio::test]
async fn an_invoice_that_no_answer_holds_is_told_as_such() {
    let response =
        FUNCTION.answer(&commented(&"\"".repeat(2_000_000)), event("nue:1", "").request()).await.0;
    assert_eq!((response.status().as_u16(), &json(&response)["code"]), (422, &"too_large".into()));
}
