//! What a filter is made of, and what an invoice is to it.

use std::collections::BTreeSet;

use crate::{PaymentStatus, Reference, Status};

/// Whether an invoice answers one parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The invoice matches.
    Pass,
    /// The invoice does not match.
    Fail,
    /// The invoice does not tell: the field is null, or a word that the bridge does not
    /// know. Where the bridge filters, that is a no; where the provider filtered, its
    /// answer stands.
    Indeterminate,
}

impl Match {
    pub(super) fn of(pass: bool) -> Self {
        if pass { Self::Pass } else { Self::Fail }
    }
}

/// A customer, as a caller names one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CustomerId {
    /// `nue:001KS...`: this connection's.
    At(Reference),
    /// `001KS...`: taken for every selected connection.
    Anywhere(String),
}

/// Any of these words, of either status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusFilter {
    /// Wanted life-cycle words.
    pub lifecycle: BTreeSet<Status>,
    /// Wanted payment words.
    pub payment: BTreeSet<PaymentStatus>,
}
