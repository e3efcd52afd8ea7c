//! What can be done to an invoice of Stripe's, decided before anything is sent.

use std::collections::BTreeMap;

use invoice::{
    Action, AvailableAction, Change, Code, Fault, Field, Invoice, Patch, PaymentStatus, Problem,
    Status, Write,
};

use super::CAPABILITIES;
use crate::rules;

/// One of Stripe's five words for the state of an invoice (stripe R10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Draft,
    Open,
    Paid,
    Uncollectible,
    Void,
}

impl Word {
    pub(super) const ALL: [Self; 5] =
        [Self::Draft, Self::Open, Self::Paid, Self::Uncollectible, Self::Void];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Uncollectible => "uncollectible",
            Self::Void => "void",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.word() == word)
    }

    /// The life-cycle status it stands for.
    pub(super) fn status(self) -> Status {
        match self {
            Self::Draft => Status::Draft,
            Self::Open | Self::Paid | Self::Uncollectible => Status::Active,
            Self::Void => Status::Canceled,
        }
    }

    /// The payment statuses that an invoice in this state can have (stripe R11).
    pub(super) fn payment_statuses(self) -> &'static [PaymentStatus] {
        match self {
            Self::Draft => &[PaymentStatus::Unpaid],
            Self::Open => &[
                PaymentStatus::Unpaid,
                PaymentStatus::PartiallyPaid,
                PaymentStatus::PartiallyApplied,
            ],
            Self::Paid => &[PaymentStatus::Paid],
            Self::Uncollectible => &[PaymentStatus::WrittenOff],
            Self::Void => &[PaymentStatus::Canceled],
        }
    }
}

/// The longest memo, and Stripe's bounds on metadata (stripe R31, R32).
pub(super) const LONGEST_MEMO: usize = 1_500;
const LONGEST_KEY: usize = 40;
const LONGEST_VALUE: usize = 500;

/// What may be done to an invoice in the state `word`; none is a word we do not
/// know, which forbids nothing that a known state would allow: Stripe decides.
///
/// A draft of a subscription can be neither deleted nor voided (stripe R31).
pub(super) fn available(
    word: Option<Word>,
    of_subscription: bool,
) -> BTreeMap<Action, AvailableAction> {
    let mut actions: Vec<(Action, Option<Status>)> = match word {
        Some(Word::Draft) => vec![
            (Action::Activate, Some(Status::Active)),
            (Action::Delete, None),
            (Action::Update, Some(Status::Draft)),
        ],
        Some(Word::Open | Word::Uncollectible) => {
            vec![(Action::Cancel, Some(Status::Canceled)), (Action::Update, Some(Status::Active))]
        }
        Some(Word::Paid) => vec![(Action::Update, Some(Status::Active))],
        Some(Word::Void) => vec![(Action::Update, Some(Status::Canceled))],
        None => vec![
            (Action::Activate, Some(Status::Active)),
            (Action::Cancel, Some(Status::Canceled)),
            (Action::Delete, None),
            (Action::Update, None),
        ],
    };
    actions.retain(|(action, _)| *action != Action::Delete || !of_subscription);
    let available = |(action, resulting_status)| (action, AvailableAction { resulting_status });
    actions.into_iter().map(available).collect()
}

/// Why `write` cannot be done to `invoice`: what can never be before what the
/// invoice's present state does not allow.
///
/// A comment on an activation or a cancellation is never a reason: the calls have
/// no place for one, so it stays in our own record of the write and is not sent
/// (stripe R30: the customer reads the memo).
pub(super) fn refusal(write: &Write, invoice: &Invoice) -> Option<Problem> {
    let never = match write {
        Write::Activate { invoice_date: Some(_), .. } => Some(no_invoice_date()),
        Write::Update(patch) => unwritable(patch, invoice),
        _ => None,
    };
    never.or_else(|| rules::refusal(&CAPABILITIES, write, invoice))
}

/// Finalizing takes no date (stripe R30).
fn no_invoice_date() -> Problem {
    let detail = format!(
        "{} finalizes an invoice with the date it has: change `dates.invoice` of the draft first",
        CAPABILITIES.title
    );
    Problem::of_faults(Code::UnsupportedField, vec![fault("/invoiceDate", detail)])
}

/// Every field of `patch` that the invoice cannot take: only metadata can be
/// changed once it is finalized (stripe R31).
fn unwritable(patch: &Patch, invoice: &Invoice) -> Option<Problem> {
    let writable = match invoice.status {
        Status::Draft | Status::Unknown => CAPABILITIES.updatable,
        _ => &[Field::CustomFields],
    };
    let fields = rules::unsupported_fields(&CAPABILITIES, patch, writable);
    let mut faults = fields.map(|problem| problem.errors).unwrap_or_default();
    if matches!(patch.due, Change::Clear) {
        let why = format!("{} has no way to take a due date away", CAPABILITIES.title);
        faults.push(fault(Field::DueDate.word(), why));
    }
    for (name, value) in &patch.custom_fields {
        faults.extend(metadata(name, value.get()).map(|why| {
            let name = name.replace('~', "~0").replace('/', "~1");
            fault(&format!("{}/{name}", Field::CustomFields.word()), why)
        }));
    }
    if faults.is_empty() { None } else { Some(Problem::of_faults(Code::UnsupportedField, faults)) }
}

/// What is wrong with an entry of metadata; `null` takes one away.
fn metadata(name: &str, value: &str) -> Option<String> {
    let title = CAPABILITIES.title;
    if name.is_empty() || name.chars().count() > LONGEST_KEY || name.contains(['[', ']']) {
        return Some(format!(
            "{title} takes names of 1 to {LONGEST_KEY} characters, without square brackets"
        ));
    }
    if value == "null" {
        return None;
    }
    match invoice::json::read::<String>(value) {
        Ok(text) if text.is_empty() => {
            Some(format!("{title} keeps no empty text: `null` takes the entry away"))
        }
        Ok(text) if text.chars().count() > LONGEST_VALUE => {
            Some(format!("{title} takes at most {LONGEST_VALUE} characters"))
        }
        Ok(_) => None,
        Err(_) => Some(format!("{title} keeps texts alone: put the value in quotes")),
    }
}

pub(super) fn fault(pointer: &str, detail: String) -> Fault {
    Fault { pointer: pointer.to_owned(), code: Code::UnsupportedField, detail }
}
