//! What is altered of an item.

use std::io::Write;

use arbitrary::Arbitrary;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use store::table::{Item, Value};

/// Numbers that mean something: versions, states, the ends of what times can be, and counts
/// that nobody has.
const NUMBERS: [i64; 16] = [
    0,
    1,
    2,
    3,
    4,
    -1,
    7,
    i64::MAX,
    i64::MIN,
    253_402_207_200,
    253_402_207_200_000,
    -377_705_023_201,
    1_893_456_000,
    1_893_456_026_000,
    4_294_967_296,
    65_536,
];
/// Texts that mean something.
const TEXTS: [&str; 16] = [
    "",
    "claimed",
    "sending",
    "running",
    "done",
    "activate",
    "cancel",
    "delete",
    "update",
    "unknown",
    "null",
    "{}",
    "[]",
    "2030-02-30",
    "m-1",
    "told",
];
/// Names beside those that the items have.
const NAMES: [&str; 6] = ["body", "parts", "partsOf", "version", "ofALaterVersion", "expiresAt"];

/// What is altered of one item.
#[derive(Debug, Arbitrary)]
pub struct Alteration {
    /// The item.
    pub place: u8,
    name: u8,
    to: To,
}

#[derive(Debug, Arbitrary)]
enum To {
    Nothing,
    Known(u8),
    Number(i64),
    NearNumber(u8, i16),
    KnownText(u8),
    Text(String),
    Bytes(Vec<u8>),
    /// A text as JSON is packed.
    Packed(String),
    /// What another item has under another name.
    Others(u8, u8),
    /// The same bytes, but for one.
    Flipped(u8, u8),
}

impl Alteration {
    /// The item, altered; `all` are those that there are.
    pub fn of(&self, item: Item, all: &[(String, Item)]) -> Item {
        let names: Vec<String> = item.clone().into_values().map(|(name, _)| name).collect();
        let place = usize::from(self.name) % (names.len() + NAMES.len());
        let name =
            names.get(place).cloned().unwrap_or_else(|| NAMES[place - names.len()].to_owned());
        let value = match &self.to {
            To::Nothing => return item.into_values().filter(|(other, _)| *other != name).collect(),
            To::Known(number) => Value::Number(NUMBERS[usize::from(*number) % NUMBERS.len()]),
            To::Number(number) => Value::Number(*number),
            To::NearNumber(number, by) => {
                let near =
                    item.get_number(&name).unwrap_or(NUMBERS[usize::from(*number) % NUMBERS.len()]);
                Value::Number(near.saturating_add(i64::from(*by) * 1_000))
            }
            To::KnownText(text) => Value::Text(TEXTS[usize::from(*text) % TEXTS.len()].to_owned()),
            To::Text(text) => Value::Text(text.clone()),
            To::Bytes(bytes) => Value::Bytes(bytes.clone()),
            To::Packed(text) => Value::Bytes(packed(text.as_bytes())),
            To::Others(place, other) => {
                let (_, from) = &all[usize::from(*place) % all.len()];
                let values: Vec<(String, Value)> = from.clone().into_values().collect();
                values[usize::from(*other) % values.len()].1.clone()
            }
            To::Flipped(at, with) => match item.get(&name) {
                Some(Value::Bytes(bytes)) if !bytes.is_empty() => {
                    let mut bytes = bytes.clone();
                    let at = usize::from(*at) % bytes.len();
                    bytes[at] ^= with;
                    Value::Bytes(bytes)
                }
                Some(Value::Text(text)) => {
                    let text = text.chars().enumerate();
                    Value::Text(
                        text.map(
                            |(place, c)| {
                                if place == usize::from(*at) { char::from(*with) } else { c }
                            },
                        )
                        .collect(),
                    )
                }
                Some(Value::Number(number)) => Value::Number(number ^ (1 << (at % 63))),
                _ => Value::Bytes(vec![*with]),
            },
        };
        item.with(&name, value)
    }

    /// A number and a text of it, for items of another table.
    pub fn scalars(&self) -> (u8, Option<i64>, Option<&str>, Option<&[u8]>) {
        match &self.to {
            To::Known(number) => {
                (self.name, Some(NUMBERS[usize::from(*number) % NUMBERS.len()]), None, None)
            }
            To::Number(number) => (self.name, Some(*number), None, None),
            To::KnownText(text) => {
                (self.name, None, Some(TEXTS[usize::from(*text) % TEXTS.len()]), None)
            }
            To::Text(text) | To::Packed(text) => (self.name, None, Some(text), None),
            To::Bytes(bytes) => (self.name, None, None, Some(bytes)),
            _ => (self.name, None, None, None),
        }
    }
}

/// Bytes, as a text is packed.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}
