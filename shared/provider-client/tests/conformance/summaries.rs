//! Sums over all that answers, held to a naive walk of the listing.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::ListQuery;
use engine::listing::{Every, NoPageCache, PageCache, SourceStatus, list, read_every};
use invoice::{Code, Dimension, Scope, Summary};
use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use sandbox::FaultKind;
use serde_json::Value;

use super::subject::{self, Subject, shown, soon};

/// In the midst of the sandbox's due dates, so that each bucket has invoices in it.
const TODAY: Date = date(2026, 6, 1);

async fn every(it: &Subject, query: &ListQuery) -> Every {
    let page_cache: Arc<dyn PageCache> = Arc::new(NoPageCache);
    let connections = [it.connection()];
    read_every(&connections, query, &Scope::All, soon(), &page_cache).await.unwrap()
}

/// The invoices of the listing, page after page, as callers see them.
async fn listed(it: &Subject, text: &str) -> Vec<Value> {
    let mut query = ListQuery::parse(text).unwrap();
    let mut all = Vec::new();
    loop {
        let page = list(&[it.connection()], &query, &Scope::All, soon()).await.unwrap();
        all.extend(page.invoices().map(shown));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return all;
        }
    }
}

fn summed(by: &[Dimension], every: &Every) -> Value {
    let mut summary = Summary::new(by, TODAY);
    every.invoices.iter().for_each(|invoice| summary.add(invoice));
    serde_json::to_value(summary).unwrap()
}

/// What is known of one currency, added up by hand: the sum, how many, how many unknown.
fn naive<'a>(listed: impl Iterator<Item = &'a Value>, what: &str) -> BTreeMap<String, String> {
    let mut sums: BTreeMap<String, (Option<Decimal>, u64, u64)> = BTreeMap::new();
    for invoice in listed {
        let currency = invoice["currency"].as_str();
        let sum = sums.entry(currency.unwrap_or("none").to_owned()).or_default();
        match invoice["amounts"][what].as_str().filter(|_| currency.is_some()) {
            Some(text) => {
                let value: Decimal = text.parse().unwrap();
                *sum = (Some(sum.0.unwrap_or_default() + value), sum.1 + 1, sum.2);
            }
            None => sum.2 += 1,
        }
    }
    let told = sums.into_iter().map(|(currency, (sum, counted, unknown))| {
        (currency, format!("{:?} {counted} {unknown}", sum.map(|sum| sum.normalize())))
    });
    told.collect()
}

fn told(sums: &Value, what: &str) -> BTreeMap<String, String> {
    let all = sums["amounts"].as_array().unwrap().iter();
    let told = all.map(|one| {
        let sum: Option<Decimal> = one[what]["sum"].as_str().map(|text| text.parse().unwrap());
        let (counted, unknown) = (&one[what]["counted"], &one[what]["unknown"]);
        let currency = one["currency"].as_str().unwrap_or("none").to_owned();
        (currency, format!("{:?} {counted} {unknown}", sum.map(|sum| sum.normalize())))
    });
    told.collect()
}

pub async fn a_summary_is_what_the_listing_of_the_same_filter_adds_up_to(it: &Subject) {
    for filter in ["", "status=active", "paymentStatus=paid,unpaid", "dueDate[lt]=2026-06-01"] {
        let listed = listed(it, &format!("limit=200&{filter}")).await;
        let every = every(it, &ListQuery::parse(filter).unwrap()).await;
        assert!(every.is_complete(), "{it} {filter}: {:?}", every.sources);
        let total = every.sources[0].total.and_then(|total| usize::try_from(total).ok());
        assert_eq!(total, Some(listed.len()), "{it} {filter}");
        let summary = summed(&[Dimension::Status, Dimension::Currency, Dimension::Aging], &every);
        assert_eq!(summary["count"].as_u64(), u64::try_from(listed.len()).ok());
        for what in ["total", "balance"] {
            assert_eq!(told(&summary, what), naive(listed.iter(), what), "{it} {filter}");
        }
        for group in summary["groups"].as_array().unwrap() {
            let key = &group["key"];
            let bucket = key["aging"].as_str().unwrap();
            let of_group = listed.iter().filter(|one| {
                one["status"] == key["status"]
                    && one["currency"] == key["currency"]
                    && self::bucket(one) == bucket
            });
            for what in ["total", "balance"] {
                assert_eq!(told(group, what), naive(of_group.clone(), what), "{it} {key}");
            }
        }
    }
}

/// The bucket of an invoice, from what a caller sees of it.
fn bucket(invoice: &Value) -> &'static str {
    let balance = invoice["amounts"]["balance"].as_str();
    let is_zero = balance.map(|text| text.parse::<Decimal>().unwrap().is_zero());
    let is_owed = matches!(invoice["status"].as_str(), Some("active" | "unknown"))
        && !is_zero.unwrap_or(invoice["paymentStatus"] == "paid");
    if !is_owed {
        return "not_outstanding";
    }
    let Some(due) = invoice["dates"]["due"].as_str() else { return "no_due_date" };
    match due.parse::<Date>().unwrap().until(TODAY).unwrap().get_days() {
        ..1 => "not_due",
        1..31 => "1_30",
        31..61 => "31_60",
        61..91 => "61_90",
        91.. => "over_90",
    }
}

/// A connection that fails, beside one that does not: what there is, is told; that it is
/// not all, too.
pub async fn a_summary_without_a_connection_is_not_complete(it: &Subject) {
    let query = ListQuery::default();
    let page_cache: Arc<dyn PageCache> = Arc::new(NoPageCache);
    let mut others = subject::all(20).await;
    others.retain(|other| other.name != it.name);
    let connections = [it.connection(), others[0].connection()];
    it.fail_always(FaultKind::Status { status: 500, retry_after: None });
    let half = read_every(&connections, &query, &Scope::All, soon(), &page_cache).await.unwrap();
    assert!(!half.is_complete(), "{it}");
    assert_eq!(half.sources[0].status, SourceStatus::Failed, "{it}");
    assert_eq!(half.invoices.len(), others[0].truth().len(), "{it}");
    let all = ListQuery { require_all: true, ..query };
    let refused = read_every(&connections, &all, &Scope::All, soon(), &page_cache).await;
    assert_eq!(refused.unwrap_err().code, Code::ProviderError, "{it}");
}
