//! Finexio's invoice object, and what it is to us.

use invoice::{
    Amount, Amounts, Comment, Currency, Customer, Dates, Direction, Invoice, Payment,
    PaymentStatus, Status, Supplier, Timestamps, Tracking,
};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::CAPABILITIES;
use crate::account::Account;
use crate::provider::View;
use crate::wire::{Text, day, fitting, instant};
use crate::{ErrorKind, ProviderError};

/// [seed 004]; `status` since the specification of 2025-09 [vendor].
#[derive(Debug, Deserialize)]
struct Wire {
    #[serde(default)]
    id: Text,
    #[serde(default, deserialize_with = "fitting")]
    amount_cents: Option<i64>,
    #[serde(default, deserialize_with = "fitting")]
    discount_amount_cents: Option<i64>,
    #[serde(default)]
    currency: Text,
    #[serde(default)]
    invoice_date: Text,
    #[serde(default)]
    invoice_due_date: Text,
    #[serde(default)]
    invoice_number: Text,
    #[serde(default)]
    note: Text,
    #[serde(default)]
    originating_counterparty_id: Text,
    #[serde(default)]
    receiving_counterparty_id: Text,
    #[serde(default, deserialize_with = "fitting")]
    metadata: Option<Box<RawValue>>,
    #[serde(default)]
    payment_id: Text,
    #[serde(default)]
    reconciliation_id: Text,
    #[serde(default)]
    created: Text,
    #[serde(default)]
    updated: Text,
    #[serde(default)]
    account_number: Text,
    #[serde(default)]
    status: Text,
}

/// The invoice in `raw`.
pub(super) fn invoice(
    account: &Account,
    operation: &'static str,
    raw: &RawValue,
    view: &View,
) -> Result<Invoice, ProviderError> {
    let wire: Wire = account.json(operation, raw.get().as_bytes())?;
    let Some(id) = wire.id.filled() else {
        return Err(account.error(
            ErrorKind::BadResponse,
            operation,
            "an invoice of its answer has no `id`",
        ));
    };
    let currency = wire.currency.filled().and_then(|code| Currency::parse(&code));
    // The status is the payment's; an invoice is queued for payment as soon as
    // it exists [vendor], so in its own life it is active, or canceled.
    let word = wire.status.filled();
    let payment_status = word.as_deref().map_or(PaymentStatus::Unknown, payment_status);
    let invoice = Invoice {
        number: wire.invoice_number.filled(),
        customer: Customer {
            id: wire.originating_counterparty_id.filled().map(|id| account.reference(id)),
            ..Customer::default()
        },
        supplier: wire
            .receiving_counterparty_id
            .filled()
            .map(|id| Supplier { id: account.reference(id) }),
        status: if payment_status == PaymentStatus::Canceled {
            Status::Canceled
        } else {
            Status::Active
        },
        payment_status,
        provider_payment_status: word,
        currency,
        amounts: Amounts {
            total: cents(wire.amount_cents, currency.as_ref()),
            discount: cents(wire.discount_amount_cents, currency.as_ref()),
            ..Amounts::default()
        },
        dates: Dates {
            invoice: day(wire.invoice_date.0.as_deref()),
            due: day(wire.invoice_due_date.0.as_deref()),
            ..Dates::default()
        },
        timestamps: Timestamps {
            created: instant(wire.created.0.as_deref()),
            modified: instant(wire.updated.0.as_deref()),
            ..Timestamps::default()
        },
        payment: Payment { payment_id: wire.payment_id.filled(), ..Payment::default() },
        tracking: Tracking {
            account_number: wire.account_number.filled(),
            reconciliation_id: wire.reconciliation_id.filled(),
            ..Tracking::default()
        },
        comments: wire
            .note
            .filled()
            .map(|text| Comment { text, created_at: None, author: None })
            .into_iter()
            .collect(),
        custom_fields: wire.metadata.filter(|metadata| metadata.get().starts_with('{')),
        ..Invoice::unknown(account.reference(id), CAPABILITIES.provider, Direction::Payable)
    };
    Ok(view.finish(invoice, raw))
}

/// Integer cents [vendor]: two places whatever the currency, which is USD.
fn cents(cents: Option<i64>, currency: Option<&Currency>) -> Option<Amount> {
    cents.map(|cents| Amount::new(Decimal::new(cents, 2), currency))
}

/// The payment's progress [vendor, 2025-09].
fn payment_status(word: &str) -> PaymentStatus {
    match word {
        "pending" => PaymentStatus::Unpaid,
        "in-progress" | "sent" => PaymentStatus::Processing,
        "complete" => PaymentStatus::Paid,
        "failed" => PaymentStatus::Failed,
        "canceled" => PaymentStatus::Canceled,
        _ => PaymentStatus::Unknown,
    }
}
