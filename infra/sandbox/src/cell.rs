//! One field's value: how it is written, and how it compares.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use rust_decimal::Decimal;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Text that is often a constant.
pub(crate) type Text = Cow<'static, str>;

/// What kind of values a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Bool,
    Date,
    Time,
    Nested,
}

/// How a provider writes an instant, always in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeStyle {
    /// `2025-06-30T09:58:13.844+00:00`
    MillisecondsOffset,
    /// `2017-06-12T19:48:51`
    Seconds,
    /// `2023-03-24T21:08:42.974067`
    Microseconds,
}

impl TimeStyle {
    fn write(self, at: Timestamp) -> String {
        let at = Offset::UTC.to_datetime(at);
        match self {
            TimeStyle::MillisecondsOffset => format!("{at:.3}+00:00"),
            TimeStyle::Seconds => format!("{at:.0}"),
            TimeStyle::Microseconds => format!("{at:.6}"),
        }
    }
}

/// One field's value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// The object does not have the field.
    Absent,
    Null,
    Bool(bool),
    Number(Decimal),
    Text(Cow<'a, str>),
    Date(Date),
    /// An instant, and how this provider writes it.
    Time(Timestamp, TimeStyle),
    /// An object or a list, as JSON text.
    Nested(String),
}

impl Cell<'_> {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Cell::Absent | Cell::Null)
    }

    /// The order of two values of one kind; `None` where there is none.
    pub(crate) fn order(&self, other: &Cell<'_>) -> Option<Ordering> {
        match (self, other) {
            (Cell::Bool(a), Cell::Bool(b)) => Some(a.cmp(b)),
            (Cell::Number(a), Cell::Number(b)) => Some(a.cmp(b)),
            (Cell::Text(a), Cell::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
            (Cell::Date(a), Cell::Date(b)) => Some(a.cmp(b)),
            (Cell::Time(a, _), Cell::Time(b, _)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// The order with nulls below everything, as SQL Server sorts.
    pub(crate) fn order_nulls_lowest(&self, other: &Cell<'_>) -> Ordering {
        other
            .is_null()
            .cmp(&self.is_null())
            .then_with(|| self.order(other).unwrap_or(Ordering::Equal))
    }

    /// Writes the value as JSON.
    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Cell::Absent | Cell::Null => out.push_str("null"),
            Cell::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Cell::Number(value) => out.push_str(&value.to_string()),
            Cell::Text(value) => write_text(value, out),
            Cell::Date(value) => write_text(&value.to_string(), out),
            Cell::Time(at, style) => write_text(&style.write(*at), out),
            Cell::Nested(json) => out.push_str(json),
        }
    }
}

/// Writes a JSON string.
pub(crate) fn write_text(text: &str, out: &mut String) {
    // A string cannot fail to become JSON; the debug form would only differ for
    // characters that need escaping.
    let json = serde_json::to_string(text).unwrap_or_else(|_| format!("{text:?}"));
    out.push_str(&json);
}

/// A type that can be a field.
pub(crate) trait Column {
    const KIND: Kind;
    fn cell(&self) -> Cell<'_>;
}

impl Column for Text {
    const KIND: Kind = Kind::Text;
    fn cell(&self) -> Cell<'_> {
        Cell::Text(Cow::Borrowed(self))
    }
}

impl Column for bool {
    const KIND: Kind = Kind::Bool;
    fn cell(&self) -> Cell<'_> {
        Cell::Bool(*self)
    }
}

impl Column for i64 {
    const KIND: Kind = Kind::Number;
    fn cell(&self) -> Cell<'_> {
        Cell::Number(Decimal::from(*self))
    }
}

impl Column for Date {
    const KIND: Kind = Kind::Date;
    fn cell(&self) -> Cell<'_> {
        Cell::Date(*self)
    }
}

impl<T: Column> Column for Option<T> {
    const KIND: Kind = T::KIND;
    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Null, Column::cell)
    }
}

