//! Reading: the whole, one by one, by random questions, and while drafts go away.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api::ListQuery;
use engine::listing::list;
use http::Method;
use invoice::{Invoice, Scope};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use provider_client::ErrorKind;
use provider_client::probe::{Finding, check};
use provider_client::provider::View;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::population::{self, State};
use super::stand_in::StandIn;
use crate::oracle::Known;
use crate::questions::{World, agree, case};
use crate::subject::{shown, soon};

/// More than a page.
const INVOICES: usize = 140;
/// Unless `PROPTEST_CASES` says otherwise.
const QUESTIONS: u32 = 200;

/// Every page of `query` to its end; `between` is done after each.
async fn walked(
    stand_in: &StandIn,
    query: &str,
    mut between: impl AsyncFnMut(&[Invoice]),
) -> Vec<Invoice> {
    let connections = [stand_in.connection()];
    let mut query = ListQuery::parse(query).unwrap();
    let mut all = Vec::new();
    loop {
        let page = list(&connections, &query, &Scope::All, soon()).await.unwrap();
        assert!(page.sources[0].problem.is_none() && page.total.is_none(), "{:?}", page.sources);
        let invoices: Vec<Invoice> = page.invoices().cloned().collect();
        between(&invoices).await;
        all.extend(invoices);
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return all;
        }
    }
}

fn id(invoice: &Invoice) -> String {
    invoice.id.id().to_owned()
}

/// Written from Stripe's pages alone: how many decimal places it counts a currency with.
fn places(currency: &str) -> u32 {
    match currency {
        "usd" | "eur" | "isk" => 2,
        "jpy" | "mga" => 0,
        "kwd" => 3,
        other => panic!("{other} is not in the population"),
    }
}

/// Holds what callers see to what the stand-in says, field by field.
fn same(shown: &Value, raw: &Value) {
    let places = places(raw["currency"].as_str().unwrap());
    let money = |units: &Value| Some(Decimal::new(units.as_i64()?, places));
    let amount = |amount: &Value| amount.as_str().map(|text| text.parse::<Decimal>().unwrap());
    for (ours, theirs) in [
        ("total", "total"),
        ("withoutTax", "total_excluding_tax"),
        ("shipping", "amount_shipping"),
        ("paid", "amount_paid"),
        ("balance", "amount_remaining"),
    ] {
        assert_eq!(amount(&shown["amounts"][ours]), money(&raw[theirs]), "{theirs} of {raw}");
    }
    let credited = ["pre_payment_credit_notes_amount", "post_payment_credit_notes_amount"];
    let credited: i64 = credited.iter().map(|part| raw[*part].as_i64().unwrap()).sum();
    assert_eq!(amount(&shown["amounts"]["credited"]), money(&json!(credited)), "{raw}");
    let moment = |second: &Value| Some(Timestamp::from_second(second.as_i64()?).unwrap());
    let told = |text: &Value| text.as_str().map(|text| text.parse::<Timestamp>().unwrap());
    let turned = &raw["status_transitions"];
    for (ours, theirs) in [
        ("created", &raw["created"]),
        ("activated", &turned["finalized_at"]),
        ("canceled", &turned["voided_at"]),
        ("modified", &Value::Null),
    ] {
        assert_eq!(told(&shown["timestamps"][ours]), moment(theirs), "{ours} of {raw}");
    }
    let day = |second: &Value| Some(moment(second)?.to_zoned(TimeZone::UTC).date().to_string());
    for (ours, theirs) in [("due", "due_date"), ("invoice", "effective_at")] {
        assert_eq!(shown["dates"][ours].as_str(), day(&raw[theirs]).as_deref(), "{raw}");
    }
    for (ours, theirs) in [
        ("/number", "number"),
        ("/customer/name", "customer_name"),
        ("/customer/email", "customer_email"),
        ("/providerStatus", "status"),
        ("/documents/pdfUrl", "invoice_pdf"),
        ("/payment/hostedUrl", "hosted_invoice_url"),
    ] {
        assert_eq!(shown.pointer(ours).unwrap(), &raw[theirs], "{ours} of {raw}");
    }
    assert_eq!(shown["customer"]["id"], format!("stripe:{}", raw["customer"].as_str().unwrap()));
    let is_part_credited = raw["pre_payment_credit_notes_amount"] != 0;
    let (status, payment) = match raw["status"].as_str().unwrap() {
        "draft" => ("draft", "unpaid"),
        "open" if is_part_credited => ("active", "partially_applied"),
        "open" => ("active", "unpaid"),
        "paid" => ("active", "paid"),
        "void" => ("canceled", "canceled"),
        "uncollectible" => ("active", "written_off"),
        other => panic!("{other}"),
    };
    assert_eq!((&shown["status"], &shown["paymentStatus"]), (&json!(status), &json!(payment)));
}

