//! Fusebill's invoice objects, and what they are to us.

use invoice::{
    Amount, Amounts, Comment, Currency, Customer, Dates, Direction, Invoice, Payment,
    PaymentStatus, Scheduled, Status, Timestamps, Tracking,
};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::CAPABILITIES;
use super::line::lines;
use super::payment_status::PaymentStanding;
use super::resource::Resource;
use super::rules::available;
use crate::account::Account;
use crate::provider::View;
use crate::wire::{Id, Number, Text, day, fitting, instant};
use crate::{ErrorKind, ProviderError};

/// A posted invoice (fusebill R27) or a draft (fusebill R30); what they share has one name.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    customer_id: Text,
    #[serde(default)]
    effective_timestamp: Text,
    #[serde(default)]
    modified_timestamp: Text,
    #[serde(default)]
    subtotal: Number,
    #[serde(default)]
    total_discount: Number,
    #[serde(default, deserialize_with = "fitting")]
    taxes: Option<Vec<Tax>>,
    #[serde(default, deserialize_with = "fitting")]
    payment_schedules: Option<Vec<Schedule>>,
    #[serde(default)]
    po_number: Text,
    #[serde(default)]
    terms: Text,
    #[serde(default)]
    notes: Text,

    // Posted alone.
    #[serde(default)]
    invoice_number: Text,
    #[serde(default)]
    posted_timestamp: Text,
    #[serde(default)]
    invoice_amount: Number,
    #[serde(default)]
    total_payments: Number,
    #[serde(default)]
    sum_of_credit_notes: Number,
    #[serde(default)]
    total_writeoffs: Number,
    #[serde(default)]
    outstanding_balance: Number,
    #[serde(default, deserialize_with = "fitting")]
    invoice_customer: Option<Person>,
    #[serde(borrow, default)]
    charges: Option<&'a RawValue>,

    // Drafts alone.
    #[serde(default)]
    status: Text,
    #[serde(default)]
    total: Number,
    #[serde(default, deserialize_with = "fitting")]
    customer: Option<Person>,
    #[serde(borrow, default)]
    draft_charges: Option<&'a RawValue>,
}

/// A tax, which comes to its `total` (fusebill R34): the seed's invoices have none.
#[derive(Debug, Deserialize)]
struct Tax {
    #[serde(default)]
    total: Number,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schedule {
    #[serde(default)]
    due_date_timestamp: Text,
    #[serde(default)]
    status: Text,
    #[serde(default)]
    amount: Number,
    #[serde(default)]
    outstanding_balance: Number,
}

/// The customer when the invoice was made. A posted invoice's has id 0
/// (fusebill R29), so that is nobody's.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    #[serde(default)]
    id: Text,
    #[serde(default)]
    first_name: Text,
    #[serde(default)]
    last_name: Text,
    #[serde(default)]
    company_name: Text,
    #[serde(default)]
    primary_email: Text,
    #[serde(default)]
    currency: Text,
}

/// The invoice in `raw`, an object of `resource`.
pub(super) fn invoice(
    account: &Account,
    operation: &'static str,
    resource: Resource,
    raw: &RawValue,
    view: &View,
) -> Result<Invoice, ProviderError> {
    let mut wire: Wire<'_> = account.row(operation, raw)?;
    let Some(id) = std::mem::take(&mut wire.id).filled() else {
        let detail = "an invoice of its answer has no `id`";
        return Err(account.error(ErrorKind::BadResponse, operation, detail));
    };
    let reference = account.reference(resource.id(&id));
    let invoice = Invoice::unknown(reference, CAPABILITIES.provider, Direction::Receivable);
    let invoice = match resource {
        Resource::Posted => posted(account, invoice, wire, view),
        Resource::Drafts => draft(account, invoice, wire, view),
    };
    Ok(view.finish(invoice, raw))
}

/// A posted invoice has no status of its own: it is active (fusebill R27, R28). Nothing of
/// it says when it was created.
fn posted(account: &Account, invoice: Invoice, mut wire: Wire<'_>, view: &View) -> Invoice {
    let person = wire.invoice_customer.take().unwrap_or_default();
    let currency = wire_currency(&person);
    let money = |number: Number| number.amount(currency.as_ref());
    let (payment_status, words) = paid_so_far(&wire);
    Invoice {
        status: Status::Active,
        payment_status,
        provider_payment_status: words,
        number: wire.invoice_number.0.take().filter(|text| !text.is_empty()),
        amounts: Amounts {
            paid: money(wire.total_payments),
            credited: money(wire.sum_of_credit_notes),
            written_off: money(wire.total_writeoffs),
            balance: money(wire.outstanding_balance),
            ..amounts(&wire, wire.invoice_amount, currency.as_ref())
        },
        timestamps: Timestamps {
            modified: instant(wire.modified_timestamp.0.as_deref()),
            activated: instant(wire.posted_timestamp.0.as_deref()),
            ..Timestamps::default()
        },
        available_actions: available(Resource::Posted, None),
        lines: lines(wire.charges, currency.as_ref(), view),
        ..shared(account, invoice, wire, person, currency, None)
    }
}

