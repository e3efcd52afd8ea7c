//! Who is writing to an invoice: one item for each, and one conditional write
//! that decides.

use std::time::Duration;

use invoice::Reference;
use jiff::Timestamp;
use provider_client::writing::{Claim, Trace};

use super::{VERSION, VERSION_NOW};
use table::{Condition, EXPIRES_AT, Item, Test, Value};

pub(super) const OWNER: &str = "owner";
/// Which try of the owner's: what one try has claimed, a later one of the same
/// owner may have taken up, and the first must not send for it any more.
pub(super) const ATTEMPT: &str = "attempt";
pub(super) const STATE: &str = "state";
/// Nothing has been sent.
pub(super) const CLAIMED: &str = "claimed";
/// The write may have been sent.
pub(super) const SENDING: &str = "sending";
/// When whoever claimed it has ended; milliseconds, like all moments here.
pub(super) const LEASE_UNTIL: &str = "leaseUntil";
pub(super) const SINCE: &str = "since";
/// When the provider cannot be at it any more.
pub(super) const SETTLES_AT: &str = "settlesAt";
pub(super) const TRACE: &str = "trace";
/// The key of the record of who sent it.
pub(super) const AUDIT: &str = "audit";

/// A live lease ends with its request, mostly long before its time is up.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// A claim that a later version of the bridge has made.
const ASK_MUCH_LATER: Duration = Duration::from_secs(60);

/// The key of the claim on `invoice`.
pub(super) fn key(invoice: &Reference) -> String {
    format!("idempotency#claim#{}", invoice.key())
}

/// Who claims, and until when.
pub(super) struct Claimant<'a> {
    pub owner: &'a str,
    pub attempt: &'a str,
    pub now: Timestamp,
    pub lease_until: Timestamp,
    pub expires_at: Timestamp,
}

/// What is known of an invoice that is ours.
#[derive(Clone)]
pub(super) struct Held {
    /// The try that last wrote the claim.
    pub attempt: String,
    /// What may have been sent.
    pub sent: Option<Sent>,
}

/// A write that may have been sent.
#[derive(Clone)]
pub(super) struct Sent {
    pub since: Timestamp,
    pub settles_at: Timestamp,
    /// The record of who sent it.
    pub audit: Option<String>,
}

impl Claimant<'_> {
    /// The claim to put.
    pub fn item(&self) -> Item {
        Item::default()
            .number(VERSION, VERSION_NOW)
            .text(OWNER, self.owner)
            .text(ATTEMPT, self.attempt)
            .text(STATE, CLAIMED)
            .number(LEASE_UNTIL, self.lease_until.as_millisecond())
            .number(EXPIRES_AT, self.expires_at.as_second())
    }

    /// What must hold of the claim that is there. Never: that it is ours and may
    /// have been sent; such a one is read, not overwritten.
    pub fn may_take(&self) -> Condition {
        let now = self.now.as_millisecond();
        let known = || Test::Is(VERSION, Value::Number(VERSION_NOW));
        let claimed = || Test::is(STATE, CLAIMED);
        Condition::all([Test::Absent])
            .or([Test::AtMost(EXPIRES_AT, self.now.as_second())])
            .or([known(), claimed(), Test::is(OWNER, self.owner)])
            .or([known(), claimed(), Test::AtMost(LEASE_UNTIL, now)])
            .or([
                known(),
                Test::is(STATE, SENDING),
                Test::is_not(OWNER, self.owner),
                Test::AtMost(SETTLES_AT, now),
            ])
    }

    /// What the claim says that may not be taken.
    pub fn read(&self, there: Option<&Item>) -> (Claim, Option<Held>) {
        let busy = |retry_after| (Claim::Busy { retry_after }, None);
        let Some(item) = there else {
            return busy(ASK_AGAIN);
        };
        if item.get_number(VERSION) != Some(VERSION_NOW) {
            return busy(ASK_MUCH_LATER);
        }
        let left = |name| {
            let until = moment(item, name).unwrap_or(self.now);
            Duration::try_from(until.duration_since(self.now)).unwrap_or_default()
        };
        let sending = item.get_text(STATE) == Some(SENDING);
        if sending && item.get_text(OWNER) == Some(self.owner) {
            return self.sent(item).unwrap_or_else(|| {
                tracing::error!("a claim cannot be read: its invoice is left alone");
                busy(ASK_MUCH_LATER)
            });
        }
        match left(LEASE_UNTIL) {
            Duration::ZERO if sending => busy(left(SETTLES_AT)),
            lease => busy(lease.min(ASK_AGAIN)),
        }
    }

    fn sent(&self, item: &Item) -> Option<(Claim, Option<Held>)> {
        let since = moment(item, SINCE)?;
        let settles_at = moment(item, SETTLES_AT)?;
        let before: Trace = invoice::json::read(item.get_text(TRACE)?).ok()?;
        let attempt = item.get_text(ATTEMPT)?.to_owned();
        let audit = item.get_text(AUDIT).map(str::to_owned);
        let sent = Sent { since, settles_at, audit };
        let claim = Claim::Sent { since, under_way: self.now < settles_at, before };
        Some((claim, Some(Held { attempt, sent: Some(sent) })))
    }
}

fn moment(item: &Item, name: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(item.get_number(name)?).ok()
}

/// The claim is as this try left it.
pub(super) fn of_attempt(attempt: &str) -> Condition {
    Condition::all([Test::is(ATTEMPT, attempt)])
}

/// The same, and nothing has been sent.
pub(super) fn unsent_of_attempt(attempt: &str) -> Condition {
    Condition::all([Test::is(ATTEMPT, attempt), Test::is(STATE, CLAIMED)])
}

impl Sent {
    /// What the claim says from before the sending on.
    pub fn item(&self, trace: &Trace, expires_at: Timestamp) -> Item {
        // Texts alone: writing them cannot fail.
        let trace = serde_json::to_string(trace).unwrap_or_default();
        Item::default()
            .text(STATE, SENDING)
            .number(SINCE, self.since.as_millisecond())
            .number(SETTLES_AT, self.settles_at.as_millisecond())
            .text(TRACE, trace)
            .text_if(AUDIT, self.audit.as_deref())
            .number(EXPIRES_AT, expires_at.as_second())
    }
}

/// What a claim says from now on that is kept.
pub(super) fn kept(settles_at: Timestamp, expires_at: Timestamp) -> Item {
    Item::default()
        .number(SETTLES_AT, settles_at.as_millisecond())
        .number(EXPIRES_AT, expires_at.as_second())
}
