//! Stripe's money: whole numbers of its own smallest units, which are not always
//! ISO 4217's (stripe R20).

use invoice::{Amount, Currency};
use rust_decimal::Decimal;

/// Currencies that Stripe counts in whole units, whatever ISO 4217 says (stripe R20).
const WHOLE: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
    "XOF", "XPF",
];

/// Currencies that Stripe counts in thousandths (stripe R20, where it is assumed that
/// these are all of them).
const THOUSANDTHS: &[&str] = &["BHD", "JOD", "KWD", "OMR", "TND"];

/// Currencies without a minor unit that Stripe counts in hundredths all the same
/// (stripe R20, which assumes it of UGX).
const HUNDREDTHS_ALL_THE_SAME: &[&str] = &["ISK", "UGX"];

/// How an invoice's amounts are counted. A currency of which Stripe does not say
/// how it counts it has no unit, and its amounts are null rather than wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    currency: Currency,
    places: u32,
}

impl Unit {
    /// The unit of `code`, a currency in Stripe's lower case.
    pub(super) fn of(code: &str) -> Option<Self> {
        let currency = Currency::parse(code)?;
        let known = |list: &[&str]| list.contains(&currency.code());
        let places = match currency.minor_places() {
            _ if known(WHOLE) => 0,
            _ if known(THOUSANDTHS) => 3,
            _ if known(HUNDREDTHS_ALL_THE_SAME) => 2,
            2 => 2,
            _ => return None,
        };
        Some(Self { currency, places })
    }

    /// The amount that `units` come to.
    pub(super) fn amount(self, units: i64) -> Option<Amount> {
        let value = Decimal::try_from_i128_with_scale(units.into(), self.places).ok()?;
        Some(Amount::new(value, Some(&self.currency)))
    }

    /// The amount that a decimal number of units comes to: prices have up to
    /// twelve places below the unit (stripe R54).
    pub(super) fn fraction(self, units: Decimal) -> Option<Amount> {
        let scale = units.scale().checked_add(self.places)?;
        let value = Decimal::try_from_i128_with_scale(units.mantissa(), scale).ok()?;
        Some(Amount::new(value, Some(&self.currency)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(code: &str, units: i64) -> Option<String> {
        Unit::of(code)?.amount(units).map(|amount| amount.to_string())
    }

    #[test]
    fn units_are_stripes_and_not_the_standards() {
        for (code, units, amount) in [
            ("usd", 12345, "123.45"),
            ("usd", -1, "-0.01"),
            ("jpy", 500, "500"),
            ("kwd", 1230, "1.230"),
            // Two places by ISO 4217, none at Stripe.
            ("mga", 1500, "1500.00"),
            // None by ISO 4217, two at Stripe.
            ("isk", 150_000, "1500"),
            ("ugx", 150_000, "1500"),
        ] {
            assert_eq!(shown(code, units).as_deref(), Some(amount), "{code}");
        }
    }

    #[test]
    fn a_currency_nobody_tells_the_unit_of_has_no_amounts() {
        // No code of the standard's, and two whose places Stripe does not state.
        for code in ["xqx", "", "lyd", "clf"] {
            assert_eq!(shown(code, 100), None, "{code}");
        }
    }

    #[test]
    fn prices_below_the_unit_are_exact() {
        let unit = Unit::of("usd").unwrap();
        let price = unit.fraction("0.123456789012".parse().unwrap()).unwrap();
        assert_eq!(price.to_string(), "0.00123456789012");
    }
}
