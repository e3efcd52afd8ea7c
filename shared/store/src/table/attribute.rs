//! What an item says, typed. Each kind of item is one struct, made by [`stored!`] from a
//! table of its attributes: there each attribute's name and type stand once, and reading,
//! writing, partial changes and conditions all go by them.
//!
//! A struct holds what is written together. An item that is written in several strokes (a
//! lock, and what is sent under it) is read as several structs.

use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Item, Test, Value};
use crate::packing::{pack, unpack};

/// An attribute of a kind of item: its name, and what type its value has.
pub struct Attribute<T> {
    name: &'static str,
    of: PhantomData<fn() -> T>,
}

/// A type that an attribute can have.
pub trait AttributeValue: Sized {
    /// The value to store; none where nothing is stored of it.
    fn into_value(self) -> Option<Value>;

    /// What is stored; none where that can be none of this type.
    fn from_value(value: Option<&Value>) -> Option<Self>;
}

/// An attribute of an item that cannot be read: it is not there, or is something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its attribute `{0}` cannot be read")]
pub struct Unreadable(pub &'static str);

impl<T> Attribute<T> {
    /// The attribute of this name.
    pub const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }

    /// The attribute's name.
    pub fn name(self) -> &'static str {
        self.name
    }
}

impl<T> Clone for Attribute<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Attribute<T> {}

impl<T: AttributeValue> Attribute<T> {
    /// What `item` says of it.
    ///
    /// # Errors
    /// When it is not there and has to be, or is something else.
    pub fn read(self, item: &Item) -> Result<T, Unreadable> {
        T::from_value(item.get(self.name)).ok_or(Unreadable(self.name))
    }
}

impl<T: Into<Value>> Attribute<T> {
    /// The test that it is this.
    pub fn is(self, value: impl Into<T>) -> Test {
        Test::Is(self.name, value.into().into())
    }
}

impl Attribute<Milliseconds> {
    /// The test that it is no later than this.
    pub fn at_most(self, moment: Timestamp) -> Test {
        Test::AtMost(self.name, moment.as_millisecond())
    }
}

impl Attribute<Seconds> {
    /// The test that it is no later than this.
    pub fn at_most(self, moment: Timestamp) -> Test {
        Test::AtMost(self.name, moment.as_second())
    }
}

impl Item {
    /// With what `attribute` says.
    #[must_use]
    pub fn set<T: AttributeValue>(self, attribute: Attribute<T>, value: impl Into<T>) -> Self {
        match value.into().into_value() {
            Some(value) => self.with(attribute.name, value),
            None => self,
        }
    }

    /// With all that `other` says.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

/// What is stored of one kind of item, or of one stroke in which it is written.
pub trait Stored: Sized {
    /// What `item` says.
    ///
    /// # Errors
    /// When an attribute is not there that has to be, or is something else. What the
    /// item says beside is passed over: a later stroke wrote it.
    fn from_item(item: &Item) -> Result<Self, Unreadable>;

