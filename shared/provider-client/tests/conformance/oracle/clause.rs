//! One parameter of a question: how it is written, and what answers it.

use invoice::Parameter;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::Known;

/// The words of the life cycle; all other words of `status` are the payment's.
pub const LIFECYCLE: [&str; 5] = ["draft", "pending_activation", "active", "canceled", "unknown"];

/// What kind of values a parameter has, and where an invoice has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Customers,
    Words,
    Day(&'static str),
    Instant(&'static str),
    Amount(&'static str),
    /// With wildcards or without.
    Text(&'static str, bool),
    Search,
    /// Says what is shown, and filters nothing.
    View,
}

impl Kind {
    pub fn of(parameter: Parameter) -> Self {
        match parameter {
            Parameter::CustomerIds => Self::Customers,
            Parameter::Status | Parameter::PaymentStatus => Self::Words,
            Parameter::InvoiceDate => Self::Day("/dates/invoice"),
            Parameter::DueDate => Self::Day("/dates/due"),
            Parameter::CreatedAt => Self::Instant("/timestamps/created"),
            Parameter::ModifiedAt => Self::Instant("/timestamps/modified"),
            Parameter::ActivatedAt => Self::Instant("/timestamps/activated"),
            Parameter::Amount => Self::Amount("/amounts/total"),
            Parameter::Balance => Self::Amount("/amounts/balance"),
            Parameter::Number => Self::Text("/number", true),
            Parameter::PoNumber => Self::Text("/tracking/poNumbers", true),
            Parameter::ExternalId => Self::Text("/tracking/externalIds", false),
            Parameter::Currency => Self::Text("/currency", false),
            Parameter::Search => Self::Search,
            Parameter::ShowZeroDollarCharges | Parameter::ShowTrackedItems => Self::View,
        }
    }
}

/// One parameter with its values.
#[derive(Debug, Clone)]
pub struct Clause {
    pub parameter: Parameter,
    /// `gte` and such with its value, or an empty operator with all values.
    pub ends: Vec<(&'static str, Vec<String>)>,
    /// How words are spelled: the API takes several spellings.
    pub spelled: fn(&str) -> String,
}

impl Clause {
    pub fn new(parameter: Parameter, operator: &'static str, value: impl Into<String>) -> Self {
        Self::ranged(parameter, vec![(operator, value.into())])
    }

    pub fn ranged(parameter: Parameter, ends: Vec<(&'static str, String)>) -> Self {
        let ends = ends.into_iter().map(|(operator, value)| (operator, vec![value])).collect();
        Self { parameter, ends, spelled: str::to_owned }
    }

    pub fn any_of(parameter: Parameter, values: Vec<String>) -> Self {
        Self { parameter, ends: vec![("", values)], spelled: str::to_owned }
    }

    /// As it stands in a query string.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let name = self.parameter.word();
        let pairs = self.ends.iter().map(|(operator, values)| {
            let values: Vec<String> = values.iter().map(|value| (self.spelled)(value)).collect();
            let name = match *operator {
                "" => name.to_owned(),
                operator => format!("{name}[{operator}]"),
            };
            (name, values.join(","))
        });
        pairs.collect()
    }

    /// As a query string of its own.
    pub fn query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.pairs()).finish()
    }

    /// Whether an invoice answers it. Null answers no comparison.
    pub fn holds(&self, known: &Known) -> bool {
        self.ends.iter().all(|(operator, values)| match Kind::of(self.parameter) {
            Kind::Customers => values.iter().any(|value| is_customer(known, value)),
            Kind::Words => values.iter().any(|word| self.is_in_state(known, word)),
            Kind::Day(at) => known.text(at).is_some_and(|day| compares(operator, day, &values[0])),
            Kind::Instant(at) => {
                known.instant(at).is_some_and(|moment| comes(operator, moment, &values[0]))
            }
            Kind::Amount(at) => {
                let number = |text: &str| text.parse::<Decimal>().unwrap();
                let amount = known.text(at).map(number);
                amount.is_some_and(|amount| compares(operator, amount, number(&values[0])))
            }
            Kind::Text(at, wildcards) => {
                let texts = known.texts(at);
                values.iter().any(|value| match value.as_str() {
                    "[empty]" => texts.is_empty() || texts.contains(&""),
                    value if wildcards && value.contains('*') => {
                        texts.iter().any(|text| is_like(value.as_bytes(), text.as_bytes()))
                    }
                    value => texts.contains(&value),
                })
            }
            Kind::Search => {
                let words = values[0].to_lowercase();
                known.searched().iter().any(|text| text.to_lowercase().contains(&words))
            }
            Kind::View => true,
        })
    }

    fn is_in_state(&self, known: &Known, word: &str) -> bool {
        let is_lifecycle = self.parameter == Parameter::Status && LIFECYCLE.contains(&word);
        let field = if is_lifecycle { "/status" } else { "/paymentStatus" };
        known.text(field) == Some(word)
    }
}

/// A reference is one customer's; a bare id is taken for every connection.
fn is_customer(known: &Known, asked: &str) -> bool {
    let customer = known.text("/customer/id");
    if asked.contains(':') {
        customer == Some(asked)
    } else {
        customer == Some(format!("{}:{asked}", known.text("/connection").unwrap()).as_str())
    }
}

fn compares<T: PartialOrd>(operator: &str, value: T, with: T) -> bool {
    match operator {
        "" => value == with,
        "gte" => value >= with,
        "gt" => value > with,
        "lte" => value <= with,
        "lt" => value < with,
        _ => panic!("there is no operator {operator}"),
    }
}

/// With a day, it is the day that is compared: it stands for all its instants.
fn comes(operator: &str, moment: Timestamp, with: &str) -> bool {
    if with.len() == "YYYY-MM-DD".len() {
        compares(operator, &moment.to_string()[..10], with)
    } else {
        compares(operator, moment, with.parse().unwrap())
    }
}

/// `*` is any characters or none; all else is itself.
fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|skipped| is_like(rest, &text[skipped..])),
        Some((byte, rest)) => text.first() == Some(byte) && is_like(rest, &text[1..]),
    }
}
