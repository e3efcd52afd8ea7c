//! Names of connections, and references to what lives behind them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

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

/// What names an invoice or a customer to our callers:
/// `{connection}:{the provider's own id}`. It routes itself; nothing is stored.
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
}

impl FromStr for Reference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (connection, id) = text.split_once(':').ok_or(InvalidReference::NoConnection)?;
        if id.is_empty() || id.len() > 200 || id.chars().any(char::is_control) {
            return Err(InvalidReference::Id);
        }
        Ok(Self { connection: connection.parse()?, id: id.into() })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.connection, self.id)
    }
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
    #[error("an id has 1 to 200 characters")]
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
        assert_eq!(why("nue:a\nb"), InvalidReference::Id);
    }
}
