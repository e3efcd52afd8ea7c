//! SimplePin's invoice object, and what it is to us.

use invoice::{
    Amount, Amounts, Comment, Currency, Customer, Dates, Direction, Include, Invoice, Line,
    Payment, PaymentStatus, Status, Timestamps, Tracking,
};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{CAPABILITIES, rules};
use crate::account::Account;
use crate::provider::View;
use crate::wire::{Id, Number, Text, day, fitting, instant};
use crate::{ErrorKind, ProviderError};

/// InvoicePreviewV2Model (simplepin R9); `get` adds `line_item_models` (simplepin R10).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wire {
    account_holder: Text,
    additional_description: Text,
    amount: Number,
    charge_date: Text,
    creation_date: Text,
    currency_code: Text,
    customer_id: Text,
    email: Text,
    id: Text,
    invoice_date: Text,
    invoice_due_date: Text,
    invoice_number: Text,
    invoice_state: Text,
    last_tx_type: Text,
    paid: Text,
    payment_method: Text,
    period_end_date: Text,
    period_start_date: Text,
    uuid: Id,
    #[serde(deserialize_with = "fitting")]
    line_item_models: Option<Vec<WireLine>>,
}

/// No source tells a line's fields: these are assumed (simplepin R12), with the name that
/// a new line's price has beside the one that was taken for it (simplepin R35).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WireLine {
    id: Text,
    name: Text,
    description: Text,
    quantity: Number,
    unit_price: Number,
    rate: Number,
    amount: Number,
}

/// The invoice in `raw`.
pub(super) fn invoice(
    account: &Account,
    operation: &'static str,
    raw: &RawValue,
    view: &View,
) -> Result<Invoice, ProviderError> {
    let wire: Wire = account.row(operation, raw)?;
    let Some(uuid) = wire.uuid.filled() else {
        return Err(account.error(
            ErrorKind::BadResponse,
            operation,
            "an invoice of its answer has no `uuid`",
        ));
    };
    let code = wire.currency_code.filled();
    let currency = code.and_then(|code| Currency::parse(&code));
    let (state, paid) = (wire.invoice_state.filled(), wire.paid.filled());
    let status = state.as_deref().map_or(Status::Unknown, status);
    let payment_status = payment_status(paid.as_deref(), state.as_deref());
    let moved = wire.charge_date.filled().is_some() || wire.last_tx_type.filled().is_some();
    let total = wire.amount.amount(currency.as_ref());
    let lines = wire.line_item_models.filter(|_| view.wants(Include::Lines));
    let invoice = Invoice {
        number: wire.invoice_number.filled(),
        customer: Customer {
            id: wire.customer_id.filled().map(|id| account.reference(id)),
            name: wire.account_holder.filled(),
            email: wire.email.filled(),
        },
        status,
        provider_status: state,
        payment_status,
        provider_payment_status: paid,
        currency,
        amounts: Amounts {
            total,
            balance: match balance(status, payment_status, moved) {
                Balance::Nothing => Some(Amount::new(Decimal::ZERO, currency.as_ref())),
                Balance::All => total,
                Balance::Unsaid => None,
            },
            ..Amounts::default()
        },
        // Dates are strings of no stated form: what is no day is none.
        dates: Dates {
            invoice: day(wire.invoice_date.0.as_deref()),
            due: day(wire.invoice_due_date.0.as_deref()),
            period_start: day(wire.period_start_date.0.as_deref()),
            period_end: day(wire.period_end_date.0.as_deref()),
            target: None,
        },
        timestamps: Timestamps {
            created: instant(wire.creation_date.0.as_deref()),
            ..Timestamps::default()
        },
        payment: Payment { method: wire.payment_method.filled(), ..Payment::default() },
        // SimplePin names an invoice twice; the reference holds the `uuid`.
        tracking: Tracking {
            external_ids: wire
                .id
                .filled()
                .map(|id| ("simplepinId".into(), id))
                .into_iter()
                .collect(),
            ..Tracking::default()
        },
        comments: wire
            .additional_description
            .filled()
            .map(|text| Comment { text, created_at: None, author: None })
            .into_iter()
            .collect(),
        available_actions: rules::available(status, payment_status),
        lines: lines.map(|lines| {
            let lines = lines.into_iter().map(|wire| line(wire, currency.as_ref()));
            Some(lines.collect())
        }),
        ..Invoice::unknown(account.reference(uuid), CAPABILITIES.provider, Direction::Receivable)
    };
    Ok(view.finish(invoice, raw))
}

fn line(wire: WireLine, currency: Option<&Currency>) -> Line {
    Line {
        id: wire.id.filled(),
        name: wire.name.filled(),
        description: wire.description.filled(),
        quantity: wire.quantity.0,
        unit_price: wire.unit_price.amount(currency).or(wire.rate.amount(currency)),
        amount: wire.amount.amount(currency),
        period_start: None,
        period_end: None,
        tiers: Vec::new(),
        discounts: Vec::new(),
        tracked_items: None,
    }
}

/// `invoice_state` (simplepin R13). PAID is no step in a life of its own: the invoice
/// is binding, and paid.
fn status(word: &str) -> Status {
    match word {
        "DRAFT" => Status::Draft,
        "SENT" | "PAID" => Status::Active,
        "CANCELLED" => Status::Canceled,
        _ => Status::Unknown,
    }
}

/// PAID is the only word of `paid` that is stated (simplepin R14); UNPAID and
/// PARTIALLY_PAID are assumed (simplepin R15), and no word at all leaves it to the state.
fn payment_status(paid: Option<&str>, state: Option<&str>) -> PaymentStatus {
    match (paid, state) {
        (Some("PAID"), _) | (None, Some("PAID")) => PaymentStatus::Paid,
        // The two contradict each other.
        (_, Some("PAID")) => PaymentStatus::Unknown,
        (Some("UNPAID"), _) => PaymentStatus::Unpaid,
        (Some("PARTIALLY_PAID"), _) => PaymentStatus::PartiallyPaid,
        _ => PaymentStatus::Unknown,
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Balance {
    Nothing,
    All,
    Unsaid,
}

/// There is no such field: it is told only where it is certain. `moved` is that
/// a payment shows, whose share of the amount nobody tells.
fn balance(status: Status, payment: PaymentStatus, moved: bool) -> Balance {
    match (status, payment) {
        (Status::Draft | Status::Active, PaymentStatus::Paid) => Balance::Nothing,
        (Status::Draft | Status::Active, PaymentStatus::Unpaid) if !moved => Balance::All,
        _ => Balance::Unsaid,
    }
}

#[cfg(test)]
mod tests;
