//! The one table, as far as the house needs it: items by key, and what must hold
//! of an item for it to be changed. Conditions are data, so that a test's table
//! decides by the very same ones as DynamoDB.

mod attribute;
#[cfg(test)]
pub(crate) mod drawn;
mod dynamo;
#[cfg(any(test, feature = "testing"))]
mod fake;
pub mod parted;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use async_trait::async_trait;

pub(crate) use attribute::stored;
pub use attribute::{
    Attribute, AttributeValue, Milliseconds, OrEmpty, PackedJson, Seconds, Stored, Unreadable,
};
pub use dynamo::DynamoTable;
#[cfg(any(test, feature = "testing"))]
pub use fake::FakeTable;

/// The attribute by which DynamoDB deletes an item some time (up to days:
/// aws R13) after it has passed: a moment in seconds of the epoch.
pub const EXPIRES_AT: &str = "expiresAt";

/// The most bytes of a body in one item: it holds 400 KB (aws R11), its attributes'
/// names and its key included.
pub const MOST_OF_ITEM: usize = 380 * 1024;

/// The most items that are asked for at once (aws R12).
pub const MOST_AT_ONCE: usize = 100;

/// A table of items, each under its key.
#[async_trait]
pub trait Table: Send + Sync {
    /// The item, as the last write left it.
    ///
    /// # Errors
    /// When the table is out of reach.
    async fn get(&self, key: &str) -> Result<Option<Item>, TableError>;

    /// The items of these keys, each as the last write left it, by their keys; what is not
    /// there is not among them. One round trip, unless the table has to be asked
    /// again for what it could not give at once (more than 16 MB: aws R12).
    ///
    /// At most [`MOST_AT_ONCE`] keys, each named once.
    ///
    /// # Errors
    /// When the table is out of reach, or does not give all of them.
    async fn get_all(&self, keys: &[String]) -> Result<HashMap<String, Item>, TableError>;

    /// Puts the whole item, if `condition` holds of the one that is there.
    ///
    /// # Errors
    /// When the table is out of reach; it may have been put then.
    async fn put(
        &self,
        key: &str,
        item: Item,
        condition: &Condition,
    ) -> Result<Changed, TableError>;

    /// Sets these attributes and leaves the others, if `condition` holds.
    ///
    /// # Errors
    /// When the table is out of reach; they may have been set then.
    async fn update(
        &self,
        key: &str,
        set: Item,
        condition: &Condition,
    ) -> Result<Changed, TableError>;

    /// Adds `number` to an attribute, which is 0 where there is none.
    ///
    /// # Errors
    /// When the table is out of reach; it may have been added then, even twice.
    async fn add(&self, key: &str, name: &'static str, number: i64) -> Result<(), TableError>;

    /// Deletes the item, if `condition` holds.
    ///
    /// # Errors
    /// When the table is out of reach; it may have been deleted then.
    async fn delete(&self, key: &str, condition: &Condition) -> Result<Changed, TableError>;
}

/// What came of a conditional change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// The change is done.
    Done,
    /// The condition does not hold of this item (none, where there is none).
    Refused(Option<Item>),
}

/// Why the table cannot be used; for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The table cannot be reached, or does not answer in time.
    #[error("it cannot be reached")]
    Unreachable,
    /// The table refuses, by its own code.
    #[error("it refuses ({0})")]
    Refused(String),
}

/// A value of an attribute.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// An item's attributes, beside its key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Item(BTreeMap<String, Value>);

/// Names only: what customers' comments say is in the values.
impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Item {
    /// With a text.
    #[must_use]
    pub fn text(self, name: &str, text: impl Into<String>) -> Self {
        self.with(name, Value::Text(text.into()))
    }

    /// With a number.
    #[must_use]
    pub fn number(self, name: &str, number: i64) -> Self {
        self.with(name, Value::Number(number))
    }

    /// With bytes.
    #[must_use]
    pub fn bytes(self, name: &str, bytes: Vec<u8>) -> Self {
        self.with(name, Value::Bytes(bytes))
    }

    /// With a value.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// A text of it.
    pub fn get_text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A number of it.
    pub fn get_number(&self, name: &str) -> Option<i64> {
        match self.get(name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// Bytes of it.
    pub fn get_bytes(&self, name: &str) -> Option<&[u8]> {
        match self.get(name) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// Bytes of it, taken out of it.
    pub fn take_bytes(&mut self, name: &str) -> Option<Vec<u8>> {
        match self.0.remove(name) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// A value of it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All of it.
    pub fn into_values(self) -> impl Iterator<Item = (String, Value)> {
        self.0.into_iter()
    }
}

impl FromIterator<(String, Value)> for Item {
    fn from_iter<T: IntoIterator<Item = (String, Value)>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

/// What must hold of an item for it to be changed: all tests of any one of
/// these groups. Without a group, nothing need hold.
#[derive(Clone, Default)]
pub struct Condition {
    groups: Vec<Vec<Test>>,
}

/// One test of an item. An attribute that is not there is equal to nothing, and
/// at most nothing.
#[derive(Clone)]
pub enum Test {
    /// There is no item.
    Absent,
    /// There is one.
    Present,
    /// The attribute is this.
    Is(&'static str, Value),
    /// The attribute is a number, and at most this one.
    AtMost(&'static str, i64),
}

impl Condition {
    /// Nothing need hold.
    pub fn always() -> Self {
        Self::default()
    }

    /// All of these tests.
    pub fn all(tests: impl IntoIterator<Item = Test>) -> Self {
        Self::default().or(tests)
    }

    /// Or all of these.
    #[must_use]
    pub fn or(mut self, tests: impl IntoIterator<Item = Test>) -> Self {
        self.groups.push(tests.into_iter().collect());
        self
    }

    /// The groups of tests.
    pub fn groups(&self) -> &[Vec<Test>] {
        &self.groups
    }
}
