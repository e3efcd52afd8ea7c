//! Stripe's line items, which are our lines.

use invoice::{Discount, Line};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::money::Unit;
use super::units::{Units, second, utc_day};
use crate::wire::{Number, Text, fitting};

/// Stripe's `line_item` (stripe R54).
#[derive(Debug, Deserialize)]
struct Item {
    #[serde(default)]
    id: Text,
    #[serde(default)]
    description: Text,
    #[serde(default)]
    amount: Units,
    #[serde(default)]
    quantity: Number,
    #[serde(default)]
    quantity_decimal: Number,
    #[serde(default, deserialize_with = "fitting")]
    period: Option<Period>,
    #[serde(default, deserialize_with = "fitting")]
    pricing: Option<Pricing>,
    #[serde(default, deserialize_with = "fitting")]
    discount_amounts: Option<Vec<DiscountAmount>>,
}

#[derive(Debug, Deserialize)]
struct Period {
    #[serde(default)]
    start: Units,
    #[serde(default)]
    end: Units,
}

#[derive(Debug, Deserialize)]
struct Pricing {
    #[serde(default)]
    unit_amount_decimal: Number,
}

#[derive(Debug, Deserialize)]
struct DiscountAmount {
    #[serde(default)]
    amount: Units,
    #[serde(default)]
    discount: Text,
}

/// The line in `raw`; none where it is no line item.
pub(super) fn line(raw: &RawValue, unit: Option<Unit>) -> Option<Line> {
    let item: Item = invoice::json::read(raw.get()).ok()?;
    let money = |units: Units| units.amount(unit);
    let day = |units: Units| units.0.and_then(second).map(utc_day);
    let price = item.pricing.and_then(|pricing| pricing.unit_amount_decimal.0);
    let discounts = item.discount_amounts.unwrap_or_default();
    Some(Line {
        id: item.id.filled(),
        name: item.description.filled(),
        description: None,
        // The whole number is the decimal one cut short (stripe R54).
        quantity: item.quantity_decimal.0.or(item.quantity.0),
        unit_price: price.zip(unit).and_then(|(price, unit)| unit.fraction(price)),
        amount: money(item.amount),
        period_start: item.period.as_ref().and_then(|period| day(period.start)),
        period_end: item.period.as_ref().and_then(|period| day(period.end)),
        tiers: Vec::new(),
        discounts: discounts
            .into_iter()
            .map(|one| Discount { description: one.discount.filled(), amount: money(one.amount) })
            .collect(),
        tracked_items: None,
    })
}
