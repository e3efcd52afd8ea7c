//! What an invoice is made of.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Amount, Exact};

/// One line of an invoice.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The provider's id of the line.
    pub id: Option<String>,
    /// What is charged.
    pub name: Option<String>,
    /// More words on it.
    pub description: Option<String>,
    /// How many; any unit.
    #[serde(with = "quantity")]
    pub quantity: Option<Decimal>,
    /// Price of one.
    pub unit_price: Option<Amount>,
    /// What the line comes to.
    pub amount: Option<Amount>,
    /// First day the line covers.
    pub period_start: Option<Date>,
    /// Last day the line covers.
    pub period_end: Option<Date>,
    /// How a tiered price came about.
    pub tiers: Vec<Tier>,
    /// What was taken off.
    pub discounts: Vec<Discount>,
    /// The tracked items bought on this line, as the provider sends them; null
    /// where they were not asked for or the provider has none.
    pub tracked_items: Option<Vec<Box<RawValue>>>,
}

/// One tier of a tiered price.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tier {
    /// The tier's range, in the provider's words (`>2-4`).
    pub label: Option<String>,
    /// How many fell into it.
    #[serde(with = "quantity")]
    pub quantity: Option<Decimal>,
    /// Price of one.
    pub unit_price: Option<Amount>,
    /// What the tier comes to.
    pub amount: Option<Amount>,
}

/// What was taken off a line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Discount {
    /// In words, or the kind of discount.
    pub description: Option<String>,
    /// How much was taken off.
    pub amount: Option<Amount>,
}

/// Quantities are decimal strings like amounts, without padding.
mod quantity {
    use super::{Decimal, Deserialize, Deserializer, Exact, Serializer};

    #[expect(clippy::ref_option, reason = "the signature is serde's")]
    pub(super) fn serialize<S: Serializer>(
        value: &Option<Decimal>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(&value.normalize()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Decimal>, D::Error> {
        Ok(Option::<Exact>::deserialize(deserializer)?.map(|Exact(value)| value))
    }
}
