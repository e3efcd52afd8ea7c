//! Both Nue editions over HTTP, against the sandbox.

#![cfg(test)]

#[expect(dead_code, reason = "shared with the tests of other providers")]
#[path = "sandboxed/rig.rs"]
mod rig;

use std::collections::BTreeMap;

use api::ListQuery;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use engine::Connection;
use engine::listing::list;
use invoice::{Include, Invoice, Match, Problem, Scope};
use provider_client::provider::{PartOrder, Question, Reading, Start, View};
use provider_client::{ErrorKind, Provider};
use sandbox::{Fault, FaultKind, Operation, ProviderKind};
use serde_json::{Value, json};

use rig::{NAME, Rig, ids, provider, serve, soon, sorted};

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
    "poNumber=PO-*a*",
    "externalId=[empty]",
    "externalId=EXT-117,EXT-12",
    "currency=EUR,jpy",
    "currency=[empty]",
    "customerIds=001KS00000DvZ1aYAD",
    "customerIds=001KS00000DvZ1aYAD,001KS00000Dv003aYAD&status=active&balance[gt]=0",
    "customerIds=nobody",
    "search=INV-0000032",
];

/// The queries that no invoice answers.
const NOBODY: &[&str] = &["paymentStatus=unpaid", "customerIds=nobody"];

const BOTH: [ProviderKind; 2] = [ProviderKind::Nue, ProviderKind::NueSelfService];

async fn open(kind: ProviderKind, invoices: usize) -> Rig {
    Rig::open(kind, invoices, |_| {}).await
}

/// What `query` asks, as callers write it.
fn question(query: &str) -> Question {
    let query = ListQuery::parse(query).unwrap();
    Question {
        customers: query.filter.customers_at(&NAME.parse().unwrap(), &Scope::All),
        sort: query.sort,
        view: View { includes: query.includes, ..View::default() },
        reading: Reading::Few(query.limit),
        filter: query.filter,
    }
}

/// Reads `question` to its end; nothing comes twice.
async fn walk(nue: &Rig, question: &Question) -> Vec<Invoice> {
    let all = nue.walk(question).await;
    let mut seen = sorted(ids(&all));
    seen.dedup();
    assert_eq!(seen.len(), all.len(), "an invoice came twice");
    all
}

/// What of `all` answers `query`, by the rules every provider is held to.
fn naive(query: &str, all: &[Invoice]) -> Vec<Invoice> {
    let question = question(query);
    all.iter()
        .filter(|invoice| {
            let asked = question.filter.asked();
            let holds = |p| question.filter.matches(p, invoice) == Match::Pass;
            let customer = invoice.customer.id.as_ref().map(|id| id.id().to_owned());
            asked.into_iter().all(holds)
                && question
                    .customers
                    .as_ref()
                    .is_none_or(|meant| customer.is_some_and(|id| meant.contains(&id)))
        })
        .cloned()
        .collect()
}

/// Reads `query` to its end, and holds the answer against the naive one: all
/// that answers is there, and what was claimed for the provider is exact.
async fn check(nue: &Rig, query: &str, includes: &str, all: &[Invoice], reading: Reading) {
    let mut question = question(&format!("{query}&includes={includes}"));
    question.reading = reading;
    let plan = nue.provider.plan(&question).unwrap();
    let asked = question.filter.asked();
    assert!(plan.by_provider.iter().all(|p| asked.contains(p)), "{query}");
    let read = walk(nue, &question).await;
    for invoice in &read {
        for parameter in &plan.by_provider {
            let verdict = question.filter.matches(*parameter, invoice);
            assert_eq!(verdict, Match::Pass, "{query}: {}", invoice.id);
        }
    }
    let expected = sorted(ids(&naive(query, all)));
    let found = sorted(ids(&naive(query, &read)));
    assert_eq!(found, expected, "{query}");
    assert_eq!(expected.is_empty(), NOBODY.contains(&query), "{query}");
    if plan.by_provider.len() == asked.len() {
        assert_eq!(read.len(), expected.len(), "{query}");
    }
}

