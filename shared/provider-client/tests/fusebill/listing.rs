//! Parts, pages, filters and orders.

use std::collections::BTreeSet;
use std::sync::Arc;

use api::ListQuery;
use engine::Connection;
use engine::listing::{AppliedBy, list};
use invoice::{Invoice, Match, Parameter, Scope};
use provider_client::provider::{PartOrder, Reading, Start};

use super::rig::{NAME, following, ids, soon, sorted};
use super::{fusebill, population, question, walk_part, whole};

#[tokio::test]
async fn all_pages_are_the_population_in_any_reading() {
    let rig = fusebill(1_400).await;
    let expected: Vec<String> = population(&rig).into_keys().collect();
    assert_eq!(expected.len(), 1_400);
    for reading in [Reading::Few(50), Reading::Whole] {
        let walked = rig.walk(&question("", None, reading)).await;
        assert_eq!(sorted(ids(&walked)), expected, "{reading:?}");
    }
    let customers: BTreeSet<String> = (0..20).map(|at| (123_456 + at).to_string()).collect();
    let mut everybody = whole("");
    everybody.customers = Some(customers);
    assert_eq!(sorted(ids(&rig.walk(&everybody).await)), expected);
}

#[tokio::test]
async fn a_page_begins_exactly_where_it_is_asked_to() {
    let rig = fusebill(700).await;
    let question = question("", None, Reading::Few(50));
    for part in rig.provider.plan(&question).unwrap().parts {
        let all = walk_part(&rig, &question, &part).await;
        let total = u64::try_from(all.len()).unwrap();
        for skip in [0, 1, 57, 99, total - 1, total, total + 500] {
            let start = Start::at(skip);
            let page = rig.page(&question, &part, &start).await.unwrap();
            let from = usize::try_from(skip).unwrap().min(all.len());
            let expected = ids(&all[from..(from / 100 * 100 + 100).min(all.len()).max(from)]);
            assert_eq!(ids(&page.invoices), expected, "{} {skip}", part.key());
            assert_eq!(page.total, Some(total), "{} {skip}", part.key());
            let pages = (from / 100 + 1..all.len().div_ceil(100)).map(|page| page * 100);
            assert_eq!(following(&page), pages.collect::<Vec<_>>(), "{} {skip}", part.key());
        }
    }
}

#[tokio::test]
async fn each_filter_brings_what_a_naive_one_keeps() {
    let rig = fusebill(500).await;
    let population = rig.walk(&whole("")).await;
    for (asked, narrows) in [
        ("status=draft", true),
        ("status=active", true),
        ("status=draft,overdue", false),
        ("paymentStatus=paid", true),
        ("status=unpaid,written_off", true),
        ("invoiceDate[gte]=2024-01-01&invoiceDate[lt]=2025-01-01", true),
        ("invoiceDate=2017-06-12", true),
        ("invoiceDate[gt]=2025-02-01&status=active", true),
        ("activatedAt[gte]=2024-06-01T12:00:00Z", true),
        ("activatedAt[gt]=2017-06-12T19:48:51Z&activatedAt[lte]=2024-01-01", true),
        ("activatedAt[gte]=2017-06-12T19:48:50.5Z", true),
        ("number=290", true),
        ("number=290,300,INV-7", true),
        ("number=29*", true),
        ("poNumber=PO-1*", true),
        ("poNumber=[empty]", true),
        ("balance[gt]=100", true),
        ("dueDate[gte]=2025-01-01", false),
        ("modifiedAt[gte]=2024-01-01", false),
        ("currency=JPY&amount[gt]=500", false),
        ("search=company 1", false),
    ] {
        let question = whole(asked);
        let filter = &question.filter;
        let answers = |invoice: &Invoice, besides: &BTreeSet<Parameter>| {
            filter.asked().into_iter().all(|parameter| {
                besides.contains(&parameter) || filter.matches(parameter, invoice) == Match::Pass
            })
        };
        let walked = rig.walk(&question).await;
        let by_provider = rig.provider.plan(&question).unwrap().by_provider;
        for invoice in &walked {
            for parameter in &by_provider {
                let verdict = filter.matches(*parameter, invoice);
                assert_ne!(verdict, Match::Fail, "{asked}: {}", invoice.id);
            }
        }
        let of = |invoices: &[Invoice], besides: &BTreeSet<Parameter>| {
            let kept = invoices.iter().filter(|invoice| answers(invoice, besides));
            sorted(kept.map(|invoice| invoice.id.id().to_owned()).collect())
        };
        let kept = of(&walked, &by_provider);
        let naive = of(&population, &BTreeSet::new());
        assert_eq!(kept, naive, "{asked}");
        assert!(!naive.is_empty(), "{asked} tests nothing");
        assert_eq!(walked.len() < population.len(), narrows, "{asked}: {}", walked.len());
    }
}

