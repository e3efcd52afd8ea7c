//! The query language (fusebill R17): `field:value;field:lower|upper`.

use std::cmp::Ordering;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use crate::cell::{Cell, TimeStyle, utc};

/// What a field's value may look like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Values {
    Dates,
    Decimals,
    Integers,
    Text,
    /// One of these words, or several joined by commas.
    Words(&'static [&'static str]),
}

/// A field that can be asked about.
pub(super) struct Field<R> {
    pub(super) name: &'static str,
    pub(super) values: Values,
    pub(super) cell: fn(&R) -> Cell<'_>,
}

/// The query, or the sorting, is not valid.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// One condition.
pub(super) struct Condition<R> {
    cell: fn(&R) -> Cell<'_>,
    test: Test,
}

enum Test {
    /// Null or empty.
    Empty,
    Equal(Cell<'static>),
    /// The lower end included, the upper one not.
    Range(Option<Cell<'static>>, Option<Cell<'static>>),
    AnyOf(Vec<String>),
    /// `*` stands for any run; case does not matter (fusebill R56).
    Pattern(String),
}

impl<R> Condition<R> {
    pub(super) fn selects(&self, record: &R) -> bool {
        let cell = (self.cell)(record);
        let at_least = |low: &Cell<'_>| cell.order(low).is_some_and(Ordering::is_ge);
        let below = |high: &Cell<'_>| cell.order(high).is_some_and(Ordering::is_lt);
        match &self.test {
            Test::Empty => match &cell {
                Cell::Text(text) => text.is_empty(),
                other => other.is_null(),
            },
            Test::Equal(value) => cell.order(value) == Some(Ordering::Equal),
            Test::Range(low, high) => {
                !cell.is_null()
                    && low.as_ref().is_none_or(at_least)
                    && high.as_ref().is_none_or(below)
            }
            Test::AnyOf(words) => match &cell {
                Cell::Text(text) => words.iter().any(|word| word.eq_ignore_ascii_case(text)),
                _ => false,
            },
            Test::Pattern(pattern) => match &cell {
                Cell::Text(text) => matches(pattern, &text.to_lowercase()),
                _ => false,
            },
        }
    }
}

/// The field with this name; the letters' case does not matter (fusebill R56).
pub(super) fn field<'a, R>(fields: &'a [Field<R>], name: &str) -> Result<&'a Field<R>, Malformed> {
    fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).ok_or(Malformed)
}

/// Reads a query; an empty one asks for everything.
pub(super) fn read<R>(query: &str, fields: &[Field<R>]) -> Result<Vec<Condition<R>>, Malformed> {
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let parts = query.split(';').map(|part| {
        let (name, value) = part.split_once(':').ok_or(Malformed)?;
        let field = field(fields, name.trim())?;
        Ok(Condition { cell: field.cell, test: test(field.values, value)? })
    });
    parts.collect()
}

fn test(values: Values, text: &str) -> Result<Test, Malformed> {
    if text == "[empty]" {
        return Ok(Test::Empty);
    }
    match values {
        // A value that holds `:` or `|` cannot be written (fusebill R20).
        Values::Text if text.contains([':', '|']) => Err(Malformed),
        Values::Text => Ok(Test::Pattern(text.to_lowercase())),
        Values::Words(known) => {
            let words: Vec<String> = text.split(',').map(|word| word.trim().to_owned()).collect();
            let is_known = |word: &String| known.iter().any(|k| k.eq_ignore_ascii_case(word));
            let valid = words.iter().all(is_known);
            valid.then_some(Test::AnyOf(words)).ok_or(Malformed)
        }
        _ => match text.split_once('|') {
            None => Ok(Test::Equal(value(values, text)?)),
            Some((low, high)) => Ok(Test::Range(end(values, low)?, end(values, high)?)),
        },
    }
}

/// One end of a range; an empty one is open.
fn end(values: Values, text: &str) -> Result<Option<Cell<'static>>, Malformed> {
    match text {
        "" => Ok(None),
        text => value(values, text).map(Some),
    }
}

fn value(values: Values, text: &str) -> Result<Cell<'static>, Malformed> {
    let number = || Decimal::from_str_exact(text).map_err(|_| Malformed);
    match values {
        Values::Dates => Ok(Cell::Time(utc(moment(text)?), TimeStyle::Seconds)),
        Values::Integers if number()?.scale() != 0 => Err(Malformed),
        _ => number().map(Cell::Number),
    }
}

/// `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS`, UTC.
fn moment(text: &str) -> Result<DateTime, Malformed> {
    match text.len() {
        10 => {
            let day: Date = text.parse().map_err(|_| Malformed)?;
            Ok(day.at(0, 0, 0, 0))
        }
        19 if text.get(10..11) == Some("T") => text.parse().map_err(|_| Malformed),
        _ => Err(Malformed),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            ends.any(|at| rest.get(at..).is_some_and(|suffix| matches(tail, suffix)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wildcard_is_any_run() {
        let table = [
            ("po-*", "po-1", true),
            ("*1", "po-1", true),
            ("*o*1", "po-1", true),
            ("po", "po-1", false),
            ("*", "", true),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
