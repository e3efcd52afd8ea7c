//! A question's filter as DynamoDB takes it: what the rows in an index tell of their
//! invoices already leaves most of those out that do not answer. Whether an invoice answers
//! is decided on the invoice itself, by the same code as everywhere.

use std::collections::HashMap;
use std::ops::Bound;

use aws_sdk_dynamodb::types::AttributeValue;
use invoice::{PaymentStatus, Range, SortValue, Status, TextFilter, TextPattern};
use provider_client::provider::Question;

use crate::index::customer;
use crate::key::{of_amount, of_date, of_moment, of_value};
use crate::row::{field, name, text};
use crate::store::Expression;

/// The most values that `IN` takes.
const VALUES: usize = 100;

/// What of a filter an index's rows can tell; none where that is nothing.
pub(crate) fn expression(question: &Question) -> Option<Expression> {
    let filter = &question.filter;
    let mut all = Clauses::default();
    if let Some(wanted) = &filter.status {
        let life = all
            .any_of(field::STATUS, wanted.lifecycle.iter().map(|it: &Status| it.word().to_owned()));
        let payment = all.any_of(
            field::PAYMENT,
            wanted.payment.iter().map(|it: &PaymentStatus| it.word().to_owned()),
        );
        let either: Vec<String> = life.into_iter().chain(payment).collect();
        if !either.is_empty() {
            all.clauses.push(format!("({})", either.join(" OR ")));
        }
    }
    if let Some(wanted) = &filter.payment_status {
        let words = wanted.iter().map(|it| it.word().to_owned());
        let clause = all.any_of(field::PAYMENT, words);
        all.clauses.extend(clause);
    }
    if let Some(wanted) = &question.customers {
        let clause = all.any_of(field::CUSTOMER, wanted.iter().map(|id| customer(id)));
        all.clauses.extend(clause);
    }
    if let Some(codes) = filter.currency.as_ref().and_then(exact) {
        let clause = all.any_of(field::CURRENCY, codes.into_iter().map(str::to_owned));
        all.clauses.extend(clause);
    }
    all.range(field::INVOICE_DATE, &filter.invoice_date.map(|date| of_date(*date)));
    all.range(field::DUE_DATE, &filter.due_date.map(|date| of_date(*date)));
    all.range(field::CREATED_AT, &filter.created_at.map(|moment| of_moment(*moment)));
    all.range(field::MODIFIED_AT, &filter.modified_at.map(|moment| of_moment(*moment)));
    all.range(field::ACTIVATED_AT, &filter.activated_at.map(|moment| of_moment(*moment)));
    all.range(field::AMOUNT, &filter.amount.map(|amount| of_amount(*amount)));
    all.range(field::BALANCE, &filter.balance.map(|amount| of_amount(*amount)));
    (!all.clauses.is_empty()).then(|| Expression {
        text: all.clauses.join(" AND "),
        names: all.names,
        values: all.values,
    })
}

/// The one number asked for, where its key is known: where it is written in one way.
pub(crate) fn number(filter: Option<&TextFilter>) -> Option<String> {
    match exact(filter?)?.as_slice() {
        [one] if one.bytes().all(is_plain) && !one.is_empty() && one.len() <= VALUES => {
            Some(of_value(&SortValue::Text((*one).to_owned())))
        }
        _ => None,
    }
}

/// Whether no other character is written as this one in Unicode's form NFC.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii() && !byte.is_ascii_control() && !matches!(byte, b'K' | b';' | b'`')
}

/// The texts asked for, where each is meant as it stands.
fn exact(filter: &TextFilter) -> Option<Vec<&str>> {
    let mut texts = Vec::new();
    for pattern in &filter.0 {
        match pattern {
            TextPattern::Exact(text) => texts.push(text.as_str()),
            TextPattern::Empty | TextPattern::Wildcard(_) => return None,
        }
    }
    Some(texts)
}

#[derive(Default)]
struct Clauses {
    clauses: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Clauses {
    fn any_of(&mut self, of: &str, values: impl Iterator<Item = String>) -> Option<String> {
        let values: Vec<String> = values.collect();
        if values.is_empty() || values.len() > VALUES {
            return None;
        }
        let values: Vec<String> = values.into_iter().map(|value| self.value(value)).collect();
        Some(format!("{} IN ({})", self.name(of), values.join(", ")))
    }

    fn range(&mut self, of: &str, range: &Range<String>) {
        for (bound, exclusive, inclusive) in [(&range.lower, ">", ">="), (&range.upper, "<", "<=")]
        {
            let (operator, value) = match bound {
                Bound::Included(value) => (inclusive, value),
                Bound::Excluded(value) => (exclusive, value),
                Bound::Unbounded => continue,
            };
            let (name, value) = (self.name(of), self.value(value.clone()));
            self.clauses.push(format!("{name} {operator} {value}"));
        }
    }

    fn name(&mut self, of: &str) -> String {
        self.names.insert("#fields".to_owned(), name::FIELDS.to_owned());
        self.names.insert(format!("#{of}"), of.to_owned());
        format!("#fields.#{of}")
    }

    fn value(&mut self, value: String) -> String {
        let placeholder = format!(":f{}", self.values.len());
        self.values.insert(placeholder.clone(), text(value));
        placeholder
    }
}
