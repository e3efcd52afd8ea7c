//! What can be asked of invoices, and what came of it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::status::words;
use crate::{Action, Code, Exact, Fault, Invoice, Outcome, Problem, Reference, Status};

words! {
    /// What of an invoice can be changed, by its JSON pointer.
    Field {
        /// When it is to be paid.
        DueDate = "/dates/due",
        /// The date on it.
        InvoiceDate = "/dates/invoice",
        /// Whom it is sent to.
        BillToContactId = "/billToContactId",
        /// The customer's purchase orders.
        PoNumbers = "/tracking/poNumbers",
        /// A comment to add.
        Comment = "/comment",
        /// Terms of payment.
        Terms = "/terms",
        /// The account's own fields.
        CustomFields = "/customFields",
    }
}

/// A change of one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// The field stays as it is.
    #[default]
    Keep,
    /// The field is emptied (`null`).
    Clear,
    /// The field becomes this.
    Set(T),
}

impl<T> Change<T> {
    /// Whether anything is to change.
    pub fn is_asked(&self) -> bool {
        !matches!(self, Self::Keep)
    }

    /// Whether `now` is what was asked for. What stays is always so.
    pub fn is_shown_by(&self, now: Option<&T>) -> bool
    where
        T: PartialEq,
    {
        match self {
            Self::Keep => true,
            Self::Clear => now.is_none(),
            Self::Set(wanted) => now == Some(wanted),
        }
    }
}

/// The fields to change on one invoice.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    /// `/dates/due`
    pub due: Change<Date>,
    /// `/dates/invoice`
    pub invoice_date: Change<Date>,
    /// `/billToContactId`
    pub bill_to_contact_id: Change<String>,
    /// `/tracking/poNumbers`
    pub po_numbers: Change<Vec<String>>,
    /// `/comment`: added to those there are.
    pub comment: Option<String>,
    /// `/terms`
    pub terms: Change<String>,
    /// `/customFields`, each by name; `null` clears one.
    pub custom_fields: BTreeMap<String, Box<RawValue>>,
}

impl Patch {
    /// The fields it changes.
    pub fn fields(&self) -> Vec<Field> {
        let asked = [
            (Field::DueDate, self.due.is_asked()),
            (Field::InvoiceDate, self.invoice_date.is_asked()),
            (Field::BillToContactId, self.bill_to_contact_id.is_asked()),
            (Field::PoNumbers, self.po_numbers.is_asked()),
            (Field::Comment, self.comment.is_some()),
            (Field::Terms, self.terms.is_asked()),
            (Field::CustomFields, !self.custom_fields.is_empty()),
        ];
        asked.into_iter().filter(|(_, asked)| *asked).map(|(field, _)| field).collect()
    }

    /// Whether `invoice` shows all of it.
    pub fn is_shown_by(&self, invoice: &Invoice) -> bool {
        let numbers = &invoice.tracking.po_numbers;
        self.due.is_shown_by(invoice.dates.due.as_ref())
            && self.invoice_date.is_shown_by(invoice.dates.invoice.as_ref())
            && self.bill_to_contact_id.is_shown_by(invoice.bill_to_contact_id.as_ref())
            && self.po_numbers.is_shown_by(Some(numbers).filter(|numbers| !numbers.is_empty()))
            && self.terms.is_shown_by(invoice.terms.as_ref())
            && self.comment.as_ref().is_none_or(|text| has_comment(invoice, text))
            && self.custom_fields.iter().all(|(name, value)| has_custom_field(invoice, name, value))
    }
}

fn has_comment(invoice: &Invoice, text: &str) -> bool {
    invoice.comments.iter().any(|comment| is_part_of(&comment.text, text))
}

