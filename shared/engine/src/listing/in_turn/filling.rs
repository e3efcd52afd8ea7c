//! The page of an answer, as it fills.

use std::collections::HashSet;

use invoice::Reference;

use crate::listing::bounds::Room;
use crate::listing::serialized::SerializedInvoice;

/// The page under way.
pub(super) struct Filling {
    pub data: Vec<SerializedInvoice>,
    /// Whatever was read for it, whether it answered or not.
    pub seen: HashSet<Reference>,
    pub room: Room,
    /// Whether the next invoice would be too much for the bytes that are left.
    pub is_closed: bool,
    pub limit: usize,
}

impl Filling {
    pub fn is_full(&self) -> bool {
        self.is_closed || self.data.len() >= self.limit
    }

    /// Takes `invoice`, or closes the page before it where there is no room for it.
    pub fn take(&mut self, invoice: SerializedInvoice) {
        if self.room.take(&self.data, &invoice) {
            self.data.push(invoice);
        } else {
            self.is_closed = true;
        }
    }
}
