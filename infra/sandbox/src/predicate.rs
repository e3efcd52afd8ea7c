//! Which records a condition selects: one engine, which each provider's own syntax of
//! conditions is parsed into.

use std::cmp::Ordering;

use crate::cell::Cell;
use crate::record::Columns;

/// A field that can be asked about of a record.
pub(crate) trait FieldOf<R> {
    /// The field's value; none where there is no such field.
    fn cell<'r>(&self, record: &'r R) -> Option<Cell<'r>>;
}

/// A field by the provider's name.
impl<R: Columns> FieldOf<R> for &'static str {
    fn cell<'r>(&self, record: &'r R) -> Option<Cell<'r>> {
        record.cell(self)
    }
}

/// A field by what it is read from.
impl<R> FieldOf<R> for for<'a> fn(&'a R) -> Cell<'a> {
    fn cell<'r>(&self, record: &'r R) -> Option<Cell<'r>> {
        Some(self(record))
    }
}

/// A condition on a record, whose fields are known by `F`.
#[derive(Clone, Debug)]
pub(crate) enum Predicate<F> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Is(F, Test),
}

/// A condition on one field. Null satisfies none but `Null(true)`, as in SQL.
#[derive(Clone, Debug)]
pub(crate) enum Test {
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
pub(crate) enum Comparison {
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

impl<F> Predicate<F> {
    pub(crate) fn selects<R>(&self, record: &R) -> bool
    where
        F: FieldOf<R>,
    {
        self.truth(record) == Some(true)
    }

    /// SQL's three values: `None` is unknown, which null makes of a comparison,
    /// and `_not` does not turn into true.
    fn truth<R>(&self, record: &R) -> Option<bool>
    where
        F: FieldOf<R>,
    {
        match self {
            Predicate::All(parts) => {
                let mut whole = Some(true);
                for part in parts {
                    match part.truth(record) {
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
                    match part.truth(record) {
                        Some(true) => return Some(true),
                        None => whole = None,
                        Some(false) => {}
                    }
                }
                whole
            }
            Predicate::Not(part) => part.truth(record).map(|truth| !truth),
            Predicate::Is(field, test) => test.truth(&field.cell(record)?),
        }
    }
}

impl Predicate<&'static str> {
    /// The value a field must have for anything to be selected, if the
    /// condition says so at its top.
    pub(crate) fn pins(&self, field: &str) -> Option<String> {
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
pub(crate) fn like(pattern: &str, text: &str) -> bool {
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

/// The pattern that is this text and nothing else.
pub(crate) fn literal(text: &str) -> String {
    let escaped = |character: char| match character {
        '%' | '_' | '\\' => format!("\\{character}"),
        other => other.to_string(),
    };
    text.chars().map(escaped).collect()
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
