//! The work that events ask for, and the events that wait in an outbox.

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use flate2::read::ZlibDecoder;
use function_kit::events::{BUDGET, BusError, Event, EventBus, News};
use store::event_work::{MessageId, Taken, Telling, WorkName};
use store::table::{FakeTable, Item};

use crate::scenario::{event, events, nue};

const OUTBOX: &str = "outbox#fuzz";

/// A bus that takes everything, or nothing.
#[derive(Debug, Default)]
struct Bus {
    is_down: bool,
    taken: Mutex<Vec<Event>>,
}

#[async_trait]
impl EventBus for Bus {
    async fn publish(&self, events: &[Event]) -> Result<Vec<usize>, BusError> {
        if self.is_down {
            return Err(BusError("it is down".to_owned()));
        }
        self.taken.lock().unwrap().extend(events.to_vec());
        Ok(Vec::new())
    }
}

fn waiting() -> Vec<Event> {
    let event = |detail: &str| Event { detail_type: "Asked".into(), detail: detail.to_owned() };
    vec![event("{}"), event("{\"a\":1}")]
}

/// Puts events into the outbox, as a function does whose bus is down.
pub async fn wait_in_outbox(table: &FakeTable) {
    let bus = Arc::new(Bus { is_down: true, ..Bus::default() });
    let news = News::new(Some(bus), Arc::new(table.clone()));
    news.publisher("fuzz").unwrap().publish(waiting(), BUDGET).await;
    assert!(table.item(OUTBOX).is_some());
}

/// The events that the outbox holds, told by hand; none where that is not known.
fn held(item: &Item) -> Option<Vec<Event>> {
    if item.get_number("version") != Some(1) {
        return None;
    }
    let mut text = String::new();
    ZlibDecoder::new(item.get_bytes("events")?).read_to_string(&mut text).ok()?;
    invoice::json::read(&text).ok()
}

/// What waits is published as it is; an outbox of another version is left as it stands.
pub async fn publish(table: &FakeTable) {
    let there = table.item(OUTBOX).unwrap();
    let bus = Arc::new(Bus::default());
    let news = News::new(Some(bus.clone()), Arc::new(table.clone()));
    news.publisher("fuzz").unwrap().publish(Vec::new(), BUDGET).await;
    let taken = bus.taken.lock().unwrap().clone();
    match held(&there) {
        Some(events) => {
            assert_eq!(taken, events);
            assert!(
                events.is_empty() || table.item(OUTBOX).is_none(),
                "what is published waits on"
            );
        }
        None => {
            assert!(taken.is_empty(), "{taken:?} comes from nowhere");
            assert!(table.item(OUTBOX) == Some(there), "what cannot be read is changed");
        }
    }
}

/// Work of another version is nobody's to go on with, and nothing is told of it.
pub async fn go_on(table: &FakeTable, seconds: i64) {
    let (store, name) = (events(table, seconds), WorkName::of(&event()));
    let is_known =
        |key: &str| table.item(key).is_none_or(|item| item.get_number("version") == Some(1));
    let key = format!("idempotency#event#{}", name.as_str());
    let (of_it, of_page) = (format!("{key}#nue"), format!("{key}#nue#0"));
    assert!(
        is_known(&key) || store.request(&name).await.is_err(),
        "a request of another version is read"
    );
    assert!(
        is_known(&key) || store.begin(&event()).await.is_err(),
        "a request of another version is begun"
    );
    assert!(
        is_known(&of_page) || store.page(&name, &nue(), 0).await.is_err(),
        "a page of another version is read"
    );
    assert!(
        is_known(&of_it) || store.works(&name, &[nue()]).await.is_err(),
        "work of another version is read"
    );
    let (is_known_request, is_known_work) = (is_known(&key), is_known(&of_it));
    if let Ok(Telling::Ours(told)) = store.tell(&name, "something else").await {
        assert!(is_known_request, "something is told of a request of another version");
        store.told(told).await.unwrap();
    }
    let time = Duration::from_secs(35);
    if let Ok(Taken::Ours(lease, work)) = store.take(&name, &nue(), MessageId("m-2"), time).await {
        assert!(is_known_work, "work of another version is taken");
        let _ = (work.is_done(), work.is_final(), work.summary());
        let _ = store.selected(&name, &nue(), work.pages.min(3)).await;
        store.release(lease, &work).await.unwrap();
    }
}
