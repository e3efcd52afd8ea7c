//! The indexes of the table, and what of an invoice each of them is sorted by.
//!
//! The five that are asked most are local: they are read as consistently as the rows
//! themselves. DynamoDB has no more than five of these; the others are global, and may lack
//! for a moment what has just moved. What is shown is read consistently either way.

use invoice::{ConnectionName, Invoice, Sort, SortKey};

use crate::key::{END, LAST, marked};

/// An index of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Index {
    /// All rows, those that are gone among them, in the order of their last changes.
    Sequence,
    /// By life-cycle status, and by invoice date within each.
    Status,
    /// By customer, and by invoice date within each.
    Customer,
    /// By what listings can be sorted by.
    Sorted(SortKey),
}

impl Index {
    /// The indexes that hold the rows of invoices alone.
    pub const OF_INVOICES: [Self; 9] = [
        Self::Status,
        Self::Customer,
        Self::Sorted(SortKey::InvoiceDate),
        Self::Sorted(SortKey::DueDate),
        Self::Sorted(SortKey::Amount),
        Self::Sorted(SortKey::Balance),
        Self::Sorted(SortKey::CreatedAt),
        Self::Sorted(SortKey::ModifiedAt),
        Self::Sorted(SortKey::Number),
    ];

    /// The index's name in the template.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sequence => "sequence",
            Self::Status => "status",
            Self::Customer => "customer",
            Self::Sorted(SortKey::InvoiceDate) => "invoiceDate",
            Self::Sorted(SortKey::DueDate) => "dueDate",
            Self::Sorted(SortKey::Amount) => "amount",
            Self::Sorted(SortKey::Balance) => "balance",
            Self::Sorted(SortKey::CreatedAt) => "createdAt",
            Self::Sorted(SortKey::ModifiedAt) => "modifiedAt",
            Self::Sorted(SortKey::Number) => "number",
        }
    }

    /// The attribute that the index is sorted by.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Sequence => "bySequence",
            Self::Status => "byStatus",
            Self::Customer => "byCustomer",
            Self::Sorted(SortKey::InvoiceDate) => "byInvoiceDate",
            Self::Sorted(SortKey::DueDate) => "byDueDate",
            Self::Sorted(SortKey::Amount) => "byAmount",
            Self::Sorted(SortKey::Balance) => "byBalance",
            Self::Sorted(SortKey::CreatedAt) => "byCreatedAt",
            Self::Sorted(SortKey::ModifiedAt) => "byModifiedAt",
            Self::Sorted(SortKey::Number) => "byNumber",
        }
    }

    /// Whether the index is read as consistently as the table.
    pub fn is_local(self) -> bool {
        matches!(
            self,
            Self::Sequence
                | Self::Status
                | Self::Customer
                | Self::Sorted(SortKey::InvoiceDate | SortKey::DueDate)
        )
    }

    /// What the index is sorted by, behind its prefix; none for changes.
    pub fn sort_key(self) -> Option<SortKey> {
        match self {
            Self::Sequence => None,
            Self::Status | Self::Customer => Some(SortKey::InvoiceDate),
            Self::Sorted(key) => Some(key),
        }
    }

    /// The key of `invoice`, whose row has this id; none where the index does not hold it.
    pub fn key(self, invoice: &Invoice, id: &str) -> Option<String> {
        let prefix = match self {
            Self::Sequence => return None,
            Self::Status => prefix(invoice.status.word()),
            Self::Customer => prefix(&customer(invoice.customer.id.as_ref()?.id())),
            Self::Sorted(_) => String::new(),
        };
        let sort = Sort { key: self.sort_key()?, descending: false };
        Some(format!("{prefix}{}{id}", marked(sort.position(invoice).value.as_ref())))
    }
}

/// What the keys of one status, or one customer, begin with.
pub(crate) fn prefix(of: &str) -> String {
    format!("{of}{END}")
}

/// A customer's id as a part of a key, which may not be of any length.
pub(crate) fn customer(id: &str) -> String {
    if id.len() <= 200 && !id.chars().any(|c| c.is_control() || c == LAST) {
        return id.to_owned();
    }
    format!("~{}", invoice::Digest::of(&[id]))
}

/// The partition of what is known of a connection's syncs; no connection is called so.
pub(crate) fn of_syncs(connection: &ConnectionName) -> String {
    format!("{connection}#sync")
}
