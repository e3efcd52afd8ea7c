//! One order over the invoices of all connections.

use std::cmp::Ordering;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::status::words;
use crate::{Digest, Invoice, Parameter, Reference};

words! {
    /// What listings can be sorted by.
    SortKey {
        /// The date on the invoice.
        InvoiceDate = "invoiceDate",
        /// When it is to be paid.
        DueDate = "dueDate",
        /// When it came to be.
        CreatedAt = "createdAt",
        /// When it last changed.
        ModifiedAt = "modifiedAt",
        /// The total, by its number: currencies are not converted.
        Amount = "amount",
        /// The balance, by its number: currencies are not converted.
        Balance = "balance",
        /// The number, as people read it: `INV-9` before `INV-10`.
        Number = "number",
    }
}

/// An order: invoices that lack the key come last either way, and equals
/// stand by their reference, ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// What to sort by.
    pub key: SortKey,
    /// Greatest first.
    pub descending: bool,
}

impl SortKey {
    /// The parameter that filters by the same: a provider that has no such data
    /// has nothing to sort by either.
    pub fn parameter(self) -> Parameter {
        match self {
            Self::InvoiceDate => Parameter::InvoiceDate,
            Self::DueDate => Parameter::DueDate,
            Self::CreatedAt => Parameter::CreatedAt,
            Self::ModifiedAt => Parameter::ModifiedAt,
            Self::Amount => Parameter::Amount,
            Self::Balance => Parameter::Balance,
            Self::Number => Parameter::Number,
        }
    }
}

/// As callers write it: `-` in front of the greatest first.
impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.descending { "-" } else { "" };
        write!(f, "{sign}{}", self.key.word())
    }
}

/// The value an invoice is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SortValue {
    /// A civil date.
    Date(Date),
    /// An instant.
    Instant(Timestamp),
    /// An amount, whatever its currency; exact.
    #[serde(with = "decimal_text")]
    Amount(Decimal),
    /// A text in natural order.
    Text(String),
}

mod decimal_text {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&value.normalize())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let text = String::deserialize(deserializer)?;
        Decimal::from_str_exact(&text).map_err(D::Error::custom)
    }
}

impl SortValue {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Instant(a), Self::Instant(b)) => a.cmp(b),
            (Self::Amount(a), Self::Amount(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => natural(a, b),
            // One key has one kind of value; a forged cursor may not.
            _ => Ordering::Equal,
        }
    }
}

/// Where an invoice stands in an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The key's value, if the invoice has one.
    #[serde(rename = "v")]
    pub value: Option<SortValue>,
    /// The invoice; under a shorter name where its own is too long to travel, or
    /// no reference that could be read again.
    #[serde(rename = "r")]
    pub reference: Reference,
    /// Whether the reference is a shorter name, which stands elsewhere among its
    /// equals than the invoice's own would.
    #[serde(rename = "b", default, skip_serializing_if = "is_false")]
    pub is_abridged: bool,
}

/// The longest text, in bytes, that a position holds as it is. What is longer is
/// compared by its beginning, and told apart by the reference.
const MAX_TEXT: usize = 100;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_false(value: &bool) -> bool {
    !value
}

/// As much of `text` as a position holds.
fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or_default()
}

/// The reference as it is; or one as good, that is short and can be read again.
fn abridged(reference: &Reference) -> (Reference, bool) {
    let id = reference.id();
    if id.len() <= MAX_TEXT && !id.is_empty() && !id.chars().any(char::is_control) {
        return (reference.clone(), false);
    }
    let plain: String = beginning(id).chars().filter(|c| !c.is_control()).collect();
    let name = format!("{plain}~{:.32}", Digest::of(&[id]));
    (Reference::new(reference.connection(), name), true)
}

impl Sort {
    /// The order's name as callers write it.
    pub fn canonical(self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.key.word())
    }

    /// Where `invoice` stands.
    pub fn position(self, invoice: &Invoice) -> Position {
        let (reference, is_abridged) = abridged(&invoice.id);
        Position { value: self.value(invoice), reference, is_abridged }
    }

    fn value(self, invoice: &Invoice) -> Option<SortValue> {
        match self.key {
            SortKey::InvoiceDate => invoice.dates.invoice.map(SortValue::Date),
            SortKey::DueDate => invoice.dates.due.map(SortValue::Date),
            SortKey::CreatedAt => invoice.timestamps.created.map(SortValue::Instant),
            SortKey::ModifiedAt => invoice.timestamps.modified.map(SortValue::Instant),
            SortKey::Amount => invoice.amounts.total.map(|a| SortValue::Amount(a.value())),
            SortKey::Balance => invoice.amounts.balance.map(|a| SortValue::Amount(a.value())),
            SortKey::Number => invoice
                .number
                .as_deref()
                .map(|number| SortValue::Text(beginning(number).to_owned())),
        }
    }

    /// Which of two positions comes first.
    pub fn cmp(self, a: &Position, b: &Position) -> Ordering {
        self.cmp_values(a.value.as_ref(), b.value.as_ref())
            .then_with(|| a.reference.cmp(&b.reference))
    }

    /// Which of two values of the sort's key comes first: what a provider's own order
    /// is held to, which knows nothing of our references.
    pub fn cmp_values(self, a: Option<&SortValue>, b: Option<&SortValue>) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) if self.descending => b.cmp(a),
            (Some(a), Some(b)) => a.cmp(b),
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (None, None) => Ordering::Equal,
        }
    }
}

