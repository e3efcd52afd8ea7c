//! SimplePin over HTTP, against the sandbox.

#![cfg(test)]

#[path = "sandboxed/rig.rs"]
mod rig;

use std::cmp::Ordering;
use std::ops::Bound;

use axum::Router;
use invoice::{Filter, Include, Invoice, Match, Parameter, Range, Sort, SortKey};
use provider_client::ErrorKind;
use provider_client::provider::{PartOrder, Question, Reading, View};
use sandbox::{Fault, FaultKind, Operation, ProviderKind};
use serde_json::json;

use rig::{NAME, Rig, everything, following, ids, provider, serve, soon, sorted};

async fn simplepin(invoices: usize) -> Rig {
    Rig::open(ProviderKind::SimplePin, invoices, |_| {}).await
}

fn of(customer: &str) -> Question {
    Question { customers: Some([customer.to_owned()].into()), ..everything() }
}

fn population(rig: &Rig, customer: Option<&str>) -> Vec<String> {
    let records = rig.sandbox.population(NAME).into_iter();
    let of = records.filter(|record| customer.is_none_or(|id| record.customer == id));
    sorted(of.map(|record| record.id).collect())
}

#[tokio::test]
async fn walking_the_roster_gives_the_population_once() {
    let rig = simplepin(400).await;
    for reading in [Reading::Few(6), Reading::Few(19), Reading::Whole] {
        let question = Question { reading, ..everything() };
        let walked = sorted(ids(&rig.walk(&question).await));
        assert_eq!(walked, population(&rig, None), "{reading:?}");
    }
}

#[tokio::test]
async fn more_than_the_largest_page_is_read_to_the_end() {
    let rig = simplepin(20 * 501).await;
    let walked = rig.walk(&of("CUST-1001")).await;
    assert_eq!(walked.len(), 501);
    assert_eq!(sorted(ids(&walked)), population(&rig, Some("CUST-1001")));
    assert_eq!(rig.sandbox.calls(NAME).get(&Operation::List), Some(&3));
}

#[tokio::test]
async fn a_customers_invoices_are_read_from_any_place_on() {
    let rig = simplepin(400).await;
    let all = ids(&rig.walk(&of("CUST-1001")).await);
    assert_eq!(sorted(all.clone()), population(&rig, Some("CUST-1001")));
    assert_eq!(all.len(), 20);
    let few = Question { reading: Reading::Few(5), ..of("CUST-1001") };
    for (skip, end, more) in [
        (0, 6, true),
        (7, 13, true),
        (14, 20, true),
        // A short page ends nothing.
        (15, 20, true),
        (20, 20, false),
        (99, 20, false),
    ] {
        let page = rig.page_at(&few, skip).await.unwrap();
        assert_eq!(ids(&page.invoices), all[skip.min(end)..end], "{skip}");
        let next = following(&page).first().copied();
        assert_eq!(next, more.then_some(end), "{skip}");
        assert_eq!(page.total, None);
    }
}

#[tokio::test]
async fn a_customer_it_does_not_know_has_no_invoices() {
    let rig = simplepin(40).await;
    for customer in ["CUST-9999", "CUST-1001&customer_id=CUST-1002", "*", "%"] {
        assert_eq!(rig.walk(&of(customer)).await.len(), 0, "{customer}");
    }
}

/// What the provider answers to `filter`, which holds `parameter`, is what the
/// gateway would have picked out of everything.
async fn agrees(rig: &Rig, all: &[Invoice], parameter: Parameter, filter: Filter) -> usize {
    let question = Question { filter, ..everything() };
    let plan = rig.provider.plan(&question).unwrap();
    assert_eq!(plan.by_provider, [parameter].into());
    let picked = all
        .iter()
        .filter(|it| question.filter.matches(parameter, it) == Match::Pass)
        .map(|it| it.id.id().to_owned())
        .collect();
    let walked = sorted(ids(&rig.walk(&question).await));
    assert_eq!(walked, sorted(picked), "{:?}", question.filter);
    walked.len()
}

