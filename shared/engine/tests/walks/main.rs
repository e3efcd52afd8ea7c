//! Walks over made-up providers whose invoices come and go between the pages, and
//! whose pages are not what they are asked for.
#![cfg(test)]
#![expect(clippy::as_conversions, reason = "small numbers of the test's own")]

mod meanwhile;
mod shifting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use api::ListQuery;
use engine::Connection;
use engine::listing::{Listing, SourceStatus, list};
use invoice::{Amount, Code, Direction, Invoice, Problem, Reference, Scope, Sort, SortKey};
use proptest::prelude::*;
use provider_client::provider::PartOrder;
use provider_client::{Deadline, Provider};

use shifting::{Says, Shifting};

fn name() -> invoice::ConnectionName {
    "a".parse().unwrap()
}

fn row(id: impl Into<Box<str>>, day: i8) -> Invoice {
    let reference = Reference::new(&name(), id);
    let number = reference.id().to_owned();
    let mut invoice = Invoice::unknown(reference, "made-up", Direction::Receivable);
    invoice.number = Some(number);
    invoice.dates.invoice = Some(jiff::civil::date(2025, 1, day));
    invoice.amounts.total = Some(Amount::new(rust_decimal::Decimal::from(day), None));
    invoice
}

fn rows(count: usize) -> Vec<Invoice> {
    (0..count).map(|id| row(format!("{id:05}"), (id % 7) as i8 + 1)).collect()
}

fn connected(provider: &Arc<Shifting>) -> [Connection; 1] {
    let provider: Arc<dyn Provider> = Arc::<Shifting>::clone(provider);
    [Connection { name: name(), provider: Ok(provider) }]
}

async fn ask(connections: &[Connection], query: &ListQuery) -> Result<Listing, Problem> {
    list(connections, query, &Scope::All, Deadline::after(Duration::from_secs(30))).await
}

/// Every page to the end; `between` happens after each. How often each was shown.
async fn walk(
    provider: &Arc<Shifting>,
    mut query: ListQuery,
    mut between: impl FnMut(&Listing),
) -> Result<BTreeMap<String, usize>, Problem> {
    let connections = connected(provider);
    let mut shown = BTreeMap::new();
    for _ in 0..2_000 {
        let listing = ask(&connections, &query).await?;
        for invoice in &listing.data {
            *shown.entry(invoice.id.id().to_owned()).or_default() += 1;
        }
        between(&listing);
        query.cursor = listing.next_cursor;
        if query.cursor.is_none() {
            return Ok(shown);
        }
    }
    panic!("the walk does not end");
}

fn sorted(sort: Option<SortKey>, limit: u16) -> ListQuery {
    let sort = sort.map(|key| Sort { key, descending: limit.is_multiple_of(2) });
    ListQuery { sort, limit, ..ListQuery::default() }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    /// The invariant of both ways of reading, with invoices that leave, those just
    /// shown above all, and others that come anywhere.
    #[test]
    fn whatever_comes_and_goes_the_rest_is_shown_once(
        count in 0..80_usize,
        cap in 1..30_usize,
        limit in 1..25_u16,
        order in prop_oneof![Just(PartOrder::Own), Just(PartOrder::Requested), Just(PartOrder::RequestedThenId)],
        says in prop_oneof![Just(Says::Nothing), Just(Says::Next), Just(Says::Total)],
        sort in proptest::option::of(prop_oneof![Just(SortKey::InvoiceDate), Just(SortKey::Number)]),
        leave in (0..=100_u8, 0..30_u8),
        come in 0..4_usize,
        seed in any::<u64>(),
    ) {
        let provider = Arc::new(Shifting::new(rows(count), cap, order, says));
        let begun: BTreeSet<String> = rows(count).iter().map(|row| row.id.id().to_owned()).collect();
        let mut left = BTreeSet::new();
        let mut draw = fastrand::Rng::with_seed(seed);
        let mut new = 0;
        let shown = block_on(walk(&provider, sorted(sort, limit), |page| {
            let just: BTreeSet<&str> = page.data.iter().map(|invoice| invoice.id.id()).collect();
            let mut rows = provider.rows.lock().unwrap();
            rows.retain(|row| {
                let chance = if just.contains(row.id.id()) { leave.0 } else { leave.1 / 4 };
                let stays = draw.u8(0..100) >= chance;
                if !stays {
                    left.insert(row.id.id().to_owned());
                }
                stays
            });
            for _ in 0..draw.usize(0..=come) {
                // Not for ever, or the walk would have no end.
                if new < 40 {
                    new += 1;
                    let at = draw.usize(0..=rows.len());
                    rows.insert(at, row(format!("n{new:05}"), draw.i8(1..8)));
                }
            }
        })).unwrap();
        let twice: Vec<_> = shown.iter().filter(|(_, times)| **times > 1).collect();
        prop_assert!(twice.is_empty(), "shown twice: {twice:?}");
        let missed: Vec<_> = begun.difference(&left).filter(|id| !shown.contains_key(*id)).collect();
        prop_assert!(missed.is_empty(), "never shown: {missed:?}");
    }
}

