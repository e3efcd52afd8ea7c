//! Which invoices a condition selects.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::cell::{Cell, Kind, TimeStyle, utc};
use crate::record::Columns;

use super::object::Invoice;
use super::value::Value;

/// A condition on an invoice.
#[derive(Clone, Debug)]
pub(super) enum Predicate {
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
    Is(&'static str, Test),
}

/// A condition on one field. Null satisfies none but `Null(true)`, as in SQL.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Compare(Comparison, Cell<'static>),
    /// One of these, or (when false) none of these.
    In(bool, Vec<Cell<'static>>),
    Like {
        pattern: String,
        any_case: bool,
    },
    Null(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
        }
    }
}

impl Predicate {
    pub(super) fn selects(&self, invoice: &Invoice) -> bool {
        self.truth(invoice) == Some(true)
    }

    /// SQL's three values: `None` is unknown, which null makes of a comparison,
    /// and `_not` does not turn into true.
    fn truth(&self, invoice: &Invoice) -> Option<bool> {
        match self {
            Predicate::All(parts) => {
                let mut whole = Some(true);
                for part in parts {
                    match part.truth(invoice) {
                        Some(false) => return Some(false),
                        None => whole = None,
                        Some(true) => {}
                    }
                }
                whole
            }
            Predicate::Any(parts) => {
                let mut whole = Some(false);
                for part in parts {
                    match part.truth(invoice) {
                        Some(true) => return Some(true),
                        None => whole = None,
                        Some(false) => {}
                    }
                }
                whole
            }
            Predicate::Not(part) => part.truth(invoice).map(|truth| !truth),
            Predicate::Is(field, test) => test.truth(&invoice.cell(field)?),
        }
    }

    /// The value a field must have for anything to be selected, if the
    /// condition says so at its top.
    pub(super) fn pins(&self, field: &str) -> Option<String> {
        match self {
            Predicate::All(parts) => parts.iter().find_map(|part| part.pins(field)),
            Predicate::Is(name, Test::Compare(Comparison::Equal, Cell::Text(value)))
                if *name == field =>
            {
                Some(value.clone().into_owned())
            }
            _ => None,
        }
    }
}

impl Test {
    fn truth(&self, cell: &Cell<'_>) -> Option<bool> {
        if let Test::Null(wanted) = self {
            return Some(cell.is_null() == *wanted);
        }
        if cell.is_null() {
            return None;
        }
        match self {
            Test::Compare(comparison, value) => cell.order(value).map(|o| comparison.holds(o)),
            Test::In(wanted, values) => {
                let among = values.iter().any(|v| cell.order(v) == Some(Ordering::Equal));
                Some(among == *wanted)
            }
            Test::Like { pattern, any_case } => match cell {
                Cell::Text(text) if *any_case => Some(like(pattern, &text.to_lowercase())),
                Cell::Text(text) => Some(like(pattern, text)),
                _ => None,
            },
            Test::Null(wanted) => Some(cell.is_null() == *wanted),
        }
    }
}

/// SQL's `LIKE`: `%` for any run, `_` for one character, `\` before either for
/// the character itself.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('%') => {
            let tail = rest.as_str();
            text.char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .any(|at| text.get(at..).is_some_and(|suffix| like(tail, suffix)))
        }
        Some(wanted) => {
            let (wanted, exact) = match wanted {
                '\\' => (rest.next().unwrap_or('\\'), true),
                other => (other, other != '_'),
            };
            let mut text = text.chars();
            text.next().is_some_and(|found| !exact || found == wanted)
                && like(rest.as_str(), text.as_str())
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_is_sqls() {
        let table = [
            ("INV-%", "INV-0001", true),
            ("INV-%", "XINV-1", false),
            ("%", "", true),
            ("_", "é", true),
            ("_", "", false),
            ("%1%", "0010", true),
            (r"100\%", "100%", true),
            (r"100\%", "1000", false),
            (r"a\_b", "axb", false),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(like(pattern, text), expected, "{pattern} {text}");
        }
    }
}
