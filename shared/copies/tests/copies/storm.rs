//! Readers and writers while a sync is under way.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use api::ListQuery;
use copies::Progress;
use engine::Connection;
use engine::listing::{SourceOrigin, list};
use futures::future::join_all;
use invoice::{Amount, Scope, Write};
use provider_client::{Deadline, Provider, SendKey};

use copies::testing::account::{Account, amount, id};

const WRITERS: usize = 16;
const READERS: usize = 16;

fn seconds() -> Duration {
    Duration::from_secs(std::env::var("STORM_SECONDS").map_or(3, |text| text.parse().unwrap()))
}

/// The balance that a listing shows of a writer's invoice.
async fn balance(connections: &[Connection], writer: usize) -> Option<Amount> {
    let query = format!("number=INV-{}&sort=-balance", writer * 23);
    let query = ListQuery::parse(&query).unwrap();
    let deadline = Deadline::after(Duration::from_secs(30));
    let listing = list(connections, &query, &Scope::All, deadline).await.unwrap();
    assert_eq!(listing.data.len(), 1, "writer {writer}");
    assert_eq!(listing.sources[0].from, SourceOrigin::Copy);
    listing.data[0].amounts.balance
}

/// Each writes an invoice of its own, again and again, and lists right after: whatever the
/// sync has read before, the listing shows the write.
#[tokio::test]
async fn no_answer_is_older_than_the_callers_own_write() {
    let store = copies::testing::store().await;
    let account = Account::of("made-up", 450);
    let first = account.sync(&store, "first").await.unwrap();
    assert!(matches!(first, Progress::Complete(_)));
    let (is_over, writes, read) =
        (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    // The version that each writer was told last; none is less than that of the account.
    let answered: Vec<AtomicUsize> = (0..WRITERS).map(|_| AtomicUsize::new(0)).collect();
    let until = Instant::now() + seconds();
    let syncing = async {
        let mut runs = 0;
        while !is_over.load(Ordering::SeqCst) {
            account.sync(&store, "again").await.unwrap();
            runs += 1;
        }
        runs
    };
    let writing = (0..WRITERS).map(|writer| {
        let (account, store, writes, answered) = (&account, &store, &writes, &answered);
        async move {
            let synced = account.synced(store).await;
            let provider = synced.provider.clone().unwrap();
            let mine = id(writer * 23);
            // More than any invoice has before.
            let mut version = 10_000 + writer;
            // On a machine that is busy, as long as it takes to be a storm.
            while Instant::now() < until || writes.load(Ordering::SeqCst) < 3 * WRITERS {
                version += WRITERS;
                let deadline = Deadline::after(Duration::from_secs(30));
                let now = account.get(&mine, &Default::default(), deadline).await.unwrap();
                let write = Write::Update(Box::default());
                let key = SendKey::from(version.to_string());
                provider.write(&write, &[now], &key, deadline).await.unwrap();
                answered[writer].store(version, Ordering::SeqCst);
                writes.fetch_add(1, Ordering::SeqCst);
                let shown = balance(std::slice::from_ref(&synced), writer).await;
                assert_eq!(shown, Some(amount(version)), "writer {writer}");
            }
        }
    });
    let writing = async {
        join_all(writing).await;
        is_over.store(true, Ordering::SeqCst);
    };
    // Readers apart see no answer older than what a writer was told before they asked.
    let reading = (0..READERS).map(|reader| {
        let (account, store, is_over, answered, read) =
            (&account, &store, &is_over, &answered, &read);
        async move {
            while !is_over.load(Ordering::SeqCst) {
                for writer in 0..WRITERS {
                    let writer = (writer + reader) % WRITERS;
                    let told = answered[writer].load(Ordering::SeqCst);
                    let synced = account.synced(store).await;
                    let shown = balance(std::slice::from_ref(&synced), writer).await;
                    assert!(shown >= Some(amount(told)), "writer {writer}: {shown:?} after {told}");
                    read.fetch_add(1, Ordering::SeqCst);
                }
            }
        }
    });
    let (runs, (), _) = tokio::join!(syncing, writing, join_all(reading));
    let writes = writes.load(Ordering::SeqCst);
    let read = read.load(Ordering::SeqCst);
    println!("{writes} writes and {read} readings of others during {runs} runs");
    assert!(runs >= 1 && writes >= 3 * WRITERS, "{runs} {writes}");
}