#[test]
fn those_that_stay_are_shown_once_while_whole_pages_leave() {
    // Ten that stay stand before all that leave, further back than a cursor knows.
    let provider = Arc::new(Shifting::new(rows(1_400), 200, PartOrder::Own, Says::Total));
    let shown = block_on(walk(&provider, sorted(None, 200), |page| {
        let just: BTreeSet<&str> = page.data.iter().map(|invoice| invoice.id.id()).collect();
        let mut rows = provider.rows.lock().unwrap();
        rows.retain(|row| row.id.id() < "00010" || !just.contains(row.id.id()));
    }));
    let shown = shown.unwrap();
    assert_eq!(shown.len(), 1_400);
    assert!(shown.values().all(|times| *times == 1));
    assert_eq!(provider.rows.lock().unwrap().len(), 10);
}

#[test]
fn a_page_shorter_than_asked_ends_nothing() {
    for says in [Says::Nothing, Says::Next, Says::Total] {
        let provider = Arc::new(Shifting::new(rows(230), 100, PartOrder::Own, says));
        let query = ListQuery { limit: 200, ..sorted(Some(SortKey::Amount), 200) };
        let listing = block_on(ask(&connected(&provider), &query)).unwrap();
        assert_eq!((listing.data.len(), listing.total), (200, Some(230)), "{says:?}");
        assert!(listing.has_more, "{says:?}");
    }
}

#[test]
fn what_is_announced_and_never_comes_is_a_failure() {
    for (order, sort) in [
        (PartOrder::Own, None),
        (PartOrder::Own, Some(SortKey::Amount)),
        (PartOrder::Requested, Some(SortKey::Amount)),
        (PartOrder::RequestedThenId, Some(SortKey::Amount)),
    ] {
        let says_more = Shifting::new(rows(60), 25, order, Says::TooMany(900));
        let repeats = Shifting::new(rows(60), 25, order, Says::Next);
        for provider in [says_more, Shifting { stuck: true, ..repeats }] {
            let (stuck, provider) = (provider.stuck, Arc::new(provider));
            let mut shown = BTreeMap::new();
            let outcome = block_on(walk(&provider, sorted(sort, 10), |page| {
                for invoice in &page.data {
                    *shown.entry(invoice.id.to_string()).or_insert(0) += 1;
                }
            }));
            let context = format!("{order:?} {sort:?} stuck: {stuck}");
            let problem = outcome.expect_err(&context);
            assert_eq!(problem.code, Code::ProviderBadResponse, "{context}: {problem}");
            assert!(shown.values().all(|times| *times == 1), "{context}");
        }
    }
}

#[test]
fn a_page_that_repeats_is_the_end_where_no_more_is_announced() {
    for sort in [None, Some(SortKey::Amount)] {
        let provider = Shifting::new(rows(7), 7, PartOrder::Own, Says::Nothing);
        let provider = Arc::new(Shifting { stuck: true, ..provider });
        let listing = block_on(ask(&connected(&provider), &sorted(sort, 20))).unwrap();
        assert_eq!((listing.data.len(), listing.has_more), (7, false), "{sort:?}");
        assert_eq!(listing.total, None, "{sort:?}: how many there are was not told");
        assert_eq!(listing.sources[0].status, SourceStatus::Ok);
    }
}

