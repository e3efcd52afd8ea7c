//! Sums against naive ones, and the edges of the buckets.

use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::*;
use crate::{Amount, Direction};

const TODAY: Date = date(2026, 11, 26);

fn invoice() -> Invoice {
    let id = "nue:1".parse().unwrap();
    let mut invoice = Invoice::unknown(id, "nue", Direction::Receivable);
    invoice.status = Status::Active;
    invoice
}

fn amount(text: &str) -> Option<Amount> {
    Some(Amount::new(Decimal::from_str(text).unwrap(), None))
}

fn summary(by: &[Dimension], invoices: &[Invoice]) -> Value {
    let mut summary = Summary::new(by, TODAY);
    invoices.iter().for_each(|invoice| summary.add(invoice));
    serde_json::to_value(summary).unwrap()
}

#[test]
fn a_bucket_begins_and_ends_on_its_day() {
    for (days, bucket) in [
        (-400, Aging::NotDue),
        (0, Aging::NotDue),
        (1, Aging::Days1To30),
        (30, Aging::Days1To30),
        (31, Aging::Days31To60),
        (60, Aging::Days31To60),
        (61, Aging::Days61To90),
        (90, Aging::Days61To90),
        (91, Aging::Over90),
        (4_000, Aging::Over90),
    ] {
        let mut owed = invoice();
        owed.amounts.balance = amount("1");
        owed.dates.due = Some(TODAY.checked_sub(days.days()).unwrap());
        assert_eq!(Aging::of(&owed, TODAY), bucket, "{days} days");
    }
}

#[test]
fn what_is_not_owed_is_in_no_bucket_of_what_is() {
    let of = |status, payment_status, balance: Option<Amount>| {
        let mut invoice = Invoice { status, payment_status, ..invoice() };
        invoice.amounts.balance = balance;
        Aging::of(&invoice, TODAY)
    };
    let (paid, unpaid) = (PaymentStatus::Paid, PaymentStatus::Unpaid);
    for (status, payment, balance, bucket) in [
        (Status::Draft, unpaid, amount("5"), Aging::NotOutstanding),
        (Status::PendingActivation, unpaid, amount("5"), Aging::NotOutstanding),
        (Status::Canceled, unpaid, amount("5"), Aging::NotOutstanding),
        (Status::Active, unpaid, amount("0.00"), Aging::NotOutstanding),
        (Status::Active, paid, None, Aging::NotOutstanding),
        // The balance is the provider's own number: it decides.
        (Status::Active, paid, amount("5"), Aging::NoDueDate),
        (Status::Active, unpaid, None, Aging::NoDueDate),
        (Status::Active, unpaid, amount("-5"), Aging::NoDueDate),
        (Status::Unknown, PaymentStatus::Unknown, amount("5"), Aging::NoDueDate),
    ] {
        assert_eq!(of(status, payment, balance), bucket, "{status:?} {payment:?} {balance:?}");
    }
}

#[test]
fn unknown_is_no_zero_and_no_currency_no_sum() {
    let euros = |total: Option<Amount>| {
        let mut one = Invoice { currency: Currency::parse("EUR"), ..invoice() };
        one.amounts.total = total;
        one
    };
    let mut nameless = invoice();
    nameless.amounts.total = amount("7");
    let told = summary(&[], &[euros(amount("0.1")), euros(amount("0.2")), euros(None), nameless]);
    assert_eq!(told["count"], 4);
    assert_eq!(told["groups"], json!([]));
    assert_eq!(told["agingDate"], Value::Null);
    let none = json!({"sum": null, "counted": 0, "unknown": 1});
    let of_euros = json!({"sum": "0.30", "counted": 2, "unknown": 1});
    assert_eq!(
        told["amounts"][0],
        json!({"currency": null, "count": 1, "total": none, "balance": none})
    );
    assert_eq!(told["amounts"][1]["total"], of_euros);
    assert_eq!(told["amounts"][1]["balance"]["sum"], Value::Null);
}

#[test]
fn a_sum_is_exact_or_none() {
    let sum = |amounts: &[&str]| {
        let mut total = Total::default();
        amounts.iter().for_each(|text| total.add(amount(text)));
        total.sum().map(|sum| sum.to_string())
    };
    assert_eq!(sum(&["0.1", "0.2"]).as_deref(), Some("0.3"));
    assert_eq!(sum(&["37.714285", "-37.714285"]).as_deref(), Some("0"));
    // Too long only on the way.
    let long = "7000000000000000000000000000";
    assert_eq!(sum(&[long, "0.000001", "-0.000001"]).as_deref(), Some(long));
    assert_eq!(sum(&[long, "0.0001"]), None);
    assert_eq!(sum(&[long, "0.0000000000000000000000000001"]), None);
    assert_eq!(sum(&[]), None);
}

