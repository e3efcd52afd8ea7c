//! Writing rows: each change under a number of its own, taken in the same transaction.
//!
//! The number of a connection's last change is an item of its own. A transaction writes rows
//! and moves that number, from the one it has read: so number n + 1 is there only once n is,
//! and who has read up to a number has missed nothing before it. A number is the moment of
//! the change in microseconds, or one more than the last, whichever is greater.
//!
//! A row says when its provider was asked for what it holds. What was asked for earlier never
//! takes the place of what was asked for later.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use invoice::{ConnectionName, Invoice, Reference};
use jiff::{SignedDuration, Timestamp};

use super::CopyStore;
use crate::error::CopyError;
use crate::index::{Index, of_syncs};
use crate::row::{
    Canonical, Cause, Item, KEPT, Mark, is_gone, name, number, number_of, row, row_id, text,
    text_of, tombstone,
};

/// The item of a connection's last change, among its syncs.
const SEQUENCE: &str = "sequence";
/// Rows of one transaction: DynamoDB takes 100 items, of 4 MB in all.
const ROWS_AT_ONCE: usize = 50;
const BYTES_AT_ONCE: usize = 1_500_000;
/// How often a transaction is tried whose rows, or number, others have moved.
const TRIES: u32 = 150;

/// What was seen of an invoice.
#[derive(Debug, Clone)]
pub enum Observed {
    /// The invoice as it stands.
    There(Box<Invoice>),
    /// The invoice is not there any more.
    Gone(Reference),
}

/// Something that was seen of an invoice, and when.
#[derive(Debug, Clone)]
pub struct Observation {
    /// What was seen.
    pub observed: Observed,
    /// The moment before its provider was asked.
    pub asked_at: Timestamp,
    /// Who brought about what is new of it.
    pub cause: Cause,
}

/// What became of observations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows that are new, or were gone.
    pub created: usize,
    /// Rows that hold something else than before.
    pub changed: usize,
    /// Rows that are gone.
    pub deleted: usize,
}

impl Outcome {
    /// Whether any row tells something else than before.
    pub fn is_any(&self) -> bool {
        *self != Self::default()
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.created += other.created;
        self.changed += other.changed;
        self.deleted += other.deleted;
    }
}

impl Observation {
    fn reference(&self) -> &Reference {
        match &self.observed {
            Observed::There(invoice) => &invoice.id,
            Observed::Gone(reference) => reference,
        }
    }
}

/// An observation, written down.
struct Pending {
    observation: Observation,
    canonical: Option<Canonical>,
}

impl CopyStore {
    /// Writes what was seen into the rows, where it is news to them. Of several observations
    /// of one invoice the last counts. Tombstones are kept for `retention`.
    ///
    /// # Errors
    /// When the table is out of reach, or others change the same rows again and again. Some
    /// of the rows may have been written by then: each is whole by itself.
    pub async fn observe(
        &self,
        connection: &ConnectionName,
        observations: Vec<Observation>,
        retention: SignedDuration,
    ) -> Result<Outcome, CopyError> {
        let mut latest: BTreeMap<String, Pending> = BTreeMap::new();
        for observation in observations {
            let canonical = match &observation.observed {
                Observed::There(invoice) => Some(Canonical::of(invoice)?),
                Observed::Gone(_) => None,
            };
            let id = row_id(observation.reference());
            latest.insert(id, Pending { observation, canonical });
        }
        let mut outcome = Outcome::default();
        let mut batch = BTreeMap::new();
        let mut bytes = 0;
        for (id, pending) in latest {
            let size = pending.canonical.as_ref().map_or(200, |it| it.text.len());
            if !batch.is_empty() && (batch.len() >= ROWS_AT_ONCE || bytes + size > BYTES_AT_ONCE) {
                outcome.add(
                    self.write_batch(connection, &std::mem::take(&mut batch), retention).await?,
                );
                bytes = 0;
            }
            bytes += size;
            batch.insert(id, pending);
        }
        outcome.add(self.write_batch(connection, &batch, retention).await?);
        Ok(outcome)
    }

