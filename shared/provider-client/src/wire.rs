//! Reading what providers send: leniently in what may be missing or odd,
//! strictly in what it means. What cannot be read is none, and stays in `raw`.

use std::borrow::Cow;

use invoice::{Amount, Currency, Exact};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::de::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The characters of a JSON text; none where `raw` is another value.
fn text(raw: &RawValue) -> Option<String> {
    invoice::json::text(raw).ok().map(Cow::into_owned)
}

/// A text, or a number or boolean by its text: ids and codes come as either.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(pub Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(match raw.get().as_bytes().first() {
            Some(b'"') => text(raw),
            Some(b'{' | b'[' | b'n') | None => None,
            Some(_) => Some(raw.get().to_owned()),
        }))
    }
}

impl Text {
    /// The text; an empty one is none.
    pub fn filled(self) -> Option<String> {
        self.0.filter(|text| !text.is_empty())
    }
}

/// What names a thing: a text, or an integer by its digits. Anything else names
/// nothing, and is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Id(pub Option<String>);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let digits = raw.get().strip_prefix('-').unwrap_or(raw.get());
        Ok(Self(match digits.as_bytes().first() {
            Some(b'"') => text(raw),
            Some(_) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(raw.get().to_owned())
            }
            _ => None,
        }))
    }
}

impl Id {
    /// The id; a blank one is none.
    pub fn filled(self) -> Option<String> {
        self.0.filter(|id| !id.trim().is_empty())
    }
}

/// A number, exactly; anything else is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Number(pub Option<rust_decimal::Decimal>);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(Exact::of_json(raw).ok().map(|exact| exact.0)))
    }
}

impl Number {
    /// As an amount of `currency`.
    pub fn amount(self, currency: Option<&Currency>) -> Option<Amount> {
        self.0.map(|value| Amount::new(value, currency))
    }
}

/// A value by its own type where it fits, none where it does not.
pub fn fitting<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let raw = <&'de RawValue>::deserialize(deserializer)?;
    Ok(invoice::json::read(raw.get()).ok())
}

/// What .NET writes for a date that is not set: the first day there is.
const UNSET: &str = "0001-01-01";

/// An instant: RFC 3339, or without a zone, which is UTC (Fusebill, Finexio). A
/// date alone is no instant.
pub fn instant(text: Option<&str>) -> Option<Timestamp> {
    let text = text?;
    if text.starts_with(UNSET) || text.len() <= UNSET.len() {
        return None;
    }
    text.parse().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// A civil date: `YYYY-MM-DD`, or the day of a timestamp as written.
pub fn day(text: Option<&str>) -> Option<Date> {
    let day = text?.get(..UNSET.len())?;
    if day == UNSET { None } else { day.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_without_a_zone_is_utc() {
        let at = |text| instant(Some(text)).map(|at| at.to_string());
        assert_eq!(at("2017-06-12T19:48:51").as_deref(), Some("2017-06-12T19:48:51Z"));
        assert_eq!(
            at("2025-06-30T09:33:52.471+02:00").as_deref(),
            Some("2025-06-30T07:33:52.471Z")
        );
        assert_eq!(
            at("2023-03-24T21:08:42.974067").as_deref(),
            Some("2023-03-24T21:08:42.974067Z")
        );
        assert_eq!(at("string"), None);
        assert_eq!(at("2017-06-12"), None);
        // .NET's `DateTime.MaxValue` lies behind the last instant that can be held.
        assert_eq!(at("9999-12-31T23:59:59.9999999"), None);
        for unset in ["0001-01-01", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z"] {
            assert_eq!((at(unset), day(Some(unset))), (None, None), "{unset}");
        }
        assert_eq!(
            day(Some("2017-06-12T23:48:51")).map(|day| day.to_string()).as_deref(),
            Some("2017-06-12")
        );
        assert_eq!(day(Some("2017-13-12")), None);
    }

    #[test]
    fn odd_values_are_none_and_never_fail() {
        #[derive(serde::Deserialize)]
        struct Odd {
            #[serde(default)]
            text: Text,
            #[serde(default)]
            number: Number,
            #[serde(default, deserialize_with = "fitting")]
            list: Option<Vec<u8>>,
        }
        let read = |json| serde_json::from_str::<Odd>(json).unwrap();
        let escaped = read(r#"{"text": "a\u00e9\\\"b"}"#);
        assert_eq!(escaped.text.0.as_deref(), Some("aé\\\"b"));
        let odd = read(r#"{"text": {"a": 1}, "number": "abc", "list": 5}"#);
        assert_eq!((odd.text.0, odd.number.0, odd.list), (None, None, None));
        let even = read(r#"{"text": 290, "number": 0.10, "list": [1]}"#);
        assert_eq!((even.text.0.as_deref(), even.list), (Some("290"), Some(vec![1])));
        assert_eq!(even.number.0.map(|n| n.to_string()).as_deref(), Some("0.10"));
        let bare = read("{}");
        assert_eq!((bare.text.0, bare.number.0), (None, None));
    }
}
