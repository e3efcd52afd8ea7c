//! Who is writing to an invoice: one item for each, and one conditional write
//! that decides.
//!
//! The item outlives its writer where a sending has to be known later: it names
//! the last write that was sent for the invoice, and the one before.

use std::time::Duration;

use engine::writing::{InvoiceLock, InvoiceSnapshot};
use invoice::Reference;
use jiff::Timestamp;

use super::attributes::{
    ATTEMPT, CLAIMED, LEASE_UNTIL, OWNER, SENDING, SENT_BEFORE, SENT_BY, SETTLES_AT, SNAPSHOT,
    STATE, UNKNOWN_OF, VERSION, VERSION_NOW,
};
use super::moment;
use crate::table::{Condition, EXPIRES_AT, Item, Test, Value};

/// A live lease ends with its request, mostly long before its time is up.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// A lock that another version of the bridge has made.
const ASK_MUCH_LATER: Duration = Duration::from_secs(60);

/// The key of the lock on `invoice`.
pub(super) fn key(invoice: &Reference) -> String {
    format!("idempotency#claim#{}", invoice.key())
}

/// Who locks, and until when.
pub(super) struct LockOwner<'a> {
    pub owner: &'a str,
    pub attempt: &'a str,
    pub now: Timestamp,
    pub lease_until: Timestamp,
    pub expires_at: Timestamp,
}

/// What is known of an invoice that is ours.
#[derive(Clone)]
pub(super) struct HeldLock {
    /// The try that last wrote the lock.
    pub attempt: String,
    /// The try that sent last before us, where one is known.
    pub previous: Option<String>,
    /// What this try has sent.
    pub sent: Option<super::sent::Sent>,
}

/// What a lock that is there allows.
pub(super) enum LockState {
    /// The lock is this try's own: put, its answer lost, and put again.
    Ours(HeldLock),
    /// The lock is free, if it still is as it was read.
    Free(Condition),
    Busy(InvoiceLock),
}

impl LockOwner<'_> {
    /// What the lock says from now on. Taken over, it keeps what it says of
    /// earlier sendings.
    pub fn item(&self) -> Item {
        Item::default()
            .number(VERSION, VERSION_NOW)
            .text(OWNER, self.owner)
            .text(ATTEMPT, self.attempt)
            .text(STATE, CLAIMED)
            .number(LEASE_UNTIL, self.lease_until.as_millisecond())
            .number(EXPIRES_AT, self.expires_at.as_second())
    }

    /// Whether there is no lock, for the first to put one.
    pub fn absent(&self) -> Condition {
        Condition::all([Test::Absent]).or([Test::AtMost(EXPIRES_AT, self.now.as_second())])
    }

    /// What the lock that is there allows.
    pub fn read(&self, there: Option<&Item>) -> LockState {
        let busy = |retry_after| LockState::Busy(InvoiceLock::Busy { retry_after });
        let Some(item) = there else {
            return busy(ASK_AGAIN);
        };
        if item.get_number(VERSION) != Some(VERSION_NOW) {
            return busy(ASK_MUCH_LATER);
        }
        let (Some(attempt), Some(state)) = (item.get_text(ATTEMPT), item.get_text(STATE)) else {
            tracing::error!("a lock cannot be read: its invoice is left alone");
            return busy(ASK_MUCH_LATER);
        };
        if attempt == self.attempt && state == CLAIMED {
            return LockState::Ours(self.held(previous(item)));
        }
        let left = |name| {
            let until = moment(item, name).unwrap_or(Timestamp::MAX);
            Duration::try_from(until.duration_since(self.now)).unwrap_or_default()
        };
        // An owner makes one request at a time: its own lock is an earlier try's.
        let wait = match (item.get_text(OWNER) == Some(self.owner), state) {
            (true, _) => Duration::ZERO,
            (false, SENDING) => left(SETTLES_AT),
            (false, _) => left(LEASE_UNTIL),
        };
        if wait.is_zero() {
            let as_it_was = [Test::is(ATTEMPT, attempt), Test::is(STATE, state)];
            return LockState::Free(Condition::all(as_it_was));
        }
        // Until its request has ended, it may end any moment.
        match left(LEASE_UNTIL) {
            Duration::ZERO => busy(wait.min(ASK_MUCH_LATER)),
            lease => busy(lease.min(ASK_AGAIN)),
        }
    }

    pub fn held(&self, previous: Option<String>) -> HeldLock {
        HeldLock { attempt: self.attempt.to_owned(), previous, sent: None }
    }
}

/// The try that a lock says has sent last.
pub(super) fn previous(item: &Item) -> Option<String> {
    item.get_text(SENT_BY).filter(|by| !by.is_empty()).map(str::to_owned)
}

/// What a lock tells of the sending by `attempt`: none where it was the last;
/// else how the invoice stood before the next, as far as that is known.
pub(super) fn superseded(item: Option<&Item>, attempt: &str) -> Option<Option<InvoiceSnapshot>> {
    let known = item.filter(|item| item.get_number(VERSION) == Some(VERSION_NOW));
    let by = |name| known.and_then(|item| item.get_text(name)) == Some(attempt);
    if by(SENT_BY) {
        return None;
    }
    let next = known.filter(|_| by(SENT_BEFORE)).and_then(|item| item.get_text(SNAPSHOT));
    Some(next.and_then(|snapshot| invoice::json::read(snapshot).ok()))
}

/// The lock is as this try left it.
pub(super) fn of_attempt(attempt: &str) -> Condition {
    Condition::all([Test::is(ATTEMPT, attempt)])
}

/// The lock is as this try left it, and nothing has been sent.
pub(super) fn unsent_of_attempt(attempt: &str) -> Condition {
    Condition::all([Test::is(ATTEMPT, attempt), Test::Is(STATE, Value::Text(CLAIMED.to_owned()))])
}

/// What the lock says from before the sending on.
pub(super) fn sending(held: &HeldLock, sent: &super::sent::Sent, expires_at: Timestamp) -> Item {
    Item::default()
        .text(STATE, SENDING)
        .text(SENT_BY, held.attempt.as_str())
        .text(SENT_BEFORE, held.previous.as_deref().unwrap_or_default())
        .text(SNAPSHOT, sent.snapshot.as_str())
        .number(SETTLES_AT, sent.settles_at.as_millisecond())
        .number(EXPIRES_AT, expires_at.as_second())
}

/// What a lock says from now on that is kept.
pub(super) fn kept(settles_at: Timestamp, expires_at: Timestamp) -> Item {
    Item::default()
        .text(UNKNOWN_OF, "")
        .number(SETTLES_AT, settles_at.as_millisecond())
        .number(EXPIRES_AT, expires_at.as_second())
}

/// What a lock says from now on that is released, where an earlier sending has
/// to be known by it: nothing was sent since `previous`.
pub(super) fn released(previous: &str, now: Timestamp, expires_at: Timestamp) -> Item {
    Item::default()
        .text(STATE, CLAIMED)
        .text(SENT_BY, previous)
        .number(LEASE_UNTIL, now.as_millisecond())
        .number(EXPIRES_AT, expires_at.as_second())
}
