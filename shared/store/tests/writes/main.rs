//! Every test runs twice: over a table in memory, as handlers' tests use it, and
//! over DynamoDB's API (dynoxide's, by HTTP). So the two cannot differ unseen.
#![cfg(test)]

mod audit;
mod keeping;
mod keys;
mod ledger;
mod resuming;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use api::IdempotencyKey;
use engine::writing::{InvoiceSnapshot, LedgerError, OutcomeRecord};
use function_kit::testing::{FakeTable, dynamo, nowhere};
use invoice::{Code, Invoice, Outcome, Problem, Reference, Scope, Write};
use jiff::Timestamp;
use provider_client::Deadline;
use store::table::{Item, Table};
use store::writes::{
    Admission, InFlight, Requester, Resumption, StoredAnswer, WriteRequest, WriteStore,
};

/// All requests of the tests have this long.
const TIME: Duration = Duration::from_secs(20);
/// By then a request has ended, and its lease with it.
const OVER: Duration = Duration::from_secs(26);
/// `UNSETTLED_SECONDS`.
const UNSETTLED: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

struct Fixture {
    table: Arc<dyn Table>,
    store: WriteStore,
    clock: Arc<AtomicI64>,
}

impl Fixture {
    fn over(table: Arc<dyn Table>) -> Self {
        let clock = Arc::new(AtomicI64::new(Timestamp::now().as_millisecond()));
        let shown = clock.clone();
        let store = WriteStore::new(table.clone(), UNSETTLED, 365 * DAY)
            .with_clock(move || Timestamp::from_millisecond(shown.load(Ordering::SeqCst)).unwrap());
        Self { table, store, clock }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.clock.load(Ordering::SeqCst)).unwrap()
    }

    fn pass(&self, time: Duration) {
        let time = i64::try_from(time.as_millis()).unwrap();
        self.clock.fetch_add(time, Ordering::SeqCst);
    }

    async fn item(&self, key: &str) -> Option<Item> {
        self.table.get(key).await.unwrap()
    }
}

async fn benches() -> [Fixture; 2] {
    [Fixture::over(Arc::new(FakeTable::default())), Fixture::over(dynamo().await)]
}

fn caller(subject: &str) -> Requester<'_> {
    Requester { kind: "operator", subject, owner: subject, scope: &Scope::All, is_event: false }
}

const BODY: &str = r#"{"filter": {"status": ["draft"]}}"#;

/// A request to activate, without a key.
fn request<'a>(caller: Requester<'a>, request_id: &'a str) -> WriteRequest<'a> {
    WriteRequest {
        caller,
        route: ("POST", "/invoices/activate"),
        request_id,
        deadline: Deadline::after(TIME),
        key: None,
        target: "",
        body: BODY.as_bytes(),
    }
}

impl Fixture {
    /// A request of its own, without a key.
    async fn in_flight(&self, subject: &str) -> InFlight {
        let begun = self.store.begin(&request(caller(subject), subject)).await;
        match begun.unwrap() {
            Admission::Fresh(in_flight) => in_flight,
            other => panic!("there is no key: {other:?}"),
        }
    }

    /// A request with the key `k-1`.
    async fn begin(&self, request_id: &str) -> Result<Admission, Problem> {
        self.begin_with(request_id, |_| {}).await
    }

    /// Begins a request as [`Fixture::begin`] does, but for what `change` says.
    async fn begin_with(
        &self,
        request_id: &str,
        change: impl FnOnce(&mut WriteRequest<'_>),
    ) -> Result<Admission, Problem> {
        let (caller, key) = (caller("ops"), key("k-1"));
        let mut request = WriteRequest { key: Some(&key), ..request(caller, request_id) };
        change(&mut request);
        self.store.begin(&request).await
    }
}

/// Each of them, as recorded.
fn all<T>(recorded: Vec<Result<T, LedgerError>>) -> Vec<T> {
    recorded.into_iter().collect::<Result<_, _>>().unwrap()
}

/// What the first failed with.
fn none<T: std::fmt::Debug>(recorded: Vec<Result<T, LedgerError>>) -> LedgerError {
    recorded.into_iter().next().unwrap().unwrap_err()
}

fn key(text: &str) -> IdempotencyKey {
    text.parse().unwrap()
}

fn fresh(begun: Result<Admission, Problem>) -> InFlight {
    match begun.unwrap() {
        Admission::Fresh(in_flight) => in_flight,
        other => panic!("expected a fresh one: {other:?}"),
    }
}

fn resumed(begun: Result<Admission, Problem>) -> (InFlight, Resumption) {
    match begun.unwrap() {
        Admission::Resume(in_flight, resumed) => (in_flight, resumed),
        other => panic!("expected to go on: {other:?}"),
    }
}

fn replayed(begun: Result<Admission, Problem>) -> StoredAnswer {
    match begun.unwrap() {
        Admission::Replay(answer) => answer,
        other => panic!("expected the first answer: {other:?}"),
    }
}

fn problem(begun: Result<Admission, Problem>) -> (Code, Option<u64>) {
    let problem = begun.unwrap_err();
    (problem.code, problem.retry_after)
}

fn answer(body: &serde_json::Value) -> StoredAnswer {
    let headers = [("content-type", "application/json"), ("etag", "\"a\"")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    StoredAnswer { status: 207, headers: headers.to_vec(), body: body.to_string() }
}

fn activation() -> Write {
    Write::Activate { invoice_date: None, comment: Some("month's end".to_owned()) }
}

fn reference(text: &str) -> Reference {
    text.parse().unwrap()
}

fn draft(id: &str) -> Invoice {
    let mut invoice = function_kit::testing::invoice(id, "nue:customer");
    invoice.tracking.po_numbers = vec!["PO-7".to_owned()];
    invoice
}

fn snapshot(id: &str) -> InvoiceSnapshot {
    InvoiceSnapshot::of(&draft(id))
}

fn settled(id: &str, outcome: Outcome) -> OutcomeRecord {
    OutcomeRecord {
        invoice: reference(id),
        outcome,
        sent: true,
        under_way: false,
        new_id: None,
        problem: None,
    }
}
