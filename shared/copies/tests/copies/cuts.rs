//! A sync that is cut, wherever it may be, ends whole.

use std::time::Duration;

use api::ListQuery;
use copies::{CopyStore, Progress};
use engine::listing::{SourceOrigin, list};
use invoice::Scope;
use provider_client::Deadline;

use copies::testing::account::{Account, amount, id, invoice};

/// Unless `SYNC_INVOICES` says otherwise.
const INVOICES: usize = 1_500;

fn invoices() -> usize {
    std::env::var("SYNC_INVOICES").map_or(INVOICES, |text| text.parse().unwrap())
}

/// All ids that the copy lists, page after page.
async fn listed(account: &Account, store: &CopyStore, query: &str) -> Vec<String> {
    let connections = [account.synced(store).await];
    let mut query = ListQuery::parse(query).unwrap();
    let mut ids = Vec::new();
    loop {
        let deadline = Deadline::after(Duration::from_secs(60));
        let listing = list(&connections, &query, &Scope::All, deadline).await.unwrap();
        assert_eq!(listing.sources[0].from, SourceOrigin::Copy);
        ids.extend(listing.data.iter().map(|invoice| invoice.id.id().to_owned()));
        match listing.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return ids,
        }
    }
}

async fn complete(account: &Account, store: &CopyStore) {
    let progress = account.sync(store, "last").await.unwrap();
    assert!(matches!(progress, Progress::Complete(_)), "{progress:?}");
}

#[tokio::test]
async fn a_sync_cut_at_random_moments_ends_whole_without_a_false_tombstone() {
    let store = copies::testing::store().await;
    let account = Account::of("made-up", invoices());
    let mut cut = 0;
    // As much more time as there is more to read.
    let scale = u32::try_from(invoices() / INVOICES).unwrap().max(1);
    let mut longest = Duration::from_millis(60) * scale;
    for attempt in 0..10 {
        let moment = longest.mul_f64(fastrand::f64());
        // Killed: whatever was under way is dropped where it stands. The same message comes
        // again, and goes on.
        let syncing = account.sync(&store, "message");
        match tokio::time::timeout(moment, syncing).await {
            Err(_) => cut += 1,
            Ok(progress) => assert!(matches!(progress.unwrap(), Progress::Complete(_))),
        }
        longest += Duration::from_millis(40) * scale;
        // Meanwhile some go at the provider, and with them all behind them move up a page.
        account.remove(&id(attempt * 3));
    }
    println!("{cut} of ten were cut");
    assert!(cut >= 3, "{cut} were cut");
    // Whoever held the run last goes on with it; the next finds what has gone since.
    let progress = account.sync(&store, "message").await.unwrap();
    assert!(matches!(progress, Progress::Complete(_)), "{progress:?}");
    complete(&account, &store).await;
    let mut there = listed(&account, &store, "limit=200&sort=number").await;
    there.sort();
    assert_eq!(there, account.ids());
}

#[tokio::test]
async fn two_runs_at_once_do_not_happen() {
    let store = copies::testing::store().await;
    let account = Account::of("made-up", 300);
    let (one, other) = tokio::join!(account.sync(&store, "one"), account.sync(&store, "other"));
    let busy = [one.unwrap(), other.unwrap()].into_iter().filter(|it| *it == Progress::Busy);
    assert_eq!(busy.count(), 1);
}

#[tokio::test]
async fn an_ordinary_run_writes_only_what_changed() {
    let store = copies::testing::store().await;
    let account = Account::of("made-up", 400);
    complete(&account, &store).await;
    let before = store.counted().now().written;
    assert_eq!(before, 400);
    complete(&account, &store).await;
    assert_eq!(store.counted().now().written, before);
    account.change(&id(7), |invoice| invoice.amounts.balance = Some(amount(1)));
    account.remove(&id(8));
    account.put(invoice(&account.name, 400));
    complete(&account, &store).await;
    assert_eq!(store.counted().now().written, before + 3);
    let there = listed(&account, &store, "limit=200").await;
    assert_eq!((there.len(), there.contains(&id(8)), there.contains(&id(400))), (400, false, true));
}

/// An invoice that moves from a page to be read to one that has been is not there in the
/// walk, and is there all the same.
#[tokio::test]
async fn what_a_walk_has_missed_is_not_taken_for_gone() {
    let store = copies::testing::store().await;
    let account = Account::of("made-up", 250);
    complete(&account, &store).await;
    let hidden = account.change(&id(120), |_| ());
    account.remove(&id(120));
    let syncing = account.sync(&store, "walk");
    let back = async {
        // The walk is past it once the last page has been asked for.
        while account.calls() < 8 {
            tokio::task::yield_now().await;
        }
        account.put(hidden);
    };
    let (progress, ()) = tokio::join!(syncing, back);
    assert!(matches!(progress.unwrap(), Progress::Complete(_)));
    assert!(listed(&account, &store, "limit=200").await.contains(&id(120)));
}

#[tokio::test]
async fn a_copy_that_is_emptied_is_asked_no_more() {
    let store = copies::testing::store().await;
    let account = Account::of("made-up", 130);
    complete(&account, &store).await;
    assert_eq!(store.purge(&account.name).await.unwrap(), 130);
    let connections = [account.synced(&store).await];
    let deadline = Deadline::after(Duration::from_secs(60));
    let query = ListQuery::parse("limit=10").unwrap();
    let listing = list(&connections, &query, &Scope::All, deadline).await.unwrap();
    assert_eq!(listing.sources[0].from, SourceOrigin::Provider);
    assert_eq!(listing.data.len(), 10);
}
