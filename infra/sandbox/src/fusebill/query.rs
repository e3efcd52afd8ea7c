//! The query language (fusebill R17): `field:value;field:lower|upper`.

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use crate::cell::{Cell, TimeStyle, utc};
use crate::predicate::{Comparison, Predicate, Test, literal};

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

/// What a query asks of a record.
pub(super) type Condition<R> = Predicate<for<'r> fn(&'r R) -> Cell<'r>>;

/// The field with this name; the letters' case does not matter (fusebill R56).
pub(super) fn field<'a, R>(fields: &'a [Field<R>], name: &str) -> Result<&'a Field<R>, Malformed> {
    fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).ok_or(Malformed)
}

/// Reads a query; an empty one asks for everything.
pub(super) fn read<R>(query: &str, fields: &[Field<R>]) -> Result<Condition<R>, Malformed> {
    if query.is_empty() {
        return Ok(Predicate::All(Vec::new()));
    }
    let parts = query.split(';').map(|part| {
        let (name, value) = part.split_once(':').ok_or(Malformed)?;
        let field = field(fields, name.trim())?;
        condition(field, value)
    });
    parts.collect::<Result<_, _>>().map(Predicate::All)
}

fn condition<R>(field: &Field<R>, text: &str) -> Result<Condition<R>, Malformed> {
    let is = |test| Predicate::Is(field.cell, test);
    let compared = |comparison, value| is(Test::Compare(comparison, value));
    let like = |pattern| is(Test::Like { pattern, any_case: true });
    if text == "[empty]" {
        let empty = compared(Comparison::Equal, Cell::Text("".into()));
        return Ok(Predicate::Any(vec![is(Test::Null(true)), empty]));
    }
    match field.values {
        // A value that holds `:` or `|` cannot be written (fusebill R20).
        Values::Text if text.contains([':', '|']) => Err(Malformed),
        Values::Text => Ok(like(pattern(text))),
        Values::Words(known) => {
            let words: Vec<&str> = text.split(',').map(str::trim).collect();
            let is_known = |word: &&str| known.iter().any(|k| k.eq_ignore_ascii_case(word));
            let any = words.iter().map(|word| like(literal(&word.to_lowercase())));
            words.iter().all(is_known).then(|| Predicate::Any(any.collect())).ok_or(Malformed)
        }
        values => match text.split_once('|') {
            None => Ok(compared(Comparison::Equal, value(values, text)?)),
            // The lower end included, the upper one not.
            Some((low, high)) => {
                let low = end(values, low)?.map(|low| compared(Comparison::GreaterOrEqual, low));
                let high = end(values, high)?.map(|high| compared(Comparison::Less, high));
                let there = Some(is(Test::Null(false)));
                Ok(Predicate::All([there, low, high].into_iter().flatten().collect()))
            }
        },
    }
}

/// `*` stands for any run; case does not matter (fusebill R56).
fn pattern(text: &str) -> String {
    let runs: Vec<String> = text.to_lowercase().split('*').map(literal).collect();
    runs.join("%")
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

#[cfg(test)]
mod tests {
    use crate::predicate::like;

    #[test]
    fn the_wildcard_is_any_run() {
        let table = [
            ("po-*", "po-1", true),
            ("*1", "po-1", true),
            ("*o*1", "po-1", true),
            ("po", "po-1", false),
            ("*", "", true),
            ("100%", "1000", false),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(like(&super::pattern(pattern), text), expected, "{pattern} {text}");
        }
    }
}
