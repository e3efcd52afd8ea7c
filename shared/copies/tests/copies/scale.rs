//! The cost of a page, counted: the same, however large the accounts are. The bench times it.

use std::time::Duration;

use api::ListQuery;
use copies::{CopyStore, Counts, Progress};
use engine::Connection;
use engine::listing::list;
use invoice::Scope;
use provider_client::Deadline;

use copies::testing::account::Account;

/// Invoices of each of five connections, unless `COPY_INVOICES` says otherwise: 100000 takes
/// about half an hour, nearly all of it to fill the table. `COPY_FEW` is what it is held
/// against.
const LARGE: usize = 300;
const SMALL: usize = 100;

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

async fn filled(invoices: usize) -> (CopyStore, Vec<Connection>) {
    let store = copies::testing::store().await;
    let mut connections = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        let account = Account::of(name, invoices);
        let progress = account.sync(&store, "test").await.unwrap();
        assert!(matches!(progress, Progress::Complete(_)));
        connections.push(account.synced(&store).await);
    }
    (store, connections)
}

/// What the first page costs, and the last of `pages`.
async fn cost(
    store: &CopyStore,
    connections: &[Connection],
    query: &str,
    pages: usize,
) -> [Counts; 2] {
    let mut query = ListQuery::parse(query).unwrap();
    let mut costs = Vec::new();
    for page in 0..pages {
        let before = store.counted().now();
        let (rows, next_cursor) = one_page(connections, &query).await;
        assert_eq!(rows, usize::from(query.limit), "page {page}");
        costs.push(store.counted().now() - before);
        query.cursor = next_cursor;
    }
    [costs[0], costs[pages - 1]]
}

async fn one_page(connections: &[Connection], query: &ListQuery) -> (usize, Option<String>) {
    let deadline = Deadline::after(Duration::from_secs(60));
    let listing = list(connections, query, &Scope::All, deadline).await.unwrap();
    (listing.data.len(), listing.next_cursor)
}

#[tokio::test]
async fn a_page_costs_the_same_however_large_the_accounts_are() {
    let (few, many) = (number("COPY_FEW", SMALL), number("COPY_INVOICES", LARGE));
    let pages = |invoices: usize| (invoices / 20).min(100);
    let (small, large) = (filled(few).await, filled(many).await);
    for query in [
        "sort=-invoiceDate",
        "sort=dueDate",
        "sort=-amount",
        "sort=number",
        "sort=-invoiceDate&status=active",
        "sort=invoiceDate&invoiceDate[gte]=2024-01-05",
    ] {
        let query = format!("{query}&limit=50");
        println!("{query}, {few} invoices a connection, then {many}");
        let few = cost(&small.0, &small.1, &query, pages(few)).await;
        let many = cost(&large.0, &large.1, &query, pages(many)).await;
        println!("{few:?}\n{many:?}");
        for (few, many) in few.iter().zip(&many) {
            // Five connections, a page of each, and what is read to know where equals end.
            assert!(many.queries <= 5 * 8, "{query}: {many:?}");
            assert!(many.evaluated <= 5 * 51 * 4, "{query}: {many:?}");
            assert!(many.gets <= 5 * 51 * 3, "{query}: {many:?}");
            assert!(many.bytes <= few.bytes * 2 + 20_000, "{query}: {few:?} {many:?}");
        }
    }
}
