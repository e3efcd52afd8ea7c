//! What can be done to an invoice of Fusebill's, decided before anything is sent.

use std::collections::BTreeMap;

use invoice::{
    Action, AvailableAction, Change, Code, Fault, Field, Invoice, Patch, Problem, Status, Write,
};

use super::CAPABILITIES;
use super::resource::Resource;
use crate::writing::rules;

/// The fields a posted invoice's call can change; a draft's has `poNumber`
/// beside them [vendor].
const OF_POSTED: &[Field] = &[Field::Comment, Field::Terms];

/// The longest note and purchase order [vendor].
const LONGEST_NOTE: usize = 500;
const LONGEST_PO_NUMBER: usize = 255;

/// The words of `netTerms` that are no `DayOfMonth` [vendor].
const TERMS: &[&str] = &[
    "Net0", "Net5", "Net7", "Net10", "Net15", "Net21", "Net30", "Net45", "Net60", "Net75", "Net90",
    "MFI1",
];

/// What may be done to an invoice of `resource` that its provider calls `word`.
///
/// Only a Ready draft can be posted or changed [vendor]; that a draft of any
/// known state can be canceled is [assumed]. A posted invoice has no cancel: it
/// can be reversed or written off, and neither is one [vendor].
pub(super) fn available(
    resource: Resource,
    word: Option<&str>,
) -> BTreeMap<Action, AvailableAction> {
    let actions: &[(Action, Status)] = match (resource, word) {
        (Resource::Posted, _) => &[(Action::Update, Status::Active)],
        (Resource::Drafts, Some("Ready")) => &[
            (Action::Activate, Status::Active),
            (Action::Cancel, Status::Canceled),
            (Action::Update, Status::Draft),
        ],
        (Resource::Drafts, Some("Pending" | "Projected")) => &[(Action::Cancel, Status::Canceled)],
        // A word we do not know promises nothing.
        (Resource::Drafts, _) => &[],
    };
    let available = |status| AvailableAction { resulting_status: Some(status) };
    actions.iter().map(|(action, status)| (*action, available(*status))).collect()
}

/// Why `write` cannot be done to `invoice`: what can never be before what the
/// invoice's present state does not allow.
///
/// A comment on an activation or a cancellation is never a reason: the calls
/// have no place for one [vendor], so it stays in our own record of the write
/// and is not sent.
pub(super) fn refusal(write: &Write, invoice: &Invoice) -> Option<Problem> {
    let resource = Resource::find(invoice.id.id()).map(|(resource, _)| resource);
    let never = match (write, resource) {
        (Write::Cancel { .. }, Some(Resource::Posted)) => Some(no_cancel(invoice)),
        (Write::Delete, _) => {
            Some(rules::unsupported_operation(&CAPABILITIES, &invoice.connection, write.action()))
        }
        (Write::Activate { invoice_date: Some(_), .. }, _) => Some(no_invoice_date()),
        (Write::Update(patch), Some(resource)) => unwritable(patch, resource),
        _ => None,
    };
    never.or_else(|| rules::refusal(&CAPABILITIES, write, invoice))
}

fn no_cancel(invoice: &Invoice) -> Problem {
    let detail = format!(
        "connection `{}`: {} cannot cancel a posted invoice, only a draft; what it has for `{}` instead is to reverse it or to write it off, and neither is a cancellation",
        invoice.connection, CAPABILITIES.title, invoice.id
    );
    Problem {
        available_actions: Some(invoice.available_actions.clone()),
        ..Problem::new(Code::UnsupportedOperation, detail)
    }
}

fn no_invoice_date() -> Problem {
    let detail = format!(
        "{} posts a draft with the date it has: its call takes no other",
        CAPABILITIES.title
    );
    Problem::of_faults(Code::UnsupportedField, vec![fault("/invoiceDate", detail)])
}

/// Every field of `patch` that an invoice of `resource` cannot take.
fn unwritable(patch: &Patch, resource: Resource) -> Option<Problem> {
    let (writable, values) = match resource {
        Resource::Drafts => (CAPABILITIES.updatable, po_number(&patch.po_numbers)),
        Resource::Posted => (OF_POSTED, None),
    };
    let fields = rules::unsupported_fields(&CAPABILITIES, patch, writable);
    let mut faults = fields.map(|problem| problem.errors).unwrap_or_default();
    faults.extend(values);
    faults.extend(patch.comment.as_deref().and_then(note));
    faults.extend(terms(&patch.terms));
    if faults.is_empty() { None } else { Some(Problem::of_faults(Code::UnsupportedField, faults)) }
}

/// An invoice has one purchase order at most [vendor].
fn po_number(change: &Change<Vec<String>>) -> Option<Fault> {
    let Change::Set(numbers) = change else { return None };
    let title = CAPABILITIES.title;
    let why = match numbers.as_slice() {
        [number] if number.chars().count() <= LONGEST_PO_NUMBER => return None,
        [_] => format!("{title} takes at most {LONGEST_PO_NUMBER} characters"),
        _ => format!("{title} has room for exactly one number"),
    };
    Some(fault(Field::PoNumbers.word(), why))
}

fn note(text: &str) -> Option<Fault> {
    let length = text.chars().count();
    (length > LONGEST_NOTE).then(|| {
        let title = CAPABILITIES.title;
        let why = format!("{title} takes at most {LONGEST_NOTE} characters, not {length}");
        fault(Field::Comment.word(), why)
    })
}

/// In the provider's own words, so that the invoice shows what was asked.
fn terms(change: &Change<String>) -> Option<Fault> {
    let why = match change {
        Change::Keep => return None,
        Change::Set(word) if is_terms(word) => return None,
        Change::Set(_) => {
            format!("expected one of {}, DayOfMonth1 to DayOfMonth31", TERMS.join(", "))
        }
        Change::Clear => {
            format!("{} has no invoice without terms: they cannot be cleared", CAPABILITIES.title)
        }
    };
    Some(fault(Field::Terms.word(), why))
}

fn is_terms(word: &str) -> bool {
    let day_of_month = || {
        let day = word.strip_prefix("DayOfMonth")?;
        (1..=31).map(|day: u8| day.to_string()).find(|known| known == day)
    };
    TERMS.contains(&word) || day_of_month().is_some()
}

fn fault(pointer: &str, detail: String) -> Fault {
    Fault { pointer: pointer.to_owned(), code: Code::UnsupportedField, detail }
}