#[test]
fn an_id_or_a_number_of_any_length_breaks_no_cursor() {
    let long = "x".repeat(5_000);
    let all: Vec<Invoice> = (0..40).map(|at| row(format!("{long}{at}"), at % 7 + 1)).collect();
    for order in [PartOrder::Own, PartOrder::Requested, PartOrder::RequestedThenId] {
        for sort in [None, Some(SortKey::Number), Some(SortKey::Amount)] {
            let provider = Arc::new(Shifting::new(all.clone(), 9, order, Says::Next));
            let shown = block_on(walk(&provider, sorted(sort, 6), |page| {
                let length = page.next_cursor.as_ref().map_or(0, String::len);
                assert!(length <= 6_000, "{order:?} {sort:?}: {length}");
            }));
            let shown = shown.unwrap();
            assert_eq!(shown.len(), 40, "{order:?} {sort:?}");
            assert!(shown.values().all(|times| *times == 1), "{order:?} {sort:?}");
        }
    }
}

#[test]
fn no_request_makes_more_calls_than_its_budget() {
    let provider = |parts| {
        let provider = Shifting::new(rows(600), 50, PartOrder::Requested, Says::Next);
        Shifting { parts, completes: true, ..provider }
    };
    for (asked, parts, most) in [
        ("sort=amount&limit=10", 300, Err(0)),
        ("sort=amount&limit=10&includes=lines", 245, Err(0)),
        ("sort=amount&limit=200&includes=lines", 60, Err(0)),
        ("sort=amount&limit=200&includes=lines", 40, Ok(50)),
        ("limit=200", 300, Ok(40)),
        ("limit=200&includes=lines", 300, Ok(40)),
    ] {
        let provider = Arc::new(provider(parts));
        let answer = block_on(ask(&connected(&provider), &ListQuery::parse(asked).unwrap()));
        let calls = provider.calls.load(Ordering::Relaxed);
        match (answer, most) {
            (Ok(listing), Ok(most)) => {
                assert!(calls <= most, "{asked}: {calls} calls");
                assert!(listing.has_more && !listing.data.is_empty(), "{asked}");
            }
            (Err(problem), Err(most)) => {
                assert_eq!((problem.code, calls), (Code::UnsupportedSort, most), "{asked}");
                assert!(problem.detail.contains("`customerIds`"), "{problem}");
            }
            (answer, _) => panic!("{asked}: {answer:?}"),
        }
    }
}

#[test]
fn reading_a_page_again_that_was_too_large_stays_within_the_budget() {
    for query in ["limit=200&includes=lines", "limit=200&includes=lines&sort=amount"] {
        let provider = Shifting::new(rows(400), 50, PartOrder::RequestedThenId, Says::Next);
        let provider = Arc::new(Shifting { completes: true, grows: 60_000, ..provider });
        let listing = block_on(ask(&connected(&provider), &ListQuery::parse(query).unwrap()));
        let listing = listing.unwrap();
        let given = listing.data.len();
        assert!((50..150).contains(&given) && listing.has_more, "{query}: {given}");
        assert!(listing.data.iter().all(|one| one.terms.is_some()), "{query}");
        let calls = provider.calls.load(Ordering::Relaxed);
        assert!(calls <= 250, "{query}: {calls} calls");
    }
}

#[test]
fn what_no_answer_holds_once_completed_is_given_by_more_of_them() {
    let provider = Shifting::new(rows(300), 5, PartOrder::Own, Says::Next);
    let provider = Arc::new(Shifting { completes: true, grows: 60_000, ..provider });
    let query = ListQuery::parse("limit=200&includes=lines").unwrap();
    let calls = || provider.calls.swap(0, Ordering::Relaxed);
    let walk = walk(&provider, query, |_| assert!(calls() <= 250));
    let shown = block_on(walk).unwrap();
    assert_eq!((shown.len(), shown.values().max()), (300, Some(&1)));
}

#[test]
fn order_that_needs_too_many_calls_is_refused_once_they_are_made() {
    // Each part needs its second, empty page before its last invoice may be given.
    let provider = Shifting::new(rows(150), 50, PartOrder::Requested, Says::Nothing);
    let provider = Arc::new(Shifting { parts: 150, ..provider });
    let query = sorted(Some(SortKey::Amount), 10);
    let problem = block_on(ask(&connected(&provider), &query)).unwrap_err();
    assert_eq!(problem.code, Code::UnsupportedSort, "{problem}");
    assert!(provider.calls.load(Ordering::Relaxed) <= 250);
}
