//! What has changed in a copy, in the order in which the bridge learned of it.
//!
//! An invoice stands in the feed once, at its latest change. Since a change and its number
//! are written together, and no number before the one that was there, whoever has read up to
//! a number has missed nothing: a cursor needs no overlap.

use invoice::{ConnectionName, Invoice, Reference};
use jiff::{SignedDuration, Timestamp};

use crate::error::CopyError;
use crate::index::Index;
use crate::row::{Cause, invoice_of, is_gone, name, number_of, sequence_key, text_of};
use crate::state::SyncState;
use crate::store::{CopyStore, Stretch};

/// One change.
#[derive(Debug, Clone)]
pub struct Change {
    /// The change's number.
    pub sequence: i64,
    /// The invoice.
    pub id: Reference,
    /// What happened, seen from where the feed was read before.
    pub kind: ChangeKind,
    /// Who brought it about.
    pub cause: Cause,
    /// The invoice's `ETag`; none of one that is gone.
    pub etag: Option<String>,
    /// The invoice, where it is asked for and not gone.
    pub invoice: Option<Invoice>,
}

/// What happened to an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It is new.
    Created,
    /// It tells something else than before.
    Changed,
    /// It is not there any more.
    Deleted,
}

impl Change {
    /// When the bridge learned of it: no two changes of a connection have the same moment.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_microsecond(self.sequence).unwrap_or(Timestamp::MAX)
    }
}

/// From where on changes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since {
    /// The number of the last change that is known already.
    pub sequence: i64,
}

impl Since {
    /// Whatever the bridge has learned at this moment, or later.
    pub fn moment(moment: Timestamp) -> Self {
        Self { sequence: moment.as_microsecond().saturating_sub(1) }
    }
}

/// Some changes.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The changes, the first first.
    pub changes: Vec<Change>,
    /// The number up to which all is told.
    pub up_to: i64,
    /// Whether there are more behind it.
    pub has_more: bool,
}

impl SyncState {
    /// From when on all changes are told, tombstones being kept for `retention`; none where no
    /// run has been complete yet.
    pub fn changes_from(&self, retention: SignedDuration) -> Option<Timestamp> {
        let kept = Timestamp::now().saturating_sub(retention).unwrap_or(Timestamp::MIN);
        Some(self.since?.max(kept))
    }
}

impl CopyStore {
    /// At most `limit` changes of a connection after `since`.
    ///
    /// # Errors
    /// When the table is out of reach.
    pub async fn changes(
        &self,
        connection: &ConnectionName,
        since: Since,
        limit: usize,
        with_invoices: bool,
    ) -> Result<Changes, CopyError> {
        let from = sequence_key(since.sequence.saturating_add(1).max(0));
        let stretch = Stretch::of_changes(from);
        let rows = self.query(connection, &stretch, None, limit).await?;
        let ids: Vec<&str> = rows.items.iter().filter_map(|row| text_of(row, name::ID)).collect();
        let whole = match with_invoices {
            true => self.rows(connection.as_str(), &ids, None).await?,
            false => Default::default(),
        };
        let mut changes =
            Changes { up_to: since.sequence, has_more: rows.last.is_some(), ..Changes::default() };
        for row in &rows.items {
            let sequence = text_of(row, Index::Sequence.attribute()).and_then(|it| it.parse().ok());
            let (Some(id), Some(sequence)) = (text_of(row, name::ID), sequence) else { continue };
            let kind = match (is_gone(row), number_of(row, name::CREATED)) {
                (true, _) => ChangeKind::Deleted,
                (false, Some(created)) if created > since.sequence => ChangeKind::Created,
                (false, _) => ChangeKind::Changed,
            };
            let cause = match text_of(row, name::CAUSE) {
                Some("bridge") => Cause::Bridge,
                _ => Cause::Provider,
            };
            changes.up_to = sequence;
            changes.changes.push(Change {
                sequence,
                id: Reference::new(connection, text_of(row, name::FULL_ID).unwrap_or(id)),
                kind,
                cause,
                etag: text_of(row, name::HASH).map(|hash| format!("\"{hash}\"")),
                // As it stands by now; its own change may be later, and is told then.
                invoice: whole.get(id).and_then(invoice_of),
            });
        }
        Ok(changes)
    }
}
