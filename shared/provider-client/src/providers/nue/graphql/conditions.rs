//! One parameter of a question, as a condition in GraphQL.

use std::fmt::Display;
use std::ops::Bound;

use invoice::{Range, StatusFilter, TextFilter, TextPattern};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::providers::nue::assumptions::{AMOUNT_TEXTS, IN};
use crate::providers::nue::words::{lifecycle_words, payment_words};
use crate::{Assumption, Assumptions};

/// How one parameter is put to Nue.
pub(super) enum Pushed {
    /// Not at all: the bridge applies it.
    Not,
    /// No invoice of Nue's can answer it.
    Never,
    /// As this condition.
    As { condition: Value, is_exact: bool, used: Option<&'static Assumption> },
}

impl Pushed {
    pub(super) fn exactly(condition: Value) -> Self {
        Self::As { condition, is_exact: true, used: None }
    }
}

pub(super) fn text(value: &impl ToString) -> String {
    value.to_string()
}

/// With both ends inside: these operators are stated.
pub(super) fn days(range: Range<Date>) -> Range<Date> {
    let (first, last) = range.days();
    Range {
        lower: first.map_or(Bound::Unbounded, Bound::Included),
        upper: last.map_or(Bound::Unbounded, Bound::Included),
    }
}

/// `condition` on the field at `path`.
pub(super) fn on(path: &[&str], condition: Value) -> Value {
    path.iter().rev().fold(condition, |inner, name| json!({ *name: inner }))
}

pub(super) fn any_of(
    path: &[&str],
    values: impl IntoIterator<Item = impl Display>,
    seen: &Assumptions,
) -> Pushed {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    match values.as_slice() {
        [] => Pushed::Never,
        [one] => Pushed::exactly(on(path, json!({ "_eq": one }))),
        _ if seen.may_use(&IN) => {
            let condition = on(path, json!({ "_in": values }));
            Pushed::As { condition, is_exact: true, used: Some(&IN) }
        }
        _ => Pushed::Not,
    }
}

/// Words of one kind: an invoice has two of them, and no stated operator asks
/// for either.
pub(super) fn status(wanted: &StatusFilter, seen: &Assumptions) -> Pushed {
    match (lifecycle_words(&wanted.lifecycle), payment_words(&wanted.payment)) {
        (Some(lifecycle), Some(payment)) if payment.is_empty() => {
            any_of(&["status"], lifecycle, seen)
        }
        (Some(lifecycle), Some(payment)) if lifecycle.is_empty() => {
            any_of(&["paymentStatus"], payment, seen)
        }
        _ => Pushed::Not,
    }
}

/// An end that is itself outside is asked for as if inside, for those operators
/// are stated, and the parameter left to the bridge.
pub(super) fn within<T>(field: &str, range: &Range<T>, write: impl Fn(&T) -> String) -> Pushed {
    let mut ends = Map::new();
    for (operator, end) in [("_gte", &range.lower), ("_lte", &range.upper)] {
        if let Bound::Included(value) | Bound::Excluded(value) = end {
            ends.insert(operator.to_owned(), write(value).into());
        }
    }
    if ends.is_empty() {
        return Pushed::Not;
    }
    let is_exact =
        ![&range.lower, &range.upper].iter().any(|end| matches!(end, Bound::Excluded(_)));
    Pushed::As { condition: on(&[field], Value::Object(ends)), is_exact, used: None }
}

/// Decimals as texts: no hop on the way can round them.
pub(super) fn amounts<T: ToString>(field: &str, range: &Range<T>, seen: &Assumptions) -> Pushed {
    match within(field, range, text) {
        Pushed::As { condition, is_exact, .. } if seen.may_use(&AMOUNT_TEXTS) => {
            Pushed::As { condition, is_exact, used: Some(&AMOUNT_TEXTS) }
        }
        _ => Pushed::Not,
    }
}

/// Patterns, and `[empty]`, are left to the bridge: no stated operator has them.
pub(super) fn texts(field: &str, filter: &TextFilter, seen: &Assumptions) -> Pushed {
    let plain = |pattern: &TextPattern| match pattern {
        TextPattern::Exact(text) => Some(text.clone()),
        TextPattern::Empty | TextPattern::Wildcard(_) => None,
    };
    let plain: Option<Vec<String>> = filter.0.iter().map(plain).collect();
    plain.map_or(Pushed::Not, |texts| any_of(&[field], texts, seen))
}