/// Whether `comment` stands in `text` on whole lines of its own: a provider that keeps
/// one text for all comments shows each of them so. What ends a line, and blanks
/// before its end, are the provider's business.
pub fn is_part_of(text: &str, comment: &str) -> bool {
    let lines = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect();
    let (text, comment): (Vec<String>, Vec<String>) = (lines(text), lines(comment));
    !comment.is_empty() && text.windows(comment.len()).any(|part| part == comment)
}

/// Compared as JSON values: spacing is nobody's business. A field that is not
/// there shows a cleared one.
fn has_custom_field(invoice: &Invoice, name: &str, value: &RawValue) -> bool {
    type Fields<'a> = BTreeMap<String, &'a RawValue>;
    let fields: Option<Fields<'_>> =
        invoice.custom_fields.as_ref().and_then(|fields| crate::json::read(fields.get()).ok());
    let now = fields.as_ref().and_then(|fields| fields.get(name)).map_or("null", |now| now.get());
    says_the_same(now, value.get())
}

/// Whether two JSON texts say the same value. Numbers are decimals, to the last digit: two that
/// differ behind what binary floating point holds are two.
fn says_the_same(one: &str, other: &str) -> bool {
    let read = crate::json::read::<serde_json::Value>;
    match (one.as_bytes().first(), other.as_bytes().first()) {
        (Some(b'{'), Some(b'{')) => {
            let members = |text| crate::json::read::<BTreeMap<String, &RawValue>>(text);
            let (Ok(one), Ok(other)) = (members(one), members(other)) else { return false };
            let is_there = |(name, value): (&String, &&RawValue)| {
                other.get(name).is_some_and(|other| says_the_same(value.get(), other.get()))
            };
            one.len() == other.len() && one.iter().all(is_there)
        }
        (Some(b'['), Some(b'[')) => {
            let items = |text| crate::json::read::<Vec<&RawValue>>(text);
            let (Ok(one), Ok(other)) = (items(one), items(other)) else { return false };
            let mut pairs = one.iter().zip(&other);
            one.len() == other.len()
                && pairs.all(|(one, other)| says_the_same(one.get(), other.get()))
        }
        (Some(b'-' | b'0'..=b'9'), Some(b'-' | b'0'..=b'9')) => {
            match (Exact::parse(one), Exact::parse(other)) {
                (Ok(one), Ok(other)) => one == other,
                // What 28 digits do not hold is compared by its own.
                _ => one == other,
            }
        }
        _ => matches!((read(one), read(other)), (Ok(one), Ok(other)) if one == other),
    }
}

/// A write, to be done to one or many invoices.
#[derive(Debug, Clone)]
pub enum Write {
    /// Make them binding.
    Activate {
        /// With this date; the provider works the due date out anew.
        invoice_date: Option<Date>,
        /// With this comment.
        comment: Option<String>,
    },
    /// Withdraw them.
    Cancel {
        /// With this comment.
        comment: Option<String>,
    },
    /// Remove them.
    Delete,
    /// Change fields of one.
    Update(Box<Patch>),
}

impl Write {
    /// What it does.
    pub fn action(&self) -> Action {
        match self {
            Self::Activate { .. } => Action::Activate,
            Self::Cancel { .. } => Action::Cancel,
            Self::Delete => Action::Delete,
            Self::Update(_) => Action::Update,
        }
    }

    /// Why it is done, in the caller's words.
    pub fn comment(&self) -> Option<&str> {
        match self {
            Self::Activate { comment, .. } | Self::Cancel { comment } => comment.as_deref(),
            Self::Delete => None,
            Self::Update(patch) => patch.comment.as_deref(),
        }
    }

    /// Whether `invoice` is in the life-cycle state this write leads to, however
    /// it came to be there.
    pub fn is_state_of(&self, invoice: &Invoice) -> bool {
        match self {
            Self::Activate { .. } => invoice.status == Status::Active,
            Self::Cancel { .. } => invoice.status == Status::Canceled,
            Self::Delete => false,
            Self::Update(patch) => patch.is_shown_by(invoice),
        }
    }

