//! What came of a write on an invoice.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::status::words;

words! {
    /// What came of a write on one invoice.
    Outcome {
        /// The write was done: the invoice, read from its provider, shows it.
        Applied = "applied",
        /// The invoice was as asked already; nothing was sent.
        Unchanged = "unchanged",
        /// Nothing happened.
        Rejected = "rejected",
        /// The write may or may not have happened: the answer was lost, and reading the
        /// invoice has not settled it yet.
        Unknown = "unknown",
    }
}

/// How many invoices had each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeCounts {
    /// Invoices that were written.
    pub applied: u64,
    /// Invoices that were already as asked.
    pub unchanged: u64,
    /// Invoices that were not written.
    pub rejected: u64,
    /// Invoices of which it is not known.
    pub unknown: u64,
}

impl AddAssign for OutcomeCounts {
    fn add_assign(&mut self, other: Self) {
        self.applied += other.applied;
        self.unchanged += other.unchanged;
        self.rejected += other.rejected;
        self.unknown += other.unknown;
    }
}
