//! The cost of a page of copies as the accounts grow: it should not change.
//!
//! The listing runs in this process, over the table that the tests have (an embedded
//! DynamoDB), with five connections that are all copied. Times are those of the engine, the
//! SDK and that table together; rows and bytes are what DynamoDB is paid for.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use ::copies::testing::account::Account;
use ::copies::{CopyStore, Counts, Progress};
use api::ListQuery;
use engine::Connection;
use engine::listing::list;
use invoice::Scope;
use provider_client::Deadline;
use serde::Serialize;

use crate::plot::{Line, Names, plot};
use crate::process::median;
use crate::progress;

const CONNECTIONS: [&str; 5] = ["a", "b", "c", "d", "e"];
/// Invoices of each connection; of the smallest, the hundredth page is well before the last.
const COPIED: [usize; 5] = [1_200, 3_000, 10_000, 30_000, 100_000];
/// The questions; the first is the README's.
const QUERIES: [&str; 6] = [
    "sort=-invoiceDate",
    "sort=dueDate",
    "sort=-amount",
    "sort=number",
    "sort=-invoiceDate&customerIds=a:c7,b:c7,c:c7,d:c7,e:c7",
    "sort=-invoiceDate&status=active",
];
/// The pages that are measured.
const PAGES: [usize; 2] = [1, 100];
/// How often each is asked for.
const CALLS: usize = 31;

/// One page of one question, at one size.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Point {
    query: &'static str,
    page: usize,
    invoices: usize,
    /// Of the median call.
    milliseconds: f64,
    queries: u64,
    rows_of_indexes: u64,
    rows_whole: u64,
    bytes: u64,
}

/// Measures up to `most` invoices a connection, prints, and draws `copies.svg` beside this
/// crate's manifest.
///
/// # Errors
/// When a copy does not answer as it should.
pub fn measure(most: usize, as_json: bool) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let points = runtime.block_on(async {
        let mut points = Vec::new();
        for invoices in COPIED.into_iter().filter(|copied| *copied <= most) {
            let (store, connections) = copied(invoices).await?;
            for query in QUERIES {
                progress(&format!("{query}: {invoices}"));
                points.extend(pages(&store, &connections, query, invoices).await?);
            }
        }
        Ok::<_, Box<dyn Error>>(points)
    })?;
    progress("");
    print(&points, as_json)?;
    draw(&points)
}

async fn copied(invoices: usize) -> Result<(CopyStore, Vec<Connection>), Box<dyn Error>> {
    let store = ::copies::testing::store().await;
    let mut connections = Vec::new();
    for name in CONNECTIONS {
        progress(&format!("copying {invoices} of {name}"));
        let account = Account::of(name, invoices);
        let progress = account.sync(&store, "bench").await?;
        if !matches!(progress, Progress::Complete(_)) {
            return Err(format!("the copy of {name} is not complete: {progress:?}").into());
        }
        connections.push(account.synced(&store).await);
    }
    Ok((store, connections))
}

/// The measured pages of one question, as far as it has them.
async fn pages(
    store: &CopyStore,
    connections: &[Connection],
    query: &'static str,
    invoices: usize,
) -> Result<Vec<Point>, Box<dyn Error>> {
    let mut asked = ListQuery::parse(&format!("{query}&limit=50"))?;
    let mut points = Vec::new();
    for page in 1..=PAGES[1] {
        if PAGES.contains(&page) {
            let before = store.counted().now();
            one(connections, &asked).await?;
            let cost = store.counted().now() - before;
            let mut times = Vec::new();
            for _ in 0..CALLS {
                let begun = Instant::now();
                one(connections, &asked).await?;
                times.push(begun.elapsed());
            }
            let time = median(times).as_secs_f64() * 1e3;
            points.push(point(query, page, invoices, time, cost));
        }
        match one(connections, &asked).await? {
            Some(next) => asked.cursor = Some(next),
            None => break,
        }
    }
    Ok(points)
}

/// Asks for a page; where the next one begins.
async fn one(
    connections: &[Connection],
    query: &ListQuery,
) -> Result<Option<String>, Box<dyn Error>> {
    let deadline = Deadline::after(Duration::from_secs(60));
    let listing = list(connections, query, &Scope::All, deadline).await?;
    Ok(listing.next_cursor)
}

fn point(
    query: &'static str,
    page: usize,
    invoices: usize,
    milliseconds: f64,
    cost: Counts,
) -> Point {
    Point {
        query,
        page,
        invoices,
        milliseconds,
        queries: cost.queries,
        rows_of_indexes: cost.evaluated,
        rows_whole: cost.gets,
        bytes: cost.bytes,
    }
}

fn print(points: &[Point], as_json: bool) -> Result<(), Box<dyn Error>> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(points)?);
        return Ok(());
    }
    println!("| query | page | invoices each | ms | queries | rows of indexes | rows whole | KB |");
    println!("|---|---|---|---|---|---|---|---|");
    for point in points {
        let Point { query, page, invoices, milliseconds, queries, .. } = point;
        let (indexes, whole) = (point.rows_of_indexes, point.rows_whole);
        let kilobytes = point.bytes / 1_000;
        println!(
            "| {query} | {page} | {invoices} | {milliseconds:.1} | {queries} | {indexes} | {whole} | {kilobytes} |"
        );
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "for drawing")]
fn draw(points: &[Point]) -> Result<(), Box<dyn Error>> {
    let of = |query: &'static str, page: usize| {
        points.iter().filter(move |point| point.query == query && point.page == page)
    };
    let mut lines = Vec::new();
    for page in PAGES {
        for query in [QUERIES[0], QUERIES[3]] {
            let points = of(query, page).map(|point| (point.invoices as f64, point.milliseconds));
            let name = format!("{query}, page {page}, ms");
            lines.push(Line { name, points: points.collect() });
        }
        let rows = |point: &Point| (point.rows_of_indexes + point.rows_whole) as f64;
        let points = of(QUERIES[0], page).map(|point| (point.invoices as f64, rows(point)));
        let name = format!("{}, page {page}, rows read", QUERIES[0]);
        lines.push(Line { name, points: points.collect() });
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("copies.svg");
    let below = "invoices of each of five connections";
    Ok(std::fs::write(path, plot(below, "ms; rows", &lines, Names::Middle)?)?)
}
