//! What items of the table are read as, for tests that hold no table.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use invoice::{ConnectionName, Invoice, Position, Reference, Sort};
use jiff::Timestamp;

use crate::index::Index;
use crate::open_writes::OpenWrite;
use crate::row::{self, Canonical, Cause, Mark};
use crate::state::{RunState, json, written};
use crate::{SyncState, key};

/// An item as DynamoDB has it.
pub type Item = HashMap<String, AttributeValue>;

/// What stands in a row beside its invoice, all of one moment.
fn mark(moment: Timestamp) -> Mark {
    let number = moment.as_microsecond();
    let cause = Cause::Provider;
    Mark { sequence: number, created: number, asked_at: moment, cause, expires_at: moment }
}

/// The row of an invoice that was read at that moment.
pub fn row_of(invoice: &Invoice, moment: Timestamp) -> Option<Item> {
    row::row(invoice, &Canonical::of(invoice).ok()?, &mark(moment)).ok()
}

/// The row of an invoice that was found gone at that moment.
pub fn tombstone_of(invoice: &Reference, moment: Timestamp) -> Item {
    row::tombstone(invoice, &mark(moment))
}

/// The invoice of a row; none where the row is gone, or of another version.
pub fn invoice_of(item: &Item) -> Option<Invoice> {
    row::invoice_of(item)
}

/// The key of an invoice in the index of that order.
pub fn key_of(invoice: &Invoice, sort: Sort) -> Option<String> {
    Index::Sorted(sort.key).key(invoice, invoice.id.id())
}

/// Where an invoice stands in an order whose key is this.
pub fn position_of(connection: &ConnectionName, sort: Sort, key: &str) -> Option<Position> {
    key::position(connection, sort, key)
}

/// The state of syncs that an item says.
pub fn state_of(item: &Item) -> Option<SyncState> {
    json(item)
}

/// The run that an item says to be under way, as it is written again.
pub fn run_of(item: &Item) -> Option<String> {
    json::<RunState>(item).and_then(|run| written(&run).ok())
}

/// The write that an item notes: the item that is written of it, and whether it counts then.
pub fn open_write_of(
    connection: &ConnectionName,
    item: &Item,
    now: Timestamp,
) -> Option<(Item, bool)> {
    OpenWrite::read(connection, item).map(|write| (write.item(), write.counts(now)))
}
