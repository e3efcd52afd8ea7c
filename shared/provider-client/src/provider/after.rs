//! What has become of an invoice since a write.

use invoice::Invoice;

/// An invoice as the answer to a write shows it.
#[derive(Debug, Clone)]
pub struct Written {
    /// The provider's id it was written by.
    pub id: String,
    /// The invoice since; it may have a new id.
    pub invoice: Invoice,
}

/// What has become of an invoice that may have been written.
#[derive(Debug, Clone)]
pub enum After {
    /// The invoice is as the write would have it. None where it is gone, as the write
    /// would have it, or where it lives on under an id that cannot be told.
    Done(Option<Box<Invoice>>),
    /// The invoice is as it was before.
    NotDone(Box<Invoice>),
    /// Neither: something else has happened to it, or it cannot be told.
    Unclear,
}