    /// The attributes to write.
    fn into_item(self) -> Item;
}

/// Makes the struct of one kind of item out of the table of its attributes.
macro_rules! stored {
    ($(#[$about:meta])* $vis:vis struct $kind:ident {
        $($(#[$says:meta])* $field:ident: $of:ty = $attribute:ident($name:expr),)*
    }) => {
        $(#[$about])*
        #[cfg_attr(test, derive(Debug, Clone, PartialEq, Eq))]
        $vis struct $kind {
            $($(#[$says])* pub $field: $of,)*
        }

        impl $kind {
            $($(#[$says])* pub const $attribute: $crate::table::Attribute<$of> =
                $crate::table::Attribute::new($name);)*
        }

        impl $crate::table::Stored for $kind {
            fn from_item(
                item: &$crate::table::Item,
            ) -> Result<Self, $crate::table::Unreadable> {
                Ok(Self { $($field: Self::$attribute.read(item)?,)* })
            }

            fn into_item(self) -> $crate::table::Item {
                $crate::table::Item::default()$(.set(Self::$attribute, self.$field))*
            }
        }

        #[cfg(test)]
        impl $crate::table::drawn::Drawn for $kind {
            fn drawn(random: &mut fastrand::Rng) -> Self {
                Self { $($field: $crate::table::drawn::Drawn::drawn(random),)* }
            }
        }
    };
}

pub(crate) use stored;

/// A moment, stored in milliseconds of the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Milliseconds(pub Timestamp);

/// A moment, stored in seconds of the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds(pub Timestamp);

/// A text that is empty where there is none: a change leaves what it does not name, and
/// so takes nothing back but by saying that it is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrEmpty(pub Option<String>);

impl OrEmpty {
    /// Whether it is this text.
    pub fn is(&self, text: &str) -> bool {
        self.0.as_deref() == Some(text)
    }
}

/// A value as compressed JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedJson<T>(pub T);

impl From<Timestamp> for Milliseconds {
    fn from(moment: Timestamp) -> Self {
        Self(moment)
    }
}

impl From<Timestamp> for Seconds {
    fn from(moment: Timestamp) -> Self {
        Self(moment)
    }
}

impl<T: Into<String>> From<Option<T>> for OrEmpty {
    fn from(text: Option<T>) -> Self {
        Self(text.map(Into::into))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<OrEmpty> for Value {
    fn from(text: OrEmpty) -> Self {
        Self::Text(text.0.unwrap_or_default())
    }
}

impl AttributeValue for String {
    fn into_value(self) -> Option<Value> {
        Some(Value::Text(self))
    }

    fn from_value(value: Option<&Value>) -> Option<Self> {
        match value {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }
}

impl AttributeValue for i64 {
    fn into_value(self) -> Option<Value> {
        Some(Value::Number(self))
    }

    fn from_value(value: Option<&Value>) -> Option<Self> {
        match value {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

impl AttributeValue for Vec<u8> {
    fn into_value(self) -> Option<Value> {
        Some(Value::Bytes(self))
    }

    fn from_value(value: Option<&Value>) -> Option<Self> {
        match value {
            Some(Value::Bytes(bytes)) => Some(bytes.clone()),
            _ => None,
        }
    }
}

/// Stored as a number: 0 or 1.
impl AttributeValue for bool {
    fn into_value(self) -> Option<Value> {
        i64::from(self).into_value()
    }

    fn from_value(value: Option<&Value>) -> Option<Self> {
        match i64::from_value(value)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl AttributeValue for $number {
            fn into_value(self) -> Option<Value> {
                i64::try_from(self).unwrap_or(i64::MAX).into_value()
            }

            fn from_value(value: Option<&Value>) -> Option<Self> {
                Self::try_from(i64::from_value(value)?).ok()
            }
        }
    )*};
}

numbers!(u16, u32, u64, usize);

impl AttributeValue for Milliseconds {
    fn into_value(self) -> Option<Value> {
        self.0.as_millisecond().into_value()
    }

    fn from_value(value: Option<&Value>) -> Option<Self> {
        Timestamp::from_millisecond(i64::from_value(value)?).ok().map(Self)
    }
}

impl AttributeValue for Seconds {
    fn into_value(self) -> Option<Value> {
        self.0.as_second().into_value()
    }

    fn from_value(value: Option<&Value>) -> Option<Self> {
        Timestamp::from_second(i64::from_value(value)?).ok().map(Self)
    }
}

/// What is not there is empty, too: its stroke may not have been written.
impl AttributeValue for OrEmpty {
    fn into_value(self) -> Option<Value> {
        Some(self.into())
    }

    fn from_value(value: Option<&Value>) -> Option<Self> {
        let text: Option<String> = AttributeValue::from_value(value)?;
        Some(Self(text.filter(|text| !text.is_empty())))
    }
}

/// Not stored where it is none.
impl<T: AttributeValue> AttributeValue for Option<T> {
    fn into_value(self) -> Option<Value> {
        self.and_then(T::into_value)
    }

    fn from_value(value: Option<&Value>) -> Option<Self> {
        match value {
            None => Some(None),
            there => T::from_value(there).map(Some),
        }
    }
}

impl<T: Serialize + DeserializeOwned> AttributeValue for PackedJson<T> {
    fn into_value(self) -> Option<Value> {
        // Texts and numbers alone: writing them cannot fail.
        Some(Value::Bytes(pack(&serde_json::to_string(&self.0).unwrap_or_default())))
    }

    fn from_value(value: Option<&Value>) -> Option<Self> {
        match value {
            Some(Value::Bytes(bytes)) => invoice::json::read(&unpack(bytes)?).ok().map(Self),
            _ => None,
        }
    }
}

impl<T> fmt::Debug for Attribute<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Attribute").field(&self.name).finish()
    }
}