    /// Whether `invoice` is as this write would have it: in its state, with the
    /// date asked for. A deleted invoice is not there to show it.
    pub fn is_shown_by(&self, invoice: &Invoice) -> bool {
        match self {
            Self::Activate { invoice_date, .. } => {
                invoice.status == Status::Active
                    && invoice_date.is_none_or(|date| invoice.dates.invoice == Some(date))
            }
            Self::Cancel { .. } => invoice.status == Status::Canceled,
            Self::Delete => false,
            Self::Update(patch) => patch.is_shown_by(invoice),
        }
    }
}

impl Write {
    /// What of this write `invoice`, which is in the state it leads to already,
    /// does not show: by the member of the request that asks for it. A comment
    /// is asked for only where the provider `keeps_comments` of such a write.
    pub fn lacking_in(&self, invoice: &Invoice, keeps_comments: bool) -> Vec<Fault> {
        let mut lacking = Vec::new();
        let mut fault = |pointer: &str, detail: String| {
            let pointer = pointer.to_owned();
            lacking.push(Fault { pointer, code: Code::StateConflict, detail });
        };
        let state = invoice.status.word();
        if let Self::Activate { invoice_date: Some(date), .. } = self
            && invoice.dates.invoice != Some(*date)
        {
            let now = invoice
                .dates
                .invoice
                .map_or("no date that is known".to_owned(), |now| format!("the date {now}"));
            fault("/invoiceDate", format!("it is {state} already, with {now}, not {date}"));
        }
        if let Self::Activate { comment: Some(text), .. } | Self::Cancel { comment: Some(text) } =
            self
            && keeps_comments
            && !has_comment(invoice, text)
        {
            fault("/comment", format!("it is {state} already, without this comment"));
        }
        lacking
    }
}

/// What came of a write on one invoice, as callers see it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteResult {
    /// The invoice as it was asked for.
    pub id: Reference,
    /// What came of it.
    pub outcome: Outcome,
    /// The invoice's status now, as its provider says; null when it is gone or
    /// could not be read.
    pub status: Option<Status>,
    /// The reference it has from now on, where the provider gives it a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_id: Option<Reference>,
    /// The invoice as it was last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<Box<Invoice>>,
    /// Why it was rejected, or is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_field_is_shown_to_its_last_digit() {
        let shows = |now: &str, wanted: &str| {
            let id = "nue:a".parse().unwrap();
            let mut invoice = Invoice::unknown(id, "nue", crate::Direction::Receivable);
            let raw = |text: String| RawValue::from_string(text).unwrap();
            invoice.custom_fields = Some(raw(format!(r#"{{"a": {now}}}"#)));
            let custom_fields = [("a".to_owned(), raw(wanted.to_owned()))].into();
            Patch { custom_fields, ..Patch::default() }.is_shown_by(&invoice)
        };
        for (now, wanted) in [
            ("1", "1.0"),
            ("0.10", "1e-1"),
            ("null", "null"),
            (r#"{"b": [1, "x"], "c": null}"#, r#"{"c":null,"b":[1.0,"\u0078"]}"#),
            ("123456789012345678901234567890123", "123456789012345678901234567890123"),
        ] {
            assert!(shows(now, wanted), "{now} {wanted}");
        }
        for (now, wanted) in [
            // The same in binary floating point.
            ("0.1", "0.10000000000000000555"),
            ("9007199254740993", "9007199254740992"),
            (r#"{"b": [12345678901234567890.1]}"#, r#"{"b": [12345678901234567890.2]}"#),
            ("123456789012345678901234567890123", "123456789012345678901234567890124"),
            ("1", r#""1""#),
            ("[1]", "[1, 1]"),
            (r#"{"b": 1}"#, r#"{"b": 1, "c": 1}"#),
            ("0", "null"),
        ] {
            assert!(!shows(now, wanted), "{now} {wanted}");
        }
    }
}
