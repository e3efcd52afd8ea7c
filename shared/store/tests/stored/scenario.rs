//! One of each kind of item, by way of what writes it.

use std::sync::Arc;
use std::time::Duration;

use api::{IdempotencyKey, ListQuery};
use engine::writing::{InvoiceSnapshot, Ledger, OutcomeRecord};
use invoice::{Code, ConnectionName, Outcome, Problem, Reference, Scope, Write};
use jiff::Timestamp;
use jiff::civil::date;
use provider_client::Deadline;
use serde_json::value::RawValue;
use store::event_work::{EventRecord, EventWorkStore, MessageId, Page, Taken, WorkName};
use store::listing_cache::{Entry, LeaseOutcome, ListingCache, ListingKey, Packed, invalidate};
use store::table::FakeTable;
use store::writes::{Admission, InFlight, Requester, StoredAnswer, WriteRequest, WriteStore};

/// When all of it is written.
pub const NOW: i64 = 1_893_456_000;
/// A request whose answer is kept whole.
pub const ANSWERED: &str = "k-answered";
/// A request that was left with open ends.
pub const OPEN: &str = "k-open";
/// A request that is running.
pub const RUNNING: &str = "k-running";

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW + seconds).unwrap()
}

pub fn writes(table: &FakeTable, seconds: i64) -> WriteStore {
    let (unsettled, audit) = (Duration::from_secs(60), Duration::from_secs(365 * 86_400));
    WriteStore::new(Arc::new(table.clone()), unsettled, audit).with_clock(move || at(seconds))
}

pub fn listings(table: &FakeTable) -> ListingCache {
    let (fresh, stale) = (Duration::from_secs(60), Duration::from_secs(3_600));
    ListingCache::new(Arc::new(table.clone()), fresh, stale).with_clock(|| at(0))
}

pub fn events(table: &FakeTable, seconds: i64) -> EventWorkStore {
    EventWorkStore::new(Arc::new(table.clone())).with_clock(move || at(seconds))
}

pub fn nue() -> ConnectionName {
    "nue".parse().unwrap()
}

pub fn reference(text: &str) -> Reference {
    text.parse().unwrap()
}

pub fn activation() -> Write {
    Write::Activate {
        invoice_date: Some(date(2030, 1, 31)),
        comment: Some("month's end".to_owned()),
    }
}

pub fn snapshot(id: &str) -> InvoiceSnapshot {
    let mut invoice = function_kit::testing::invoice(id, "nue:customer");
    invoice.tracking.po_numbers = vec!["PO-7".to_owned()];
    InvoiceSnapshot::of(&invoice)
}

