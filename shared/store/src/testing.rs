//! The kinds of items and the packed bodies, for tests that stand outside.

use crate::listing_cache::{self, Packed};
use crate::table::{Item, Stored, Unreadable};
use crate::{event_work, writes};

/// Reads an item as one kind of item, and writes again what was read.
pub type Rewriting = fn(&Item) -> Result<Item, Unreadable>;

/// Every kind of item, by the name of its struct.
pub fn kinds() -> impl Iterator<Item = (&'static str, Rewriting)> {
    [listing_cache::KINDS, writes::KINDS, event_work::KINDS].into_iter().flatten().copied()
}

/// Reads an item as `T`, and writes again what was read.
pub(crate) fn rewritten<T: Stored>(item: &Item) -> Result<Item, Unreadable> {
    T::from_item(item).map(T::into_item)
}

/// A body as an item holds it, whoever wrote that.
pub fn packed(stream: Vec<u8>, length: u32, checksum: u32) -> Packed {
    Packed { stream, length, checksum }
}
