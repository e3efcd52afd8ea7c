//! Stripe's invoice object, and what it is to us (stripe R10, R11, R20 to R23).

use std::collections::BTreeMap;

use invoice::{
    Amounts, Comment, Currency, Customer, Dates, Direction, Documents, Include, Invoice, Payment,
    PaymentStatus, Status, Timestamps,
};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use super::CAPABILITIES;
use super::line::line;
use super::money::Unit;
use super::rules::{Word, available};
use super::units::{Units, second, utc_day};
use crate::account::Account;
use crate::provider::View;
use crate::wire::{Id, Text, fitting};
use crate::{ErrorKind, ProviderError};

/// Stripe's `invoice` (stripe R53); what is not read here is in `raw`.
#[derive(Debug, Deserialize)]
struct Wire<'a> {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    status: Text,
    #[serde(default)]
    number: Text,
    #[serde(default)]
    currency: Text,
    #[serde(default)]
    customer: Text,
    #[serde(default)]
    customer_account: Text,
    #[serde(default)]
    customer_name: Text,
    #[serde(default)]
    customer_email: Text,

    #[serde(default)]
    total: Units,
    #[serde(default)]
    total_excluding_tax: Units,
    #[serde(default, deserialize_with = "fitting")]
    total_taxes: Option<Vec<Part>>,
    #[serde(default, deserialize_with = "fitting")]
    total_discount_amounts: Option<Vec<Part>>,
    #[serde(default)]
    amount_shipping: Units,
    #[serde(default)]
    amount_paid: Units,
    #[serde(default)]
    amount_remaining: Units,
    #[serde(default)]
    pre_payment_credit_notes_amount: Units,
    #[serde(default)]
    post_payment_credit_notes_amount: Units,

    #[serde(default)]
    created: Units,
    #[serde(default)]
    due_date: Units,
    #[serde(default)]
    effective_at: Units,
    #[serde(default)]
    period_start: Units,
    #[serde(default)]
    period_end: Units,
    #[serde(default, deserialize_with = "fitting")]
    status_transitions: Option<Transitions>,

    #[serde(default)]
    description: Text,
    #[serde(default)]
    footer: Text,
    #[serde(default)]
    hosted_invoice_url: Text,
    #[serde(default)]
    invoice_pdf: Text,
    #[serde(default, deserialize_with = "fitting")]
    parent: Option<Parent>,
    #[serde(borrow, default, deserialize_with = "fitting")]
    metadata: Option<BTreeMap<String, &'a RawValue>>,
    #[serde(borrow, default)]
    custom_fields: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "fitting")]
    lines: Option<Lines<'a>>,
}

/// A tax or a discount.
#[derive(Debug, Deserialize)]
struct Part {
    #[serde(default)]
    amount: Units,
}

#[derive(Debug, Default, Deserialize)]
struct Transitions {
    #[serde(default)]
    finalized_at: Units,
    #[serde(default)]
    voided_at: Units,
}

#[derive(Debug, Deserialize)]
struct Parent {
    #[serde(default, rename = "type")]
    kind: Text,
}

/// "The first handful" of the lines (stripe R9).
#[derive(Debug, Deserialize)]
struct Lines<'a> {
    #[serde(borrow, default)]
    data: Vec<&'a RawValue>,
    #[serde(default)]
    has_more: Option<bool>,
}

