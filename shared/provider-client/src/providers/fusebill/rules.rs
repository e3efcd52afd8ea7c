//! What can be done to an invoice of Fusebill's, decided before anything is sent.

use std::collections::BTreeMap;

use invoice::{
    Action, AvailableAction, Change, Code, Fault, Field, Invoice, Patch, Problem, Status, Write,
};

use super::CAPABILITIES;
use super::resource::Resource;
use crate::note::with_comment;
use crate::rules;

/// The fields a posted invoice's call can change; a draft's has `poNumber`
/// beside them (fusebill R45, R47).
const OF_POSTED: &[Field] = &[Field::Comment, Field::Terms];

/// The longest note and purchase order (fusebill R45).
const LONGEST_NOTE: usize = 500;
const LONGEST_PO_NUMBER: usize = 255;

/// The words of `netTerms` that are no `DayOfMonth` (fusebill R48).
const TERMS: &[&str] = &[
    "Net0", "Net5", "Net7", "Net10", "Net15", "Net21", "Net30", "Net45", "Net60", "Net75", "Net90",
    "MFI1",
];

/// What may be done to an invoice of `resource` that its provider calls `word`.
///
/// Only a Ready draft can be posted or changed (fusebill R41, R45); that a draft of any
/// known state can be canceled is assumed (fusebill R43). A posted invoice has no cancel: it
/// can be reversed or written off, and neither is one (fusebill R44).
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
        // That these are the words is assumed (fusebill R32).
        (Resource::Drafts, Some("Cancelled" | "Canceled")) => &[],
        // A word that is not known forbids nothing that a known one would allow: it is
        // Fusebill that decides.
        (Resource::Drafts, _) => &[
            (Action::Activate, Status::Active),
            (Action::Cancel, Status::Canceled),
            (Action::Update, Status::Unknown),
        ],
    };
    let available = |status| AvailableAction { resulting_status: Some(status) };
    actions.iter().map(|(action, status)| (*action, available(*status))).collect()
}

/// Why `write` cannot be done to `invoice`: what can never be before what the
/// invoice's present state does not allow.
///
/// A comment on an activation or a cancellation is never a reason: the calls
/// have no place for one (fusebill R39, R42), so it stays in our own record of the write
/// and is not sent.
pub(super) fn refusal(write: &Write, invoice: &Invoice) -> Option<Problem> {
    let resource = Resource::find(invoice.id.id()).map(|(resource, _)| resource);
    let never = match (write, resource) {
        (Write::Cancel { .. }, Some(Resource::Posted)) => Some(no_cancel(invoice)),
        (Write::Delete, _) => {
            Some(rules::unsupported_operation(&CAPABILITIES, &invoice.connection, write.action()))
        }
        (Write::Activate { invoice_date: Some(_), .. }, _) => Some(no_invoice_date()),
        (Write::Update(patch), Some(resource)) => unwritable(patch, resource, invoice),
        _ => None,
    };
    never.or_else(|| {
        let problem = rules::refusal(&CAPABILITIES, write, invoice)?;
        let is_unready = invoice.available_actions.contains_key(&Action::Cancel);
        Some(match write {
            Write::Activate { .. } | Write::Update(_) if is_unready => not_ready(problem),
            _ => problem,
        })
    })
}

/// A draft that can be canceled and nothing else is not Ready yet: it is Fusebill, and
/// whoever works in it, that makes it so.
fn not_ready(problem: Problem) -> Problem {
    let title = CAPABILITIES.title;
    let detail = format!(
        "{}; {title} posts and changes a draft only once it is `Ready`: see there what it \
         waits for, and ask again when it is",
        problem.detail
    );
    Problem { detail, ..problem }
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

/// Every field of `patch` that `invoice`, one of `resource`, cannot take.
fn unwritable(patch: &Patch, resource: Resource, invoice: &Invoice) -> Option<Problem> {
    let (writable, values) = match resource {
        Resource::Drafts => (CAPABILITIES.updatable, po_number(&patch.po_numbers)),
        Resource::Posted => (OF_POSTED, None),
    };
    let fields = rules::unsupported_fields(&CAPABILITIES, patch, writable);
    let mut faults = fields.map(|problem| problem.errors).unwrap_or_default();
    faults.extend(values);
    faults.extend(patch.comment.as_deref().and_then(|comment| note(comment, invoice)));
    faults.extend(terms(&patch.terms));
    if faults.is_empty() { None } else { Some(Problem::of_faults(Code::UnsupportedField, faults)) }
}

/// An invoice has one purchase order at most (fusebill R45).
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

/// The one note of `invoice`, to which comments are added.
pub(super) fn present_note(invoice: &Invoice) -> Option<&str> {
    invoice.comments.first().map(|comment| comment.text.as_str())
}

/// What stands in the note stays: a comment has the room that is left.
fn note(comment: &str, invoice: &Invoice) -> Option<Fault> {
    let present = present_note(invoice);
    let note = with_comment(present, comment);
    if note.chars().count() <= LONGEST_NOTE || present == Some(note.as_str()) {
        return None;
    }
    let (title, length) = (CAPABILITIES.title, comment.chars().count());
    // Apart from the comment, so that a line break before it counts.
    let taken = note.chars().count().saturating_sub(length);
    let room = LONGEST_NOTE.saturating_sub(taken);
    let why = format!(
        "{title} keeps one note of at most {LONGEST_NOTE} characters for all comments, and \
         what stands there is kept: there is room for {room} more, not for {length}"
    );
    Some(fault(Field::Comment.word(), why))
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
