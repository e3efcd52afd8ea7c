//! Invoices that come and go while one answer is read, from one page to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::ListQuery;
use engine::listing::{NoPageCache, PageCache, SourceStatus, read_every};
use invoice::{Code, Scope, SortKey};
use proptest::prelude::*;
use provider_client::Deadline;
use provider_client::provider::PartOrder;

use super::shifting::{Says, Shifting};
use super::{block_on, connected, row, rows, sorted, walk};

/// A provider of which after each page `leave` of a hundred rows leave, and up to `come` come;
/// and the rows that were there at the beginning and have left.
fn provider(
    count: usize,
    cap: usize,
    order: PartOrder,
    (says, shows_before): (Says, bool),
    (leave, come): (u8, usize),
    seed: u64,
) -> (Arc<Shifting>, Arc<Mutex<BTreeSet<String>>>) {
    let left: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let (mut draw, noted) = (fastrand::Rng::with_seed(seed), left.clone());
    let mut calls = 0;
    let after = move |rows: &mut Vec<invoice::Invoice>| {
        calls += 1;
        // Not for ever, or there would be nothing left to miss.
        if calls % 2 == 0 || calls > 40 {
            return;
        }
        rows.retain(|row| {
            let stays = draw.u8(0..100) >= leave;
            if !stays {
                noted.lock().unwrap().insert(row.id.id().to_owned());
            }
            stays
        });
        // An answer that is never up to date comes to the end of its calls.
        let come = if calls > 12 { 0 } else { come };
        for new in 0..draw.usize(0..=come) {
            let at = draw.usize(0..=rows.len());
            rows.insert(at, row(format!("n{calls:03}{new}"), draw.i8(1..8)));
        }
    };
    let provider = Shifting::new(rows(count), cap, order, says);
    (Arc::new(Shifting { shows_before, after: Mutex::new(Box::new(after)), ..provider }), left)
}

fn assert_all_once(
    count: usize,
    left: &Mutex<BTreeSet<String>>,
    shown: &BTreeMap<String, usize>,
) -> Result<(), TestCaseError> {
    let twice: Vec<_> = shown.iter().filter(|(_, times)| **times > 1).collect();
    prop_assert!(twice.is_empty(), "shown twice: {:?}", twice);
    let left = left.lock().unwrap();
    let all = (0..count).map(|id| format!("{id:05}"));
    let missed: Vec<_> = all.filter(|id| !left.contains(id) && !shown.contains_key(id)).collect();
    prop_assert!(missed.is_empty(), "never shown: {:?}", missed);
    Ok(())
}

fn orders() -> impl Strategy<Value = PartOrder> {
    prop_oneof![Just(PartOrder::Own), Just(PartOrder::Requested), Just(PartOrder::RequestedThenId)]
}

fn says() -> impl Strategy<Value = (Says, bool)> {
    let says = prop_oneof![Just(Says::Nothing), Just(Says::Next), Just(Says::Total)];
    (says, any::<bool>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stays is shown once, whether invoices leave while pages are read, or come.
    #[test]
    fn what_stays_is_shown_once_whatever_moves_between_two_pages(
        count in 0..120_usize,
        cap in 3..30_usize,
        limit in 1..200_u16,
        order in orders(),
        says in says(),
        sort in proptest::option::of(prop_oneof![Just(SortKey::InvoiceDate), Just(SortKey::Number)]),
        (leave, come) in prop_oneof![(0..20_u8, Just(0)), (Just(0), 0..3_usize)],
        seed in any::<u64>(),
    ) {
        // A page of which nothing is new, and that announces nothing, is the end.
        let come = come.min(cap / 8);
        let (provider, left) = provider(count, cap, order, says, (leave, come), seed);
        let shown = block_on(walk(&provider, sorted(sort, limit), |page| {
            assert_eq!(page.sources[0].status, SourceStatus::Ok);
        }));
        match shown {
            // Where invoices come to the end of what a provider sorts, it may look as if it did
            // not sort: that is told, and nothing is given as whole.
            Err(problem) if come > 0 && sort.is_some() => {
                assert_eq!(problem.code, Code::ProviderBadResponse, "{problem}");
            }
            shown => assert_all_once(count, &left, &shown.unwrap())?,
        }
    }

    /// The same of what is read whole, to be counted.
    #[test]
    fn what_stays_is_counted_once_whatever_leaves_between_two_pages(
        count in 0..120_usize,
        cap in 3..30_usize,
        says in says(),
        leave in 0..20_u8,
        seed in any::<u64>(),
    ) {
        let (provider, left) = provider(count, cap, PartOrder::Own, says, (leave, 0), seed);
        let page_cache: Arc<dyn PageCache> = Arc::new(NoPageCache);
        let deadline = Deadline::after(Duration::from_secs(30));
        let (connections, query) = (connected(&provider), ListQuery::default());
        let every = read_every(&connections, &query, &Scope::All, deadline, &page_cache);
        let mut shown = BTreeMap::new();
        for invoice in block_on(every).unwrap().invoices {
            *shown.entry(invoice.id.id().to_owned()).or_default() += 1;
        }
        assert_all_once(count, &left, &shown)?;
    }
}
