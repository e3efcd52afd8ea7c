//! What is kept of a request that came as an event, so that it can be worked
//! through in chunks by one message after the other, and never twice.
//!
//! | key | what |
//! |---|---|
//! | `idempotency#event#{work}` | the request as it came; which summary of it was told |
//! | `idempotency#event#{work}#{connection}` | how far one connection's part has come, and which message is at it |
//! | `idempotency#event#{work}#{connection}#{number}` | one page of the invoices that it selected |
//!
//! All of it is kept as long as the event can come back ([`EVENTS_KEPT`]), so
//! that a dead letter that is put back means the invoices it meant at first.

mod lease;
mod page;
mod telling;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use invoice::{Code, ConnectionName, Digest, OutcomeCounts, Problem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::table::{
    Changed, Condition, EXPIRES_AT, Item, PackedJson, Seconds, Stored, Table, TableError, Test,
    Unreadable, stored,
};
#[cfg(any(test, feature = "testing"))]
use crate::testing::{Rewriting, rewritten};
use crate::writes::{EVENTS_KEPT, later};

pub use lease::{Lease, MessageId, Taken};
pub use page::Page;
pub use telling::Telling;

const VERSION: &str = "version";
const VERSION_NOW: i64 = 1;

stored! {
    /// What every item of an event's work says.
    struct StoredKept {
        /// The version of these items.
        version: i64 = VERSION(VERSION),
        /// Until when the event can come back.
        expires_at: Seconds = EXPIRES_AT(EXPIRES_AT),
    }
}

stored! {
    /// The request as it came.
    struct StoredRequest {
        /// The request.
        request: PackedJson<EventRecord> = REQUEST("request"),
    }
}

/// The kinds of items about the work of events.
#[cfg(any(test, feature = "testing"))]
pub(crate) const KINDS: &[(&str, Rewriting)] = &[
    ("StoredKept", rewritten::<StoredKept>),
    ("StoredRequest", rewritten::<StoredRequest>),
    ("StoredWork", rewritten::<lease::StoredWork>),
    ("StoredPage", rewritten::<page::StoredPage>),
    ("StoredTelling", rewritten::<telling::StoredTelling>),
];

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The store. Its clones are one store.
#[derive(Clone)]
pub struct EventWorkStore {
    table: Arc<dyn Table>,
    clock: Clock,
}

impl fmt::Debug for EventWorkStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventWorkStore").finish_non_exhaustive()
    }
}

/// The name of a request's work: the same whenever the same event is delivered,
/// and of no other event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkName(String);

impl WorkName {
    /// The name of the work that the event asks for.
    pub fn of(event: &EventRecord) -> Self {
        Self(Digest::of(&[&event.account, &event.source, &event.kind, &event.id]).to_string())
    }

    /// The name as a continuation says it; none where it can be none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| Self(text.to_owned()))
    }

    /// The name, as a continuation says it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn key(&self) -> String {
        format!("idempotency#event#{}", self.0)
    }

    fn key_of(&self, connection: &ConnectionName) -> String {
        format!("{}#{connection}", self.key())
    }
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRecord {
    /// The id that EventBridge gave the event.
    pub id: String,
    /// The account of whoever put the event on the bus, as EventBridge says.
    pub account: String,
    /// The source that they named, which IAM allowed them.
    pub source: String,
    /// The event's kind.
    pub kind: String,
    /// What is asked: the body of the route for many invoices.
    pub body: String,
    /// The connections that it is about; none where it is refused as a whole.
    pub connections: Vec<ConnectionName>,
}

/// How far the work at one connection has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// How many pages have been selected.
    pub pages: u32,
    /// Where selecting goes on.
    pub cursor: Option<String>,
    /// Whether the pages are all there are. Nothing is written before.
    pub is_selected: bool,
    /// The first page that has not been worked on.
    pub next: u32,
    /// What came of the invoices of all settled pages.
    pub counts: OutcomeCounts,
    /// What came, so far, of the pages that have open ends.
    pub open: BTreeMap<u32, OutcomeCounts>,
    /// Why not all that matched could be seen.
    pub partial: Option<String>,
    /// Why nothing more is tried.
    pub given_up: Option<GivenUp>,
}

/// Why the work at a connection was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenUp {
    /// The kind of problem.
    pub code: String,
    /// Whether trying again cannot help. Else a dead letter that is put back
    /// goes on with the work.
    pub is_final: bool,
}

impl Work {
    /// Whether all that was selected has its final outcome.
    pub fn is_done(&self) -> bool {
        self.is_selected && self.next == self.pages && self.open.is_empty()
    }

    /// Whether this work keeps the summary waiting no longer.
    pub fn is_ended(&self) -> bool {
        self.is_done() || self.given_up.is_some()
    }

    /// Whether there is nothing more to do, whoever asks.
    pub fn is_final(&self) -> bool {
        self.is_done() || self.given_up.as_ref().is_some_and(|given_up| given_up.is_final)
    }

    /// What came of all invoices that were tried.
    pub fn summary(&self) -> OutcomeCounts {
        let mut sum = self.counts;
        for counts in self.open.values() {
            sum += *counts;
        }
        sum
    }
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The table cannot be used.
    #[error("{0}")]
    Table(#[from] TableError),
    /// A later version of the bridge wrote it, or it is broken.
    #[error("a record of an event cannot be read: {0}")]
    Unreadable(#[from] Unreadable),
    /// Another message has taken the work over.
    #[error("another message is at the work")]
    Lost,
}

impl From<WorkError> for Problem {
    fn from(error: WorkError) -> Self {
        tracing::error!(%error, "the records of events cannot be used");
        let detail = "what came of this event cannot be looked up or kept now";
        Self::new(Code::Unavailable, detail)
    }
}

impl EventWorkStore {
    /// The store in `table`.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table, clock: Arc::new(Timestamp::now) }
    }

    /// The store, with another clock.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Keeps the request, unless it is there. Returns the request that is there.
    pub async fn begin(&self, request: &EventRecord) -> Result<EventRecord, WorkError> {
        let key = WorkName::of(request).key();
        let kept = StoredRequest { request: PackedJson(request.clone()) };
        let item = self.item().and(kept.into_item()).and(telling::untold());
        match self.table.put(&key, item, &Condition::all([Test::Absent])).await? {
            Changed::Done => Ok(request.clone()),
            Changed::Refused(there) => {
                let there: Option<StoredRequest> = read(there.as_ref())?;
                Ok(there.ok_or(Unreadable(StoredRequest::REQUEST.name()))?.request.0)
            }
        }
    }

    /// The request of that name; none where none is kept.
    pub async fn request(&self, name: &WorkName) -> Result<Option<EventRecord>, WorkError> {
        let stored: Option<StoredRequest> = read(self.table.get(&name.key()).await?.as_ref())?;
        Ok(stored.map(|stored| stored.request.0))
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// What all items say: they are kept as long as the event can come back.
    fn item(&self) -> Item {
        let expires_at = later(self.now(), EVENTS_KEPT).into();
        StoredKept { version: VERSION_NOW, expires_at }.into_item()
    }
}

/// What an item says; none without an item.
fn read<T: Stored>(item: Option<&Item>) -> Result<Option<T>, Unreadable> {
    let Some(item) = item else { return Ok(None) };
    match StoredKept::from_item(item)?.version {
        VERSION_NOW => T::from_item(item).map(Some),
        _ => Err(Unreadable(VERSION)),
    }
}
