//! What a summary can be grouped by.

use crate::status::words;

words! {
    /// What a summary groups invoices by.
    Dimension {
        /// The connection that an invoice comes from.
        Connection = "connection",
        /// Where an invoice is in its life.
        Status = "status",
        /// How far an invoice is paid.
        PaymentStatus = "paymentStatus",
        /// How long what is outstanding has been due.
        Aging = "aging",
        /// The currency of an invoice's amounts.
        Currency = "currency",
    }
}