fn invoices() -> impl Strategy<Value = Vec<Invoice>> {
    let one = (
        prop::sample::select(vec!["nue", "fusebill"]),
        prop::sample::select(Status::ALL),
        prop::sample::select(PaymentStatus::ALL),
        prop::sample::select(vec![None, Some("EUR"), Some("USD"), Some("JPY")]),
        prop::option::of((-100_000..100_000_i64, 0..6_u32)),
        prop::option::of((-100_000..100_000_i64, 0..6_u32)),
        prop::option::of(-200..200_i32),
    );
    let one =
        one.prop_map(|(connection, status, payment_status, currency, total, balance, due)| {
            let amount = |(number, places)| Amount::new(Decimal::new(number, places), None);
            let id = format!("{connection}:1").parse().unwrap();
            let mut invoice = Invoice::unknown(id, "nue", Direction::Receivable);
            (invoice.status, invoice.payment_status) = (status, payment_status);
            invoice.currency = currency.and_then(Currency::parse);
            (invoice.amounts.total, invoice.amounts.balance) =
                (total.map(amount), balance.map(amount));
            invoice.dates.due = due.map(|days| TODAY.checked_add(days.days()).unwrap());
            invoice
        });
    prop::collection::vec(one, 0..60)
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().map_or(Decimal::ZERO, |text| Decimal::from_str_exact(text).unwrap())
}

/// The sum at `what` of a list of sums by currency, of one currency.
fn of_currency(sums: &Value, currency: &str, what: &str) -> Decimal {
    let mut all = sums["amounts"].as_array().unwrap().iter();
    let found = all.find(|one| one["currency"] == currency);
    found.map_or(Decimal::ZERO, |one| decimal(&one[what]["sum"]))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn groups_add_up_to_the_whole_whatever_they_are_by(
        invoices in invoices(),
        by in prop::sample::subsequence(Dimension::ALL, 1..=5),
    ) {
        let told = summary(&by, &invoices);
        let groups = told["groups"].as_array().unwrap();
        let count: u64 = groups.iter().map(|group| group["count"].as_u64().unwrap()).sum();
        prop_assert_eq!(Some(count), told["count"].as_u64());
        for currency in ["EUR", "USD", "JPY"] {
            for what in ["total", "balance"] {
                let naive: Decimal = invoices
                    .iter()
                    .filter(|one| one.currency == Currency::parse(currency))
                    .filter_map(|one| match what { "total" => one.amounts.total, _ => one.amounts.balance })
                    .map(Amount::value)
                    .sum();
                prop_assert_eq!(of_currency(&told, currency, what), naive);
                let by_group: Decimal =
                    groups.iter().map(|group| of_currency(group, currency, what)).sum();
                prop_assert_eq!(by_group, naive);
            }
        }
        let is_counted = |sums: &Value| ["total", "balance"].iter().all(|what| {
            sums["count"].as_u64() == Some(sums[what]["counted"].as_u64().unwrap() + sums[what]["unknown"].as_u64().unwrap())
        });
        let all = groups.iter().chain([&told]).flat_map(|one| one["amounts"].as_array().unwrap());
        prop_assert!(all.clone().all(is_counted));
    }

    #[test]
    fn the_buckets_add_up_to_what_is_outstanding(invoices in invoices()) {
        let told = summary(&[Dimension::Aging], &invoices);
        let groups = told["groups"].as_array().unwrap();
        let owed = groups.iter().filter(|group| group["key"]["aging"] != "not_outstanding");
        for currency in ["EUR", "USD", "JPY"] {
            let bucketed: Decimal =
                owed.clone().map(|group| of_currency(group, currency, "balance")).sum();
            let outstanding: Decimal = invoices
                .iter()
                .filter(|one| matches!(one.status, Status::Active | Status::Unknown))
                .filter(|one| one.currency == Currency::parse(currency))
                .filter_map(|one| one.amounts.balance.map(Amount::value))
                .sum();
            prop_assert_eq!(bucketed, outstanding, "{}", currency);
        }
    }
}
