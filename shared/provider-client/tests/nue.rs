//! Both Nue editions over HTTP, against the sandbox.
#![cfg(test)]

#[path = "nue/running.rs"]
mod running;

use std::collections::BTreeMap;

use invoice::{Include, Invoice, Verdict};
use provider_client::ErrorKind;
use provider_client::provider::{PartOrder, Reading, Start};
use running::{Running, ids, question};
use sandbox::{Fault, FaultKind, Operation};
use serde_json::Value;

const QUERIES: &[&str] = &[
    "status=draft",
    "status=pending_activation",
    "status=canceled",
    "status=active,not_transferred",
    "status=paid",
    "status=partiallypaid,writtenoff",
    "status=unknown,draft",
    "paymentStatus=applied,refunded",
    "paymentStatus=canceled",
    "paymentStatus=unpaid",
    "invoiceDate[gte]=2025-03-01&invoiceDate[lt]=2025-06-01",
    "dueDate[gt]=2025-03-01&dueDate[lte]=2025-09-01",
    "createdAt[gte]=2025-03-01&createdAt[lte]=2025-06-30",
    "modifiedAt[gt]=2025-06-01T12:00:00Z",
    "activatedAt=2025-06-30",
    "activatedAt[lt]=2025-05-01",
    "amount[gte]=100&amount[lt]=1000.50",
    "amount[lt]=0",
    "amount=226.33",
    "balance[gt]=0",
    "number=INV-00000311,INV-00000400",
    "number=INV-*7",
    "number=*9*",
    "poNumber=PO-*A*",
    "externalId=[empty]",
    "externalId=EXT-17",
    "currency=EUR,jpy",
    "currency=[empty]",
    "customerIds=001KS00000DvZ1aYAD",
    "customerIds=001KS00000DvZ1aYAD,001KS00000Dv003aYAD&status=active&balance[gt]=0",
    "customerIds=nobody",
    "search=INV-0000032",
];

/// Those of the queries that no invoice answers.
const NOBODY: &[&str] = &["paymentStatus=unpaid", "customerIds=nobody"];

fn sorted<'a>(invoices: impl IntoIterator<Item = &'a Invoice>) -> Vec<String> {
    let mut ids = ids(invoices);
    ids.sort_unstable();
    ids
}

/// What of `all` answers `query`, by the rules every provider is held to.
fn naive<'a>(query: &str, all: &'a [Invoice]) -> Vec<&'a Invoice> {
    let question = question(query);
    all.iter()
        .filter(|invoice| {
            let asked = question.filter.asked();
            let holds = |p| question.filter.verdict(p, invoice) == Verdict::Pass;
            let customer = invoice.customer.id.as_ref().map(|id| id.id().to_owned());
            asked.into_iter().all(holds)
                && question
                    .customers
                    .as_ref()
                    .is_none_or(|meant| customer.is_some_and(|id| meant.contains(&id)))
        })
        .collect()
}

/// Reads `query` to its end, and holds the answer against the naive one: all
/// that answers is there, and what was claimed for the provider is exact.
async fn check(nue: &Running, query: &str, includes: &str, all: &[Invoice], reading: Reading) {
    let mut question = question(&format!("{query}&includes={includes}"));
    question.reading = reading;
    let plan = nue.provider.plan(&question).unwrap();
    let asked = question.filter.asked();
    assert!(
        plan.by_provider.iter().all(|p| asked.contains(p)),
        "{query}"
    );
    let read = nue.walk(&question).await;
    for invoice in &read {
        for parameter in &plan.by_provider {
            let verdict = question.filter.verdict(*parameter, invoice);
            assert_eq!(verdict, Verdict::Pass, "{query}: {}", invoice.id);
        }
    }
    let expected = sorted(naive(query, all));
    let found = sorted(naive(query, &read));
    assert_eq!(found, expected, "{query}");
    assert_eq!(expected.is_empty(), NOBODY.contains(&query), "{query}");
    if plan.by_provider.len() == asked.len() {
        assert_eq!(read.len(), expected.len(), "{query}");
    }
}

