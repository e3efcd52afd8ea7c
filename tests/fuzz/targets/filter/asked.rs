//! What is asked of one parameter, drawn; and how each of its readers has it written.

use arbitrary::Arbitrary;
use invoice::Parameter;
use serde_json::{Map, Value};

/// What texts are made of: few letters, so that they meet; more of those that have more
/// forms than one.
const PIECES: [&str; 32] = [
    "a", "b", "A", "0", "1", "7", "-", "*", "*", "e", "\u{e9}", "\u{301}", "\u{308}", "\u{3a3}",
    "\u{3c3}", "\u{3c2}", "\u{df}", "\u{130}", "i", "\u{fb01}", " ", "\u{212b}", "\u{c5}",
    "\u{1100}", "\u{1161}", "\u{ac00}", "ab", "*", "INV-", "E", "\u{c9}", "[empty]",
];
/// What else may stand in one.
const ODD: [&str; 8] = [",", "[", "]", "\"", "\\", "..", ">", "<="];

/// The days on which all happens: around one another, and at the ends of the calendar.
pub(crate) const DAYS: [&str; 8] = [
    "2025-01-30",
    "2025-01-31",
    "2025-02-01",
    "2024-02-29",
    "0001-01-01",
    "9999-12-29",
    "9999-12-30",
    "9999-12-31",
];
pub(crate) const TIMES: [&str; 6] =
    ["00:00:00", "23:59:59", "23:59:59.999999999", "12:00:00", "12:00:00.5", "21:59:59"];
const ZONES: [&str; 4] = ["Z", "+02:00", "-11:30", "+00:00"];
pub(crate) const CURRENCIES: [&str; 4] = ["EUR", "USD", "JPY", "eur"];
const STATES: [&str; 12] = [
    "draft",
    "active",
    "canceled",
    "unknown",
    "Paid",
    "overdue",
    "PartiallyPaid",
    "unpaid",
    "pendingActivation",
    "Pending Activation",
    "error",
    "none",
];
const OPERATORS: [(&str, &str); 4] = [("gte", ">="), ("lte", "<="), ("gt", ">"), ("lt", "<")];

/// A text of pieces.
pub(crate) fn text(pieces: &[u8]) -> String {
    let piece = |place: &u8| match usize::from(*place) {
        place if place < 248 => PIECES[place % PIECES.len()],
        place => ODD[place - 248],
    };
    pieces.iter().take(8).map(piece).collect()
}

/// A decimal as callers write it.
pub(crate) fn decimal(number: i32, scale: u8) -> String {
    let number = i64::from(number);
    let scale = usize::from(scale % 7);
    let digits = format!("{:0>1$}", number.unsigned_abs(), scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if number < 0 { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// What is drawn for any parameter; it takes of it what is of its kind.
#[derive(Debug, Clone, Arbitrary)]
pub(crate) struct Drawn {
    values: Vec<(Vec<u8>, u8, i32)>,
    ends: Vec<(u8, u8, u8, i32)>,
    is_range: bool,
}

/// What is asked of one parameter.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Any of these.
    Values(Vec<String>),
    /// Between these ends, each with its operator; without one it is the value itself.
    Ends(Vec<(Option<usize>, String)>),
}

/// What is asked of one parameter: as it was drawn, and, once it is known which, in its words.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    drawn: Drawn,
    pub(crate) kind: Kind,
}

impl<'a> Arbitrary<'a> for Asked {
    fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(Self { drawn: u.arbitrary()?, kind: Kind::Values(Vec::new()) })
    }
}

impl Asked {
    /// What of it this parameter is asked.
    pub(crate) fn of(self, parameter: Parameter) -> Self {
        let kind = if parameter.is_range() {
            let ends = self.drawn.ends.iter().take(2);
            let end = |(operator, place, more, number): &(u8, u8, u8, i32)| {
                let operator = usize::from(*operator) % 5;
                let value = value_of(parameter, *place, *more, *number);
                (self.drawn.is_range.then_some(operator).filter(|operator| *operator < 4), value)
            };
            Kind::Ends(ends.map(end).collect())
        } else {
            let most = if parameter.is_list() { 3 } else { 1 };
            let values = self.drawn.values.iter().take(most);
            let value = |(pieces, place, _): &(Vec<u8>, u8, i32)| match parameter {
                Parameter::Status | Parameter::PaymentStatus => pick(&STATES, *place),
                Parameter::Currency if *place < 200 => pick(&CURRENCIES, *place),
                Parameter::ShowZeroDollarCharges | Parameter::ShowTrackedItems => {
                    pick(&["true", "false"], *place)
                }
                _ => text(pieces),
            };
            Kind::Values(values.map(value).collect())
        };
        Self { kind, ..self }
    }