#[tokio::test]
async fn the_provider_filters_dates_as_we_would() {
    let rig = simplepin(400).await;
    let all = rig.walk(&everything()).await;
    let mut days: Vec<_> = all.iter().filter_map(|it| it.dates.invoice).collect();
    days.sort();
    let (early, late) = (days[100], days[300]);
    let mut found = Vec::new();
    for (lower, upper) in [
        (Bound::Included(early), Bound::Included(late)),
        (Bound::Excluded(early), Bound::Excluded(late)),
        (Bound::Included(early), Bound::Unbounded),
        (Bound::Unbounded, Bound::Excluded(early)),
        (Bound::Included(early), Bound::Included(early)),
        (Bound::Included(late), Bound::Included(early)),
    ] {
        let filter = Filter { invoice_date: Range { lower, upper }, ..Filter::default() };
        found.push(agrees(&rig, &all, Parameter::InvoiceDate, filter).await);
    }
    assert!(found[0] > found[1], "both ends count: {found:?}");
    assert!(found[4] > 0, "a single day is found: {found:?}");
    assert_eq!(found[5], 0);
}

#[tokio::test]
async fn the_provider_searches_words_as_we_would() {
    let rig = simplepin(400).await;
    let all = rig.walk(&everything()).await;
    for (words, found) in
        [("sp-0001", 100), ("SØN", 399), ("billing7@", 20), ("order \"", 0), ("nowhere", 0)]
    {
        let filter = Filter { search: Some(words.into()), ..Filter::default() };
        let count = agrees(&rig, &all, Parameter::Search, filter).await;
        assert!(if found == 0 { count < 400 } else { count == found }, "{words}: {count}");
    }
}

#[tokio::test]
async fn an_order_by_number_is_established_by_the_provider() {
    let rig = simplepin(400).await;
    for descending in [false, true] {
        let sort = Sort { key: SortKey::Number, descending };
        let question = Question { sort: Some(sort), reading: Reading::Few(6), ..of("CUST-1001") };
        assert_eq!(rig.provider.plan(&question).unwrap().parts[0].order, PartOrder::Requested);
        let walked = rig.walk(&question).await;
        assert_eq!(walked.len(), 20);
        assert!(walked.is_sorted_by(|a, b| {
            let (a, b) = (sort.position(a), sort.position(b));
            sort.cmp_values(a.value.as_ref(), b.value.as_ref()) != Ordering::Greater
        }));
    }
}

#[tokio::test]
async fn reads_one_invoice_as_it_is_listed_and_its_lines() {
    let rig = simplepin(60).await;
    let view = View { includes: vec![Include::Lines], ..View::default() };
    for listed in rig.walk(&of("CUST-1001")).await {
        let id = listed.id.id();
        let bare = rig.get(id, &View::default()).await.unwrap();
        assert_eq!(serde_json::to_string(&bare).unwrap(), serde_json::to_string(&listed).unwrap());
        let lines = rig.get(id, &view).await.unwrap().lines.flatten().unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].amount, listed.amounts.total);
    }
}

