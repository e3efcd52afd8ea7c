//! An invoice and its JSON.

use std::ops::Deref;
use std::sync::OnceLock;

use invoice::{Invoice, Scope};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// An invoice, and the JSON that an answer has of it. It is written once: what is
/// measured is what is sent.
#[derive(Debug, Clone)]
pub struct SerializedInvoice {
    invoice: Invoice,
    /// None where it cannot be written, which fails where it is sent.
    json: Option<Box<RawValue>>,
    size: OnceLock<usize>,
}

impl SerializedInvoice {
    pub(super) fn new(invoice: Invoice) -> Self {
        let json = to_raw_value(&invoice).ok();
        Self { invoice, json, size: OnceLock::new() }
    }

    /// The invoice alone.
    pub fn into_invoice(self) -> Invoice {
        self.invoice
    }

    /// The bytes that it takes of an answer's body, which stands as a text in other
    /// JSON, and the comma after it.
    pub(super) fn size(&self) -> usize {
        *self.size.get_or_init(|| invoice::json::length_as_text(self.json()).saturating_add(1))
    }

    /// The most that [`Self::size`] may be, without looking at its bytes.
    pub(super) fn most(&self) -> usize {
        // No byte of it takes more than two.
        self.json().len().saturating_mul(2).saturating_add(1)
    }

    fn json(&self) -> &str {
        self.json.as_deref().map_or("", RawValue::get)
    }

    /// Without what `scope` does not show.
    pub(super) fn redacted(self, scope: &Scope) -> Self {
        if *scope == Scope::All {
            return self;
        }
        let mut invoice = self.invoice;
        scope.redact(&mut invoice);
        Self::new(invoice)
    }
}

impl Deref for SerializedInvoice {
    type Target = Invoice;

    fn deref(&self) -> &Invoice {
        &self.invoice
    }
}

impl Serialize for SerializedInvoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = self.json.as_ref();
        json.ok_or_else(|| S::Error::custom("an invoice cannot be written"))?.serialize(serializer)
    }
}