#[tokio::test]
async fn creation_is_asked_of_both_resources_though_neither_shows_it() {
    let rig = fusebill(500).await;
    let created = |from: &str, to: &str| -> Vec<String> {
        let records = population(&rig).into_iter();
        records
            .filter(|(_, record)| (from..to).contains(&record.hidden["createdTimestamp"].as_str()))
            .map(|(id, _)| id)
            .collect()
    };
    for (asked, from, to) in [
        ("createdAt=2024-07-01", "2024-07-01", "2024-07-02"),
        ("createdAt[gte]=2024-01-01&createdAt[lte]=2024-06-30", "2024-01-01", "2024-07-01"),
        ("createdAt[gt]=2017-06-12T19:48:51Z", "2017-06-12T19:48:52", "9999"),
        ("createdAt[gte]=2017-06-12T19:48:50.001Z", "2017-06-12T19:48:51", "9999"),
    ] {
        let question = whole(asked);
        let plan = rig.provider.plan(&question).unwrap();
        assert!(plan.by_provider.contains(&Parameter::CreatedAt), "{asked}");
        assert_eq!(sorted(ids(&rig.walk(&question).await)), created(from, to), "{asked}");
    }
}

#[tokio::test]
async fn customers_are_kept_apart_and_one_that_is_not_there_has_none() {
    let rig = fusebill(400).await;
    let asked = question("", Some(&["123457", "123460", "9"]), Reading::Few(10));
    let population = population(&rig).into_iter();
    let expected: Vec<String> = population
        .filter(|(_, record)| ["123457", "123460"].contains(&record.customer.as_str()))
        .map(|(id, _)| id)
        .collect();
    assert_eq!(sorted(ids(&rig.walk(&asked).await)), expected);
}

#[tokio::test]
async fn an_order_that_is_said_to_be_theirs_is_kept() {
    let rig = fusebill(600).await;
    for asked in ["sort=invoiceDate", "sort=-invoiceDate", "sort=number", "sort=-number"] {
        let question = whole(asked);
        let sort = question.sort.unwrap();
        let parts = rig.provider.plan(&question).unwrap().parts;
        let parts = parts.iter().filter(|part| part.order == PartOrder::Requested);
        let mut checked = 0;
        for part in parts {
            let invoices = walk_part(&rig, &question, part).await;
            let positions: Vec<_> = invoices.iter().map(|invoice| sort.position(invoice)).collect();
            for pair in positions.windows(2) {
                let order = sort.cmp_values(pair[0].value.as_ref(), pair[1].value.as_ref());
                assert!(order.is_le(), "{asked}: {pair:?}");
                checked += 1;
            }
        }
        assert!(checked > 400, "{asked}");
    }
}

#[tokio::test]
async fn the_whole_listing_holds_what_the_plan_promises() {
    let rig = fusebill(300).await;
    let connections =
        [Connection { name: NAME.parse().unwrap(), provider: Ok(Arc::from(rig.provider)) }];
    for (asked, by_provider) in [
        ("status=draft&limit=200", Some(Parameter::Status)),
        ("status=active&invoiceDate[gte]=2025-01-01&sort=-invoiceDate", Some(Parameter::Status)),
        ("customerIds=123457,9&includes=lines&limit=200", Some(Parameter::CustomerIds)),
        ("createdAt[gte]=2025-01-01&sort=number&limit=200", Some(Parameter::CreatedAt)),
        ("number=290&includes=lines,raw", Some(Parameter::Number)),
        ("status=paid,draft&sort=-balance", None),
    ] {
        let query = ListQuery::parse(asked).unwrap();
        let listing = list(&connections, &query, &Scope::All, soon()).await.unwrap();
        assert!(!listing.data.is_empty(), "{asked}");
        let source = &listing.sources[0];
        assert!(source.problem.is_none(), "{asked}: {:?}", source.problem);
        for (parameter, applied) in &source.filters {
            let provider = *applied == AppliedBy::Provider;
            let expected = Some(*parameter) == by_provider;
            assert!(provider || !expected, "{asked}: {parameter:?} {applied:?}");
        }
        let lines = listing.data.iter().map(|invoice| invoice.lines.is_some());
        assert!(lines.clone().all(|lines| lines == asked.contains("lines")), "{asked}");
    }
}
