//! How Stripe counts money and moments.

use invoice::Amount;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::money::Unit;

/// A whole number as Stripe counts money and moments; anything else is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Units(pub(super) Option<i64>);

impl<'de> Deserialize<'de> for Units {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(invoice::json::read(raw.get()).ok()))
    }
}

impl Units {
    /// As an amount counted in `unit`.
    pub(super) fn amount(self, unit: Option<Unit>) -> Option<Amount> {
        unit?.amount(self.0?)
    }
}

/// The moment of a unix second.
pub(super) fn second(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}

/// The day of a moment in UTC: the account's own time zone is not in the API
/// (stripe R22, assumed).
pub(super) fn utc_day(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}
