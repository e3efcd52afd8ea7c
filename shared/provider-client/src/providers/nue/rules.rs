//! What may be done to an invoice as it stands, and what has become of it.

use std::collections::BTreeMap;

use invoice::{
    Action, AvailableAction, Change, Code, Fault, Field, Invoice, Patch, PaymentStatus, Problem,
    Status, Write,
};

use super::CAPABILITIES;
use crate::provider::After;
use crate::rules;
use crate::{Capabilities, ProviderError};

/// The actions that are possible now, of those that there is a call for.
pub(super) fn available(
    capabilities: &Capabilities,
    invoice: &Invoice,
) -> BTreeMap<Action, AvailableAction> {
    let actions = capabilities.writes.iter().map(|(action, _)| *action);
    actions
        .filter_map(|action| {
            let resulting_status = verdict(action, invoice).ok()?;
            Some((action, AvailableAction { resulting_status }))
        })
        .collect()
}

/// The status that `action` leads to, none where the invoice is gone; or what
/// it takes that this invoice has not. A word that is not known forbids nothing that a
/// known one would allow: Nue decides.
fn verdict(action: Action, invoice: &Invoice) -> Result<Option<Status>, &'static str> {
    use Status::{Active, Canceled, Draft, PendingActivation, Unknown};
    match (action, invoice.status) {
        // Draft -> Active (nue R29); one that is pending, too, as is assumed (nue R30).
        (Action::Activate, Draft | PendingActivation | Unknown) => Ok(Some(Active)),
        (Action::Activate, _) => Err("only a draft, or one pending activation, is activated"),
        // An active one only while it is unpaid, and only a customer's latest (nue R31):
        // the latter is left to Nue, for it takes the customer's other invoices to see it.
        // One that is pending, too, as is assumed (nue R48).
        (Action::Cancel, Draft | PendingActivation | Unknown) => Ok(Some(Canceled)),
        (Action::Cancel, Active) if is_unpaid(invoice) => Ok(Some(Canceled)),
        (Action::Cancel, Active) => {
            Err("an active one is canceled only while nothing is paid on it or applied to it")
        }
        (Action::Cancel, _) => {
            Err("only a draft, one pending activation or an active one is canceled")
        }
        // Only once it is canceled, and nothing was applied to it (nue R32).
        (Action::Delete, Canceled | Unknown) if is_unpaid(invoice) => Ok(None),
        (Action::Delete, Canceled | Unknown) => {
            Err("a canceled one is deleted only if nothing was paid on it or applied to it")
        }
        (Action::Delete, _) => Err("only a canceled one is deleted"),
        // In these states (nue R33).
        (Action::Update, status @ (Draft | PendingActivation | Active | Unknown)) => {
            Ok(Some(status))
        }
        (Action::Update, _) => {
            Err("only a draft, one pending activation or an active one is changed")
        }
    }
}

/// Whether plainly nothing was paid on it or applied to it, by its payment
/// status (nue R22) and its balance (nue R36). A payment status that is not known says
/// nothing: the balance alone may.
fn is_unpaid(invoice: &Invoice) -> bool {
    use PaymentStatus::{Canceled, NotTransferred, TransferError, Transferred, Unknown};
    let amounts = &invoice.amounts;
    let is_whole = amounts.balance.is_some() && amounts.balance == amounts.total;
    match invoice.payment_status {
        NotTransferred | Transferred | TransferError | Unknown if is_whole => true,
        Unknown if amounts.balance.is_none() => true,
        // Nothing is left to pay on a canceled one, as is assumed (nue R36).
        NotTransferred | Transferred | TransferError | Canceled | Unknown => {
            let is_nothing = amounts.balance.is_none_or(|balance| balance.is_zero());
            let may_be_canceled = matches!(invoice.status, Status::Canceled | Status::Unknown);
            may_be_canceled && (is_whole || is_nothing)
        }
        _ => false,
    }
}

/// Why `write` cannot be done to `invoice` as it stands.
pub(super) fn refusal(write: &Write, invoice: &Invoice) -> Option<Problem> {
    let general = rules::refusal(&CAPABILITIES, write, invoice);
    match (verdict(write.action(), invoice), write) {
        (Err(rule), _) => general.map(|problem| {
            let payment = invoice.provider_payment_status.as_deref();
            let detail = format!(
                "{}: {rule} (its payment status is `{}`)",
                problem.detail,
                payment.unwrap_or(invoice.payment_status.word())
            );
            Problem { detail, ..problem }
        }),
        (Ok(_), Write::Update(patch)) => with_what_is_never_empty(general, patch),
        (Ok(_), _) => general,
    }
}

/// Null empties a field (nue R35): so it shows where there is nothing. The date
/// is on every invoice.
fn with_what_is_never_empty(problem: Option<Problem>, patch: &Patch) -> Option<Problem> {
    if patch.invoice_date != Change::Clear {
        return problem;
    }
    let mut faults = problem.map(|problem| problem.errors).unwrap_or_default();
    faults.push(Fault {
        pointer: Field::InvoiceDate.word().to_owned(),
        code: Code::UnsupportedField,
        detail: format!(
            "every invoice at {} has a date: `{}` can be changed, and not cleared",
            CAPABILITIES.title,
            Field::InvoiceDate.word()
        ),
    });
    Some(Problem::of_faults(Code::UnsupportedField, faults))
}

/// What reading an invoice again tells of a write. One that is neither as the
/// write would have it nor as it was has been through something else, such as a
/// draft that now pends.
pub(super) fn after(
    write: &Write,
    before: &Invoice,
    now: Result<Invoice, ProviderError>,
) -> Result<After, ProviderError> {
    Ok(match rules::after(write, now)? {
        After::NotDone(now) if !stands(write, before, &now) => After::Unclear,
        other => other,
    })
}

fn stands(write: &Write, before: &Invoice, now: &Invoice) -> bool {
    match write {
        // Of two words that are not known one may be the other's outcome. What is kept
        // of how an invoice stood has the common word alone.
        Write::Activate { .. } | Write::Cancel { .. } => {
            let is_known = before.status != Status::Unknown;
            now.status == before.status
                && (is_known || now.provider_status == before.provider_status)
        }
        // It is there.
        Write::Delete => true,
        // Some of the fields may have been changed, and others not.
        Write::Update(_) => {
            let modified = now.timestamps.modified;
            modified.is_some() && modified == before.timestamps.modified
        }
    }
}

#[cfg(test)]
mod tests;
