//! Writes of ours that the copy of their connection may not show yet.
//!
//! Before a write is sent to a provider, an item beside the connection's syncs says of which
//! invoice, and from when on it counts: the moment at which the process that sends it is over,
//! whatever becomes of it. It goes once the invoice's row holds what the write came to. So
//! while all is well it never counts; but where the row cannot be written, or the process is
//! killed before, it stays, and a copy with one that counts answers no listings: they are the
//! provider's, until a sync has read the invoices at their provider.
//!
//! It is an item of its own, and before the write. Noted only when a row cannot be written, it
//! would be lost with the same table, and with the process; noted in the connection's state, all
//! writers would wait for each other. It costs two units of writing beside the dozen and more
//! that a row with its indexes costs.

use invoice::{Action, ConnectionName, Reference};
use jiff::{SignedDuration, Timestamp};

use crate::error::CopyError;
use crate::index::of_syncs;
use crate::key::LAST;
use crate::row::{Item, KEPT, name, number, number_of, row_id, text, text_of};
use crate::store::CopyStore;

/// The beginning of the items' ids, before the id of the invoice's row.
const PREFIX: &str = "write#";
/// The moment from which on the write counts; milliseconds.
const COUNTS_FROM: &str = "countsFrom";
/// The invoice's id as its provider has it.
const INVOICE: &str = "invoice";
/// Whether the invoice is not to be there after it.
const DELETES: &str = "deletes";
/// How many of one call are written at the same time.
const AT_ONCE: usize = 25;

/// How far two clocks may be apart.
pub(crate) const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_secs(2);

/// A write that the copy of its connection may not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenWrite {
    /// The invoice as it was before the write.
    pub invoice: Reference,
    /// From when on the write counts.
    pub counts_from: Timestamp,
    /// Whether the invoice is not to be there after it.
    pub deletes: bool,
}

impl OpenWrite {
    /// The write of `action` to `invoice` by a process that is over at `counts_from`.
    pub fn new(invoice: &Reference, action: Action, counts_from: Timestamp) -> Self {
        Self { invoice: invoice.clone(), counts_from, deletes: action == Action::Delete }
    }

    /// Whether the copy may be older than this write, by any clock.
    pub fn counts(&self, now: Timestamp) -> bool {
        self.counts_from.saturating_sub(CLOCKS_DIFFER).unwrap_or(Timestamp::MIN) <= now
    }

    /// Whether the process that sent it is over, by any clock: what is read from then on shows
    /// what it left.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.counts_from.saturating_add(CLOCKS_DIFFER).unwrap_or(Timestamp::MAX) <= now
    }

    fn id(&self) -> String {
        id(&self.invoice)
    }

    /// The item that notes the write, but for its key.
    pub fn item(&self) -> Item {
        let expires_at = self.counts_from.saturating_add(KEPT).unwrap_or(Timestamp::MAX);
        let mut item = Item::from([
            (INVOICE.to_owned(), text(self.invoice.id())),
            (COUNTS_FROM.to_owned(), number(self.counts_from.as_millisecond())),
            (name::EXPIRES_AT.to_owned(), number(expires_at.as_second())),
        ]);
        if self.deletes {
            item.insert(DELETES.to_owned(), aws_sdk_dynamodb::types::AttributeValue::Bool(true));
        }
        item
    }

    /// The write that an item notes. An item of another version counts from the beginning.
    pub fn read(connection: &ConnectionName, item: &Item) -> Option<Self> {
        let row = text_of(item, name::ID)?.strip_prefix(PREFIX)?;
        let counts_from = number_of(item, COUNTS_FROM).unwrap_or_default();
        Some(Self {
            invoice: Reference::new(connection, text_of(item, INVOICE).unwrap_or(row)),
            counts_from: Timestamp::from_millisecond(counts_from).unwrap_or(Timestamp::MIN),
            deletes: item.contains_key(DELETES),
        })
    }
}

fn id(invoice: &Reference) -> String {
    format!("{PREFIX}{}", row_id(invoice))
}

impl CopyStore {
    /// Notes writes before they are sent, or from when on they count.
    pub(crate) async fn note_writes(
        &self,
        connection: &ConnectionName,
        writes: &[OpenWrite],
    ) -> Result<(), CopyError> {
        let partition = of_syncs(connection);
        for some in writes.chunks(AT_ONCE) {
            let putting = some
                .iter()
                .map(async |write| self.put_item(&partition, &write.id(), write.item()).await);
            futures::future::try_join_all(putting).await?;
        }
        Ok(())
    }

    /// Forgets the writes to these invoices: the copy shows what they came to, or they came to
    /// nothing.
    pub(crate) async fn forget_writes(
        &self,
        connection: &ConnectionName,
        invoices: &[Reference],
    ) -> Result<(), CopyError> {
        let partition = of_syncs(connection);
        for some in invoices.chunks(AT_ONCE) {
            let deleting =
                some.iter().map(async |invoice| self.delete_row(&partition, &id(invoice)).await);
            futures::future::try_join_all(deleting).await?;
        }
        Ok(())
    }

    /// Forgets a write as it was read: not one to the same invoice that has been sent since.
    pub(crate) async fn forget_write(&self, write: &OpenWrite) -> Result<(), CopyError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&*self.table)
            .key(name::CONNECTION, text(of_syncs(write.invoice.connection())))
            .key(name::ID, text(write.id()))
            .condition_expression("#from = :from")
            .expression_attribute_names("#from", COUNTS_FROM)
            .expression_attribute_values(":from", number(write.counts_from.as_millisecond()));
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|it| it.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The writes that the copy may not show, whether they count by now or not.
    pub(crate) async fn open_writes(
        &self,
        connection: &ConnectionName,
    ) -> Result<Vec<OpenWrite>, CopyError> {
        let (mut writes, mut from) = (Vec::new(), PREFIX.to_owned());
        loop {
            let answer = self
                .client
                .query()
                .table_name(&*self.table)
                .consistent_read(true)
                .key_condition_expression("#connection = :syncs AND #id BETWEEN :from AND :to")
                .expression_attribute_names("#connection", name::CONNECTION)
                .expression_attribute_names("#id", name::ID)
                .expression_attribute_values(":syncs", text(of_syncs(connection)))
                .expression_attribute_values(":from", text(&from))
                .expression_attribute_values(":to", text(format!("{PREFIX}{LAST}")))
                .send()
                .await?;
            let items = answer.items.unwrap_or_default();
            self.counted.queried(items.len(), &items);
            writes.extend(items.iter().filter_map(|item| OpenWrite::read(connection, item)));
            match answer.last_evaluated_key.as_ref().and_then(|key| text_of(key, name::ID)) {
                Some(last) => from = format!("{last}\u{0}"),
                None => return Ok(writes),
            }
        }
    }
}
