//! The kinds of filter parameters: how each is read, written in its canonical form, and
//! held against an invoice.
//!
//! A parameter names its kind once, in the table of [`Filter`](super::Filter); whatever
//! else is known of it follows from there.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::Bound;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::terms::{CustomerId, Match, StatusFilter};
use super::values::{self, Moment, Parsed, joined, last_instant};
use crate::{PaymentStatus, Range, Status, TextFilter, TextPattern};

/// How the values of a parameter are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One value.
    Single,
    /// Several values, any of which may hold.
    List,
    /// One value, or an end by its operator (`dueDate[gte]`).
    Range,
}

/// A kind of parameter, such as a range of days.
pub(crate) trait Kind {
    /// What of it a filter holds; its default asks nothing.
    type Value: Default + PartialEq;

    /// How its values are written.
    const SHAPE: Shape;

    /// Whether JSON may write a value as a number.
    const IS_NUMBER: bool = false;

    /// Reads `items` into `value`: one item unless the kind is a list. There is an operator
    /// only where the kind is a range.
    fn read(value: &mut Self::Value, operator: Option<&str>, items: &[&str]) -> Parsed<()>;

    /// The parts of the canonical form, each with its operator; nothing where nothing is
    /// asked.
    fn write(value: &Self::Value) -> Vec<(Option<&'static str>, String)>;

    /// Splits the text of a query string into items.
    fn split(text: &str) -> Parsed<Vec<String>> {
        match Self::SHAPE {
            Shape::List => Ok(values::list(text)?.into_iter().map(str::to_owned).collect()),
            Shape::Single | Shape::Range => Ok(vec![text.to_owned()]),
        }
    }

    /// Whether anything is asked.
    fn is_asked(value: &Self::Value) -> bool {
        *value != Self::Value::default()
    }

    /// Whether what is asked can tell one invoice from another.
    fn narrows(value: &Self::Value) -> bool {
        Self::is_asked(value)
    }
}

/// The customers that invoices are of.
pub(super) struct Customers;

impl Kind for Customers {
    type Value = Option<BTreeSet<CustomerId>>;
    const SHAPE: Shape = Shape::List;

    fn read(value: &mut Self::Value, _: Option<&str>, items: &[&str]) -> Parsed<()> {
        *value = Some(values::customer_ids(items)?);
        Ok(())
    }

    /// Ids may hold commas: they are written as a JSON array.
    fn write(value: &Self::Value) -> Vec<(Option<&'static str>, String)> {
        let ids = |ids: &BTreeSet<CustomerId>| {
            let ids: Vec<String> = ids
                .iter()
                .map(|id| match id {
                    CustomerId::At(reference) => reference.to_string(),
                    CustomerId::Anywhere(id) => id.clone(),
                })
                .collect();
            (None, serde_json::json!(ids).to_string())
        };
        value.iter().map(ids).collect()
    }

    fn split(text: &str) -> Parsed<Vec<String>> {
        values::customer_list(text)
    }
}

/// Words of either status.
pub(super) struct Statuses;

impl Kind for Statuses {
    type Value = Option<StatusFilter>;
    const SHAPE: Shape = Shape::List;

    fn read(value: &mut Self::Value, _: Option<&str>, items: &[&str]) -> Parsed<()> {
        *value = Some(values::status(items)?);
        Ok(())
    }

    fn write(value: &Self::Value) -> Vec<(Option<&'static str>, String)> {
        let words = |status: &StatusFilter| {
            let lifecycle = status.lifecycle.iter().map(|status| status.word());
            let payment = status.payment.iter().map(|status| status.word());
            (None, joined(lifecycle.chain(payment)))
        };
        value.iter().map(words).collect()
    }

    fn narrows(value: &Self::Value) -> bool {
        value.as_ref().is_some_and(|wanted| {
            wanted.lifecycle.len() < Status::ALL.len()
                && wanted.payment.len() < PaymentStatus::ALL.len()
        })
    }
}

/// Words of the payment status.
pub(super) struct PaymentStatuses;

impl Kind for PaymentStatuses {
    type Value = Option<BTreeSet<PaymentStatus>>;
    const SHAPE: Shape = Shape::List;

