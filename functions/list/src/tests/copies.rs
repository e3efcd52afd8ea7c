//! Connections of which a copy is kept.

use std::time::Duration;

use ::copies::{Progress, Run};
use engine::Connection;
use function_kit::Deadline;
use function_kit::configuration::CopiesConfiguration;
use function_kit::copies::Copies;
use futures::future::BoxFuture;
use invoice::ConnectionName;

use super::*;

/// The function over a connection that is synced, and what its provider is asked; one more
/// is in the configuration, and was never synced.
async fn synced() -> (ListApp, FakeProvider) {
    let fake = FakeProvider::holding([invoice("nue:1", "nue:a"), invoice("nue:2", "nue:b")]);
    let other = FakeProvider::holding([invoice("fusebill:1", "fusebill:c")]);
    let mut app = app([("nue", Ok(fake.clone())), ("fusebill", Ok(other))]);
    let names: Vec<ConnectionName> = ["nue", "fusebill"].map(|name| name.parse().unwrap()).into();
    let configured = CopiesConfiguration {
        connections: names.clone(),
        table_name: "copies".to_owned(),
        retention: Duration::from_secs(86_400),
    };
    let copies = Copies::new(::copies::testing::store().await, &configured);
    let connection = Connection { name: names[0].clone(), provider: Ok(Arc::new(fake.clone())) };
    let moved = || -> BoxFuture<'_, ()> { Box::pin(async {}) };
    let run = Run {
        store: &copies.store,
        connection: &connection,
        owner: "test",
        retention: copies.retention,
        deadline: Deadline::after(Duration::from_secs(60)),
        moved: &moved,
    };
    assert!(matches!(run.go_on().await.unwrap(), Progress::Complete(_)));
    app.copies = Some(copies);
    (app, fake)
}

async fn sources(app: &ListApp, event: Event) -> Value {
    let body = json(&FUNCTION.answer(app, event.request()).await.0);
    let from = |place: usize| body["sources"][place]["from"].clone();
    Value::Array(vec![from(0), from(1)])
}

#[tokio::test]
async fn a_copy_answers_where_it_is_complete_and_the_provider_elsewhere() {
    let (app, fake) = synced().await;
    let asked = fake.asked();
    let event = Event::get("/invoices", "sort=-number");
    assert_eq!(sources(&app, event).await, serde_json::json!(["copy", "provider"]));
    assert_eq!(fake.asked(), asked);
}

#[tokio::test]
async fn no_cache_asks_past_the_copy() {
    let (app, fake) = synced().await;
    let asked = fake.asked();
    let event = Event::get("/invoices", "sort=-number").header("cache-control", "no-cache");
    assert_eq!(sources(&app, event).await, serde_json::json!(["provider", "provider"]));
    assert!(fake.asked() > asked);
}

/// The cursor of an answer past the copy leads on in the provider's pages, and who asks without
/// the directive is answered from the copy.
#[tokio::test]
async fn what_is_asked_past_the_copy_is_kept_for_nobody() {
    let (app, _) = synced().await;
    let event = || Event::get("/invoices", "connection=nue&limit=1");
    let past = event().header("cache-control", "no-cache").request();
    let (response, afterwards) = FUNCTION.answer(&app, past).await;
    assert_eq!(json(&response)["sources"][0]["from"], "provider");
    afterwards.run().await;
    let (response, afterwards) = FUNCTION.answer(&app, event().request()).await;
    let first = json(&response);
    assert_eq!(first["sources"][0]["from"], "copy", "{first}");
    afterwards.run().await;
    let cursor = first["nextCursor"].as_str().unwrap();
    let next = Event::get("/invoices", &format!("connection=nue&limit=1&cursor={cursor}"));
    let next = json(&FUNCTION.answer(&app, next.request()).await.0);
    assert_eq!(next["data"].as_array().unwrap().len(), 1, "{next}");
}

#[tokio::test]
async fn a_customer_is_answered_its_own_from_the_copy() {
    let (app, _) = synced().await;
    let event = Event::get("/invoices", "").claims(&CUSTOMER);
    let body = json(&FUNCTION.answer(&app, event.request()).await.0);
    assert_eq!(texts(&body["data"], "/id"), ["nue:1"]);
    assert_eq!(body["sources"][0]["from"], "copy");
}

#[tokio::test]
async fn operators_are_told_how_syncs_stand() {
    let (app, _) = synced().await;
    let overview = async |event: Event| json(&FUNCTION.answer(&app, event.request()).await.0);
    let body = overview(Event::get("/connections", "")).await;
    assert_eq!(body["data"][0]["copy"]["complete"]["rows"], 2, "{body}");
    assert!(body["data"][1]["copy"]["complete"].is_null());
    let body = overview(Event::get("/connections", "").claims(&CUSTOMER)).await;
    assert!(body["data"][0]["copy"].is_null());
}

/// A listing of connections that are not synced has no table more to wait for.
#[tokio::test]
async fn what_is_not_synced_asks_nothing_of_the_copies() {
    let (mut app, fake) = synced().await;
    let copies = app.copies.as_mut().unwrap();
    copies.connections.retain(|name| name.as_str() == "nue");
    let copies = copies.clone();
    let before = copies.store.counted().now();
    let ask = async |query: &str| {
        let event = Event::get("/invoices", query);
        json(&FUNCTION.answer(&app, event.request()).await.0)["sources"][0]["from"].clone()
    };
    assert_eq!(ask("connection=fusebill&sort=-number").await, "provider");
    assert_eq!(copies.store.counted().now(), before);
    // A connection that is synced is read from its copy, and that is counted.
    assert_eq!(ask("connection=nue&sort=-number").await, "copy");
    assert!(copies.store.counted().now().gets > before.gets);
    let provider: Arc<dyn provider_client::Provider> = Arc::new(fake);
    let connection =
        Connection { name: "fusebill".parse().unwrap(), provider: Ok(provider.clone()) };
    let written = copies.for_writing(vec![connection]).pop().unwrap();
    assert!(Arc::ptr_eq(&written.provider.unwrap(), &provider));
}
