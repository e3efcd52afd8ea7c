//! Fusebill's charges, which are our lines.

use invoice::{Currency, Discount, Include, Line, Tier};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::provider::View;
use crate::wire::{Number, Text, day, fitting};

/// A charge (fusebill R35). A draft's charge is the same but for two names (fusebill R30).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Charge {
    #[serde(default)]
    id: Text,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    description: Text,
    #[serde(default)]
    quantity: Number,
    #[serde(default)]
    unit_price: Number,
    #[serde(default)]
    amount: Number,
    #[serde(default)]
    start_service_date: Text,
    #[serde(default)]
    end_service_date: Text,
    #[serde(default, deserialize_with = "fitting")]
    charge_tiers: Option<Vec<ChargeTier>>,
    #[serde(default, deserialize_with = "fitting")]
    draft_charge_tiers: Option<Vec<ChargeTier>>,
    #[serde(default, deserialize_with = "fitting")]
    discount: Option<ChargeDiscount>,
    #[serde(default, deserialize_with = "fitting")]
    discounts: Option<Vec<ChargeDiscount>>,
    #[serde(default, deserialize_with = "fitting")]
    draft_discounts: Option<Vec<ChargeDiscount>>,
    #[serde(default, deserialize_with = "fitting")]
    tracked_items: Option<Vec<Box<RawValue>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChargeTier {
    #[serde(default)]
    label: Text,
    #[serde(default)]
    quantity: Number,
    #[serde(default)]
    unit_price: Number,
    #[serde(default)]
    amount: Number,
}

/// The names are assumed (fusebill R36): the seed's charges have none.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChargeDiscount {
    #[serde(default)]
    description: Text,
    #[serde(default)]
    discount_type: Text,
    #[serde(default)]
    amount: Number,
}

/// The lines, where they are asked for and `charges` can be read.
pub(super) fn lines(
    charges: Option<&RawValue>,
    currency: Option<&Currency>,
    view: &View,
) -> Option<Option<Vec<Line>>> {
    if !view.wants(Include::Lines) {
        return None;
    }
    let charges: Option<Vec<Charge>> =
        charges.and_then(|charges| invoice::json::read(charges.get()).ok());
    let lines = charges.map(|charges| {
        charges
            .into_iter()
            .map(|charge| line(charge, currency, view))
            // Not every call of theirs can hide these, so we do.
            .filter(|line| view.show_zero_dollar_charges != Some(false) || !is_of_nothing(line))
            .collect()
    });
    Some(lines)
}

fn is_of_nothing(line: &Line) -> bool {
    line.amount.is_some_and(invoice::Amount::is_zero)
}

fn line(charge: Charge, currency: Option<&Currency>, view: &View) -> Line {
    let tiers = charge.charge_tiers.or(charge.draft_charge_tiers);
    let discounts = charge.discounts.or(charge.draft_discounts);
    // The one may repeat what the many say.
    let discounts = discounts
        .filter(|discounts| !discounts.is_empty())
        .unwrap_or_else(|| charge.discount.into_iter().collect());
    Line {
        id: charge.id.filled(),
        name: charge.name.filled(),
        description: charge.description.filled(),
        quantity: charge.quantity.0,
        unit_price: charge.unit_price.amount(currency),
        amount: charge.amount.amount(currency),
        period_start: day(charge.start_service_date.0.as_deref()),
        period_end: day(charge.end_service_date.0.as_deref()),
        tiers: tiers
            .unwrap_or_default()
            .into_iter()
            .map(|tier| Tier {
                label: tier.label.filled(),
                quantity: tier.quantity.0,
                unit_price: tier.unit_price.amount(currency),
                amount: tier.amount.amount(currency),
            })
            .collect(),
        discounts: discounts
            .into_iter()
            .map(|discount| Discount {
                description: discount.description.filled().or(discount.discount_type.filled()),
                amount: discount.amount.amount(currency),
            })
            .collect(),
        tracked_items: charge.tracked_items.filter(|_| view.show_tracked_items == Some(true)),
    }
}
