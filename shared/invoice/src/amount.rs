//! Exact amounts of money.

use std::fmt;

use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::Currency;

/// An amount of money, exact to the last place the provider sent, in the
/// currency of its invoice.
///
/// Written as a decimal string with at least the places of its currency
/// (`264` USD is `"264.00"`, `1500` JPY `"1500"`), never rounded: places that
/// are not zero stay, however many. Without a known currency no place is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(Decimal);

impl Amount {
    /// The amount `value` in `currency`.
    pub fn new(value: Decimal, currency: Option<&Currency>) -> Self {
        let mut exact = value.normalize();
        let places = currency.map_or(0, Currency::minor_places);
        if exact.scale() < places {
            exact.rescale(places);
        }
        Self(exact)
    }

    /// The value, for comparing and adding.
    pub fn value(self) -> Decimal {
        self.0
    }

    /// Whether nothing is owed.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The decimal places are kept as they were written.
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Exact::deserialize(deserializer).map(|Exact(value)| Self(value))
    }
}

/// A decimal read from JSON by its text, so that no binary floating point
/// stands between the provider's digits and ours. Reads a JSON number, or a
/// string that holds one. Works with `serde_json` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact(pub Decimal);

impl Exact {
    /// Reads a JSON number, or a text that holds one.
    ///
    /// # Errors
    /// As [`Exact::parse`], and when it is neither.
    pub fn of_json(raw: &RawValue) -> Result<Self, InexactAmount> {
        let text = match raw.get() {
            text if text.starts_with('"') => crate::json::text(raw).unwrap_or_default(),
            number => number.into(),
        };
        Self::parse(&text).map(Self)
    }

    /// Reads the text of a JSON number.
    ///
    /// # Errors
    /// When it is no number, or one with more than 28 significant digits:
    /// such a number would have to be rounded, and is refused instead.
    pub fn parse(text: &str) -> Result<Decimal, InexactAmount> {
        let refused = || InexactAmount(text.chars().take(40).collect());
        let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
            return plain_decimal(text).ok_or_else(refused);
        };
        let mantissa = plain_decimal(mantissa).ok_or_else(refused)?;
        let exponent: i32 = exponent.parse().map_err(|_| refused())?;
        shift(mantissa, exponent).ok_or_else(refused)
    }
}

/// Reads a decimal as callers and providers write one: digits, with a point between them
/// or without, and a minus before them or not. No sign else, blank, exponent or
/// separator of thousands is a part of it.
pub(crate) fn plain_decimal(text: &str) -> Option<Decimal> {
    let plain = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = plain.split_once('.').unwrap_or((plain, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = is_digits(whole) && is_digits(places);
    is_plain.then(|| Decimal::from_str_exact(text).ok()).flatten()
}

/// `value` x 10^`exponent`, or nothing where that is not exact.
fn shift(value: Decimal, exponent: i32) -> Option<Decimal> {
    if value.is_zero() {
        return Some(Decimal::ZERO);
    }
    let mut mantissa = value.mantissa();
    let mut scale = i64::from(value.scale()) - i64::from(exponent);
    // Zeros at the end need no places.
    while scale > 0 && mantissa % 10 == 0 {
        (mantissa, scale) = (mantissa / 10, scale - 1);
    }
    if let Ok(scale) = u32::try_from(scale) {
        return Decimal::try_from_i128_with_scale(mantissa, scale).ok();
    }
    let factor = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
    Decimal::try_from_i128_with_scale(mantissa.checked_mul(factor)?, 0).ok()
}

/// A number that cannot be held exactly.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a decimal number of at most 28 digits")]
pub struct InexactAmount(String);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Self::of_json(raw).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, currency: Option<&str>) -> String {
        let currency = currency.map(|code| Currency::parse(code).unwrap());
        Amount::new(Exact::parse(text).unwrap(), currency.as_ref()).to_string()
    }

    #[test]
    fn shows_the_places_of_the_currency_and_never_rounds() {
        assert_eq!(shown("226.330000000", None), "226.33");
        assert_eq!(shown("264", Some("USD")), "264.00");
        assert_eq!(shown("37.714285", Some("USD")), "37.714285");
        assert_eq!(shown("1500", Some("JPY")), "1500");
        assert_eq!(shown("1500.5", Some("JPY")), "1500.5");
        assert_eq!(shown("1.5", Some("KWD")), "1.500");
        assert_eq!(shown("-0.1", Some("EUR")), "-0.10");
        assert_eq!(shown("0", Some("USD")), "0.00");
    }

    #[test]
    fn reads_exponents_exactly_or_not_at_all() {
        for (text, value) in [
            ("1e3", "1000"),
            ("1.25E-3", "0.00125"),
            ("12.5e1", "125"),
            ("0e400", "0"),
            ("4000000000e-030", "0.000000000000000000004"),
            ("0.0001e31", "1000000000000000000000000000"),
        ] {
            assert_eq!(Exact::parse(text).unwrap().to_string(), value, "{text}");
        }
        for text in [
            "1e400",
            "1e-400",
            "1e",
            "e1",
            "abc",
            "",
            "1_000",
            "1_0e2",
            "+1",
            " 1",
            "1 ",
            "1.",
            ".5",
            "--1",
            "-",
            "1,000",
            "\u{661}",
            "0.00000000000000000000000000001",
            "1e28.5",
        ] {
            assert!(Exact::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_numbers_and_strings_but_nothing_else_from_json() {
        let read = |json| serde_json::from_str::<Exact>(json).map(|exact| exact.0.to_string());
        assert_eq!(read("0.1").unwrap(), "0.1");
        assert_eq!(read("\"12.30\"").unwrap(), "12.30");
        assert!(read("true").is_err());
        assert!(read("[1]").is_err());
        assert!(serde_json::from_str::<Option<Exact>>("null").unwrap().is_none());
    }
}
