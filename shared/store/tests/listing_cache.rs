//! The cache over a table in memory.
#![cfg(test)]

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::ListQuery;
use futures::future::join_all;
use invoice::{ConnectionName, Scope};
use jiff::Timestamp;
use store::listing_cache::{
    Entry, Found, LeaseOutcome, ListingCache, ListingKey, Packed, invalidate,
};
use store::table::{FakeTable, Item, TableError};

const FRESH: Duration = Duration::from_secs(60);
const STALE: Duration = Duration::from_secs(3_600);
const PATIENCE: Duration = Duration::from_secs(3);

struct Rig {
    table: FakeTable,
    cache: ListingCache,
    seconds: Arc<AtomicI64>,
}

impl Rig {
    fn new() -> Self {
        let (table, seconds) = (FakeTable::default(), Arc::new(AtomicI64::new(1_800_000_000)));
        let clock = seconds.clone();
        let cache = ListingCache::new(Arc::new(table.clone()), FRESH, STALE)
            .with_clock(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap());
        Self { table, cache, seconds }
    }

    fn pass(&self, time: Duration) {
        let seconds = i64::try_from(time.as_secs()).unwrap();
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    fn entry(&self, body: &str) -> Entry {
        Entry {
            fetched_at: self.cache.now(),
            tag: "\"t\"".to_owned(),
            next: Some("cursor".to_owned()),
            sources: "[]".to_owned(),
            body: Packed::new(body.as_bytes()).unwrap(),
        }
    }

    async fn found(&self) -> Found {
        self.cache.look_up(&key()).await.unwrap()
    }

    async fn keeps(&self, body: &str) -> Entry {
        let found = self.found().await;
        let entry = self.entry(body);
        assert!(self.cache.keep(&key(), &entry, &found.generations).await.unwrap());
        entry
    }

    /// The entry, and whether it is fresh.
    async fn read(&self) -> Option<(Entry, bool)> {
        self.found().await.entry.map(|kept| (kept.entry, kept.fresh_for.is_some()))
    }

    fn entry_key(&self) -> String {
        let keys = self.table.keys();
        keys.into_iter().find(|key| key.starts_with("listing#")).unwrap()
    }
}

fn names() -> Vec<ConnectionName> {
    ["nue", "fusebill"].iter().map(|name| name.parse().unwrap()).collect()
}

fn key() -> ListingKey {
    ListingKey::of_answer(&names(), &ListQuery::default(), &Scope::All)
}

/// Text that does not compress.
fn noise(length: usize) -> String {
    let mut random = fastrand::Rng::with_seed(7);
    std::iter::repeat_with(|| random.alphanumeric()).take(length).collect()
}

#[tokio::test]
async fn a_listing_is_fresh_then_stale_then_gone() {
    let rig = Rig::new();
    assert!(rig.read().await.is_none());
    let entry = rig.keeps("body").await;
    assert_eq!(rig.read().await, Some((entry.clone(), true)));
    let fresh_for = rig.found().await.entry.unwrap().fresh_for;
    assert_eq!(fresh_for, Some(FRESH));
    rig.pass(FRESH - Duration::from_secs(1));
    assert_eq!(rig.read().await, Some((entry.clone(), true)));
    rig.pass(Duration::from_secs(1));
    assert_eq!(rig.read().await, Some((entry.clone(), false)));
    rig.pass(STALE - FRESH - Duration::from_secs(1));
    assert_eq!(rig.read().await, Some((entry, false)));
    rig.pass(Duration::from_secs(1));
    // Still in the table, and not shown.
    assert!(rig.read().await.is_none());
    assert!(rig.table.item(&rig.entry_key()).is_some());
}

#[tokio::test]
async fn a_hit_is_one_round_trip() {
    let rig = Rig::new();
    rig.keeps("body").await;
    let before = (rig.table.reads(), rig.table.changes());
    assert!(rig.read().await.is_some());
    assert_eq!((rig.table.reads(), rig.table.changes()), (before.0 + 1, before.1));
}

#[tokio::test]
async fn a_write_to_any_of_its_connections_ends_its_freshness() {
    for written in names() {
        let rig = Rig::new();
        let entry = rig.keeps("body").await;
        invalidate(&rig.table, [&"other".parse().unwrap()]).await.unwrap();
        assert_eq!(rig.read().await, Some((entry.clone(), true)));
        invalidate(&rig.table, [&written]).await.unwrap();
        assert_eq!(rig.read().await, Some((entry, false)));
        rig.keeps("since").await;
        assert!(rig.read().await.unwrap().1);
    }
}

#[tokio::test]
async fn a_listing_read_across_a_write_is_never_fresh() {
    let rig = Rig::new();
    let found = rig.found().await;
    // The providers are asked; meanwhile somebody writes.
    invalidate(&rig.table, &names()).await.unwrap();
    rig.cache.keep(&key(), &rig.entry("before"), &found.generations).await.unwrap();
    assert_eq!(rig.read().await.map(|(_, fresh)| fresh), Some(false));
}

#[tokio::test]
async fn a_long_listing_is_split_and_read_back_whole() {
    let rig = Rig::new();
    let body = noise(3_000_000);
    let entry = rig.keeps(&body).await;
    assert!(rig.table.keys().len() > 5, "{:?}", rig.table.keys());
    let (read, fresh) = rig.read().await.unwrap();
    assert!(fresh);
    assert_eq!(read, entry);
    assert_eq!(read.body.plain(b"").unwrap(), body.as_bytes());
}

#[tokio::test]
async fn what_no_function_could_return_is_not_kept() {
    let rig = Rig::new();
    let found = rig.found().await;
    let entry = rig.entry(&noise(7_000_000));
    assert!(!rig.cache.keep(&key(), &entry, &found.generations).await.unwrap());
    assert!(rig.table.keys().is_empty());
}

#[tokio::test]
async fn half_an_entry_is_none() {
    let rig = Rig::new();
    rig.keeps(&noise(1_500_000)).await;
    let parts: Vec<String> =
        rig.table.keys().into_iter().filter(|key| key.matches('#').count() == 3).collect();
    assert!(parts.len() >= 2);
    for part in parts {
        let kept = rig.table.item(&part).unwrap();
        for broken in [Item::default(), kept.clone().bytes("body", b"else".to_vec())] {
            rig.table.set(&part, broken);
            assert!(rig.read().await.is_none());
        }
        rig.table.set(&part, kept);
        assert!(rig.read().await.is_some());
    }
}

#[tokio::test]
async fn parts_that_cannot_be_put_leave_what_was_kept() {
    let rig = Rig::new();
    let first = rig.keeps("first").await;
    let found = rig.found().await;
    let entry_key = rig.entry_key();
    rig.table.fail(Some(&format!("{entry_key}#")));
    let kept = rig.cache.keep(&key(), &rig.entry(&noise(1_500_000)), &found.generations).await;
    assert_eq!(kept, Err(TableError::Unreachable));
    rig.table.fail(None);
    assert_eq!(rig.read().await, Some((first, true)));
}

#[tokio::test]
async fn whatever_was_altered_is_a_miss() {
    let rig = Rig::new();
    rig.keeps("body").await;
    let kept = rig.table.item(&rig.entry_key()).unwrap();
    let altered = [
        kept.clone().number("version", 2),
        kept.clone().number("version", 0),
        kept.clone().text("tag", "\"else\""),
        kept.clone().text("next", "elsewhere"),
        kept.clone().text("sources", "[1]"),
        kept.clone().bytes("body", b"else".to_vec()),
        kept.clone().number("length", 5),
        kept.clone().number("length", -1),
        kept.clone().number("checksum", 5),
        kept.clone().number("fetchedAt", 1_800_000_001_000),
        kept.clone().number("fetchedAt", i64::MAX),
        kept.clone().text("fetchedAt", "yesterday"),
        kept.clone().number("parts", 2).text("partsOf", "nobody"),
        kept.clone().number("parts", i64::MAX).text("partsOf", "nobody"),
        Item::default(),
    ];
    for item in altered {
        rig.table.set(&rig.entry_key(), item);
        assert!(rig.read().await.is_none());
    }
    rig.table.set(&rig.entry_key(), kept);
    assert!(rig.read().await.is_some());
}

#[tokio::test]
async fn what_was_read_in_the_future_is_not_shown() {
    let rig = Rig::new();
    rig.keeps("body").await;
    rig.seconds.fetch_sub(3, Ordering::SeqCst);
    assert!(rig.read().await.is_some());
    rig.seconds.fetch_sub(60, Ordering::SeqCst);
    assert!(rig.read().await.is_none());
}

#[tokio::test]
async fn a_table_out_of_reach_is_an_error_and_no_listing() {
    let rig = Rig::new();
    rig.keeps("body").await;
    rig.table.fail(Some("generation#"));
    assert_eq!(rig.cache.look_up(&key()).await.unwrap_err(), TableError::Unreachable);
}

/// What many who miss a listing at the same time do.
async fn missing(rig: &Rig, callers: usize, keeping: bool) -> (usize, usize) {
    let (asked, arrived) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let call = || async {
        let mut found = rig.found().await;
        let lease = match rig.cache.lease(&key(), &mut found, PATIENCE).await.unwrap() {
            LeaseOutcome::Arrived(kept) => {
                assert_eq!(kept.entry.body.plain(b"").unwrap(), b"read");
                arrived.fetch_add(1, Ordering::SeqCst);
                return;
            }
            LeaseOutcome::Ours(lease) => Some(lease),
            LeaseOutcome::Alone => None,
        };
        asked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(700)).await;
        if keeping {
            rig.cache.keep(&key(), &rig.entry("read"), &found.generations).await.unwrap();
        }
        if let Some(lease) = lease {
            rig.cache.release(lease).await.unwrap();
        }
    };
    join_all((0..callers).map(|_| call())).await;
    (asked.into_inner(), arrived.into_inner())
}

