//! Names of connections, and references to what lives behind them.

use std::fmt::{self, Write as _};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::Digest;

/// A key may have 2,048 bytes (aws R11): room is left for what stands around it.
const LONGEST_KEY: usize = 1024;
/// How much of a long reference is kept to be recognised by.
const KEPT: usize = 256;

/// The name the owner of the stack gave to one account at one provider:
/// 1 to 40 lower-case letters, digits and dashes, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionName(Arc<str>);

impl ConnectionName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConnectionName {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sound = (1..=40).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if sound { Ok(Self(text.into())) } else { Err(InvalidReference::Connection) }
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ConnectionName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ConnectionName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// The longest id, in bytes: as long as the address that has to hold it may be. Whatever
/// else a provider calls an invoice is its name.
pub const MAX_ID: usize = 8192;

/// What names an invoice or a customer to our callers:
/// `{connection}:{the provider's own id}`. It routes itself; nothing is stored.
///
/// A path cannot hold every id: API Gateway decodes it before it looks at it, so that a
/// `/` or a `?` would end the id there, encoded or not, and leave another. They and
/// control characters are written as `~2F`, `~3F` and their like (a `~` before what looks
/// like one of these, as `~7E`), and read either way.
///
/// Ordered by its text's parts: connection first, then id, bytewise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    connection: ConnectionName,
    id: Box<str>,
}

impl Reference {
    /// The reference to the provider's `id` behind `connection`.
    pub fn new(connection: &ConnectionName, id: impl Into<Box<str>>) -> Self {
        Self { connection: connection.clone(), id: id.into() }
    }

    /// The connection it leads to.
    pub fn connection(&self) -> &ConnectionName {
        &self.connection
    }

    /// The provider's own id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The reference as a part of a table's key, which may not be of any length: where
    /// the text is long, its beginning and a digest of all of it.
    pub fn key(&self) -> String {
        let text = self.to_string();
        if text.len() <= LONGEST_KEY {
            return text;
        }
        let digest = Digest::of(&[&text]);
        let end = (0..=KEPT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        format!("{}~~{digest}", text.get(..end).unwrap_or_default())
    }
}

impl FromStr for Reference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (connection, id) = text.split_once(':').ok_or(InvalidReference::NoConnection)?;
        let id = unescaped(id);
        if id.is_empty() || id.len() > MAX_ID {
            return Err(InvalidReference::Id);
        }
        Ok(Self { connection: connection.parse()?, id: id.into() })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.connection.as_str())?;
        f.write_str(":")?;
        if !self.id.bytes().any(|byte| byte == b'~' || is_escaped(byte)) {
            return f.write_str(&self.id);
        }
        for (at, character) in self.id.char_indices() {
            let rest = self.id.get(at..).unwrap_or_default();
            let byte = u8::try_from(character).ok().filter(|byte| is_escaped(*byte));
            match byte {
                Some(byte) => write!(f, "~{byte:02X}")?,
                None if escape(rest).is_some() => f.write_str("~7E")?,
                None => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

/// What a path cannot hold.
fn is_escaped(byte: u8) -> bool {
    matches!(byte, b'/' | b'?') || byte.is_ascii_control()
}

/// The character that an escape at the beginning of `text` stands for.
fn escape(text: &str) -> Option<char> {
    let digits = text.strip_prefix('~')?.get(..2)?;
    let is_hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    let byte = u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    (is_escaped(byte) || byte == b'~').then(|| char::from(byte))
}

fn unescaped(text: &str) -> String {
    let (mut id, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(character) = rest.chars().next() {
        let escaped = escape(rest);
        id.push(escaped.unwrap_or(character));
        let length = if escaped.is_some() { 3 } else { character.len_utf8() };
        rest = rest.get(length..).unwrap_or_default();
    }
    id
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Why a text is no reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReference {
    /// There is no colon.
    #[error("expected `connection:id`, such as `nue:c52f7158`")]
    NoConnection,
    /// What stands before the colon is no name.
    #[error("a connection's name is 1 to 40 lower-case letters, digits and dashes")]
    Connection,
    /// What stands after the colon is no id.
    #[error("an id has 1 to {MAX_ID} bytes")]
    Id,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_reads_as_it_is_written() {
        for text in ["nue:c52f7158-b164", "fusebill-eu:draft.77", "simplepin:a:b"] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn says_what_is_wrong_with_a_reference() {
        let why = |text: &str| text.parse::<Reference>().unwrap_err();
        assert_eq!(why("c52f7158"), InvalidReference::NoConnection);
        assert_eq!(why("Nue:1"), InvalidReference::Connection);
        assert_eq!(why(":1"), InvalidReference::Connection);
        assert_eq!(why("nue:"), InvalidReference::Id);
        assert_eq!(why(&format!("nue:{}", "x".repeat(MAX_ID + 1))), InvalidReference::Id);
    }

    #[test]
    fn any_id_is_read_from_what_a_path_can_hold() {
        let connection: ConnectionName = "nue".parse().unwrap();
        for (id, text) in [
            ("a/b", "nue:a~2Fb"),
            ("a?b", "nue:a~3Fb"),
            ("/", "nue:~2F"),
            ("a\nb\u{7f}", "nue:a~0Ab~7F"),
            ("50%25 #&=+", "nue:50%25 #&=+"),
            ("~", "nue:~"),
            ("~2F", "nue:~7E2F"),
            ("~7E2F", "nue:~7E7E2F"),
            ("~~2F", "nue:~~7E2F"),
            ("~41~2f~zz", "nue:~41~2f~zz"),
            ("\u{e9}~\u{1f511}", "nue:\u{e9}~\u{1f511}"),
        ] {
            let reference = Reference::new(&connection, id);
            assert_eq!(reference.to_string(), text);
            assert_eq!(text.parse::<Reference>().unwrap(), reference);
        }
        let plain: Reference = "nue:a/b?c".parse().unwrap();
        assert_eq!(plain.id(), "a/b?c", "where it is no path, it may stand as it is");
    }

    #[test]
    fn a_long_reference_has_a_key_of_its_own() {
        let long = |last: &str| format!("nue:{}{last}", "\u{e9}".repeat(2000));
        let key = |text: &str| text.parse::<Reference>().unwrap().key();
        let (one, other) = (key(&long("1")), key(&long("2")));
        assert!(one.len() < LONGEST_KEY && one.starts_with("nue:"), "{one}");
        assert_ne!(one, other);
        assert_eq!(key("nue:inv-1"), "nue:inv-1");
    }
}
