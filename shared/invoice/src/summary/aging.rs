//! How long what is outstanding has been due.

use jiff::civil::Date;

use crate::status::words;
use crate::{Invoice, PaymentStatus, Status};

words! {
    /// How many civil days ago an invoice that is outstanding fell due.
    Aging {
        /// The invoice falls due today or later.
        NotDue = "not_due",
        /// The invoice fell due 1 to 30 days ago.
        Days1To30 = "1_30",
        /// The invoice fell due 31 to 60 days ago.
        Days31To60 = "31_60",
        /// The invoice fell due 61 to 90 days ago.
        Days61To90 = "61_90",
        /// The invoice fell due more than 90 days ago.
        Over90 = "over_90",
        /// The provider gives no due date.
        NoDueDate = "no_due_date",
        /// Nothing is owed on the invoice: it is not binding, it is withdrawn, or
        /// nothing of it is left to pay.
        NotOutstanding = "not_outstanding",
    }
}

impl Aging {
    /// The bucket that `invoice` belongs to on the day `today`.
    pub fn of(invoice: &Invoice, today: Date) -> Self {
        if !is_outstanding(invoice) {
            return Self::NotOutstanding;
        }
        let Some(due) = invoice.dates.due else { return Self::NoDueDate };
        match today.duration_since(due).as_hours() / 24 {
            ..=0 => Self::NotDue,
            1..=30 => Self::Days1To30,
            31..=60 => Self::Days31To60,
            61..=90 => Self::Days61To90,
            91.. => Self::Over90,
        }
    }
}

/// Whether something may be owed on an invoice. A status whose word is not known rules
/// nothing out; where the provider gives no balance, its word `paid` tells.
fn is_outstanding(invoice: &Invoice) -> bool {
    let is_binding = match invoice.status {
        Status::Active | Status::Unknown => true,
        Status::Draft | Status::PendingActivation | Status::Canceled => false,
    };
    is_binding
        && match invoice.amounts.balance {
            Some(balance) => !balance.is_zero(),
            None => invoice.payment_status != PaymentStatus::Paid,
        }
}