/// A field that some objects do not have at all.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct IfPresent<T>(pub(crate) Option<T>);

impl<T> Default for IfPresent<T> {
    fn default() -> Self {
        IfPresent(None)
    }
}

impl<T: Column> Column for IfPresent<T> {
    const KIND: Kind = T::KIND;
    fn cell(&self) -> Cell<'_> {
        self.0.as_ref().map_or(Cell::Absent, Column::cell)
    }
}

/// An exact number that keeps its trailing zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Money(pub(crate) Decimal);

impl Column for Money {
    const KIND: Kind = Kind::Number;
    fn cell(&self) -> Cell<'_> {
        Cell::Number(self.0)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
        Decimal::from_str_exact(raw.get()).map(Money).map_err(D::Error::custom)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string()).map_err(serde::ser::Error::custom)?.serialize(to)
    }
}

/// An object or a list that is kept as text.
#[derive(Clone, Debug)]
pub(crate) struct Json(pub(crate) Text);

impl Column for Json {
    const KIND: Kind = Kind::Nested;
    fn cell(&self) -> Cell<'_> {
        Cell::Nested(self.0.clone().into_owned())
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
        Ok(Json(Cow::Owned(raw.get().to_owned())))
    }
}

/// An object or a list that has a type of its own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Nested<T>(pub(crate) T);

impl<T: Serialize> Column for Nested<T> {
    const KIND: Kind = Kind::Nested;
    fn cell(&self) -> Cell<'_> {
        serde_json::to_string(&self.0).map_or(Cell::Null, Cell::Nested)
    }
}

/// An instant written `2025-06-30T09:58:13.844+00:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl Instant {
    /// Midnight UTC plus so many milliseconds.
    pub(crate) fn on(day: Date, milliseconds: i64) -> Self {
        let midnight = utc(day.to_datetime(jiff::civil::Time::midnight()));
        let later = jiff::SignedDuration::from_millis(milliseconds);
        Instant(midnight.checked_add(later).unwrap_or(midnight))
    }

    /// The present, to the millisecond as it is written, and after `last`: a
    /// change is always seen.
    pub(crate) fn after(last: Instant) -> Self {
        let now = Timestamp::from_millisecond(Timestamp::now().as_millisecond());
        let least = last.0.checked_add(jiff::SignedDuration::from_millis(1)).unwrap_or(last.0);
        Instant(now.unwrap_or(least).max(least))
    }
}

impl Column for Instant {
    const KIND: Kind = Kind::Time;
    fn cell(&self) -> Cell<'_> {
        Cell::Time(self.0, TimeStyle::MillisecondsOffset)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map(Instant).map_err(D::Error::custom)
    }
}

/// A date and time without a zone, which is UTC, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Zoneless(pub(crate) DateTime);

impl Zoneless {
    /// The present, to the second as it is written.
    pub(crate) fn now() -> Self {
        let now = Timestamp::from_second(Timestamp::now().as_second());
        Zoneless(Offset::UTC.to_datetime(now.unwrap_or_default()))
    }

    /// The present, and after `last`: a change is always seen.
    pub(crate) fn after(last: Zoneless) -> Self {
        Zoneless::now().max(Zoneless(last.0.saturating_add(jiff::Span::new().seconds(1))))
    }
}

impl Column for Zoneless {
    const KIND: Kind = Kind::Time;
    fn cell(&self) -> Cell<'_> {
        Cell::Time(utc(self.0), TimeStyle::Seconds)
    }
}

/// A date and time without a zone, which is UTC, to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub(crate) struct Micros(pub(crate) DateTime);

impl Column for Micros {
    const KIND: Kind = Kind::Time;
    fn cell(&self) -> Cell<'_> {
        Cell::Time(utc(self.0), TimeStyle::Microseconds)
    }
}

/// The instant of a UTC date and time.
pub(crate) fn utc(at: DateTime) -> Timestamp {
    Offset::UTC.to_timestamp(at).unwrap_or(Timestamp::UNIX_EPOCH)
}
