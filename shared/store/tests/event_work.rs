//! The work that events ask for, over a table in memory.
#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use invoice::ConnectionName;
use jiff::Timestamp;
use store::event_work::*;
use store::table::FakeTable;

const TIME: Duration = Duration::from_secs(35);

struct Fixture {
    store: EventWorkStore,
    clock: Arc<AtomicI64>,
    name: WorkName,
    nue: ConnectionName,
}

impl Fixture {
    async fn new() -> Self {
        let clock = Arc::new(AtomicI64::new(Timestamp::now().as_millisecond()));
        let shown = clock.clone();
        let store = EventWorkStore::new(Arc::new(FakeTable::default()))
            .with_clock(move || Timestamp::from_millisecond(shown.load(Ordering::SeqCst)).unwrap());
        let nue: ConnectionName = "nue".parse().unwrap();
        let request = EventRecord {
            id: "e-1".to_owned(),
            account: "000000000000".to_owned(),
            source: "finance".to_owned(),
            kind: "Asked".to_owned(),
            body: "{}".to_owned(),
            connections: vec![nue.clone()],
        };
        let name = WorkName::of(&request);
        store.begin(&request).await.unwrap();
        Self { store, clock, name, nue }
    }

    fn pass(&self, time: Duration) {
        self.clock.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    async fn take(&self, message: &str) -> Taken {
        self.store.take(&self.name, &self.nue, MessageId(message), TIME).await.unwrap()
    }

    async fn taken(&self, message: &str) -> (Lease, Work) {
        match self.take(message).await {
            Taken::Ours(lease, work) => (lease, work),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn work_is_one_messages_until_it_lets_go_or_its_time_is_up() {
    let fixture = Fixture::new().await;
    let (first, mut work) = fixture.taken("a").await;
    assert!(matches!(fixture.take("a").await, Taken::Busy));
    assert!(matches!(fixture.take("b").await, Taken::Elsewhere));
    work.pages = 7;
    fixture.store.release(first, &work).await.unwrap();
    let (second, work) = fixture.taken("b").await;
    assert_eq!(work.pages, 7);
    fixture.pass(TIME);
    let (third, _) = fixture.taken("a").await;
    let late = fixture.store.save(&second, &work, TIME).await.unwrap_err();
    assert!(matches!(late, WorkError::Lost), "{late}");
    let done = Work { is_selected: true, ..Work::default() };
    fixture.store.release(third, &done).await.unwrap();
    assert!(matches!(fixture.take("c").await, Taken::Final));
}

#[tokio::test]
async fn a_page_once_selected_is_not_selected_otherwise() {
    let fixture = Fixture::new().await;
    let page = |id: &str| Page { invoices: vec![id.parse().unwrap()], next: Some(id.to_owned()) };
    let keep = |id| fixture.store.keep_page(&fixture.name, &fixture.nue, 0, page(id));
    assert_eq!(keep("nue:a").await.unwrap(), page("nue:a"));
    assert_eq!(keep("nue:b").await.unwrap(), page("nue:a"));
    let selected = fixture.store.selected(&fixture.name, &fixture.nue, 1).await.unwrap();
    assert_eq!(selected.len(), 1);
    assert!(fixture.store.page(&fixture.name, &fixture.nue, 1).await.is_err());
}

#[tokio::test]
async fn of_all_who_would_tell_one_does_and_a_killed_one_is_followed() {
    let fixture = Fixture::new().await;
    let tell = async |what: &str| fixture.store.tell(&fixture.name, what).await.unwrap();
    let Telling::Ours(killed) = tell("first").await else { panic!("nobody tells") };
    assert!(matches!(tell("first").await, Telling::Busy));
    fixture.pass(Duration::from_secs(10));
    let Telling::Ours(told) = tell("first").await else { panic!("nobody follows") };
    assert_eq!(told.times, 0);
    fixture.store.told(told).await.unwrap();
    assert!(fixture.store.told(killed).await.is_err());
    assert!(matches!(tell("first").await, Telling::Done));
    let Telling::Ours(again) = tell("second").await else { panic!("nobody tells anew") };
    assert_eq!(again.times, 1);
}

#[test]
fn a_work_has_the_name_of_one_event_and_no_other_can_be_named() {
    for text in ["", "..", "event", &"g".repeat(64), &"0".repeat(63)] {
        assert_eq!(WorkName::parse(text), None, "{text}");
    }
    let name = "0a".repeat(32);
    assert_eq!(WorkName::parse(&name).unwrap().as_str(), name);
}
