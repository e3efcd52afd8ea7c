//! Readers and writers while a sync is under way.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use api::ListQuery;
use copies::Progress;
use engine::listing::list;
use futures::future::join_all;
use invoice::{Scope, Write};
use provider_client::{Deadline, Provider, SendKey};

use super::account::{Account, amount, id};

const WRITERS: usize = 16;

fn seconds() -> Duration {
    Duration::from_secs(std::env::var("STORM_SECONDS").map_or(3, |text| text.parse().unwrap()))
}

/// Each writes an invoice of its own, again and again, and lists right after: whatever the
/// sync has read before, the listing shows the write.
#[tokio::test]
async fn no_answer_is_older_than_the_callers_own_write() {
    let store = copies::testing::store().await;
    let account = Account::of("made-up", 450);
    let first = account.sync(&store, "first").await.unwrap();
    assert!(matches!(first, Progress::Complete(_)));
    let (is_over, writes) = (AtomicBool::new(false), AtomicUsize::new(0));
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
        let (account, store, writes) = (&account, &store, &writes);
        async move {
            let synced = account.synced(store).await;
            let provider = synced.provider.clone().unwrap();
            let mine = id(writer * 23);
            let mut version = writer;
            // On a machine that is busy, as long as it takes to be a storm.
            while Instant::now() < until || writes.load(Ordering::SeqCst) < 3 * WRITERS {
                version += WRITERS;
                let deadline = Deadline::after(Duration::from_secs(30));
                let now = account.get(&mine, &Default::default(), deadline).await.unwrap();
                let write = Write::Update(Box::default());
                let key = SendKey::from(version.to_string());
                provider.write(&write, &[now], &key, deadline).await.unwrap();
                writes.fetch_add(1, Ordering::SeqCst);
                let number = format!("number=INV-{}&sort=-balance", writer * 23);
                let query = ListQuery::parse(&number).unwrap();
                let connections = std::slice::from_ref(&synced);
                let listing = list(connections, &query, &Scope::All, deadline).await.unwrap();
                let shown: Vec<_> = listing.data.iter().map(|it| it.amounts.balance).collect();
                assert_eq!(shown, [Some(amount(version))], "writer {writer}");
            }
        }
    });
    let writing = async {
        join_all(writing).await;
        is_over.store(true, Ordering::SeqCst);
    };
    let (runs, ()) = tokio::join!(syncing, writing);
    let writes = writes.load(Ordering::SeqCst);
    println!("{writes} writes during {runs} runs");
    assert!(runs >= 1 && writes >= 3 * WRITERS, "{runs} {writes}");
}
