//! The conditions of Nue's two ways to ask, as far as they are alike: fields by their
//! names, and what a field can be compared with.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::cell::{Cell, Kind, TimeStyle, utc};
use crate::record::Columns;

use super::object::Invoice;
use super::value::Value;

pub(super) use crate::predicate::{Comparison, Test};

/// A condition on an invoice.
pub(super) type Predicate = crate::predicate::Predicate<&'static str>;

/// A field's name and kind, for a name that came from outside.
pub(super) fn column(name: &str) -> Result<(&'static str, Kind), String> {
    Invoice::COLUMNS
        .iter()
        .find(|(column, _)| *column == name)
        .copied()
        .ok_or_else(|| format!("field {name:?} not found in type: 'Invoice'"))
}

/// A value to compare a field of this kind with.
pub(super) fn operand(field: &str, kind: Kind, value: &Value) -> Result<Cell<'static>, String> {
    let wrong = || format!("field {field:?} cannot be compared with {}", value.kind());
    match (kind, value) {
        (Kind::Text | Kind::Date | Kind::Time | Kind::Number, Value::Text(text)) => {
            written(field, kind, text)
        }
        (Kind::Number, Value::Number(number)) => Ok(Cell::Number(*number)),
        (Kind::Bool, Value::Bool(value)) => Ok(Cell::Bool(*value)),
        _ => Err(wrong()),
    }
}

/// A value that came as text.
pub(super) fn written(field: &str, kind: Kind, text: &str) -> Result<Cell<'static>, String> {
    let wrong = |form: &str| format!("{text:?} is not {form}, as field {field:?} needs");
    match kind {
        Kind::Text => Ok(Cell::Text(text.to_owned().into())),
        Kind::Date => {
            text.parse::<Date>().map(Cell::Date).map_err(|_| wrong("a date (YYYY-MM-DD)"))
        }
        Kind::Time => instant(text)
            .map(|at| Cell::Time(at, TimeStyle::MillisecondsOffset))
            .ok_or_else(|| wrong("a timestamp with an offset, or a date")),
        Kind::Number => rust_decimal::Decimal::from_str_exact(text)
            .map(Cell::Number)
            .map_err(|_| wrong("a number")),
        Kind::Bool => text.parse().map(Cell::Bool).map_err(|_| wrong("true or false")),
        Kind::Nested => Err(format!("field {field:?} cannot be filtered by")),
    }
}

/// A date alone is its midnight, UTC.
fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        (text.len() == 10).then_some(())?;
        let day: Date = text.parse().ok()?;
        Some(utc(day.at(0, 0, 0, 0)))
    })
}
