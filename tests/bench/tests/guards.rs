//! What a listing costs, counted: guards that do not depend on time.
//!
//! That a hit is one round trip to the table, and asks no provider and no
//! secret, is counted in the tests of `list`
//! (`a_hit_asks_the_table_once_and_no_secret`).

#![cfg(test)]

mod recorded;

use std::fmt::Write;
use std::path::Path;

use api::ListQuery;
use engine::listing;
use invoice::Scope;
use sandbox::ProviderKind;

use recorded::{Recorded, runtime, soon};

const INVOICES: usize = 50;
const RENEW: &str = "RENEW_ALLOCATIONS";

/// Allocations, and bytes of them, that reading so many invoices takes, the
/// provider's answers being there.
fn counted(kind: ProviderKind) -> (u64, u64) {
    let (recorded, runtime) = (Recorded::new(kind, INVOICES), runtime());
    assert!(runtime.block_on(recorded.read()) > 0 && !recorded.bodies().is_empty());
    let counted = allocation_counter::measure(|| {
        runtime.block_on(recorded.read());
    });
    (counted.count_total, counted.bytes_total)
}

#[test]
fn mapping_allocates_within_a_tenth_of_what_is_recorded() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/allocations.txt");
    let mut now = String::from("# provider, allocations and bytes of mapping 50 invoices\n");
    for kind in ProviderKind::ALL {
        let (count, bytes) = counted(kind);
        writeln!(now, "{} {count} {bytes}", kind.name()).unwrap();
    }
    if std::env::var_os(RENEW).is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let before = std::fs::read_to_string(&path).unwrap();
    let numbers = |text: &str| -> Vec<(String, f64)> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines
            .flat_map(|line| {
                let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
                let of = |at: usize, what: &str| {
                    (format!("{} {what}", words[0]), words[at].parse().unwrap())
                };
                [of(1, "allocations"), of(2, "bytes")]
            })
            .collect()
    };
    let (before, now) = (numbers(&before), numbers(&now));
    assert_eq!(before.len(), now.len(), "{RENEW}=1 writes {} anew", path.display());
    for ((what, recorded), (_, counted)) in before.into_iter().zip(now) {
        assert!(
            (counted / recorded - 1.0).abs() <= 0.1,
            "{what}: {counted} instead of {recorded}. If that is meant, \
             `{RENEW}=1 cargo test -p bench --test guards` writes {} anew.",
            path.display()
        );
    }
}

/// How often each provider is called for `query`.
fn calls(providers: &[Recorded], query: &str) -> Vec<usize> {
    let connections: Vec<_> = providers.iter().map(|one| one.connection.clone()).collect();
    let query = ListQuery::parse(query).unwrap();
    let scope = Scope::All;
    let listing = listing::list(&connections, &query, &scope, soon());
    runtime().block_on(listing).unwrap();
    providers.iter().map(Recorded::take_calls).collect()
}

#[test]
fn a_listing_calls_its_providers_no_more_than_its_page_needs() {
    let six = ProviderKind::ALL.map(|kind| Recorded::new(kind, 200));
    for one in &six {
        one.take_calls();
    }
    for (query, expected) in [
        // In turn, and no further than the page needs.
        ("limit=50", [1, 0, 0, 0, 0, 0]),
        // Side by side: one lists by customer, of whom it has twenty, and says of no
        // page that it is the last, so that each is asked on behind it; one has two
        // resources; the last two have no such order, and all of their two pages are read.
        // One says nothing of pages: it is asked for a second, which is the first again.
        ("limit=50&sort=-invoiceDate", [1, 2, 40, 2, 2, 2]),
        // So it is not asked for one any more.
        ("limit=50&sort=-invoiceDate", [1, 1, 40, 2, 2, 2]),
    ] {
        assert_eq!(calls(&six, query), expected, "{query}");
    }
}