    fn read(value: &mut Self::Value, _: Option<&str>, items: &[&str]) -> Parsed<()> {
        *value = Some(values::payment_status(items)?);
        Ok(())
    }

    fn write(value: &Self::Value) -> Vec<(Option<&'static str>, String)> {
        let words = |wanted: &BTreeSet<PaymentStatus>| {
            (None, joined(wanted.iter().map(|status| status.word())))
        };
        value.iter().map(words).collect()
    }

    fn narrows(value: &Self::Value) -> bool {
        value.as_ref().is_some_and(|wanted| wanted.len() < PaymentStatus::ALL.len())
    }
}

/// Civil dates.
pub(super) struct Days;

impl Kind for Days {
    type Value = Range<Date>;
    const SHAPE: Shape = Shape::Range;

    fn read(range: &mut Self::Value, operator: Option<&str>, items: &[&str]) -> Parsed<()> {
        each(items, |item| set(range, operator, values::date(item)?))
    }

    fn write(range: &Self::Value) -> Vec<(Option<&'static str>, String)> {
        ends(range)
    }
}

/// Decimals, exact.
pub(super) struct Decimals;

impl Kind for Decimals {
    type Value = Range<Decimal>;
    const SHAPE: Shape = Shape::Range;
    const IS_NUMBER: bool = true;

    fn read(range: &mut Self::Value, operator: Option<&str>, items: &[&str]) -> Parsed<()> {
        each(items, |item| set(range, operator, values::decimal(item)?))
    }

    /// `1.50` asks what `1.5` asks.
    fn write(range: &Self::Value) -> Vec<(Option<&'static str>, String)> {
        ends(&range.map(Decimal::normalize))
    }
}

/// Instants. A day stands for all its instants: `gt` a day begins with the next one.
pub(super) struct Moments;

impl Kind for Moments {
    type Value = Range<Timestamp>;
    const SHAPE: Shape = Shape::Range;

    fn read(range: &mut Self::Value, operator: Option<&str>, items: &[&str]) -> Parsed<()> {
        each(items, |item| match (operator, values::moment(item)?) {
            (_, Moment::At(at)) => set(range, operator, at),
            (None, Moment::Day(first, next)) => both(range, Bound::Included(first), to(next)),
            (Some("gte"), Moment::Day(from, _)) => lower(range, Bound::Included(from)),
            (Some("gt"), Moment::Day(_, Some(next))) => lower(range, Bound::Included(next)),
            (Some("gt"), Moment::Day(_, None)) => lower(range, Bound::Excluded(last_instant())),
            (Some("lte"), Moment::Day(_, next)) => upper(range, to(next)),
            (Some("lt"), Moment::Day(end, _)) => upper(range, Bound::Excluded(end)),
            (Some(other), Moment::Day(..)) => Err(no_operator(other)),
        })
    }

    fn write(range: &Self::Value) -> Vec<(Option<&'static str>, String)> {
        ends(range)
    }
}

/// Texts, in which `*` stands for any characters or none where there are wildcards.
pub(super) struct Texts<const WILDCARDS: bool>;

/// Texts with wildcards.
pub(super) type Patterns = Texts<true>;
/// Texts as they stand.
pub(super) type ExactTexts = Texts<false>;

impl<const WILDCARDS: bool> Kind for Texts<WILDCARDS> {
    type Value = Option<TextFilter>;
    const SHAPE: Shape = Shape::List;

    fn read(value: &mut Self::Value, _: Option<&str>, items: &[&str]) -> Parsed<()> {
        *value = Some(values::texts(items, WILDCARDS));
        Ok(())
    }

    fn write(value: &Self::Value) -> Vec<(Option<&'static str>, String)> {
        texts(value)
    }

    fn narrows(value: &Self::Value) -> bool {
        value.as_ref().is_some_and(|TextFilter(patterns)| !patterns.iter().any(is_stars))
    }
}

/// Whether a pattern is of `*` alone, which every text matches.
fn is_stars(pattern: &TextPattern) -> bool {
    matches!(pattern, TextPattern::Wildcard(pieces) if pieces.iter().all(String::is_empty))
}

/// Codes of ISO 4217.
pub(super) struct Currencies;

impl Kind for Currencies {
    type Value = Option<TextFilter>;
    const SHAPE: Shape = Shape::List;

