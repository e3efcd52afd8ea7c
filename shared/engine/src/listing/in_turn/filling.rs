//! The page of an answer, as it fills.

use std::collections::HashSet;

use invoice::Reference;

use crate::listing::serialized::SerializedInvoice;

/// The page under way.
pub(super) struct Filling {
    pub data: Vec<SerializedInvoice>,
    /// Whatever was read for it, whether it answered or not.
    pub seen: HashSet<Reference>,
    /// The bytes that are left for invoices.
    pub room: usize,
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
        match self.room.checked_sub(invoice.size()) {
            Some(left) => {
                self.room = left;
                self.data.push(invoice);
            }
            None => self.is_closed = true,
        }
    }
}