    async fn write_batch(
        &self,
        connection: &ConnectionName,
        batch: &BTreeMap<String, Pending>,
        retention: SignedDuration,
    ) -> Result<Outcome, CopyError> {
        let ids: Vec<&str> = batch.keys().map(String::as_str).collect();
        let only = [
            name::HASH,
            name::ASKED_AT,
            name::GONE,
            name::CREATED,
            name::EXPIRES_AT,
            Index::Sequence.attribute(),
        ];
        for attempt in 0..TRIES {
            let there = self.rows(connection.as_str(), &ids, Some(&only)).await?;
            let news: Vec<News<'_>> =
                batch.iter().filter_map(|(id, it)| News::of(id, it, there.get(id))).collect();
            if news.is_empty() {
                return Ok(Outcome::default());
            }
            let last = self.last_sequence(connection).await?;
            let first = last.unwrap_or_default().max(Timestamp::now().as_microsecond()) + 1;
            let (items, outcome) = self.transaction(connection, &news, (last, first), retention)?;
            let sending = self.client.transact_write_items().set_transact_items(Some(items)).send();
            match sending.await {
                Ok(_) => {
                    self.counted.wrote(news.len());
                    return Ok(outcome);
                }
                // Moved by another in between, or written by another just now.
                Err(error) if is_overtaken(&error) => wait(attempt).await,
                Err(error) => return Err(error.into()),
            }
        }
        Err(CopyError::Busy)
    }

    /// The number of the connection's last change; none where there is none.
    pub(crate) async fn last_sequence(
        &self,
        connection: &ConnectionName,
    ) -> Result<Option<i64>, CopyError> {
        let partition = of_syncs(connection);
        let found = self.rows(&partition, &[SEQUENCE], None).await?;
        Ok(found.get(SEQUENCE).and_then(|item| number_of(item, "last")))
    }