#[tokio::test]
async fn all_pages_are_the_population_with_every_object_as_sent() {
    for connection in ["nue", "nue-self-service"] {
        let nue = Running::start(connection, 730).await;
        let truth: BTreeMap<String, Value> = nue
            .sandbox
            .population(connection)
            .into_iter()
            .map(|record| (record.id, serde_json::from_str(&record.json).unwrap()))
            .collect();
        for (limit, includes) in [(200, "raw"), (49, "raw"), (100, "raw,lines")] {
            let question = question(&format!("limit={limit}&includes={includes}"));
            let read = nue.walk(&question).await;
            assert_eq!(read.len(), truth.len());
            for invoice in &read {
                let raw = invoice.raw.as_ref().unwrap().get();
                let raw: Value = serde_json::from_str(raw).unwrap();
                assert_eq!(raw, truth[invoice.id.id()], "{connection}");
            }
            let exact = |invoice: &&Invoice| {
                let raw = invoice.raw.as_ref().unwrap().get();
                raw.contains(r#""amount":226.330000000,"#)
            };
            assert_eq!(read.iter().filter(exact).count(), 1, "{connection}");
        }
    }
}

#[tokio::test]
async fn every_filter_finds_what_a_plain_search_finds() {
    for connection in ["nue", "nue-self-service"] {
        let nue = Running::start(connection, 260).await;
        let all = nue.walk(&question("")).await;
        for query in QUERIES {
            for (includes, reading) in [("raw", Reading::Few(50)), ("assets", Reading::Whole)] {
                check(&nue, query, includes, &all, reading).await;
            }
        }
    }
}

#[tokio::test]
async fn invoices_come_in_the_order_that_the_plan_claims() {
    let nue = Running::start("nue", 730).await;
    for key in nue.provider.capabilities().sorts {
        for sign in ["", "-"] {
            let question = question(&format!("sort={sign}{}", key.word()));
            let sort = question.sort.unwrap();
            let plan = nue.provider.plan(&question).unwrap();
            assert_eq!(plan.parts[0].order, PartOrder::AskedThenId);
            let read = nue.walk(&question).await;
            assert_eq!(read.len(), 730);
            assert!(
                read.is_sorted_by(|a, b| sort.cmp(&sort.position(a), &sort.position(b)).is_lt()),
                "{sign}{}",
                key.word()
            );
        }
    }
}

#[tokio::test]
async fn a_page_begins_exactly_where_it_should() {
    for (connection, query) in [
        ("nue", "limit=7"),
        ("nue", "limit=7&includes=orders"),
        ("nue-self-service", "limit=7"),
    ] {
        let nue = Running::start(connection, 240).await;
        let question = question(query);
        let all = nue.walk(&question).await;
        let part = nue.provider.plan(&question).unwrap().parts.remove(0);
        for skip in [0, 1, 99, 100, 101, 230, 239] {
            let page = nue.page(&question, &part, &Start::at(skip)).await.unwrap();
            let from = usize::try_from(skip).unwrap();
            let expected = &all[from..from + page.invoices.len()];
            assert_eq!(
                ids(&page.invoices),
                ids(expected),
                "{connection} {query} {skip}"
            );
            assert!(!page.invoices.is_empty());
            let reached = skip + u64::try_from(page.invoices.len()).unwrap();
            let next = (reached < 240).then(|| Start::at(reached));
            assert_eq!(page.following.first(), next.as_ref());
        }
        let past = nue.page(&question, &part, &Start::at(240)).await.unwrap();
        assert!(past.invoices.is_empty() && past.following.is_empty());
    }
}

#[tokio::test]
async fn the_last_page_is_known_for_the_last() {
    let nue = Running::start("nue", 100).await;
    let question = question("limit=50");
    let part = nue.provider.plan(&question).unwrap().parts.remove(0);
    let first = nue.page(&question, &part, &Start::default()).await.unwrap();
    assert_eq!(first.following, [Start::at(50)]);
    assert_eq!(nue.sandbox.calls("nue")[&Operation::List], 1);
    let last = nue.page(&question, &part, &Start::at(50)).await.unwrap();
    assert_eq!((last.invoices.len(), last.following), (50, vec![]));
}

#[tokio::test]
async fn related_things_come_with_the_listing_and_with_one() {
    for (connection, asked, absent) in [
        ("nue", "includes=assets,orders,payments", None),
        (
            "nue-self-service",
            "includes=assets,orders,payments",
            Some(()),
        ),
    ] {
        let nue = Running::start(connection, 60).await;
        let question = question(asked);
        for listed in nue.walk(&question).await {
            let got = nue.get(listed.id.id(), &question.view).await.unwrap();
            for invoice in [&listed, &got] {
                let assets = invoice.assets.as_ref().unwrap().as_ref().unwrap();
                let orders = invoice.orders.as_ref().unwrap().as_ref().unwrap();
                assert_eq!((assets.len(), orders.len()), (1, 1));
                let payments = invoice.payments.as_ref().unwrap();
                assert_eq!(payments.is_none(), absent.is_some());
            }
            assert!(question.view.wants(Include::Payments));
            assert_eq!(
                serde_json::to_value(&listed).unwrap(),
                serde_json::to_value(&got).unwrap()
            );
        }
    }
}

#[tokio::test]
async fn an_invoice_that_is_not_there_is_not_found() {
    for connection in ["nue", "nue-self-service"] {
        let nue = Running::start(connection, 5).await;
        for id in ["nope", "..", "a/b", "a?b=c"] {
            let error = nue.get(id, &question("").view).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::NotFound, "{connection} {id}");
        }
    }
}

