//! The handler, over copies that the test writes.

use std::time::Duration;

use copies::{Cause, Observation, Observed, Progress, Run};
use engine::Connection;
use function_kit::configuration::CopiesConfiguration;
use function_kit::copies::Copies;
use function_kit::testing::{Event, FakeProvider, connected, invoice, json};
use jiff::SignedDuration;
use provider_client::Deadline;
use serde_json::Value;

use super::*;

const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// A state in which `nue` is synced, with two invoices, and `fusebill` is not.
async fn synced() -> ChangesApp {
    let nue = || FakeProvider::holding([invoice("nue:1", "nue:a"), invoice("nue:2", "nue:b")]);
    let (configuration, _) =
        connected([("nue", Ok(nue())), ("fusebill", Ok(FakeProvider::default()))]);
    let store = copies::testing::store().await;
    let name: ConnectionName = "nue".parse().unwrap();
    let configured = CopiesConfiguration {
        connections: vec![name.clone()],
        table_name: "copies".to_owned(),
        retention: WEEK,
    };
    let connection = Connection { name, provider: Ok(std::sync::Arc::new(nue())) };
    let moved = || -> futures::future::BoxFuture<'_, ()> { Box::pin(async {}) };
    let run = Run {
        store: &store,
        connection: &connection,
        owner: "test",
        retention: SignedDuration::try_from(WEEK).unwrap(),
        deadline: Deadline::after(Duration::from_secs(60)),
        moved: &moved,
    };
    assert!(matches!(run.go_on().await.unwrap(), Progress::Complete(_)));
    ChangesApp::new(&configuration, Some(Copies::new(store, &configured)))
}

async fn ask(app: &ChangesApp, query: &str) -> (u16, Value) {
    let (response, _) =
        FUNCTION.answer(app, Event::get("/invoices/changes", query).request()).await;
    (response.status().as_u16(), json(&response))
}

fn told(body: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let data = body["data"].as_array().unwrap().iter();
    data.map(|one| (text(&one["id"]), text(&one["kind"]))).collect()
}

async fn gone(app: &ChangesApp, id: &str) {
    let observed = Observed::Gone(id.parse().unwrap());
    let asked_at = Timestamp::now();
    let seen = Observation { observed, asked_at, cause: Cause::Bridge };
    let name = "nue".parse().unwrap();
    let week = SignedDuration::try_from(WEEK).unwrap();
    app.copies.as_ref().unwrap().store.observe(&name, vec![seen], week).await.unwrap();
}

#[tokio::test]
async fn tells_what_is_there_and_then_what_changed() {
    let state = synced().await;
    let (status, first) = ask(&state, "connection=nue&limit=1&includes=invoice").await;
    assert_eq!(status, 200, "{first}");
    assert_eq!((told(&first).len(), first["hasMore"].as_bool()), (1, Some(true)));
    let etag = first["data"][0]["etag"].as_str().unwrap();
    assert_eq!((etag.len(), first["data"][0]["causedBy"].as_str()), (34, Some("provider")));
    assert!(first["data"][0]["invoice"].is_object());
    let cursor =
        |body: &Value| format!("connection=nue&cursor={}", body["nextCursor"].as_str().unwrap());
    let (_, rest) = ask(&state, &cursor(&first)).await;
    assert_eq!((told(&rest).len(), rest["hasMore"].as_bool()), (1, Some(false)));
    let (_, nothing) = ask(&state, &cursor(&rest)).await;
    assert_eq!(told(&nothing), []);
    gone(&state, "nue:1").await;
    let (_, news) = ask(&state, &cursor(&nothing)).await;
    assert_eq!(told(&news), [("nue:1".to_owned(), "deleted".to_owned())]);
    assert_eq!(news["data"][0]["causedBy"], "bridge");
    let source = &news["sources"][0];
    assert_eq!(
        (source["changes"].as_str(), source["deletions"].as_str()),
        (Some("copy"), Some("copy"))
    );
}

#[tokio::test]
async fn a_connection_that_tells_nothing_says_so() {
    let state = synced().await;
    let (status, body) = ask(&state, "connection=fusebill").await;
    assert_eq!((status, body["code"].as_str()), (422, Some("unsupported_operation")), "{body}");
    let (status, both) = ask(&state, "").await;
    assert_eq!(status, 200, "{both}");
    let fusebill =
        both["sources"].as_array().unwrap().iter().find(|it| it["connection"] == "fusebill");
    assert_eq!(fusebill.unwrap()["changes"], "none");
    let (status, body) = ask(&state, "connection=other").await;
    assert_eq!((status, body["code"].as_str()), (404, Some("connection_not_found")), "{body}");
}

#[tokio::test]
async fn what_is_too_long_ago_is_refused() {
    let state = synced().await;
    let (status, body) = ask(&state, "connection=nue&since=2020-01-01").await;
    assert_eq!((status, body["code"].as_str()), (410, Some("changes_expired")), "{body}");
}

#[tokio::test]
async fn a_customer_is_told_nothing() {
    let state = synced().await;
    let claims = [("scope", "invoices/read"), ("customers", "[nue:a]")];
    let event = Event::get("/invoices/changes", "").claims(&claims);
    let (response, _) = FUNCTION.answer(&state, event.request()).await;
    assert_eq!(response.status(), 403);
}