    /// Whether nothing is asked.
    pub(crate) fn is_nothing(&self) -> bool {
        match &self.kind {
            Kind::Values(values) => values.is_empty(),
            Kind::Ends(ends) => ends.is_empty(),
        }
    }

    /// As a query string has it.
    pub(crate) fn query(&self, parameter: Parameter) -> Vec<(String, String)> {
        let word = parameter.word();
        match &self.kind {
            Kind::Values(values) if values.is_empty() => Vec::new(),
            Kind::Values(values) => {
                let text = values.join(",");
                // There a text that begins so is a JSON array, and nothing else.
                let is_array =
                    parameter == Parameter::CustomerIds && text.trim_start().starts_with('[');
                let items: Vec<&str> = text.split(',').map(str::trim).collect();
                let text = if is_array { Value::from(items).to_string() } else { text };
                vec![(word.to_owned(), text)]
            }
            Kind::Ends(ends) => ends
                .iter()
                .map(|(operator, value)| match operator {
                    Some(operator) => {
                        (format!("{word}[{}]", OPERATORS[*operator].0), value.clone())
                    }
                    None => (word.to_owned(), value.clone()),
                })
                .collect(),
        }
    }

    /// As the arguments of `ib` have it.
    pub(crate) fn flags(&self, parameter: Parameter) -> Vec<String> {
        let flag = format!("--{}", flag(parameter));
        let texts: Vec<String> = match &self.kind {
            Kind::Values(values) => values.clone(),
            Kind::Ends(ends) => match ends.as_slice() {
                [(Some(0), from), (Some(1), to)] => vec![format!("{from}..{to}")],
                ends => ends
                    .iter()
                    .map(|(operator, value)| {
                        let sign = operator.map_or("", |operator| OPERATORS[operator].1);
                        format!("{sign}{value}")
                    })
                    .collect(),
            },
        };
        texts.into_iter().flat_map(|text| [flag.clone(), text]).collect()
    }

    /// As the filter of a write has it.
    pub(crate) fn json(&self) -> Value {
        match &self.kind {
            Kind::Values(values) if values.len() == 1 => Value::from(values[0].as_str()),
            Kind::Values(values) => Value::from(values.as_slice()),
            Kind::Ends(ends) => match ends.as_slice() {
                [(None, value)] => Value::from(value.as_str()),
                ends => {
                    let ends = ends.iter().map(|(operator, value)| {
                        let operator = operator.map_or("eq", |operator| OPERATORS[operator].0);
                        (operator.to_owned(), Value::from(value.as_str()))
                    });
                    Value::Object(Map::from_iter(ends))
                }
            },
        }
    }

    /// The operators of the ends, with their values.
    pub(crate) fn ends(&self) -> Vec<(Option<&'static str>, &str)> {
        match &self.kind {
            Kind::Values(_) => Vec::new(),
            Kind::Ends(ends) => ends
                .iter()
                .map(|(operator, value)| {
                    (operator.map(|operator| OPERATORS[operator].0), value.as_str())
                })
                .collect(),
        }
    }
}

fn value_of(parameter: Parameter, place: u8, more: u8, number: i32) -> String {
    match parameter {
        Parameter::Amount | Parameter::Balance => decimal(number, more),
        Parameter::InvoiceDate | Parameter::DueDate => pick(&DAYS, place),
        _ if more % 3 == 0 => pick(&DAYS, place),
        _ => format!("{}T{}{}", pick(&DAYS, place), pick(&TIMES, more), pick(&ZONES, place / 8)),
    }
}

pub(crate) fn pick(all: &[&str], place: u8) -> String {
    all[usize::from(place) % all.len()].to_owned()
}

/// The flag of a parameter, as `ib` documents it.
pub(crate) fn flag(parameter: Parameter) -> String {
    match parameter {
        Parameter::CustomerIds => "customer".to_owned(),
        other => other
            .word()
            .chars()
            .flat_map(|letter| {
                [letter.is_ascii_uppercase().then_some('-'), Some(letter.to_ascii_lowercase())]
            })
            .flatten()
            .collect(),
    }
}
