//! How each resource is asked about and shown.

use crate::cell::{Cell, Column};
use crate::exchange::{Distortion, UNKNOWN_STATUS};
use crate::record::Shape;

use super::draft::Draft;
use super::list::Listing;
use super::object::{Charge, Posted, due};
use super::query::{Field, Values};

/// Posted invoices (fusebill R10, R18).
pub(super) const INVOICES: Listing<Posted> = Listing {
    name: "invoices",
    fields: &[
        of("createdTimestamp", Values::Dates, |p: &Posted| p.created.cell()),
        of("effectiveTimestamp", Values::Dates, |p| p.invoice.effective_timestamp.cell()),
        of("postedTimestamp", Values::Dates, |p| p.invoice.posted_timestamp.cell()),
        of("openingArBalance", Values::Decimals, |p| p.invoice.opening_ar_balance.cell()),
        of("closingArBalance", Values::Decimals, |p| p.invoice.closing_ar_balance.cell()),
        of("invoiceNumber", Values::Integers, |p| p.invoice.invoice_number.cell()),
        of("totalInstallments", Values::Integers, |p| {
            Cell::Number(p.invoice.payment_schedules.0.len().into())
        }),
        of("quickBooksId", Values::Integers, |p| {
            p.invoice.invoice_customer.0.quick_books_id.cell()
        }),
        of("poNumber", Values::Text, |p| p.invoice.po_number.cell()),
        of("netsuiteId", Values::Text, |p| p.invoice.invoice_customer.0.netsuite_id.cell()),
        of("salesforceID", Values::Text, |p| p.invoice.invoice_customer.0.salesforce_id.cell()),
    ],
};

/// Summaries of posted invoices (fusebill R12).
pub(super) const SUMMARIES: Listing<Posted> = Listing {
    name: "summaries",
    fields: &[
        of("companyName", Values::Text, |p: &Posted| {
            p.invoice.invoice_customer.0.company_name.cell()
        }),
        of("currency", Values::Text, |p| p.invoice.invoice_customer.0.currency.cell()),
        of("customerId", Values::Integers, |p| p.invoice.customer_id.cell()),
        of("effectiveTimestamp", Values::Dates, |p| p.invoice.effective_timestamp.cell()),
        of("invoiceAmount", Values::Decimals, |p| p.invoice.invoice_amount.cell()),
        of("invoiceNumber", Values::Integers, |p| p.invoice.invoice_number.cell()),
        of("invoiceStatus", Values::Words(&STATUSES), |p| Cell::Text(p.status().into())),
        of("modifiedTimestamp", Values::Dates, |p| p.invoice.modified_timestamp.cell()),
        of("outstandingBalance", Values::Decimals, |p| p.invoice.outstanding_balance.cell()),
        of("postedTimestamp", Values::Dates, |p| p.invoice.posted_timestamp.cell()),
        of("sumOfCharges", Values::Decimals, |p| p.invoice.subtotal.cell()),
        of("totalCreditNotes", Values::Decimals, |p| p.invoice.sum_of_credit_notes.cell()),
        of("writeoffs", Values::Decimals, |p| p.invoice.total_writeoffs.cell()),
    ],
};

/// Drafts (fusebill R13, R19).
pub(super) const DRAFTS: Listing<Draft> = Listing {
    name: "drafts",
    fields: &[
        of("createdDate", Values::Dates, |d: &Draft| d.created.cell()),
        of("effectiveDate", Values::Dates, |d| d.invoice.effective_timestamp.cell()),
        of("firstName", Values::Text, |d| d.invoice.customer.0.first_name.cell()),
        of("lastName", Values::Text, |d| d.invoice.customer.0.last_name.cell()),
        of("modifiedTimestamp", Values::Dates, |d| d.invoice.modified_timestamp.cell()),
        of("pendingCharges", Values::Decimals, |d| d.invoice.total.cell()),
        of("status", Values::Words(&["Ready", "Pending", "Projected"]), |d| {
            d.invoice.status.cell()
        }),
    ],
};