/// The invoice in `raw`. Lines that go on beyond the object are null until they
/// are read by their own call (`read.rs`).
pub(super) fn invoice(
    account: &Account,
    operation: &'static str,
    raw: &RawValue,
    view: &View,
) -> Result<Invoice, ProviderError> {
    let mut wire: Wire<'_> = account.row(operation, raw)?;
    let Some(id) = std::mem::take(&mut wire.id).filled() else {
        let detail = "an invoice of its answer has no `id`";
        return Err(account.error(ErrorKind::BadResponse, operation, detail));
    };
    let invoice =
        Invoice::unknown(account.reference(id), CAPABILITIES.provider, Direction::Receivable);
    let unit = wire.currency.0.as_deref().and_then(Unit::of);
    let word = wire.status.0.as_deref().and_then(Word::parse);
    let day = |units: Units| units.0.and_then(second).map(utc_day);
    let moment = |units: Units| units.0.and_then(second);
    let transitions = wire.status_transitions.take().unwrap_or_default();
    let of_subscription = wire
        .parent
        .as_ref()
        .is_some_and(|parent| parent.kind.0.as_deref() == Some("subscription_details"));
    let invoice = Invoice {
        status: word.map_or(Status::Unknown, Word::status),
        payment_status: payment_status(word, &wire),
        available_actions: available(word, of_subscription),
        currency: wire.currency.0.as_deref().and_then(Currency::parse),
        amounts: amounts(&wire, unit),
        dates: Dates {
            invoice: day(wire.effective_at),
            due: day(wire.due_date),
            period_start: day(wire.period_start),
            period_end: day(wire.period_end),
            target: None,
        },
        timestamps: Timestamps {
            created: moment(wire.created),
            // Stripe tells of no moment of change (stripe R23).
            modified: None,
            activated: moment(transitions.finalized_at),
            canceled: moment(transitions.voided_at),
        },
        lines: view.wants(Include::Lines).then(|| lines(wire.lines.as_ref(), unit)),
        custom_fields: custom_fields(&wire),
        number: wire.number.filled(),
        customer: Customer {
            id: wire
                .customer
                .filled()
                .or(wire.customer_account.filled())
                .map(|id| account.reference(id)),
            name: wire.customer_name.filled(),
            email: wire.customer_email.filled(),
        },
        payment: Payment { hosted_url: wire.hosted_invoice_url.filled(), ..Payment::default() },
        documents: Documents { pdf_url: wire.invoice_pdf.filled() },
        comments: [wire.description.filled(), wire.footer.filled()]
            .into_iter()
            .flatten()
            .map(|text| Comment { text, created_at: None, author: None })
            .collect(),
        // The one word stands for both (stripe R10, R11).
        provider_payment_status: wire.status.0.clone().filter(|word| !word.is_empty()),
        provider_status: wire.status.filled(),
        ..invoice
    };
    Ok(view.finish(invoice, raw))
}

/// What has been paid of an open invoice, by its amounts (stripe R11).
fn payment_status(word: Option<Word>, wire: &Wire<'_>) -> PaymentStatus {
    let some = |units: Units| units.0.is_some_and(|units| units > 0);
    match word {
        Some(Word::Open) if some(wire.amount_paid) => PaymentStatus::PartiallyPaid,
        Some(Word::Open) if some(wire.pre_payment_credit_notes_amount) => {
            PaymentStatus::PartiallyApplied
        }
        Some(Word::Open | Word::Draft) => PaymentStatus::Unpaid,
        Some(Word::Paid) => PaymentStatus::Paid,
        Some(Word::Uncollectible) => PaymentStatus::WrittenOff,
        Some(Word::Void) => PaymentStatus::Canceled,
        None => PaymentStatus::Unknown,
    }
}

fn amounts(wire: &Wire<'_>, unit: Option<Unit>) -> Amounts {
    let money = |units: Units| units.amount(unit);
    let sum = |parts: &Option<Vec<Part>>| {
        let mut units = parts.as_ref()?.iter().map(|part| part.amount.0);
        units.try_fold(0_i64, |sum, units| sum.checked_add(units?))
    };
    let credited = wire
        .pre_payment_credit_notes_amount
        .0
        .zip(wire.post_payment_credit_notes_amount.0)
        .and_then(|(before, after)| before.checked_add(after));
    Amounts {
        total: money(wire.total),
        without_tax: money(wire.total_excluding_tax),
        tax: money(Units(sum(&wire.total_taxes))),
        discount: money(Units(sum(&wire.total_discount_amounts))),
        shipping: money(wire.amount_shipping),
        paid: money(wire.amount_paid),
        credited: money(Units(credited)),
        // What is written off has no amount of its own at Stripe.
        written_off: None,
        balance: money(wire.amount_remaining),
    }
}

/// Metadata, entry by entry, as it can be written; and the fields printed on the
/// invoice beside it, under the name they have at Stripe.
fn custom_fields(wire: &Wire<'_>) -> Option<Box<RawValue>> {
    let mut fields = wire.metadata.clone().unwrap_or_default();
    if let Some(printed) = wire.custom_fields.filter(|printed| printed.get() != "null") {
        fields.entry("custom_fields".to_owned()).or_insert(printed);
    }
    if fields.is_empty() { None } else { to_raw_value(&fields).ok() }
}

/// The lines of the object; none where there are more of them, or where one
/// cannot be read.
fn lines(lines: Option<&Lines<'_>>, unit: Option<Unit>) -> Option<Vec<invoice::Line>> {
    let lines = lines.filter(|lines| lines.has_more == Some(false))?;
    lines.data.iter().map(|raw| line(raw, unit)).collect()
}
