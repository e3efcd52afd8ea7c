//! The page of an answer, as it fills.

use std::collections::HashSet;

use invoice::{Invoice, Reference};

use crate::listing::bounds::size;

/// The page under way.
pub(super) struct Filling {
    pub data: Vec<Invoice>,
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

    /// Takes the room that `invoice` needs, or closes the page before it.
    pub fn make_room(&mut self, invoice: &Invoice) {
        match self.room.checked_sub(size(invoice)) {
            Some(left) => self.room = left,
            None => self.is_closed = true,
        }
    }
}