pub fn answer() -> StoredAnswer {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    StoredAnswer { status: 200, headers, body: r#"{"summary":{"applied":1}}"#.to_owned() }
}

pub fn listing_key() -> ListingKey {
    ListingKey::of_answer(&[nue()], &ListQuery::default(), &Scope::All)
}

pub fn entry() -> Entry {
    Entry {
        fetched_at: at(0),
        tag: "\"t\"".to_owned(),
        next: Some("cursor".to_owned()),
        sources: "[]".to_owned(),
        body: Packed::new(br#"{"invoices":[]}"#).unwrap(),
    }
}

pub fn event() -> EventRecord {
    EventRecord {
        id: "e-1".to_owned(),
        account: "000000000000".to_owned(),
        source: "finance".to_owned(),
        kind: "Asked".to_owned(),
        body: "{}".to_owned(),
        connections: vec![nue()],
    }
}

pub fn page() -> Page {
    Page { invoices: vec![reference("nue:inv-1")], next: Some("further".to_owned()) }
}

/// How a request under `key` begins.
pub async fn begun(store: &WriteStore, key: &str, request_id: &str) -> Admission {
    begun_or_refused(store, key, request_id).await.unwrap()
}

/// How a request under `key` begins, or why it does not.
pub async fn begun_or_refused(
    store: &WriteStore,
    key: &str,
    request_id: &str,
) -> Result<Admission, Problem> {
    let key: IdempotencyKey = key.parse().unwrap();
    let scope = Scope::All;
    let request = WriteRequest {
        caller: Requester {
            kind: "operator",
            subject: "ops",
            owner: "ops",
            scope: &scope,
            is_event: false,
        },
        route: ("POST", "/invoices/activate"),
        request_id,
        deadline: Deadline::after(Duration::from_secs(20)),
        key: Some(&key),
        target: "",
        body: b"{}",
    };
    store.begin(&request).await
}

async fn first(store: &WriteStore, key: &str, request_id: &str) -> InFlight {
    match begun(store, key, request_id).await {
        Admission::Fresh(in_flight) => in_flight,
        other => panic!("nothing is there: {other:?}"),
    }
}

fn settled(id: &str, outcome: Outcome) -> OutcomeRecord {
    let invoice = reference(id);
    OutcomeRecord { invoice, outcome, sent: true, under_way: false, new_id: None, problem: None }
}

/// A table with one of each kind of item in each of its states.
pub async fn written() -> FakeTable {
    let table = FakeTable::default();
    requests(&table).await;
    events_of(&table).await;
    let cache = listings(&table);
    let mut found = cache.look_up(&listing_key()).await.unwrap();
    let patience = Duration::from_secs(1);
    let leased = cache.lease(&listing_key(), &mut found, patience).await.unwrap();
    assert!(matches!(leased, LeaseOutcome::Ours(_)));
    assert!(cache.keep(&listing_key(), &entry(), &found.generations).await.unwrap());
    table
}

async fn requests(table: &FakeTable) {
    let store = writes(table, 0);
    let answered = first(&store, ANSWERED, "r-1").await;
    let ids = ["nue:applied", "nue:rejected", "nue:absent"];
    let write = activation();
    let ledger = answered.ledger();
    let locks = ledger.lock(&write, &ids.map(reference)).await;
    assert!(locks.iter().all(Result::is_ok));
    assert!(ledger.sending(&write, &[snapshot("nue:applied")]).await[0].is_ok());
    let applied = OutcomeRecord {
        new_id: Some(reference("nue:posted")),
        ..settled("nue:applied", Outcome::Applied)
    };
    let [rejected, absent] =
        [("nue:rejected", Code::StateConflict), ("nue:absent", Code::InvoiceNotFound)].map(
            |(id, problem)| OutcomeRecord {
                sent: false,
                problem: Some(problem),
                ..settled(id, Outcome::Rejected)
            },
        );
    ledger.record(&write, &[applied, rejected, absent]).await;
    answered.finish(&answer()).await;

    let mut open = first(&store, OPEN, "r-2").await;
    open.selected(&["nue:unknown", "nue:again"].map(reference)).await.unwrap();
    let ledger = open.ledger();
    ledger.lock(&write, &["nue:unknown", "nue:again"].map(reference)).await;
    let sent = ["nue:unknown", "nue:again"].map(snapshot);
    assert!(ledger.sending(&write, &sent).await.iter().all(Result::is_ok));
    let unknown = OutcomeRecord { under_way: true, ..settled("nue:unknown", Outcome::Unknown) };
    ledger.record(&write, &[unknown, settled("nue:again", Outcome::Unknown)]).await;
    let result = r#"{"id":"nue:unknown","outcome":"unknown"}"#;
    open.leave_open(&[&RawValue::from_string(result.to_owned()).unwrap()]).await;

    let running = first(&store, RUNNING, "r-3").await.ledger();
    let ids = ["nue:locked", "nue:sending"].map(reference);
    running.lock(&write, &ids).await;
    assert!(running.sending(&write, &[snapshot("nue:sending")]).await[0].is_ok());
    // What was sent before, and is gone on from by another key.
    let store = writes(table, 70);
    let taken_over = first(&store, "k-later", "r-4").await.ledger();
    let locks = taken_over.lock(&write, &[reference("nue:again")]).await;
    assert!(locks.iter().all(Result::is_ok));
    assert!(taken_over.sending(&write, &[snapshot("nue:again")]).await[0].is_ok());
    invalidate(table, [&nue()]).await.unwrap();
}

async fn events_of(table: &FakeTable) {
    let store = events(table, 0);
    store.begin(&event()).await.unwrap();
    let name = WorkName::of(&event());
    let time = Duration::from_secs(35);
    let taken = store.take(&name, &nue(), MessageId("m-1"), time).await.unwrap();
    let Taken::Ours(lease, mut work) = taken else { panic!("nobody is at it") };
    store.keep_page(&name, &nue(), 0, page()).await.unwrap();
    work.pages = 1;
    store.save(&lease, &work, time).await.unwrap();
    let told = store.tell(&name, "what was told").await.unwrap();
    let store::event_work::Telling::Ours(told) = told else { panic!("nobody tells") };
    store.told(told).await.unwrap();
}