#[tokio::test]
async fn all_pages_are_the_population_with_every_object_as_sent() {
    for kind in BOTH {
        let nue = open(kind, 730).await;
        let truth: BTreeMap<String, Value> = nue
            .sandbox
            .population(NAME)
            .into_iter()
            .map(|record| (record.id, serde_json::from_str(&record.json).unwrap()))
            .collect();
        for (limit, includes) in [(200, "raw"), (49, "raw"), (100, "raw,lines")] {
            let question = question(&format!("limit={limit}&includes={includes}"));
            let read = walk(&nue, &question).await;
            assert_eq!(read.len(), truth.len());
            for invoice in &read {
                let raw = invoice.raw.as_ref().unwrap().get();
                let raw: Value = serde_json::from_str(raw).unwrap();
                assert_eq!(raw, truth[invoice.id.id()], "{kind:?}");
            }
            let exact = |invoice: &&Invoice| {
                let raw = invoice.raw.as_ref().unwrap().get();
                raw.contains(r#""amount":226.330000000,"#)
            };
            assert_eq!(read.iter().filter(exact).count(), 1, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn every_filter_finds_what_a_plain_search_finds() {
    for kind in BOTH {
        let nue = open(kind, 260).await;
        let all = walk(&nue, &question("")).await;
        for query in QUERIES {
            for (includes, reading) in [("raw", Reading::Few(50)), ("assets", Reading::Whole)] {
                check(&nue, query, includes, &all, reading).await;
            }
        }
    }
}

#[tokio::test]
async fn invoices_come_in_the_order_that_the_plan_claims() {
    let nue = open(ProviderKind::Nue, 730).await;
    for key in nue.provider.capabilities().sorts {
        for sign in ["", "-"] {
            let question = question(&format!("sort={sign}{}", key.key().word()));
            let sort = question.sort.unwrap();
            let plan = nue.provider.plan(&question).unwrap();
            assert_eq!(plan.parts[0].order, PartOrder::RequestedThenId);
            let read = walk(&nue, &question).await;
            assert_eq!(read.len(), 730);
            assert!(
                read.is_sorted_by(|a, b| sort.cmp(&sort.position(a), &sort.position(b)).is_lt()),
                "{sign}{}",
                key.key().word()
            );
        }
    }
}

#[tokio::test]
async fn a_page_begins_exactly_where_it_should() {
    for (kind, query) in [
        (ProviderKind::Nue, "limit=7"),
        (ProviderKind::Nue, "limit=7&includes=orders"),
        (ProviderKind::NueSelfService, "limit=7"),
    ] {
        let nue = open(kind, 240).await;
        let question = question(query);
        let all = walk(&nue, &question).await;
        let part = nue.provider.plan(&question).unwrap().parts.remove(0);
        for skip in [0, 1, 99, 100, 101, 230, 239] {
            let page = nue.page(&question, &part, &Start::at(skip)).await.unwrap();
            let from = usize::try_from(skip).unwrap();
            let expected = &all[from..from + page.invoices.len()];
            assert_eq!(ids(&page.invoices), ids(expected), "{kind:?} {query} {skip}");
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
    let nue = open(ProviderKind::Nue, 100).await;
    let question = question("limit=50");
    let part = nue.provider.plan(&question).unwrap().parts.remove(0);
    let first = nue.page(&question, &part, &Start::default()).await.unwrap();
    assert_eq!(first.following, [Start::at(50)]);
    assert_eq!(nue.sandbox.calls(NAME)[&Operation::List], 1);
    let last = nue.page(&question, &part, &Start::at(50)).await.unwrap();
    assert_eq!((last.invoices.len(), last.following), (50, vec![]));
    // It was shorter than asked: whether a row follows was asked.
    assert_eq!(nue.sandbox.calls(NAME)[&Operation::List], 3);
}

#[tokio::test]
async fn related_things_come_with_the_listing_and_with_one() {
    for (kind, asked, absent) in [
        (ProviderKind::Nue, "includes=assets,orders,payments", None),
        (ProviderKind::NueSelfService, "includes=assets,orders,payments", Some(())),
    ] {
        let nue = open(kind, 60).await;
        let question = question(asked);
        for listed in walk(&nue, &question).await {
            let got = nue.get(listed.id.id(), &question.view).await.unwrap();
            for invoice in [&listed, &got] {
                let assets = invoice.assets.as_ref().unwrap().as_ref().unwrap();
                let orders = invoice.orders.as_ref().unwrap().as_ref().unwrap();
                assert_eq!((assets.len(), orders.len()), (1, 1));
                let payments = invoice.payments.as_ref().unwrap();
                assert_eq!(payments.is_none(), absent.is_some());
            }
            assert!(question.view.wants(Include::Payments));
            assert_eq!(serde_json::to_value(&listed).unwrap(), serde_json::to_value(&got).unwrap());
        }
    }
}

#[tokio::test]
async fn an_invoice_that_is_not_there_is_not_found() {
    for kind in BOTH {
        let nue = open(kind, 5).await;
        for id in ["nope", "..", "a/b", "a?b=c"] {
            let error = nue.get(id, &question("").view).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::NotFound, "{kind:?} {id}");
        }
    }
}

#[tokio::test]
async fn refusals_keep_their_meaning() {
    for (kind, status, means) in [
        (ProviderKind::Nue, 401, ErrorKind::Credentials),
        (ProviderKind::Nue, 404, ErrorKind::NotFound),
        (ProviderKind::Nue, 500, ErrorKind::Failed),
        (ProviderKind::NueSelfService, 401, ErrorKind::Credentials),
        (ProviderKind::NueSelfService, 403, ErrorKind::NotEnabled),
        (ProviderKind::NueSelfService, 500, ErrorKind::Failed),
    ] {
        let nue = open(kind, 5).await;
        let fault = FaultKind::Status { status, retry_after: None };
        nue.sandbox.set_fault(NAME, Fault::always(fault)).unwrap();
        for query in ["", "includes=assets"] {
            let error = nue.page_at(&question(query), 0).await.unwrap_err();
            assert_eq!((error.kind, error.status), (means, Some(status)));
            assert_eq!(error.said.message.as_deref(), Some("a fault set on the sandbox"));
        }
        let error = nue.get("a", &question("").view).await.unwrap_err();
        assert_eq!(error.kind, means);
    }
}

#[tokio::test]
async fn a_wrong_key_is_told_as_such() {
    for kind in BOTH {
        let nue = Rig::open(kind, 5, |secret| secret["apiKey"] = "wrong".into()).await;
        let error = nue.page_at(&question(""), 0).await.unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::Credentials, Some(401)));
    }
}

#[tokio::test]
async fn odd_answers_spoil_no_page_and_unreadable_ones_are_told() {
    for kind in BOTH {
        let nue = open(kind, 30).await;
        for odd in [FaultKind::UnknownStatus, FaultKind::NullRequired] {
            nue.sandbox.set_fault(NAME, Fault::always(odd)).unwrap();
            assert_eq!(walk(&nue, &question("")).await.len(), 30);
            nue.sandbox.clear_faults(NAME).unwrap();
        }
        for unreadable in [FaultKind::InvalidJson, FaultKind::EmptyBody] {
            nue.sandbox.set_fault(NAME, Fault::always(unreadable)).unwrap();
            for query in ["", "includes=orders"] {
                let error = nue.page_at(&question(query), 0).await.unwrap_err();
                assert_eq!(error.kind, ErrorKind::BadResponse);
            }
            nue.sandbox.clear_faults(NAME).unwrap();
        }
    }
}

/// The number that a request gives to an argument, beside the query.
fn argument(body: &Value, name: &str) -> usize {
    usize::try_from(body["variables"][name].as_u64().unwrap()).unwrap()
}

/// 73 invoices whose `limit` is heeded only up to `cap`, or not at all; nor the
/// `offset`, unless it is.
async fn stubborn(cap: Option<usize>, heeds_offset: bool) -> Box<dyn Provider> {
    let answer = move |Json(body): Json<Value>| async move {
        let (from, limit) = (argument(&body, "offset"), argument(&body, "limit"));
        let most = cap.map_or(usize::MAX, |cap| cap.min(limit));
        let from = if heeds_offset { from } else { 0 };
        let rows: Vec<Value> = (from..73).map(|id| json!({"id": id})).take(most).collect();
        Json(json!({"data": {"Invoice": rows}}))
    };
    let origin = serve(Router::new().route("/orders/async/graphql", post(answer))).await;
    provider(&json!({"provider": "nue", "apiKey": "k", "baseUrl": origin}))
}

#[tokio::test]
async fn a_limit_that_is_not_heeded_or_is_cut_loses_nothing() {
    for cap in [None, Some(1), Some(7), Some(10), Some(33), Some(72), Some(73), Some(100)] {
        let nue = Rig { provider: stubborn(cap, true).await, ..open(ProviderKind::Nue, 0).await };
        for reading in [Reading::Few(10), Reading::Few(50), Reading::Whole] {
            let question = Question { reading, ..question("") };
            let found: Vec<String> = ids(&walk(&nue, &question).await);
            let expected: Vec<String> = (0..73).map(|id| id.to_string()).collect();
            assert_eq!(found, expected, "{cap:?} {reading:?}");
        }
    }
}

#[tokio::test]
async fn an_offset_that_is_not_heeded_is_told() {
    let nue = Rig { provider: stubborn(Some(20), false).await, ..open(ProviderKind::Nue, 0).await };
    let error = nue.page_at(&question("limit=50"), 0).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadResponse);
    assert!(error.detail.contains("`offset`"), "{error}");
}

/// How a self-service edition lists its invoices.
#[derive(Clone, Copy)]
struct Edition {
    there: usize,
    /// The size of its pages, and whether it announces them; none where all comes
    /// at once.
    pages: Option<(usize, bool)>,
    refuses_page: bool,
}

impl Edition {
    fn answer(self, query: &BTreeMap<String, String>) -> (StatusCode, Json<Value>) {
        let page: usize = query.get("page").map_or(1, |page| page.parse().unwrap());
        if self.refuses_page && query.contains_key("page") {
            let message = json!({"message": "property page should not exist"});
            return (StatusCode::BAD_REQUEST, Json(message));
        }
        let row = |id: usize| json!({"id": id.to_string(), "customerId": "c"});
        let rows = |from: usize, most: usize| {
            (from..self.there).take(most).map(row).collect::<Vec<Value>>()
        };
        let body = match self.pages {
            None => rows(0, usize::MAX).into(),
            Some((size, announces)) => {
                let rows = rows((page - 1) * size, size);
                if announces {
                    let pagination = json!({"page": page, "limit": size, "total": self.there});
                    json!({"data": rows, "pagination": pagination})
                } else {
                    rows.into()
                }
            }
        };
        (StatusCode::OK, Json(body))
    }

    async fn open(self) -> Rig {
        let answer =
            move |query: Query<BTreeMap<String, String>>| async move { self.answer(&query) };
        let origin = serve(Router::new().route("/invoices", get(answer))).await;
        let secret = json!({"provider": "nue-self-service", "apiKey": "k", "baseUrl": origin,
                            "customers": ["c"]});
        Rig { provider: provider(&secret), ..open(ProviderKind::NueSelfService, 0).await }
    }
}

/// All that a listing gives, page after page, and what it says of it.
async fn listed(nue: Rig) -> Result<(Vec<String>, Option<u64>), Problem> {
    let connection = Connection {
        name: NAME.parse().unwrap(),
        provider: Ok(std::sync::Arc::from(nue.provider)),
    };
    let mut query = ListQuery::parse("limit=60").unwrap();
    let mut given = Vec::new();
    loop {
        let listing = list(std::slice::from_ref(&connection), &query, &Scope::All, soon()).await?;
        given.extend(ids(listing.invoices()));
        query.cursor = listing.next_cursor;
        if query.cursor.is_none() {
            return Ok((given, listing.total));
        }
    }
}

#[tokio::test]
async fn a_self_service_answer_of_any_kind_is_followed_to_its_end() {
    for (there, pages, refuses_page, total) in [
        (130, None, true, Some(130)),
        (130, None, false, Some(130)),
        (100, None, true, Some(100)),
        (100, None, false, Some(100)),
        // Fewer on a page than anybody would take for one, and nothing said of others.
        (130, Some((40, false)), false, None),
        (41, Some((40, false)), false, None),
        (7, None, true, Some(7)),
        (260, Some((100, true)), false, Some(260)),
        (260, Some((250, true)), false, Some(260)),
        (260, Some((30, true)), false, Some(260)),
        (260, Some((100, false)), false, None),
        (200, Some((100, false)), false, None),
        (0, Some((100, true)), false, Some(0)),
    ] {
        let edition = Edition { there, pages, refuses_page };
        let (given, told) = listed(edition.open().await).await.unwrap();
        let expected: Vec<String> = (0..there).map(|id| id.to_string()).collect();
        assert_eq!(given, expected, "{there} {pages:?} {refuses_page}");
        assert!(told.is_none() || told == total, "{there} {pages:?}: {told:?}");
    }
}

#[tokio::test]
async fn announced_pages_that_are_refused_are_a_failure() {
    let edition = Edition { there: 260, pages: Some((100, true)), refuses_page: true };
    let problem = listed(edition.open().await).await.unwrap_err();
    assert_eq!(problem.code, invoice::Code::ProviderError, "{problem:?}");
}

/// A server whose pages from the second on are all the same, and that tells of more.
#[tokio::test]
async fn a_look_up_ends_where_a_server_repeats_its_last_page() {
    let answer = |query: Query<BTreeMap<String, String>>| async move {
        let page: usize = query.get("page").map_or(1, |page| page.parse().unwrap());
        let from = (page.min(2) - 1) * 10;
        let rows: Vec<Value> = (from..from + 10)
            .map(|id: usize| json!({"id": id.to_string(), "customerId": "c"}))
            .collect();
        Json(json!({"data": rows, "pagination": {"page": page, "limit": 10, "total": 1_000_000}}))
    };
    let origin = serve(Router::new().route("/invoices", get(answer))).await;
    let nue = provider(&json!({"provider": "nue-self-service", "apiKey": "k", "baseUrl": origin,
                               "customers": ["c"]}));
    let get = async |id| nue.get(id, &Default::default(), soon()).await;
    assert_eq!(get("13").await.unwrap().id.id(), "13");
    let error = get("elsewhere").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadResponse, "{error}");
}
