//! What reaches the functions that are behind queues, and what reaches those behind the API
//! before it is a request. Nothing panics; a batch's failures name its messages; and an
//! invoice is written to only where a whole event asks for that, and once.
#![no_main]

#[path = "event/drawn.rs"]
mod drawn;
#[path = "event/http.rs"]
mod http;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use activate::event_app::EventApp;
use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use function_kit::events::{BusError, Event, EventBus};
use function_kit::testing::{FakeProvider, FakeTable, connected, deal_with, invoice};
use function_kit::writing::WriteApp;
use function_kit::{Deadline, Message, MessageHandler};
use futures::future::BoxFuture;
use invoice::{Invoice, Status};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use sync::SyncApp;

use drawn::Drawn;

const DRAFTS: [&str; 3] = ["fake:1", "fake:2", "fake:3"];

#[derive(Debug, Clone, Default)]
struct Bus(Arc<Mutex<Vec<Event>>>);

#[async_trait]
impl EventBus for Bus {
    async fn publish(&self, events: &[Event]) -> Result<Vec<usize>, BusError> {
        self.0.lock().unwrap().extend(events.to_vec());
        Ok(Vec::new())
    }
}

/// All three functions over one account, each of which notes what becomes of its messages.
struct Rig {
    activate: EventApp,
    webhook: WriteApp,
    sync: SyncApp,
    provider: FakeProvider,
    bus: Bus,
    dealt: Mutex<Vec<(String, bool)>>,
}

impl Rig {
    fn new() -> Self {
        let drafts =
            DRAFTS.map(|id| Invoice { status: Status::Draft, ..invoice(id, "fake:customer") });
        let provider = FakeProvider::holding(drafts);
        let (table, bus) = (Arc::new(FakeTable::default()), Bus::default());
        let open = || connected([("fake", Ok(provider.clone()))]);
        let on: Option<Arc<dyn EventBus>> = Some(Arc::new(bus.clone()));
        let (configuration, connections) = open();
        Self {
            activate: EventApp::new(&configuration, connections, table.clone(), on.clone()),
            webhook: WriteApp::new(&configuration, open().1, table.clone(), on.clone()),
            sync: SyncApp::new(&configuration, open().1, None, table, on),
            provider,
            bus,
            dealt: Mutex::default(),
        }
    }

    fn note(&self, message: Message<'_>, is_done: bool) -> bool {
        self.dealt.lock().unwrap().push((message.delivery.message_id.to_owned(), is_done));
        is_done
    }

    async fn deal(&self, function: u8, batch: SqsEvent) -> SqsBatchResponse {
        let deadline = Deadline::after(Duration::from_secs(100));
        let handler: MessageHandler<Self> = match function % 4 {
            0 | 1 => on_event,
            2 => on_webhook,
            _ => on_sync,
        };
        deal_with(self, handler, batch, deadline).await
    }
}

fn on_event<'a>(rig: &'a Rig, message: Message<'a>) -> BoxFuture<'a, bool> {
    Box::pin(
        async move { rig.note(message, activate::on_event::handle(&rig.activate, message).await) },
    )
}

fn on_webhook<'a>(rig: &'a Rig, message: Message<'a>) -> BoxFuture<'a, bool> {
    Box::pin(async move {
        rig.note(message, function_kit::webhooks::apply(&rig.webhook, message).await)
    })
}

fn on_sync<'a>(rig: &'a Rig, message: Message<'a>) -> BoxFuture<'a, bool> {
    Box::pin(async move { rig.note(message, sync::on_message(&rig.sync, message).await) })
}

/// Whether an event asks for an activation: told from its JSON by hand.
fn asks(body: &str) -> bool {
    let Ok(event) = serde_json::from_str::<Value>(body) else { return false };
    let detail = &event["detail"];
    let texts = ["id", "source", "account"].iter().all(|name| event[*name].is_string());
    texts
        && event["detail-type"] == "Invoice Activation Requested"
        && detail.is_object()
        && (detail["invoiceIds"].is_array() || detail["filter"].is_object())
        && detail.get("dryRun").is_none_or(|dry_run| *dry_run != Value::Bool(true))
}

/// What a batch failed with is what its messages came to.
fn are_named(answer: &SqsBatchResponse, dealt: &[(String, bool)], batch: &SqsEvent) {
    let mut failed: Vec<&str> =
        answer.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect();
    let mut expected: Vec<&str> =
        dealt.iter().filter(|(_, is_done)| !is_done).map(|(id, _)| id.as_str()).collect();
    failed.sort_unstable();
    expected.sort_unstable();
    // One without an id fails the batch as a whole: that is how its id is not taken for one.
    assert_eq!(failed, expected);
    assert_eq!(dealt.len(), batch.records.len(), "a message was passed over");
}

fn deliver(function: u8, mut batch: SqsEvent, times: u8) {
    // A second webhook of a connection waits for a second of the wall's clock to be over.
    let is_webhook = function % 4 == 2;
    if is_webhook {
        batch.records.truncate(1);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let rig = Rig::new();
    let mut of_it: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for _ in 0..=if is_webhook { 0 } else { times % 3 } {
        let answer = runtime.block_on(rig.deal(function, batch.clone()));
        let dealt = std::mem::take(&mut *rig.dealt.lock().unwrap());
        are_named(&answer, &dealt, &batch);
        for (id, is_done) in dealt {
            of_it.entry(id).or_default().push(is_done);
        }
    }
    let bodies: Vec<&str> =
        batch.records.iter().filter_map(|record| record.body.as_deref()).collect();
    let is_asked = function % 4 < 2 && bodies.iter().any(|body| asks(body));
    let sent: BTreeSet<&str> =
        DRAFTS.into_iter().filter(|id| rig.provider.sent(&id[5..]) > 0).collect();
    assert!(sent.is_empty() || is_asked, "{sent:?} are activated by {bodies:?}");
    for id in DRAFTS {
        assert!(rig.provider.sent(&id[5..]) <= 1, "{id} is sent twice by {bodies:?}");
    }
    for event in rig.bus.0.lock().unwrap().iter() {
        let detail: Value = serde_json::from_str(&event.detail)
            .unwrap_or_else(|error| panic!("{event:?}: {error}"));
        assert!(detail.is_object(), "{event:?}");
    }
}

fuzz_target!(|drawn: Drawn<'_>| {
    match drawn {
        Drawn::Batch { function, bytes } => {
            if let Ok(batch) = serde_json::from_slice(bytes) {
                deliver(function, batch, 0);
            }
        }
        Drawn::Messages { function, times, messages } => {
            let mut batch = SqsEvent::default();
            batch.records = messages.into_iter().take(3).map(drawn::DrawnMessage::record).collect();
            deliver(function, batch, times);
        }
        Drawn::Event(bytes) => http::of_bytes(bytes),
        Drawn::Request { path, query, header, body } => http::of_parts(path, query, header, body),
    }
});
