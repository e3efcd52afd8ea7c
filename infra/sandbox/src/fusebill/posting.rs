//! From a draft to a posted invoice.

use jiff::ToSpan;
use rust_decimal::Decimal;

use crate::cell::{IfPresent, Json, Nested, Zoneless};

use super::draft::Draft;
use super::object::{Charge, Invoice, Posted, Schedule};
use super::population::ADDRESS;
use super::scenario::plain;
use super::terms::days;
use super::writes::Refused;

/// A posted invoice's lines are not the draft's lines: they have ids of their
/// own (fusebill R55), above every id of the population.
const FIRST_NEW_CHARGE: i64 = 2_000_000;

/// The numbers to be given next. None is ever given twice, nor one in use.
#[derive(Debug)]
pub(super) struct Numbers {
    invoice: i64,
    number: i64,
    charge: i64,
}

impl Numbers {
    pub(super) fn after(posted: &[Posted], drafts: &[Draft]) -> Self {
        let posted_ids = posted.iter().map(|one| one.invoice.id);
        let ids = posted_ids.chain(drafts.iter().map(|one| one.invoice.id));
        let numbers = posted.iter().map(|one| one.invoice.invoice_number);
        Numbers {
            invoice: ids.max().unwrap_or(0),
            number: numbers.max().unwrap_or(0),
            charge: FIRST_NEW_CHARGE,
        }
    }

    fn next(counter: &mut i64) -> i64 {
        *counter += 1;
        *counter
    }
}

/// Refuses a draft that is not Ready: valid, but against a rule (fusebill R4, R41).
pub(super) fn ready(draft: &Draft, what: &str) -> Result<(), Refused> {
    let (id, status) = (draft.invoice.id, &draft.invoice.status);
    match status.as_ref() {
        "Ready" => Ok(()),
        _ => Err(Refused::new(
            409,
            format!("Draft Invoice with id {id} is {status}: only a Ready one can be {what}."),
        )),
    }
}

/// The posted invoice that a draft becomes, now: the same customer, purchase
/// order, notes, lines and sums, and nothing that tells which draft it was
/// (fusebill R27). The terms count from the posting (fusebill R55).
pub(super) fn posted_from(draft: Draft, numbers: &mut Numbers, opening: Decimal) -> Posted {
    let now = Zoneless::now();
    let draft = draft.invoice;
    let term = days(&draft.terms).unwrap_or(0);
    let schedules = draft.payment_schedules.0.into_iter().map(|schedule| {
        let days = term + schedule.days_due_after_term;
        Schedule {
            due_date_timestamp: Zoneless(now.0.saturating_add(days.days())),
            status: if schedule.outstanding_balance.0.is_zero() { "Paid" } else { "Due" }.into(),
            ..schedule
        }
    });
    let charges = draft
        .draft_charges
        .0
        .into_iter()
        .map(|charge| Charge { id: Numbers::next(&mut numbers.charge), ..charge });
    let zero = plain(Decimal::ZERO);
    let invoice = Invoice {
        invoice_number: Numbers::next(&mut numbers.number),
        invoice_signature: "<p>signature</p>".into(),
        po_number: draft.po_number,
        effective_timestamp: draft.effective_timestamp,
        posted_timestamp: now,
        modified_timestamp: IfPresent(None),
        charges: Nested(charges.collect()),
        subtotal: draft.subtotal,
        invoice_amount: draft.total,
        total_payments: zero,
        outstanding_balance: draft.total,
        terms: draft.terms,
        customer_id: draft.customer_id,
        invoice_customer: draft.customer,
        address_preference: Json(ADDRESS.into()),
        sum_of_credit_notes: zero,
        total_writeoffs: zero,
        taxes: draft.taxes,
        total_discount: draft.total_discount,
        payment_schedules: Nested(schedules.collect()),
        notes: draft.notes,
        customer_reference_value: draft.customer_reference_value,
        opening_ar_balance: plain(opening),
        closing_ar_balance: plain(opening + draft.total.0),
        invoice_in_memory_only: false,
        invoice_revisions: IfPresent(Some(Json("[]".into()))),
        id: Numbers::next(&mut numbers.invoice),
        uri: Some("https://secure.fusebill.com/v1/Invoices/{ID}".into()),
    };
    Posted { invoice, created: now }
}
