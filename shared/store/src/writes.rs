//! The store of writes: who is at which invoice, what every request with an
//! idempotency key came to, and who wrote what. Only functions that write open
//! it.
//!
//! | key | what | kept |
//! |---|---|---|
//! | `idempotency#claim#{invoice}` | who is writing to the invoice | until settled |
//! | `idempotency#key#{hash}` | the answer to a request with a key | 24 h, of an event 29 days |
//! | `idempotency#sent#{hash}#{invoice}` | what was sent under a key, and how the invoice stood | a day longer |
//! | `audit#{invoice}#{instant}#{request}` | who wrote what, why, and what came of it | `AUDIT_RETENTION_DAYS` |
//! | `audit#absent#{instant}#{request}` | how many names of a request lead to no invoice | the same |
//!
//! Every item has a `version`. One that is not known here was made by another
//! version of the bridge: it counts as under way, and nothing is sent.

mod attributes;
mod audit;
mod in_flight;
mod keyed;
mod ledger;
mod lock;
mod noticed;
mod record;
mod request;
mod sent;
mod stored_answer;
mod stored_record;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use invoice::Scope;
use jiff::{SignedDuration, Timestamp};
use provider_client::Deadline;
use uuid::Uuid;

use crate::table::Table;
#[cfg(any(test, feature = "testing"))]
use crate::testing::{Rewriting, rewritten};

pub use in_flight::InFlight;
pub use ledger::WriteLedger;
pub use noticed::{Noticed, Settlement, UnknownWrite};
pub use record::{Admission, Resumption};
pub use request::{Requester, WriteRequest};
pub use stored_answer::StoredAnswer;

/// Changes made at the same time for one request.
const SIDE_BY_SIDE: usize = 16;
/// A request may be at it this long past its deadline, by another machine's
/// clock.
const MARGIN: Duration = Duration::from_secs(5);
/// How long answers are kept under their key: a day, as is usual.
const KEPT: Duration = Duration::from_secs(24 * 3_600);
/// What an answer under a key goes back to outlives it by so much: the last time
/// it is taken up again is at the end of the time it was kept.
const OUTLIVES_KEYS: Duration = Duration::from_secs(25 * 3_600);
/// The longest that the queues keep a message, by template.yaml.
pub const QUEUES_KEEP: Duration = Duration::from_secs(14 * 24 * 3_600);
/// How long what an event came to is kept: a message that waited as long as it
/// can and is put back from the dead letters waits as long again (aws R25).
pub const EVENTS_KEPT: Duration = Duration::from_secs(2 * QUEUES_KEEP.as_secs() + 24 * 3_600);

/// The kinds of items about writes.
#[cfg(any(test, feature = "testing"))]
pub(crate) const KINDS: &[(&str, Rewriting)] = &[
    ("StoredLock", rewritten::<lock::StoredLock>),
    ("StoredSending", rewritten::<lock::StoredSending>),
    ("StoredWrite", rewritten::<lock::StoredWrite>),
    ("StoredSent", rewritten::<sent::StoredSent>),
    ("StoredRecord", rewritten::<stored_record::StoredRecord>),
    ("AuditedRequest", rewritten::<audit::AuditedRequest>),
    ("AuditedOutcome", rewritten::<audit::AuditedOutcome>),
];

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The store of writes. Its clones are one store.
#[derive(Clone)]
pub struct WriteStore {
    table: Arc<dyn Table>,
    clock: Clock,
    unsettled: Duration,
    audit_retention: Duration,
}

impl fmt::Debug for WriteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteStore").finish_non_exhaustive()
    }
}

/// Who asks, and when; what every item of a request says.
#[derive(Debug)]
struct Actor {
    kind: &'static str,
    subject: String,
    route: String,
    request_id: String,
    asked_at: Timestamp,
    deadline: Deadline,
    /// When nothing of the request can be running any more.
    over_at: Timestamp,
    /// Of all requests, and of all tries of one request, this one.
    attempt: String,
    /// How long what it came to is kept under its key.
    kept: Duration,
    /// Whether whoever asks is shown comments.
    shows_comments: bool,
}

impl Actor {
    /// How long what its answer goes back to is kept.
    fn outlives(&self) -> Duration {
        self.kept.saturating_add(OUTLIVES_KEYS)
    }
}

impl WriteStore {
    /// The store in `table`. What was sent and is not shown counts as under way for
    /// `unsettled`; who wrote what is kept for `audit_retention`.
    pub fn new(table: Arc<dyn Table>, unsettled: Duration, audit_retention: Duration) -> Self {
        Self { table, clock: Arc::new(Timestamp::now), unsettled, audit_retention }
    }

    /// The store, with another clock.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    fn actor(&self, request: &WriteRequest<'_>) -> Actor {
        let now = self.now();
        let (method, path) = request.route;
        Actor {
            kind: request.caller.kind,
            subject: request.caller.subject.to_owned(),
            route: format!("{method} {path}"),
            request_id: request.request_id.to_owned(),
            asked_at: now,
            deadline: request.deadline,
            over_at: later(now, request.deadline.left() + MARGIN),
            attempt: Uuid::new_v4().simple().to_string(),
            kept: if request.caller.is_event { EVENTS_KEPT } else { KEPT },
            shows_comments: *request.caller.scope == Scope::All,
        }
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// The moment this much later, as far as there are moments.
pub(crate) fn later(than: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    than.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Counts records of writes (the audit, answers under their keys, what listings are to
/// be told) that could not be kept.
fn count_not_kept(records: usize) {
    metrics::counter!("RecordsNotKept").increment(u64::try_from(records).unwrap_or(u64::MAX));
}