    fn read(value: &mut Self::Value, _: Option<&str>, items: &[&str]) -> Parsed<()> {
        *value = Some(values::currencies(items)?);
        Ok(())
    }

    fn write(value: &Self::Value) -> Vec<(Option<&'static str>, String)> {
        texts(value)
    }
}

/// Words to look for.
pub(super) struct Words;

impl Kind for Words {
    type Value = Option<String>;
    const SHAPE: Shape = Shape::Single;

    fn read(value: &mut Self::Value, _: Option<&str>, items: &[&str]) -> Parsed<()> {
        each(items, |item| {
            let words = item.trim();
            if words.is_empty() || words.chars().count() > 200 {
                return Err("expected 1 to 200 characters to look for".into());
            }
            *value = Some(words.to_owned());
            Ok(())
        })
    }

    fn write(value: &Self::Value) -> Vec<(Option<&'static str>, String)> {
        value.iter().map(|words| (None, words.clone())).collect()
    }
}

/// Whether something is shown of an invoice: no question of which invoices.
pub(super) struct Shown;

impl Kind for Shown {
    type Value = Option<bool>;
    const SHAPE: Shape = Shape::Single;

    fn read(value: &mut Self::Value, _: Option<&str>, items: &[&str]) -> Parsed<()> {
        each(items, |item| {
            *value = Some(values::flag(item)?);
            Ok(())
        })
    }

    fn write(value: &Self::Value) -> Vec<(Option<&'static str>, String)> {
        value.iter().map(|flag| (None, flag.to_string())).collect()
    }

    fn narrows(_: &Self::Value) -> bool {
        false
    }
}

fn each(items: &[&str], mut read: impl FnMut(&str) -> Parsed<()>) -> Parsed<()> {
    items.iter().try_for_each(|item| read(item))
}

fn texts(value: &Option<TextFilter>) -> Vec<(Option<&'static str>, String)> {
    value.iter().map(|TextFilter(patterns)| (None, joined(patterns))).collect()
}

fn ends<T: Display>(range: &Range<T>) -> Vec<(Option<&'static str>, String)> {
    range.pairs().map(|(operator, value)| (Some(operator), value)).collect()
}

/// Up to the first instant of the next day, where there is one.
fn to(next: Option<Timestamp>) -> Bound<Timestamp> {
    next.map_or_else(|| Bound::Included(last_instant()), Bound::Excluded)
}

fn set<T: Clone>(range: &mut Range<T>, operator: Option<&str>, value: T) -> Parsed<()> {
    match operator {
        None => both(range, Bound::Included(value.clone()), Bound::Included(value)),
        Some("gte") => lower(range, Bound::Included(value)),
        Some("gt") => lower(range, Bound::Excluded(value)),
        Some("lte") => upper(range, Bound::Included(value)),
        Some("lt") => upper(range, Bound::Excluded(value)),
        Some(other) => Err(no_operator(other)),
    }
}

fn no_operator(operator: &str) -> String {
    values::unknown_word(operator, &["gte", "gt", "lte", "lt"])
}

fn both<T>(range: &mut Range<T>, from: Bound<T>, to: Bound<T>) -> Parsed<()> {
    lower(range, from)?;
    upper(range, to)
}

fn lower<T>(range: &mut Range<T>, end: Bound<T>) -> Parsed<()> {
    if !matches!(range.lower, Bound::Unbounded) {
        return Err("sets the lower end a second time: keep one of gte, gt and equality".into());
    }
    range.lower = end;
    Ok(())
}

fn upper<T>(range: &mut Range<T>, end: Bound<T>) -> Parsed<()> {
    if !matches!(range.upper, Bound::Unbounded) {
        return Err("sets the upper end a second time: keep one of lte, lt and equality".into());
    }
    range.upper = end;
    Ok(())
}

/// Whether an invoice's value lies in a range.
pub(super) fn within<T: PartialOrd>(range: &Range<T>, value: Option<T>) -> Match {
    match value {
        _ if range.is_unbounded() => Match::Pass,
        Some(value) => Match::of(range.contains(&value)),
        None => Match::Indeterminate,
    }
}
