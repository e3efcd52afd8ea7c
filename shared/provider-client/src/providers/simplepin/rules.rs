//! What may be done to SimplePin's invoices, and what reading one again tells.

use std::collections::BTreeMap;

use invoice::{
    Action, AvailableAction, Change, Code, Fault, Field, Invoice, Patch, PaymentStatus, Problem,
    Status, Write,
};

use super::CAPABILITIES;
use crate::ProviderError;
use crate::provider::After;
use crate::rules;

/// What may be done now.
///
/// - Activating is sending a DRAFT. A CANCELLED invoice could be reopened until
///   it is PAID (simplepin R13); that is no activation of a draft, and not offered:
///   who withdrew it may count on its staying so.
/// - What is paid, wholly or in part, is not canceled (simplepin R26).
/// - PAID and CANCELLED invoices are not updated (simplepin R26).
/// - A word that is not known, of the state or of `paid`, forbids nothing that a known
///   one would allow: SimplePin decides. Nor does a trace of a payment, whose words
///   (`last_tx_type`) nobody states: the state would be PAID if the invoice were paid.
pub(super) fn available(
    status: Status,
    payment: PaymentStatus,
) -> BTreeMap<Action, AvailableAction> {
    use PaymentStatus::{Paid, PartiallyPaid};
    let is_open = matches!(status, Status::Draft | Status::Active | Status::Unknown);
    let is_unsent = matches!(status, Status::Draft | Status::Unknown);
    let is_unpaid = !matches!(payment, Paid | PartiallyPaid);
    [
        (Action::Activate, is_unsent, Status::Active),
        (Action::Cancel, is_open && is_unpaid, Status::Canceled),
        (Action::Update, is_open && payment != Paid, status),
    ]
    .into_iter()
    .filter(|(_, possible, _)| *possible)
    .map(|(action, _, after)| (action, AvailableAction { resulting_status: Some(after) }))
    .collect()
}

/// Why `write` cannot be done to `invoice`: what no invoice here can, before
/// what this one cannot now.
pub(super) fn refusal(write: &Write, invoice: &Invoice) -> Option<Problem> {
    let faults = faults(write);
    if !faults.is_empty() {
        return Some(Problem::of_faults(Code::UnsupportedField, faults));
    }
    let problem = rules::refusal(&CAPABILITIES, write, invoice)?;
    Some(match reason(write.action(), invoice) {
        Some(reason) => Problem { detail: format!("{}: {reason}", problem.detail), ..problem },
        None => problem,
    })
}

fn reason(action: Action, invoice: &Invoice) -> Option<&'static str> {
    match (action, invoice.status, invoice.payment_status) {
        (Action::Activate, Status::Canceled, _) => {
            Some("reopening a canceled invoice is no activation")
        }
        (Action::Cancel | Action::Update, Status::Draft | Status::Active, PaymentStatus::Paid) => {
            Some("it is paid")
        }
        (Action::Cancel, Status::Draft | Status::Active, PaymentStatus::PartiallyPaid) => {
            Some("a part of it is paid")
        }
        _ => None,
    }
}

fn faults(write: &Write) -> Vec<Fault> {
    match write {
        Write::Update(patch) => {
            let unsupported =
                rules::unsupported_fields(&CAPABILITIES, patch, CAPABILITIES.updatable);
            let mut faults = unsupported.map(|problem| problem.errors).unwrap_or_default();
            faults.extend(cleared(patch));
            faults
        }
        // `update_status` takes a status and nothing else (simplepin R16).
        Write::Activate { invoice_date: Some(_), .. } => vec![Fault {
            pointer: "/invoiceDate".to_owned(),
            code: Code::UnsupportedField,
            detail: "SimplePin sends an invoice with the date it has: change `/dates/invoice` \
                     first, then activate it"
                .to_owned(),
        }],
        _ => Vec::new(),
    }
}

/// Both dates are required of an invoice (simplepin R9).
fn cleared(patch: &Patch) -> impl Iterator<Item = Fault> {
    [(Field::DueDate, &patch.due), (Field::InvoiceDate, &patch.invoice_date)]
        .into_iter()
        .filter(|(_, change)| **change == Change::Clear)
        .map(|(field, _)| Fault {
            pointer: field.word().to_owned(),
            code: Code::UnsupportedField,
            detail: format!(
                "SimplePin's invoices always have a `{}`: it can be changed, and not cleared",
                field.word()
            ),
        })
}

/// Whether two readings show the same invoice, whatever was asked for beside it.
pub(super) fn same(one: &Invoice, other: &Invoice) -> bool {
    let bare = |invoice: &Invoice| {
        let (lines, assets, orders, payments, raw) = (None, None, None, None, None);
        let bare = Invoice { lines, assets, orders, payments, raw, ..invoice.clone() };
        serde_json::to_value(bare).ok()
    };
    bare(one) == bare(other)
}

/// What reading an invoice again tells of a write; `before` is the state from which it
/// was sent. In another state, from which the write is never sent and to which it does
/// not lead, somebody else has moved the invoice: whether before the write or after,
/// nobody can tell.
pub(super) fn after(
    write: &Write,
    before: Status,
    now: Result<Invoice, ProviderError>,
) -> Result<After, ProviderError> {
    Ok(match rules::after(write, now)? {
        After::NotDone(now) if !may_be_untouched(write, before, now.status) => After::Unclear,
        told => told,
    })
}

fn may_be_untouched(write: &Write, before: Status, now: Status) -> bool {
    match write {
        _ if now == before => true,
        Write::Activate { .. } => now == Status::Draft,
        Write::Cancel { .. } => matches!(now, Status::Draft | Status::Active),
        Write::Delete | Write::Update(_) => true,
    }
}

#[cfg(test)]
mod tests;
