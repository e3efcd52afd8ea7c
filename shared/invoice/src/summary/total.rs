//! An exact sum of amounts, beside how many of them are not known.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use crate::{Amount, Currency};

/// The most decimal places of an amount.
const MAX_SCALE: u32 = 28;

/// The sum of the amounts that are known, and how many are not. Nothing is rounded: a
/// sum that does not fit the 28 digits of an amount is no sum.
#[derive(Debug, Clone, Default)]
pub struct Total {
    sum: Option<Exactly>,
    is_too_long: bool,
    counted: u64,
    unknown: u64,
}

/// `mantissa` x 10^-`scale`: wider than a decimal, so that what is only too long on
/// the way is not lost.
#[derive(Debug, Clone, Copy)]
struct Exactly {
    mantissa: i128,
    scale: u32,
}

impl Total {
    /// Adds an amount, which the provider may not have given.
    pub fn add(&mut self, amount: Option<Amount>) {
        let Some(amount) = amount else {
            self.unknown += 1;
            return;
        };
        self.counted += 1;
        let value = amount.value().normalize();
        let added = Exactly { mantissa: value.mantissa(), scale: value.scale() };
        match self.sum.map_or(Some(added), |sum| sum.plus(added)) {
            Some(sum) => self.sum = Some(sum),
            None => self.is_too_long = true,
        }
    }

    /// The sum; none where no amount is known, or where it is too long to be exact.
    pub fn sum(&self) -> Option<Decimal> {
        let Exactly { mut mantissa, mut scale } = self.sum.filter(|_| !self.is_too_long)?;
        while scale > 0 && mantissa % 10 == 0 {
            (mantissa, scale) = (mantissa / 10, scale - 1);
        }
        Decimal::try_from_i128_with_scale(mantissa, scale).ok()
    }

    pub(super) fn shown(&self, currency: Option<&str>) -> Shown<'_> {
        Shown { total: self, currency: currency.and_then(Currency::parse) }
    }
}

impl Exactly {
    fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale).min(MAX_SCALE);
        let at_scale = |one: Self| {
            let factor = 10_i128.checked_pow(scale.checked_sub(one.scale)?)?;
            one.mantissa.checked_mul(factor)
        };
        Some(Self { mantissa: at_scale(self)?.checked_add(at_scale(other)?)?, scale })
    }
}

/// A total as callers see it.
pub(super) struct Shown<'a> {
    total: &'a Total,
    currency: Option<Currency>,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields {
            sum: Option<Amount>,
            counted: u64,
            unknown: u64,
        }
        let sum = self.total.sum().map(|sum| Amount::new(sum, self.currency.as_ref()));
        let Total { counted, unknown, .. } = *self.total;
        Fields { sum, counted, unknown }.serialize(serializer)
    }
}
