//! What was sent under a key: one item for each invoice, beside the key's own
//! record. Locks pass from one writer to the next; what a key has sent stays
//! the key's, so that asking again knows it.

use std::time::Duration;

use engine::writing::{self, InvoiceSnapshot, Superseded};
use invoice::Reference;
use jiff::Timestamp;
use provider_client::SendKey;

use super::attributes::{
    ATTEMPT, AUDIT, OWNER, SEND_KEY, SETTLES_AT, SINCE, SNAPSHOT, VERSION, VERSION_NOW,
};
use super::moment;
use crate::table::{EXPIRES_AT, Item};

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
        Item::default()
            .number(VERSION, VERSION_NOW)
            .text(OWNER, owner)
            .text(ATTEMPT, self.attempt.as_str())
            .number(SINCE, self.since.as_millisecond())
            .number(SETTLES_AT, self.settles_at.as_millisecond())
            .text(SNAPSHOT, self.snapshot.as_str())
            .text(AUDIT, self.audit.as_str())
            .text(SEND_KEY, self.send_key.as_str())
            .number(EXPIRES_AT, expires_at.as_second())
    }

    /// What is there; none where it is of another owner, whose key this was
    /// before its time was up.
    ///
    /// # Errors
    /// When it cannot be read: it was written by another version, or is damaged.
    pub fn read(item: &Item, owner: &str) -> Result<Option<Self>, ()> {
        if item.get_number(VERSION) != Some(VERSION_NOW) {
            return Err(());
        }
        if item.get_text(OWNER) != Some(owner) {
            return Ok(None);
        }
        let text = |name| item.get_text(name).map(str::to_owned).ok_or(());
        Ok(Some(Self {
            attempt: text(ATTEMPT)?,
            since: moment(item, SINCE).ok_or(())?,
            settles_at: moment(item, SETTLES_AT).ok_or(())?,
            snapshot: text(SNAPSHOT)?,
            audit: text(AUDIT)?,
            send_key: text(SEND_KEY)?.into(),
        }))
    }

    /// The record as the writing engine takes it; none where the snapshot is damaged.
    pub fn told(
        &self,
        now: Timestamp,
        superseded: Option<Option<InvoiceSnapshot>>,
    ) -> Option<writing::Sent> {
        let left = self.settles_at.duration_since(now);
        Some(writing::Sent {
            since: self.since,
            unclear_for: Duration::try_from(left).unwrap_or_default(),
            before: invoice::json::read(&self.snapshot).ok()?,
            superseded: superseded.map(|before| Superseded { before }),
        })
    }
}

/// What is said from now on of when it settles.
pub(super) fn settling(settles_at: Timestamp) -> Item {
    Item::default().number(SETTLES_AT, settles_at.as_millisecond())
}
