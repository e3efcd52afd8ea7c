//! Finexio's invoice (finexio R11).

use jiff::civil::Date;

use crate::cell::{IfPresent, Json, Micros, Text};
use crate::record::{Shape, record};
use crate::store::{Keyed, Shown};

record! {
    /// An invoice to be paid.
    pub(crate) struct Invoice {
        id("id"): Text,
        amount_cents("amount_cents"): i64,
        currency("currency"): Text,
        discount_amount_cents("discount_amount_cents"): i64,
        invoice_date("invoice_date"): Date,
        invoice_due_date("invoice_due_date"): Date,
        invoice_number("invoice_number"): Text,
        note("note"): Option<Text>,
        originating_counterparty_id("originating_counterparty_id"): Text,
        receiving_counterparty_id("receiving_counterparty_id"): Text,
        metadata("metadata"): Json,
        payment_id("payment_id"): Option<Text>,
        reconciliation_id("reconciliation_id"): Option<Text>,
        created("created"): Micros,
        updated("updated"): Micros,
        account_number("account_number"): Option<Text>,
        /// In the vendor's newest specification only (finexio R12).
        #[serde(default)]
        status("status"): IfPresent<Text>,
    }
}

impl Keyed for Invoice {
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn customer(&self) -> String {
        self.receiving_counterparty_id.to_string()
    }
}

impl Shown for Invoice {
    fn shown(&self) -> String {
        self.json(Shape::default())
    }
}
