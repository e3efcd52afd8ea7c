//! Counts and exact sums over all invoices that answer a question.
//!
//! A sum adds amounts of one currency only. An amount that a provider did not give
//! is counted as unknown and never added as zero.

mod aging;
mod dimension;
mod total;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::{ConnectionName, Currency, Invoice, PaymentStatus, Status};

pub use aging::Aging;
pub use dimension::Dimension;
pub use total::Total;

/// What all invoices that answer a question come to.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// What the invoices are grouped by.
    by: Vec<Dimension>,
    /// The day that the aging is reckoned from; null where nothing is grouped by it.
    aging_date: Option<Date>,
    /// What all invoices come to.
    #[serde(flatten)]
    all: Sums,
    /// What each group comes to, in the order of their keys; groups without an
    /// invoice are left out.
    #[serde(serialize_with = "as_list")]
    groups: BTreeMap<GroupKey, Sums>,
    #[serde(skip)]
    today: Date,
}

/// The values that the invoices of a group share.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupKey {
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<ConnectionName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_status: Option<PaymentStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aging: Option<Aging>,
    /// The code of the currency, null where the provider gives none.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Option<&'static str>>,
}

/// What some invoices come to.
#[derive(Debug, Clone, Default, Serialize)]
struct Sums {
    count: u64,
    /// By the code of the currency; the invoices of which no currency is known stand
    /// apart, without a sum.
    #[serde(serialize_with = "as_amounts")]
    amounts: BTreeMap<Option<&'static str>, AmountSums>,
}

/// What the invoices of one currency come to.
#[derive(Debug, Clone, Default)]
struct AmountSums {
    count: u64,
    total: Total,
    balance: Total,
}

impl Summary {
    /// The summary of no invoice, to which invoices are added; their aging is reckoned
    /// from `today`.
    pub fn new(by: &[Dimension], today: Date) -> Self {
        let mut by = by.to_vec();
        by.sort_unstable();
        by.dedup();
        let aging_date = by.contains(&Dimension::Aging).then_some(today);
        Self { by, aging_date, all: Sums::default(), groups: BTreeMap::new(), today }
    }

    /// Adds an invoice.
    pub fn add(&mut self, invoice: &Invoice) {
        self.all.add(invoice);
        if !self.by.is_empty() {
            self.groups.entry(self.key(invoice)).or_default().add(invoice);
        }
    }

    fn key(&self, invoice: &Invoice) -> GroupKey {
        let mut key = GroupKey::default();
        for dimension in &self.by {
            match dimension {
                Dimension::Currency => {
                    key.currency = Some(invoice.currency.as_ref().map(Currency::code));
                }
                Dimension::Status => key.status = Some(invoice.status),
                Dimension::PaymentStatus => key.payment_status = Some(invoice.payment_status),
                Dimension::Connection => key.connection = Some(invoice.connection.clone()),
                Dimension::Aging => key.aging = Some(Aging::of(invoice, self.today)),
            }
        }
        key
    }
}

impl Sums {
    fn add(&mut self, invoice: &Invoice) {
        self.count += 1;
        let currency = invoice.currency.as_ref();
        let sums = self.amounts.entry(currency.map(Currency::code)).or_default();
        sums.count += 1;
        // Of amounts without a currency nobody knows whether they can be added.
        let known = |amount: Option<crate::Amount>| amount.filter(|_| currency.is_some());
        sums.total.add(known(invoice.amounts.total));
        sums.balance.add(known(invoice.amounts.balance));
    }
}

fn as_list<S: serde::Serializer>(
    groups: &BTreeMap<GroupKey, Sums>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Group<'a> {
        key: &'a GroupKey,
        #[serde(flatten)]
        sums: &'a Sums,
    }
    serializer.collect_seq(groups.iter().map(|(key, sums)| Group { key, sums }))
}

fn as_amounts<S: serde::Serializer>(
    amounts: &BTreeMap<Option<&'static str>, AmountSums>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct OfCurrency<'a> {
        currency: Option<&'static str>,
        count: u64,
        total: total::Shown<'a>,
        balance: total::Shown<'a>,
    }
    serializer.collect_seq(amounts.iter().map(|(currency, sums)| OfCurrency {
        currency: *currency,
        count: sums.count,
        total: sums.total.shown(*currency),
        balance: sums.balance.shown(*currency),
    }))
}

#[cfg(test)]
mod tests;
