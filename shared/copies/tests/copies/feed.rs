//! The feed of changes skips nothing, however late a writer commits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use copies::{Cause, ChangeKind, CopyStore, Observation, Observed, Since};
use futures::future::join_all;
use jiff::Timestamp;

use copies::testing::account::{Account, RETENTION, amount, id};

async fn read_on(
    store: &CopyStore,
    account: &Account,
    since: &mut i64,
    told: &mut BTreeMap<String, (i64, String)>,
) -> usize {
    let changes = store.changes(&account.name, Since { sequence: *since }, 7, true).await.unwrap();
    for change in &changes.changes {
        assert!(change.sequence > *since, "numbers go up");
        *since = change.sequence;
        let etag = change.etag.clone().unwrap_or_default();
        told.insert(change.id.id().to_owned(), (change.sequence, etag));
    }
    changes.changes.len()
}

/// Writers that overtake each other between taking a number and committing it would leave
/// behind a reader what it never sees: the reader ends with the last state of everything.
#[tokio::test]
async fn a_reader_misses_no_change_of_writers_side_by_side() {
    let store = copies::testing::store().await;
    let account = Account::of("made-up", 40);
    account.sync(&store, "first").await.unwrap();
    let is_over = AtomicBool::new(false);
    let writing = (0..8_usize).map(|writer| {
        let (store, account) = (&store, &account);
        async move {
            for round in 0..12_usize {
                let mine = id((writer * 5 + round) % 40);
                let invoice = account.change(&mine, |it| {
                    it.amounts.balance = Some(amount(1_000 + writer * 100 + round))
                });
                let observation = Observation {
                    observed: Observed::There(Box::new(invoice)),
                    asked_at: Timestamp::now(),
                    cause: Cause::Bridge,
                };
                // Busy is what a function would tell; the tests' writers come again.
                let mut left = 50;
                while store
                    .observe(&account.name, vec![observation.clone()], RETENTION)
                    .await
                    .is_err()
                {
                    left -= 1;
                    assert!(left > 0, "writer {writer} never gets through");
                }
            }
        }
    });
    let writing = async {
        join_all(writing).await;
        is_over.store(true, Ordering::SeqCst);
    };
    let reading = async {
        let (mut since, mut told) = (0, BTreeMap::new());
        loop {
            let was_over = is_over.load(Ordering::SeqCst);
            if read_on(&store, &account, &mut since, &mut told).await == 0 && was_over {
                return told;
            }
        }
    };
    let ((), told) = tokio::join!(writing, reading);
    // What there is, read at once, is what was told bit by bit.
    let (mut since, mut all) = (0, BTreeMap::new());
    while read_on(&store, &account, &mut since, &mut all).await > 0 {}
    assert_eq!(told, all);
    assert_eq!(all.len(), 40);
}

#[tokio::test]
async fn kinds_are_told_from_where_the_reader_was() {
    let store = copies::testing::store().await;
    let account = Account::of("made-up", 3);
    account.sync(&store, "first").await.unwrap();
    let kinds = async |since| {
        let changes =
            store.changes(&account.name, Since { sequence: since }, 10, false).await.unwrap();
        let kinds =
            changes.changes.iter().map(|it| (it.id.id().to_owned(), it.kind)).collect::<Vec<_>>();
        (kinds, changes.up_to)
    };
    let (first, end) = kinds(0).await;
    assert!(first.iter().all(|(_, kind)| *kind == ChangeKind::Created) && first.len() == 3);
    account.change(&id(1), |invoice| invoice.amounts.balance = Some(amount(9)));
    account.remove(&id(2));
    account.sync(&store, "second").await.unwrap();
    let (then, _) = kinds(end).await;
    assert_eq!(then, [(id(1), ChangeKind::Changed), (id(2), ChangeKind::Deleted)]);
    let (anew, _) = kinds(0).await;
    assert_eq!(anew[1], (id(1), ChangeKind::Created));
}