/// A draft owes nothing yet, and nothing is said of paying it: its payment
/// status is `unknown`, without a word, and it has no balance.
fn draft(account: &Account, invoice: Invoice, mut wire: Wire<'_>, view: &View) -> Invoice {
    let person = wire.customer.take().unwrap_or_default();
    let currency = wire_currency(&person);
    let word = wire.status.0.take().filter(|word| !word.is_empty());
    let id = person.id.0.clone().filter(|id| id != "0");
    Invoice {
        status: match word.as_deref() {
            Some("Ready" | "Pending" | "Projected") => Status::Draft,
            // There is a call to take a cancellation back (fusebill R31): should a
            // canceled draft be kept for it, these are its words, as is assumed (fusebill R32).
            Some("Cancelled" | "Canceled") => Status::Canceled,
            _ => Status::Unknown,
        },
        available_actions: available(Resource::Drafts, word.as_deref()),
        provider_status: word,
        amounts: amounts(&wire, wire.total, currency.as_ref()),
        timestamps: Timestamps {
            modified: instant(wire.modified_timestamp.0.as_deref()),
            ..Timestamps::default()
        },
        lines: lines(wire.draft_charges, currency.as_ref(), view),
        ..shared(account, invoice, wire, person, currency, id)
    }
}

/// What posted invoices and drafts say alike; `customer` is who is meant where
/// there is no `customerId`.
fn shared(
    account: &Account,
    invoice: Invoice,
    wire: Wire<'_>,
    person: Person,
    currency: Option<Currency>,
    customer: Option<String>,
) -> Invoice {
    let schedules = wire.payment_schedules.unwrap_or_default();
    let due = |schedule: &Schedule| day(schedule.due_date_timestamp.0.as_deref());
    Invoice {
        customer: Customer {
            id: wire.customer_id.filled().or(customer).map(|id| account.reference(id)),
            name: name(&person),
            email: person.primary_email.filled(),
        },
        currency,
        dates: Dates {
            invoice: day(wire.effective_timestamp.0.as_deref()),
            due: schedules.iter().filter_map(due).max(),
            ..Dates::default()
        },
        terms: wire.terms.filled(),
        payment: Payment {
            schedule: schedules
                .into_iter()
                .map(|schedule| Scheduled {
                    due: due(&schedule),
                    amount: schedule.amount.amount(currency.as_ref()),
                    balance: schedule.outstanding_balance.amount(currency.as_ref()),
                    status: schedule.status.filled(),
                })
                .collect(),
            ..Payment::default()
        },
        tracking: Tracking {
            po_numbers: wire.po_number.filled().into_iter().collect(),
            ..Tracking::default()
        },
        comments: wire
            .notes
            .filled()
            .map(|text| Comment { text, created_at: None, author: None })
            .into_iter()
            .collect(),
        ..invoice
    }
}

/// `subtotal` is before discounts and taxes, the total after both (fusebill R33). Where
/// the taxes as we read them do not make up the difference, they are not what we take
/// them for.
fn amounts(wire: &Wire<'_>, total: Number, currency: Option<&Currency>) -> Amounts {
    let amount = |value: Decimal| Amount::new(value, currency);
    let tax = wire.taxes.as_ref().and_then(|taxes| {
        let mut parts = taxes.iter().map(|tax| tax.total.0);
        parts.try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part?))
    });
    let without_tax = match (wire.subtotal.0, wire.total_discount.0) {
        (Some(subtotal), Some(discount)) => subtotal.checked_sub(discount),
        _ => None,
    };
    let sum = without_tax.zip(tax).and_then(|(net, tax)| net.checked_add(tax));
    let agree = sum.is_some() && sum == total.0;
    Amounts {
        total: total.amount(currency),
        without_tax: without_tax.filter(|_| agree).map(amount),
        tax: tax.filter(|_| agree).map(amount),
        discount: wire.total_discount.amount(currency),
        ..Amounts::default()
    }
}

/// The payment status, and the schedules' words it comes from.
fn paid_so_far(wire: &Wire<'_>) -> (PaymentStatus, Option<String>) {
    let schedules = wire.payment_schedules.as_deref().unwrap_or_default();
    let words: Vec<Option<&str>> =
        schedules.iter().map(|schedule| schedule.status.0.as_deref()).collect();
    let standing = PaymentStanding {
        total: wire.invoice_amount.0,
        balance: wire.outstanding_balance.0,
        paid: wire.total_payments.0,
        credited: wire.sum_of_credit_notes.0,
        written_off: wire.total_writeoffs.0,
        words: &words,
    };
    let mut said: Vec<&str> = words.iter().flatten().copied().collect();
    said.dedup();
    let said = (!said.is_empty()).then(|| said.join(", "));
    (standing.payment_status(), said)
}

fn wire_currency(person: &Person) -> Option<Currency> {
    person.currency.0.as_deref().and_then(Currency::parse)
}

/// The company's name, else the person's.
fn name(person: &Person) -> Option<String> {
    let filled = |text: &Text| text.0.clone().filter(|text| !text.is_empty());
    filled(&person.company_name).or_else(|| {
        let names = [filled(&person.first_name), filled(&person.last_name)];
        let names: Vec<String> = names.into_iter().flatten().collect();
        (!names.is_empty()).then(|| names.join(" "))
    })
}
