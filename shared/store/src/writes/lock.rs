//! Who is writing to an invoice: one item for each, and one conditional write
//! that decides.
//!
//! The item outlives its writer where a sending has to be known later: it names
//! the last write that was sent for the invoice, and the one before.

use std::time::Duration;

use engine::writing::{InvoiceLock, InvoiceSnapshot};
use invoice::{Reference, Write};
use jiff::Timestamp;

use super::attributes::{
    ATTEMPT, AUDIT, OWNER, SETTLES_AT, SINCE, SNAPSHOT, STATE, State, VERSION, VERSION_NOW,
};
use super::sent::Sent;
use crate::table::{
    Condition, EXPIRES_AT, Item, Milliseconds, OrEmpty, Seconds, Stored, Test, stored,
};

/// A live lease ends with its request, mostly long before its time is up.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// A lock that another version of the bridge has made.
const ASK_MUCH_LATER: Duration = Duration::from_secs(60);

stored! {
    /// The lock on an invoice, as whoever takes it writes it.
    pub(super) struct StoredLock {
        /// The version of the items about writes.
        version: i64 = VERSION(VERSION),
        /// Who has the lock.
        owner: String = OWNER(OWNER),
        /// The try that has it.
        attempt: String = ATTEMPT(ATTEMPT),
        /// Whether anything may have been sent under it.
        state: State = STATE(STATE),
        /// When whoever locked it has ended.
        lease_until: Milliseconds = LEASE_UNTIL("leaseUntil"),
        /// When it binds nobody any more.
        expires_at: Seconds = EXPIRES_AT(EXPIRES_AT),
    }
}

stored! {
    /// What the lock says beside, from the first sending on: taken over, it keeps that.
    pub(super) struct StoredSending {
        /// The try that sent last, whoever has the lock now.
        sent_by: OrEmpty = SENT_BY("sentBy"),
        /// The try that sent before that one.
        sent_before: OrEmpty = SENT_BEFORE("sentBefore"),
        /// How the invoice stood just before the last sending, as JSON.
        snapshot: OrEmpty = SNAPSHOT(SNAPSHOT),
        /// When the provider cannot be at the last sending any more.
        settles_at: Option<Milliseconds> = SETTLES_AT(SETTLES_AT),
        /// The try whose sending was answered `unknown`, and is so still: what the
        /// provider tells may settle it.
        unknown_of: OrEmpty = UNKNOWN_OF("unknownOf"),
    }
}

stored! {
    /// What a lock says beside the sending: the write that is sent under it, and where that
    /// is recorded. Of a change of fields only its name: what it changes is its owner's.
    pub(super) struct StoredWrite {
        /// The action, in its word.
        action: String = ACTION("action"),
        /// The date of an activation.
        invoice_date: OrEmpty = INVOICE_DATE("invoiceDate"),
        /// The key of the record of who sent it.
        audit: String = AUDIT(AUDIT),
        /// The hash of the key that it was sent under.
        key_hash: OrEmpty = KEY_HASH("keyHash"),
        /// When it was sent.
        since: Milliseconds = SINCE(SINCE),
        /// Whether whoever sent it is shown comments.
        shows_comments: bool = SHOWS_COMMENTS("showsComments"),
    }
}

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
    pub sent: Option<Sent>,
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
    /// earlier sendings, and is kept for no less than it was for them.
    pub fn item(&self, there: Option<&Item>) -> Item {
        let kept = there.and_then(|there| StoredLock::EXPIRES_AT.read(there).ok());
        let expires_at = kept.map_or(self.expires_at, |Seconds(kept)| kept.max(self.expires_at));
        let lock = StoredLock {
            version: VERSION_NOW,
            owner: self.owner.to_owned(),
            attempt: self.attempt.to_owned(),
            state: State::Claimed,
            lease_until: self.lease_until.into(),
            expires_at: expires_at.into(),
        };
        lock.into_item()
    }

    /// Whether there is no lock, for the first to put one.
    pub fn absent(&self) -> Condition {
        Condition::all([Test::Absent]).or([StoredLock::EXPIRES_AT.at_most(self.now)])
    }

    /// What the lock that is there allows.
    pub fn read(&self, there: Option<&Item>) -> LockState {
        let busy = |retry_after| LockState::Busy(InvoiceLock::Busy { retry_after });
        let Some(item) = there else {
            return busy(ASK_AGAIN);
        };
        if !is_known(item) {
            return busy(ASK_MUCH_LATER);
        }
        let lock = match StoredLock::from_item(item) {
            Ok(lock) => lock,
            Err(error) => {
                tracing::error!(%error, "a lock cannot be read: its invoice is left alone");
                return busy(ASK_MUCH_LATER);
            }
        };
        if lock.attempt == self.attempt && lock.state == State::Claimed {
            return LockState::Ours(self.held(previous(item)));
        }
        let left = |until: Timestamp| {
            Duration::try_from(until.duration_since(self.now)).unwrap_or_default()
        };
        // An owner makes one request at a time: its own lock is an earlier try's.
        let wait = match (lock.owner == self.owner, lock.state) {
            (true, _) => Duration::ZERO,
            (false, State::Sending) => left(settles_at(item).unwrap_or(Timestamp::MAX)),
            (false, _) => left(lock.lease_until.0),
        };
        if wait.is_zero() {
            let as_it_was =
                [StoredLock::ATTEMPT.is(lock.attempt), StoredLock::STATE.is(lock.state)];
            return LockState::Free(Condition::all(as_it_was));
        }
        // Until its request has ended, it may end any moment.
        match left(lock.lease_until.0) {
            Duration::ZERO => busy(wait.min(ASK_MUCH_LATER)),
            lease => busy(lease.min(ASK_AGAIN)),
        }
    }

    pub fn held(&self, previous: Option<String>) -> HeldLock {
        HeldLock { attempt: self.attempt.to_owned(), previous, sent: None }
    }
}