#[tokio::test(start_paused = true)]
async fn of_two_hundred_that_miss_it_at_once_one_asks() {
    let rig = Rig::new();
    assert_eq!(missing(&rig, 200, true).await, (1, 199));
    assert!(!rig.table.keys().iter().any(|key| key.ends_with("#lease")));
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_left_nothing_behind_is_not_waited_for_twice() {
    let rig = Rig::new();
    let begun = tokio::time::Instant::now();
    assert_eq!(missing(&rig, 5, false).await, (5, 0));
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_lease_whose_holder_died_runs_out() {
    let rig = Rig::new();
    let mut found = rig.found().await;
    let LeaseOutcome::Ours(dead) = rig.cache.lease(&key(), &mut found, PATIENCE).await.unwrap()
    else {
        panic!("nobody else asks");
    };
    let waiting = rig.cache.lease(&key(), &mut found, PATIENCE).await.unwrap();
    assert!(matches!(waiting, LeaseOutcome::Alone), "its holder may be at it still");
    rig.pass(store::listing_cache::LEASED_FOR);
    let taken = rig.cache.lease(&key(), &mut found, PATIENCE).await.unwrap();
    assert!(matches!(taken, LeaseOutcome::Ours(_)), "{taken:?}");
    // Whoever comes back late releases nobody else's.
    rig.cache.release(dead).await.unwrap();
    assert!(rig.table.keys().iter().any(|key| key.ends_with("#lease")));
}

#[tokio::test]
async fn readers_and_writers_side_by_side_never_take_the_old_for_fresh() {
    // The provider's truth: what a reading that begins now will see.
    let (rig, truth) = (Arc::new(Rig::new()), Arc::new(AtomicUsize::new(0)));
    let returned = Arc::new(AtomicUsize::new(0));
    let hits = Arc::new(Mutex::new(0));
    let writer = |seed: u64| {
        let (rig, truth, returned) = (rig.clone(), truth.clone(), returned.clone());
        async move {
            let mut random = fastrand::Rng::with_seed(seed);
            for _ in 0..60 {
                invalidate(&rig.table, &names()[..1]).await.unwrap();
                yields(random.usize(..6)).await;
                let now = truth.fetch_add(1, Ordering::SeqCst) + 1;
                yields(random.usize(..6)).await;
                invalidate(&rig.table, &names()[..1]).await.unwrap();
                returned.fetch_max(now, Ordering::SeqCst);
                yields(random.usize(..30)).await;
            }
        }
    };
    let reader = |seed: u64| {
        let (rig, truth) = (rig.clone(), truth.clone());
        let (returned, hits) = (returned.clone(), hits.clone());
        async move {
            let mut random = fastrand::Rng::with_seed(seed);
            for _ in 0..400 {
                let written = returned.load(Ordering::SeqCst);
                let found = rig.found().await;
                yields(random.usize(..3)).await;
                if let Some(kept) = found.entry.filter(|kept| kept.fresh_for.is_some()) {
                    let text = kept.entry.body.plain(b"").unwrap();
                    let seen: usize = String::from_utf8(text).unwrap().parse().unwrap();
                    assert!(seen >= written, "{seen} is marked fresh after {written} returned");
                    *hits.lock().unwrap() += 1;
                } else {
                    yields(random.usize(..4)).await;
                    let entry = rig.entry(&truth.load(Ordering::SeqCst).to_string());
                    yields(random.usize(..4)).await;
                    rig.cache.keep(&key(), &entry, &found.generations).await.unwrap();
                }
            }
        }
    };
    let writers = join_all((0..8).map(writer));
    let readers = join_all((100..116).map(reader));
    futures::future::join(writers, readers).await;
    assert!(*hits.lock().unwrap() > 100, "hardly anything was a hit: nothing is shown");
}

async fn yields(times: usize) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}
