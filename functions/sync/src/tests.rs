//! Messages, by hand, over an embedded table of copies.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use function_kit::configuration::CopiesConfiguration;
use function_kit::copies::Copies;
use function_kit::events::{BusError, Event, EventBus};
use function_kit::testing::{FakeProvider, FakeTable, connected, invoice};
use function_kit::{Deadline, Delivery, Message};
use provider_client::ErrorKind;
use serde_json::json;

use super::*;

/// A bus that takes everything and tells the test.
#[derive(Debug, Default)]
struct Taken(Mutex<Vec<Event>>);

#[async_trait]
impl EventBus for Taken {
    async fn publish(&self, events: &[Event]) -> Result<Vec<usize>, BusError> {
        self.0.lock().unwrap().extend(events.iter().cloned());
        Ok(Vec::new())
    }
}

struct Fixture {
    app: SyncApp,
    bus: Arc<Taken>,
    provider: FakeProvider,
    table: FakeTable,
}

async fn fixture() -> Fixture {
    let provider = FakeProvider::holding([invoice("nue:1", "nue:a"), invoice("nue:2", "nue:b")]);
    let fakes = [("nue", Ok(provider.clone())), ("fusebill", Ok(FakeProvider::default()))];
    let (configuration, connections) = connected(fakes);
    let configured = CopiesConfiguration {
        connections: vec!["nue".parse().unwrap()],
        table_name: "copies".to_owned(),
        retention: Duration::from_secs(86_400),
    };
    let copies = Copies::new(copies::testing::store().await, &configured);
    let (bus, table) = (Arc::new(Taken::default()), FakeTable::default());
    let held: Arc<dyn EventBus> = bus.clone();
    let app = SyncApp::new(
        &configuration,
        connections,
        Some(copies),
        Arc::new(table.clone()),
        Some(held),
    );
    Fixture { app, bus, provider, table }
}

impl Fixture {
    /// Handles a message, with so long to do it in.
    async fn handle(
        &self,
        kind: &str,
        source: &str,
        detail: serde_json::Value,
        time: Duration,
    ) -> bool {
        let body = json!({"id": "e", "detail-type": kind, "source": source, "account": "1", "detail": detail});
        self.deliver(&body.to_string(), time).await
    }

    /// Delivers a message once, with so long to handle it in.
    async fn deliver(&self, body: &str, time: Duration) -> bool {
        let deadline = Deadline::after(time);
        let delivery = Delivery { message_id: "m", receives: 1, deadline };
        on_message(&self.app, Message { body, delivery }).await
    }

    async fn sync(&self, time: Duration) -> bool {
        self.handle(CONTINUED, "invoice-bridge", json!({"connections": ["nue"]}), time).await
    }

    fn told(&self) -> Vec<String> {
        let mut taken = self.bus.0.lock().unwrap();
        taken.drain(..).map(|event| format!("{} {}", event.detail_type, event.detail)).collect()
    }

    async fn rows(&self) -> Option<u64> {
        Some(self.app.complete(&"nue".parse().unwrap()).await?.rows)
    }
}

const LONG: Duration = Duration::from_secs(300);
const GOES_ON: &str = r#"Invoice Sync Continued {"connections":["nue"]}"#;

#[tokio::test]
async fn a_request_becomes_a_message_for_each_connection_that_is_synced() {
    let fixture = fixture().await;
    let detail = json!({"connections": ["nue", "fusebill"]});
    assert!(fixture.handle(REQUESTED, "invoice-bridge.schedule", detail, LONG).await);
    assert_eq!(fixture.told(), [GOES_ON]);
    assert_eq!(fixture.provider.asked(), 0);
}

#[tokio::test]
async fn the_sample_event_asks_for_the_sync_of_a_connection() {
    let fixture = fixture().await;
    let sample = include_str!("../../../infra/events/sync.json");
    let event: serde_json::Value = serde_json::from_str(sample).unwrap();
    for record in event["Records"].as_array().unwrap() {
        assert!(fixture.deliver(record["body"].as_str().unwrap(), LONG).await);
    }
    assert_eq!(fixture.told(), [GOES_ON]);
}

#[tokio::test]
async fn a_sync_makes_the_copy_and_moves_the_generation() {
    let fixture = fixture().await;
    assert!(fixture.sync(LONG).await);
    assert_eq!(fixture.rows().await, Some(2));
    assert!(fixture.table.keys().iter().any(|key| key.starts_with("generation#nue")));
    let changes = fixture.table.changes();
    assert!(fixture.sync(LONG).await);
    assert_eq!(fixture.table.changes(), changes, "nothing new, nothing moved");
}

#[tokio::test]
async fn what_there_is_no_time_for_is_handed_on() {
    let fixture = fixture().await;
    assert!(fixture.sync(Duration::from_secs(5)).await);
    assert_eq!((fixture.told(), fixture.rows().await), (vec![GOES_ON.to_owned()], None));
    assert!(fixture.sync(LONG).await);
    assert_eq!(fixture.rows().await, Some(2));
}

#[tokio::test]
async fn a_provider_that_fails_leaves_the_copy_as_it_is_and_is_told() {
    let fixture = fixture().await;
    assert!(fixture.sync(LONG).await);
    fixture.provider.fail(Some(ErrorKind::Timeout));
    assert!(fixture.sync(LONG).await, "the next is asked for by the schedule");
    let copies = fixture.app.copies.as_ref().unwrap();
    let state = copies.sync_state(&"nue".parse().unwrap()).await.unwrap();
    assert_eq!(state.failed.unwrap().code, "provider_timeout");
    assert_eq!(state.complete.unwrap().rows, 2);
    fixture.provider.fail(None);
    assert!(fixture.sync(LONG).await);
    let state = copies.sync_state(&"nue".parse().unwrap()).await.unwrap();
    assert_eq!(state.failed, None);
}

#[tokio::test]
async fn a_purge_empties_the_copy() {
    let fixture = fixture().await;
    assert!(fixture.sync(LONG).await);
    let detail = || json!({"connections": ["nue"]});
    // The source that may ask for a sync may not empty anything.
    for (kind, source) in [(PURGE, "invoice-bridge.schedule"), (REQUESTED, "invoice-bridge.purge")]
    {
        assert!(!fixture.handle(kind, source, detail(), LONG).await, "{kind} {source}");
        assert_eq!(fixture.rows().await, Some(2));
    }
    assert!(fixture.handle(PURGE, "invoice-bridge.purge", detail(), LONG).await);
    assert_eq!(fixture.rows().await, None);
}

#[tokio::test]
async fn what_is_no_request_for_a_sync_comes_back() {
    let fixture = fixture().await;
    let all = json!({"connections": ["nue"]});
    assert!(!fixture.handle("Invoice Activated", "invoice-bridge", all.clone(), LONG).await);
    assert!(!fixture.handle(CONTINUED, "somebody", all, LONG).await);
    assert!(!fixture.handle(REQUESTED, "invoice-bridge.schedule", json!({}), LONG).await);
    assert_eq!(fixture.provider.asked(), 0);
}