#[test]
#[ignore = "wants the stand-in: .ci/strangers"]
fn any_question_is_answered_as_by_a_naive_filter_and_sort() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stand_in = runtime.block_on(StandIn::open("reading"));
    let world = runtime.block_on(async {
        population::fill(&stand_in, INVOICES).await;
        let raw = stand_in.all("invoices?").await;
        let read = walked(&stand_in, "limit=200", async |_| ()).await;
        let ids: Vec<&str> = raw.iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(read.iter().map(id).collect::<Vec<_>>(), ids, "all of them, newest first");
        let provider = stand_in.provider();
        for (invoice, raw) in read.iter().zip(&raw) {
            same(&shown(invoice), raw);
            let alone = provider.get(&id(invoice), &View::default(), soon()).await.unwrap();
            assert_eq!(shown(&alone), shown(invoice));
        }
        let known = read.into_iter().map(Known::of).collect();
        World { connections: vec![stand_in.connection()], known: Arc::new(known) }
    });
    let config = Config { failure_persistence: None, max_shrink_iters: 100, ..Config::default() };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { config.cases } else { QUESTIONS };
    let hits = std::cell::Cell::new(0);
    let strategy = case::cases(Arc::clone(&world.known));
    let outcome = TestRunner::new(Config { cases, ..config }).run(&strategy, |case| {
        let wanted = case.expected(&world);
        hits.set(hits.get() + u32::from(wanted.as_ref().is_ok_and(|wanted| !wanted.is_empty())));
        let given = runtime.block_on(world.given(&case));
        agree(&world, &case, wanted, given).map_err(TestCaseError::fail)
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(hits.get() > cases / 3, "{hits:?} of {cases} find anything");
    println!("{cases} random questions, {} of them found something", hits.get());
    println!("{} exchanges for reading {INVOICES} invoices", stand_in.way.calls());
}

#[tokio::test]
#[ignore = "wants the stand-in: .ci/strangers"]
async fn all_lines_are_read_where_they_are_asked_for() {
    let stand_in = StandIn::open("lines").await;
    let long = population::fill(&stand_in, 3).await.pop().unwrap();
    let held = stand_in.read(&format!("invoices/{long}")).await;
    let held = held["lines"]["data"].as_array().unwrap().len();
    assert_eq!(held, population::MOST_LINES, "difference: lines held whole");
    let provider = stand_in.provider();
    let mut read = Vec::new();
    for includes in [vec![], vec![invoice::Include::Lines]] {
        let (before, view) = (stand_in.way.calls(), View { includes, ..View::default() });
        let invoice = provider.get(&long, &view, soon()).await.unwrap();
        read.push((invoice.lines.flatten().map(|all| all.len()), stand_in.way.calls() - before));
    }
    assert_eq!(read, [(None, 1), (Some(population::MOST_LINES), 4)]);
    let listed = walked(&stand_in, "includes=lines,payments&limit=50", async |_| ()).await;
    let lines = |one: &Invoice| one.lines.clone().unwrap().unwrap().len();
    let all: BTreeMap<String, usize> = listed.iter().map(|one| (id(one), lines(one))).collect();
    assert_eq!(all[&long], population::MOST_LINES);
    let payments = listed.iter().all(|one| one.payments.as_ref().is_some_and(Option::is_none));
    assert!(payments, "difference: no invoice_payments");
}

#[tokio::test]
#[ignore = "wants the stand-in: .ci/strangers"]
async fn what_is_not_there_is_not_found() {
    let stand_in = StandIn::open("nothing").await;
    let gone = stand_in.provider().get("in_gone", &View::default(), soon()).await.unwrap_err();
    assert_eq!(
        (gone.kind, gone.said.code.as_deref()),
        (ErrorKind::NotFound, Some("resource_missing"))
    );
    for nobody in ["cus_nobody", "nobody", "nobody,cus_nobody"] {
        let read = walked(&stand_in, &format!("customerIds={nobody}"), async |_| ()).await;
        assert!(read.is_empty(), "{nobody}");
    }
    assert!(walked(&stand_in, "", async |_| ()).await.is_empty());
}

/// The cursor names the last draft of a page, which is gone when it is asked on behind.
#[tokio::test]
#[ignore = "wants the stand-in: .ci/strangers"]
async fn drafts_deleted_between_pages_hide_no_other() {
    let stand_in = StandIn::open("deleted").await;
    let customers = population::customers(&stand_in).await;
    let mut there = BTreeSet::new();
    for number in 0..14 {
        there.insert(population::invoice(&stand_in, &customers, number, State::Draft).await);
    }
    for query in ["status=draft&limit=3", "sort=-createdAt&limit=3"] {
        let before = there.clone();
        let mut deleted = BTreeSet::new();
        let read = walked(&stand_in, query, async |page| {
            // Of a page, its last; more than once, all that has been shown.
            let of_page =
                if deleted.len() == 1 { page } else { &page[page.len().saturating_sub(1)..] };
            for invoice in of_page {
                let path = format!("invoices/{}", id(invoice));
                stand_in.call(Method::DELETE, &path, &[]).await.unwrap();
                deleted.insert(id(invoice));
            }
        })
        .await;
        let ids: Vec<String> = read.iter().map(id).collect();
        assert_eq!(ids.len(), before.len(), "{query}: {ids:?}");
        assert_eq!(ids.into_iter().collect::<BTreeSet<_>>(), before, "{query}");
        assert!(deleted.len() > 2, "{query}");
        there.retain(|id| !deleted.contains(id));
    }
}

/// As `ib check` asks: by a transport that sends no write.
#[tokio::test]
#[ignore = "wants the stand-in: .ci/strangers"]
async fn what_is_assumed_holds_there_and_no_write_is_sent() {
    let stand_in = StandIn::open("checked").await;
    population::fill(&stand_in, 12).await;
    stand_in.way.sent();
    let checked = check(stand_in.reading_only().as_ref()).await.unwrap();
    let of = |name: &str| checked.iter().find(|one| one.assumption.name == name).unwrap();
    assert_eq!(of("deleted cursor").finding, Finding::Holds);
    let unread = checked.iter().filter(|one| matches!(one.finding, Finding::NotProbed(_)));
    assert_eq!((unread.count(), checked.len()), (3, 4), "{checked:#?}");
    assert!(stand_in.way.calls() > 0 && stand_in.way.sent().is_empty());
}