/// Runs of digits by their number, everything else bytewise; texts that read
/// alike (`7`, `07`) are told apart bytewise, so the order is total.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a.as_bytes(), b.as_bytes());
    loop {
        let (digits_a, digits_b) = (digits(rest_a), digits(rest_b));
        if digits_a > 0 && digits_b > 0 {
            let (run_a, tail_a) = rest_a.split_at(digits_a);
            let (run_b, tail_b) = rest_b.split_at(digits_b);
            match by_number(run_a, run_b) {
                Ordering::Equal => (rest_a, rest_b) = (tail_a, tail_b),
                decided => return decided,
            }
            continue;
        }
        match (rest_a.split_first(), rest_b.split_first()) {
            (Some((byte_a, tail_a)), Some((byte_b, tail_b))) if byte_a == byte_b => {
                (rest_a, rest_b) = (tail_a, tail_b);
            }
            (first_a, first_b) => {
                let (first_a, first_b) =
                    (first_a.map(|(byte, _)| byte), first_b.map(|(byte, _)| byte));
                return first_a.cmp(&first_b).then_with(|| a.cmp(b));
            }
        }
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn by_number(a: &[u8], b: &[u8]) -> Ordering {
    let significant =
        |run: &[u8]| run.iter().copied().skip_while(|byte| *byte == b'0').collect::<Vec<_>>();
    let (a, b) = (significant(a), significant(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_as_people_read_them() {
        let mut numbers = [
            "INV-10",
            "INV-9",
            "290",
            "283",
            "INV-",
            "",
            "INV-09",
            "1000000000000000000000000",
            "INV-9a",
        ];
        numbers.sort_by(|a, b| natural(a, b));
        assert_eq!(
            numbers,
            [
                "",
                "283",
                "290",
                "1000000000000000000000000",
                "INV-",
                "INV-09",
                "INV-9",
                "INV-9a",
                "INV-10"
            ]
        );
    }

    #[test]
    fn what_lacks_the_key_comes_last_in_both_directions() {
        let at = |value: Option<&str>, id: &str| Position {
            value: value.map(|text| SortValue::Text(text.into())),
            reference: id.parse().unwrap(),
            is_abridged: false,
        };
        for descending in [false, true] {
            let sort = Sort { key: SortKey::Number, descending };
            assert_eq!(sort.cmp(&at(None, "nue:a"), &at(Some("1"), "nue:b")), Ordering::Greater);
            assert_eq!(sort.cmp(&at(Some("1"), "nue:a"), &at(Some("1"), "nue:b")), Ordering::Less);
        }
        let sort = Sort { key: SortKey::Number, descending: true };
        assert_eq!(sort.cmp(&at(Some("2"), "nue:b"), &at(Some("1"), "nue:a")), Ordering::Less);
    }

    #[test]
    fn a_position_is_short_and_can_be_read_again_whatever_its_invoice() {
        let sort = Sort { key: SortKey::Number, descending: false };
        let connection = "nue".parse().unwrap();
        let place = |id: String, number: String| {
            let id = Reference::new(&connection, id);
            let mut invoice = Invoice::unknown(id, "nue", crate::Direction::Receivable);
            invoice.number = Some(number);
            sort.position(&invoice)
        };
        let long = "\u{e9}".repeat(5_000);
        let places = [
            place(format!("{long}1"), format!("{long}1")),
            place(format!("{long}2"), format!("{long}2")),
            place("a\u{1}b".to_owned(), "7".to_owned()),
            place("a\u{2}b".to_owned(), "7".to_owned()),
        ];
        for position in &places {
            let text = serde_json::to_string(position).unwrap();
            assert!(text.len() < 500, "{}", text.len());
            assert_eq!(&serde_json::from_str::<Position>(&text).unwrap(), position);
            assert!(position.is_abridged);
        }
        assert_ne!(sort.cmp(&places[0], &places[1]), Ordering::Equal);
        assert_ne!(sort.cmp(&places[2], &places[3]), Ordering::Equal);
        let usual = place("c52f7158".to_owned(), "INV-7".to_owned());
        assert_eq!((usual.reference.id(), usual.is_abridged), ("c52f7158", false));
    }
}