/// Whether the lock is of the version written here.
pub(super) fn is_known(item: &Item) -> bool {
    StoredLock::VERSION.read(item) == Ok(VERSION_NOW)
}

/// When the provider cannot be at the last sending any more, where the lock says so.
pub(super) fn settles_at(item: &Item) -> Option<Timestamp> {
    StoredSending::SETTLES_AT.read(item).ok()?.map(|moment| moment.0)
}

/// The try that a lock says has sent last.
pub(super) fn previous(item: &Item) -> Option<String> {
    StoredSending::SENT_BY.read(item).ok()?.0
}

/// What a lock tells of the sending by `attempt`: none where it was the last;
/// else how the invoice stood before the next, as far as that is known.
pub(super) fn superseded(item: Option<&Item>, attempt: &str) -> Option<Option<InvoiceSnapshot>> {
    let known = item.filter(|item| is_known(item));
    let Some(sending) = known.and_then(|item| StoredSending::from_item(item).ok()) else {
        return Some(None);
    };
    if sending.sent_by.is(attempt) {
        return None;
    }
    let next = sending.snapshot.0.filter(|_| sending.sent_before.is(attempt));
    Some(next.and_then(|snapshot| invoice::json::read(&snapshot).ok()))
}

/// The lock is as this try left it.
pub(super) fn of_attempt(attempt: &str) -> Condition {
    Condition::all([StoredLock::ATTEMPT.is(attempt)])
}

/// Nobody has sent since this try did, whoever has the lock now.
pub(super) fn sent_by(attempt: &str) -> Condition {
    Condition::all([StoredSending::SENT_BY.is(Some(attempt))])
}

/// The lock is as this try left it, and nothing has been sent.
pub(super) fn unsent_of_attempt(attempt: &str) -> Condition {
    Condition::all([StoredLock::ATTEMPT.is(attempt), StoredLock::STATE.is(State::Claimed)])
}

/// What the lock says from before the sending on.
pub(super) fn sending(held: &HeldLock, sent: &Sent) -> Item {
    Item::default()
        .set(StoredLock::STATE, State::Sending)
        .set(StoredSending::SENT_BY, Some(held.attempt.as_str()))
        .set(StoredSending::SENT_BEFORE, held.previous.as_deref())
        .set(StoredSending::SNAPSHOT, Some(sent.snapshot.as_str()))
        .set(StoredSending::SETTLES_AT, Milliseconds(sent.settles_at))
}

/// What a lock says beside the sending of `write`.
pub(super) fn asked(
    write: &Write,
    sent: &Sent,
    shows_comments: bool,
    key_hash: Option<&str>,
) -> Item {
    let date = match write {
        Write::Activate { invoice_date, .. } => invoice_date.map(|date| date.to_string()),
        _ => None,
    };
    let asked = StoredWrite {
        action: write.action().word().to_owned(),
        invoice_date: date.into(),
        audit: sent.audit.clone(),
        key_hash: key_hash.into(),
        since: sent.since.into(),
        shows_comments,
    };
    asked.into_item()
}

/// What a lock says from now on that is kept; `unknown_of` is the try whose sending is
/// unknown still.
pub(super) fn kept(unknown_of: Option<&str>, settles_at: Timestamp) -> Item {
    Item::default()
        .set(StoredSending::UNKNOWN_OF, unknown_of)
        .set(StoredSending::SETTLES_AT, Milliseconds(settles_at))
}

/// What a lock says from now on that is released, where an earlier sending has
/// to be known by it: nothing was sent since `previous`.
pub(super) fn released(previous: &str, now: Timestamp) -> Item {
    Item::default()
        .set(StoredLock::STATE, State::Claimed)
        .set(StoredSending::SENT_BY, Some(previous))
        .set(StoredLock::LEASE_UNTIL, now)
}