/// The words of `invoiceStatus` (fusebill R12).
const STATUSES: [&str; 7] = ["Due", "Overdue", "Paid", "WrittenOff", "Void", "Disputed", "Pending"];

const fn of<R>(name: &'static str, values: Values, cell: fn(&R) -> Cell<'_>) -> Field<R> {
    Field { name, values, cell }
}

/// What a caller wants to see of the charges.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct View {
    pub(super) no_charges: bool,
    pub(super) hide_zero_charges: bool,
    pub(super) tracked_items: bool,
}

impl View {
    fn apply(self, charges: &mut Vec<Charge>) {
        if self.hide_zero_charges {
            charges.retain(|charge| !charge.amount.0.is_zero());
        }
        if self.tracked_items {
            for charge in charges {
                charge.tracked_items = Some(charge.hidden_items.clone());
            }
        }
    }
}

/// A posted invoice's JSON. Its status words are those of its due dates.
pub(super) fn invoice(posted: &Posted, view: View, distortion: Distortion) -> String {
    let mut invoice = posted.invoice.clone();
    view.apply(&mut invoice.charges.0);
    if distortion == Distortion::UnknownStatus {
        for schedule in &mut invoice.payment_schedules.0 {
            schedule.status = UNKNOWN_STATUS.into();
        }
    }
    invoice.json(Shape {
        without: view.no_charges.then_some("charges"),
        null: (distortion == Distortion::NullRequired).then_some("invoiceAmount"),
    })
}

/// A draft's JSON.
pub(super) fn draft(draft: &Draft, view: View, distortion: Distortion) -> String {
    let mut invoice = draft.invoice.clone();
    view.apply(&mut invoice.draft_charges.0);
    if distortion == Distortion::UnknownStatus {
        invoice.status = UNKNOWN_STATUS.into();
    }
    invoice.json(Shape {
        without: view.no_charges.then_some("draftCharges"),
        null: (distortion == Distortion::NullRequired).then_some("total"),
    })
}

/// A summary's JSON. The vendor names some of its fields; the rest are assumed (fusebill R52)
/// to be the ones that can be asked about.
pub(super) fn summary(posted: &Posted, distortion: Distortion) -> String {
    let invoice = &posted.invoice;
    let customer = &invoice.invoice_customer.0;
    let status = match distortion {
        Distortion::UnknownStatus => UNKNOWN_STATUS,
        _ => posted.status(),
    };
    let amount = match distortion {
        Distortion::NullRequired => Cell::Null,
        _ => invoice.invoice_amount.cell(),
    };
    let due = due(&invoice.payment_schedules.0).map(crate::cell::Zoneless);
    let fields = [
        ("customerId", invoice.customer_id.cell()),
        ("companyName", customer.company_name.cell()),
        ("invoiceNumber", invoice.invoice_number.cell()),
        ("invoiceStatus", Cell::Text(status.into())),
        ("effectiveTimestamp", invoice.effective_timestamp.cell()),
        ("postedTimestamp", invoice.posted_timestamp.cell()),
        ("dueDate", due.cell()),
        ("invoiceAmount", amount),
        ("outstandingBalance", invoice.outstanding_balance.cell()),
        ("sumOfCharges", invoice.subtotal.cell()),
        ("totalCreditNotes", invoice.sum_of_credit_notes.cell()),
        ("writeoffs", invoice.total_writeoffs.cell()),
        ("currency", customer.currency.cell()),
        ("id", invoice.id.cell()),
        ("uri", invoice.uri.cell()),
    ];
    let mut json = String::new();
    crate::record::write_object(fields.into_iter(), Shape::default(), &mut json);
    json
}

/// The hidden column's text.
pub(super) fn shown(cell: &Cell<'_>) -> String {
    let mut text = String::new();
    cell.write(&mut text);
    text.trim_matches('"').to_owned()
}
