//! What was sent under a key: one item for each invoice, beside the key's own
//! record. Locks pass from one writer to the next; what a key has sent stays
//! the key's, so that asking again knows it.

use std::time::Duration;

use engine::writing::{self, InvoiceSnapshot, Superseded};
use invoice::Reference;
use jiff::Timestamp;
use provider_client::SendKey;

use super::attributes::{ATTEMPT, AUDIT, OWNER, SETTLES_AT, SINCE, SNAPSHOT, VERSION, VERSION_NOW};
use crate::table::{EXPIRES_AT, Item, Milliseconds, Seconds, Stored, Unreadable, stored};

stored! {
    /// What was sent for an invoice under a key, as it is kept.
    pub(super) struct StoredSent {
        /// The version of the items about writes.
        version: i64 = VERSION(VERSION),
        /// Whose key it is.
        owner: String = OWNER(OWNER),
        /// The try that sent it.
        attempt: String = ATTEMPT(ATTEMPT),
        /// When it was sent.
        since: Milliseconds = SINCE(SINCE),
        /// When the provider cannot be at it any more.
        settles_at: Milliseconds = SETTLES_AT(SETTLES_AT),
        /// How the invoice stood, as JSON.
        snapshot: String = SNAPSHOT(SNAPSHOT),
        /// The key of the record of who sent it.
        audit: String = AUDIT(AUDIT),
        /// The key that the provider was sent: what is sent again is sent under the same.
        send_key: String = SEND_KEY("sendKey"),
        /// When nobody can ask for it any more.
        expires_at: Seconds = EXPIRES_AT(EXPIRES_AT),
    }
}

/// A write that may have been sent.
#[derive(Clone)]
pub(super) struct Sent {
    /// The try that sent it.
    pub attempt: String,
    pub since: Timestamp,
    /// When the provider cannot be at it any more.
    pub settles_at: Timestamp,
    /// How the invoice stood, as JSON.
    pub snapshot: String,
    /// The key of the record of who sent it.
    pub audit: String,
    /// The key that the provider was sent.
    pub send_key: SendKey,
}

/// The key of what was sent for `invoice` under the key of this hash.
pub(super) fn key(key_hash: &str, invoice: &Reference) -> String {
    format!("idempotency#sent#{key_hash}#{}", invoice.key())
}

impl Sent {
    /// What is put before the sending.
    pub fn item(&self, owner: &str, expires_at: Timestamp) -> Item {
        let sent = StoredSent {
            version: VERSION_NOW,
            owner: owner.to_owned(),
            attempt: self.attempt.clone(),
            since: self.since.into(),
            settles_at: self.settles_at.into(),
            snapshot: self.snapshot.clone(),
            audit: self.audit.clone(),
            send_key: self.send_key.as_str().to_owned(),
            expires_at: expires_at.into(),
        };
        sent.into_item()
    }

    /// What is there; none where it is of another owner, whose key this was
    /// before its time was up.
    ///
    /// # Errors
    /// When it cannot be read: it was written by another version, or is damaged.
    pub fn read(item: &Item, owner: &str) -> Result<Option<Self>, Unreadable> {
        if StoredSent::VERSION.read(item)? != VERSION_NOW {
            return Err(Unreadable(VERSION));
        }
        let sent = StoredSent::from_item(item)?;
        Ok((sent.owner == owner).then(|| Self {
            attempt: sent.attempt,
            since: sent.since.0,
            settles_at: sent.settles_at.0,
            snapshot: sent.snapshot,
            audit: sent.audit,
            send_key: sent.send_key.into(),
        }))
    }

    /// The record as the writing engine takes it.
    ///
    /// # Errors
    /// When the snapshot is damaged.
    pub fn told(
        &self,
        now: Timestamp,
        superseded: Option<Option<InvoiceSnapshot>>,
    ) -> Result<writing::Sent, Unreadable> {
        let left = self.settles_at.duration_since(now);
        Ok(writing::Sent {
            since: self.since,
            unclear_for: Duration::try_from(left).unwrap_or_default(),
            before: invoice::json::read(&self.snapshot).map_err(|_| Unreadable(SNAPSHOT))?,
            superseded: superseded.map(|before| Superseded { before }),
        })
    }
}

/// What is said from now on of when it settles.
pub(super) fn settling(settles_at: Timestamp) -> Item {
    Item::default().set(StoredSent::SETTLES_AT, settles_at)
}