#[tokio::test]
async fn refusals_keep_their_meaning() {
    for (connection, status, kind) in [
        ("nue", 401, ErrorKind::Credentials),
        ("nue", 404, ErrorKind::NotFound),
        ("nue", 500, ErrorKind::Failed),
        ("nue-self-service", 401, ErrorKind::Credentials),
        ("nue-self-service", 403, ErrorKind::NotEnabled),
        ("nue-self-service", 500, ErrorKind::Failed),
    ] {
        let nue = Running::start(connection, 5).await;
        let fault = FaultKind::Status {
            status,
            retry_after: None,
        };
        nue.sandbox
            .set_fault(connection, Fault::always(fault))
            .unwrap();
        for query in ["", "includes=assets"] {
            let error = nue.first_page(&question(query)).await.unwrap_err();
            assert_eq!((error.kind, error.status), (kind, Some(status)));
            assert_eq!(
                error.said.message.as_deref(),
                Some("a fault set on the sandbox")
            );
        }
        let error = nue.get("a", &question("").view).await.unwrap_err();
        assert_eq!(error.kind, kind);
    }
}

#[tokio::test]
async fn a_wrong_key_is_told_as_such() {
    for connection in ["nue", "nue-self-service"] {
        let nue = Running::with_key(connection, 5, "wrong").await;
        let error = nue.first_page(&question("")).await.unwrap_err();
        assert_eq!(
            (error.kind, error.status),
            (ErrorKind::Credentials, Some(401))
        );
    }
}

#[tokio::test]
async fn odd_answers_spoil_no_page_and_unreadable_ones_are_told() {
    for connection in ["nue", "nue-self-service"] {
        let nue = Running::start(connection, 30).await;
        for odd in [FaultKind::UnknownStatus, FaultKind::NullRequired] {
            nue.sandbox
                .set_fault(connection, Fault::always(odd))
                .unwrap();
            assert_eq!(nue.walk(&question("")).await.len(), 30);
            nue.sandbox.clear_faults(connection).unwrap();
        }
        for unreadable in [FaultKind::InvalidJson, FaultKind::EmptyBody] {
            nue.sandbox
                .set_fault(connection, Fault::always(unreadable))
                .unwrap();
            for query in ["", "includes=orders"] {
                let error = nue.first_page(&question(query)).await.unwrap_err();
                assert_eq!(error.kind, ErrorKind::BadResponse);
            }
            nue.sandbox.clear_faults(connection).unwrap();
        }
    }
}