    fn transaction(
        &self,
        connection: &ConnectionName,
        news: &[News<'_>],
        (last, first): (Option<i64>, i64),
        retention: SignedDuration,
    ) -> Result<(Vec<TransactWriteItem>, Outcome), CopyError> {
        let (mut items, mut outcome) = (Vec::new(), Outcome::default());
        let mut sequence = first;
        for one in news {
            items.push(self.put(one, sequence, retention)?);
            sequence += 1;
            match one.kind {
                Kind::Created => outcome.created += 1,
                Kind::Changed => outcome.changed += 1,
                Kind::Deleted => outcome.deleted += 1,
                Kind::Refreshed => {}
            }
        }
        let counter = Update::builder()
            .table_name(&*self.table)
            .key(name::CONNECTION, text(of_syncs(connection)))
            .key(name::ID, text(SEQUENCE))
            .update_expression("SET #last = :next")
            .expression_attribute_names("#last", "last")
            .expression_attribute_values(":next", number(sequence - 1));
        let counter = match last {
            None => counter.condition_expression("attribute_not_exists(#last)"),
            Some(last) => counter
                .condition_expression("#last = :read")
                .expression_attribute_values(":read", number(last)),
        };
        let counter = counter.build().map_err(|_| CopyError::Unwritable)?;
        items.push(TransactWriteItem::builder().update(counter).build());
        Ok((items, outcome))
    }

    fn put(
        &self,
        news: &News<'_>,
        sequence: i64,
        retention: SignedDuration,
    ) -> Result<TransactWriteItem, CopyError> {
        let Observation { observed, asked_at, cause } = &news.pending.observation;
        let now = Timestamp::now();
        // What tells nothing new keeps its place among the changes.
        let sequence = match news.kind {
            Kind::Refreshed => news.sequence.unwrap_or(sequence),
            Kind::Created | Kind::Changed | Kind::Deleted => sequence,
        };
        let mark = |kept: SignedDuration| Mark {
            sequence,
            created: match news.kind {
                Kind::Created => sequence,
                _ => news.created.unwrap_or(sequence),
            },
            asked_at: *asked_at,
            cause: *cause,
            expires_at: now.saturating_add(kept).unwrap_or(Timestamp::MAX),
        };
        let item = match (observed, &news.pending.canonical) {
            (Observed::There(invoice), Some(canonical)) => row(invoice, canonical, &mark(KEPT))?,
            // A second more: a part of one is cut off.
            (_, _) => tombstone(
                news.pending.observation.reference(),
                &mark(retention + SignedDuration::from_secs(1)),
            ),
        };
        let put = Put::builder().table_name(&*self.table).set_item(Some(item));
        let put = match &news.version {
            None => put
                .condition_expression("attribute_not_exists(#id)")
                .expression_attribute_names("#id", name::ID),
            Some(version) => put
                .condition_expression("#sequence = :sequence AND #asked = :asked")
                .expression_attribute_names("#sequence", Index::Sequence.attribute())
                .expression_attribute_names("#asked", name::ASKED_AT)
                .expression_attribute_values(":sequence", text(&version.sequence))
                .expression_attribute_values(":asked", number(version.asked_at)),
        };
        let put = put.build().map_err(|_| CopyError::Unwritable)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

enum Kind {
    Created,
    Changed,
    Deleted,
    /// The row tells what it told; it is only as of now, and kept on.
    Refreshed,
}

/// The version of a row that was read.
struct Version {
    sequence: String,
    asked_at: i64,
}

/// An observation that is news to its row.
struct News<'a> {
    pending: &'a Pending,
    kind: Kind,
    version: Option<Version>,
    created: Option<i64>,
    sequence: Option<i64>,
}

impl<'a> News<'a> {
    fn of(_id: &str, pending: &'a Pending, there: Option<&Item>) -> Option<Self> {
        let asked_at = pending.observation.asked_at.as_microsecond();
        let is_ours = pending.observation.cause == Cause::Bridge;
        let Some(there) = there else {
            let kind = match pending.observation.observed {
                Observed::There(_) => Kind::Created,
                // What was never there is not gone; but what we have deleted stays so.
                Observed::Gone(_) if is_ours => Kind::Deleted,
                Observed::Gone(_) => return None,
            };
            return Some(Self { pending, kind, version: None, created: None, sequence: None });
        };
        let known_at = number_of(there, name::ASKED_AT).unwrap_or_default();
        if known_at >= asked_at {
            return None;
        }
        let expires_at = number_of(there, name::EXPIRES_AT).unwrap_or_default();
        let is_same = pending
            .canonical
            .as_ref()
            .is_some_and(|it| text_of(there, name::HASH) == Some(&it.hash));
        let kind = match (&pending.observation.observed, is_gone(there)) {
            (Observed::There(_), true) => Kind::Created,
            (Observed::There(_), false) if !is_same => Kind::Changed,
            // A write's own reading bars what was asked for before it.
            (Observed::There(_), false) if is_ours || is_due(expires_at) => Kind::Refreshed,
            (Observed::There(_), false) => return None,
            (Observed::Gone(_), true) if is_ours => Kind::Refreshed,
            (Observed::Gone(_), true) => return None,
            (Observed::Gone(_), false) => Kind::Deleted,
        };
        let sequence = text_of(there, Index::Sequence.attribute()).unwrap_or_default();
        Some(Self {
            pending,
            kind,
            created: number_of(there, name::CREATED),
            sequence: sequence.parse().ok(),
            version: Some(Version { sequence: sequence.to_owned(), asked_at: known_at }),
        })
    }
}

/// Whether a row that expires then is to be written again, to be kept on.
pub(crate) fn is_due(expires_at: i64) -> bool {
    let left = expires_at.saturating_sub(Timestamp::now().as_second());
    left < KEPT.as_secs() / 2
}

fn is_overtaken<R>(
    error: &aws_sdk_dynamodb::error::SdkError<
        aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError,
        R,
    >,
) -> bool {
    use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError as Error;
    let Some(Error::TransactionCanceledException(canceled)) = error.as_service_error() else {
        return matches!(error.as_service_error(), Some(Error::TransactionInProgressException(_)));
    };
    let reasons: HashMap<&str, ()> =
        canceled.cancellation_reasons().iter().filter_map(|it| Some((it.code()?, ()))).collect();
    reasons.contains_key("ConditionalCheckFailed") || reasons.contains_key("TransactionConflict")
}

async fn wait(attempt: u32) {
    let most = 5_u64.saturating_mul(2_u64.saturating_pow(attempt)).min(80);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=most))).await;
}