#[tokio::test]
async fn an_id_it_does_not_have_is_not_found() {
    let rig = simplepin(2).await;
    for id in ["none", "..", "a&invoice_id=0", "string "] {
        let error = rig.get(id, &View::default()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{id}: {error}");
        assert_eq!(error.said.message.as_deref(), Some("no such invoice"));
    }
}

#[tokio::test]
async fn lines_are_read_for_listed_invoices_only_when_asked_for() {
    let rig = simplepin(100).await;
    let mut question = of("CUST-1001");
    let listed = rig.walk(&question).await;
    let done = rig.provider.complete(listed, &question.view, soon()).await;
    assert_eq!(done.unwrap().len(), 5);
    assert_eq!(rig.sandbox.calls(NAME).get(&Operation::Get), None);

    question.view.includes = vec![Include::Lines];
    let listed = rig.walk(&question).await;
    assert!(listed.iter().all(|it| matches!(it.lines, Some(None))));
    let order = ids(&listed);
    let done = rig.provider.complete(listed, &question.view, soon()).await.unwrap();
    assert_eq!(ids(&done), order);
    for it in &done {
        let lines = it.lines.as_ref().unwrap().as_ref().unwrap();
        assert_eq!(lines[0].amount, it.amounts.total);
    }
    assert_eq!(rig.sandbox.calls(NAME).get(&Operation::Get), Some(&5));
}

#[tokio::test]
async fn an_invoice_gone_since_it_was_listed_has_no_lines_and_other_failures_are_told() {
    let rig = simplepin(100).await;
    let mut question = of("CUST-1001");
    question.view.includes = vec![Include::Lines];
    for (status, expected) in [(404, None), (403, Some(ErrorKind::Credentials))] {
        let listed = rig.walk(&question).await;
        let fault = FaultKind::Status { status, retry_after: None };
        rig.sandbox.set_fault(NAME, Fault::times(fault, 1)).unwrap();
        let done = rig.provider.complete(listed, &question.view, soon()).await;
        match expected {
            None => {
                let done = done.unwrap();
                let without = done.iter().filter(|it| matches!(it.lines, Some(None)));
                assert_eq!((done.len(), without.count()), (5, 1));
            }
            Some(kind) => assert_eq!(done.unwrap_err().kind, kind),
        }
    }
}

#[tokio::test]
async fn both_headers_are_needed() {
    for field in ["authorization", "token"] {
        let rig =
            Rig::open(ProviderKind::SimplePin, 2, |secret| secret[field] = json!("wrong")).await;
        let error = rig.page_at(&everything(), 0).await.unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::Credentials, Some(401)), "{field}");
        let error = rig.get("string", &View::default()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials, "{field}");
    }
}

#[tokio::test]
async fn broken_answers_are_told_by_their_kind() {
    let rig = simplepin(40).await;
    rig.explains_broken_answers().await;
    let not_found = FaultKind::Status { status: 404, retry_after: None };
    let error = rig.list_under(not_found).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.detail.contains("`baseUrl`"), "{error}");
}

#[tokio::test]
async fn odd_invoices_fail_no_page() {
    let rig = simplepin(40).await;
    let odd = rig.list_under(FaultKind::UnknownStatus).await.unwrap();
    assert_eq!(odd.invoices[0].status, invoice::Status::Unknown);
    assert_eq!(odd.invoices[0].provider_status.as_deref(), Some("Quarantined"));
    let null = rig.list_under(FaultKind::NullRequired).await.unwrap();
    assert_eq!(null.invoices[0].amounts.total, None);
}

#[tokio::test]
async fn an_answer_to_another_question_is_refused() {
    let theirs =
        json!([{"uuid": "a", "customer_id": "theirs"}, {"uuid": "b", "customer_id": "theirs"}]);
    let first = theirs[0].clone();
    let router = Router::new()
        .route("/v2/invoice/list", axum::routing::post(|| async { axum::Json(theirs) }))
        .route("/v2/invoice/get", axum::routing::get(|| async { axum::Json(first) }));
    let origin = serve(router).await;
    let secret =
        json!({"provider": "simplepin", "authorization": "a", "token": "t", "baseUrl": origin});
    let rig = Rig { provider: provider(&secret), ..simplepin(0).await };
    assert_eq!(rig.walk(&of("theirs")).await.len(), 2);
    let error = rig.page_at(&of("mine"), 0).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadResponse);
    assert!(error.detail.contains("another customer"), "{error}");
    let one = Question { reading: Reading::Few(0), ..of("theirs") };
    let error = rig.page_at(&one, 0).await.unwrap_err();
    assert!(error.detail.contains("more invoices"), "{error}");
    assert!(rig.get("A", &View::default()).await.is_ok());
    let error = rig.get("b", &View::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::OtherInvoice);
}
