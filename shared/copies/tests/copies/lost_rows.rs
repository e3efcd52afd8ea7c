//! Writes that went through, and whose rows were not written: the copy is known to be older.

use std::time::{Duration, Instant};

use api::ListQuery;
use copies::CopyStore;
use copies::testing::{Faults, failing_store};
use engine::listing::{SourceOrigin, list};
use invoice::{Amount, Scope, Write};
use provider_client::{Deadline, ErrorKind, Provider, ProviderError, SendKey};

use copies::testing::account::{Account, amount, id};

/// The balance that the tests write: no invoice has it before.
const WRITTEN: usize = 77_777;
const LONG: Duration = Duration::from_secs(30);

async fn copied() -> (Account, CopyStore, Faults) {
    let faults = Faults::default();
    let store = failing_store(&faults).await;
    let account = Account::of("made-up", 60);
    account.sync(&store, "first").await.unwrap();
    (account, store, faults)
}

async fn write(
    account: &Account,
    store: &CopyStore,
    within: Duration,
) -> Result<(), ProviderError> {
    let synced = account.synced(store).await;
    let now = account.get(&id(7), &Default::default(), Deadline::after(LONG)).await?;
    let (update, key) = (Write::Update(Box::default()), SendKey::from(WRITTEN.to_string()));
    let provider = synced.provider.unwrap();
    provider.write(&update, &[now], &key, Deadline::after(within)).await.map(drop)
}

/// A process that is killed once its provider has carried out a write.
async fn write_and_die(account: &Account, store: &CopyStore, within: Duration) {
    account.be_mute();
    let carried_out = async {
        while account.balance(&id(7)) != Some(amount(WRITTEN)) {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = write(account, store, within) => panic!("it is not answered"),
        () = carried_out => {}
    }
}

/// The balance that a listing shows of the invoice that is written, and where it is from.
async fn shown(account: &Account, store: &CopyStore) -> (SourceOrigin, Option<Amount>) {
    let connections = [account.synced(store).await];
    let query = ListQuery::parse("number=INV-7").unwrap();
    let listing = list(&connections, &query, &Scope::All, Deadline::after(LONG)).await.unwrap();
    (listing.sources[0].from, listing.data[0].amounts.balance)
}

async fn is_behind(account: &Account, store: &CopyStore) -> bool {
    let states = store.sync_states(std::slice::from_ref(&account.name)).await.unwrap();
    states[&account.name].behind.is_some()
}

async fn caught_up(account: &Account, store: &CopyStore) {
    let until = Instant::now() + LONG;
    while is_behind(account, store).await {
        assert!(Instant::now() < until, "no sync catches up");
        account.sync(store, "next").await.unwrap();
    }
    assert_eq!(shown(account, store).await, (SourceOrigin::Copy, Some(amount(WRITTEN))));
}

#[tokio::test]
async fn a_write_whose_row_is_refused_shows_in_the_next_listing() {
    let (account, store, faults) = copied().await;
    faults.refuse("TransactWriteItems", 0);
    write(&account, &store, LONG).await.unwrap();
    let written = Some(amount(WRITTEN));
    assert_eq!(shown(&account, &store).await, (SourceOrigin::Provider, written));
    faults.end();
    caught_up(&account, &store).await;
}

#[tokio::test]
async fn a_write_whose_process_was_killed_is_read_at_its_provider() {
    let (account, store, _) = copied().await;
    write_and_die(&account, &store, Duration::from_millis(200)).await;
    let until = Instant::now() + LONG;
    while !is_behind(&account, &store).await {
        assert!(Instant::now() < until, "nobody knows of the write");
    }
    let written = Some(amount(WRITTEN));
    assert_eq!(shown(&account, &store).await, (SourceOrigin::Provider, written));
    caught_up(&account, &store).await;
}

/// A copy that answered nothing while anybody writes would answer nothing at a month's end.
#[tokio::test]
async fn a_write_under_way_leaves_listings_to_the_copy() {
    let (account, store, _) = copied().await;
    write_and_die(&account, &store, LONG).await;
    assert_eq!(shown(&account, &store).await.0, SourceOrigin::Copy);
}

#[tokio::test]
async fn a_write_that_cannot_be_noted_is_not_sent() {
    let (account, store, faults) = copied().await;
    faults.refuse("PutItem", 0);
    let error = write(&account, &store, LONG).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::CopyUnavailable);
    assert_ne!(account.balance(&id(7)), Some(amount(WRITTEN)));
}

#[tokio::test]
async fn an_answer_waits_until_the_copy_is_known_to_be_older() {
    let (account, store, faults) = copied().await;
    faults.refuse("TransactWriteItems", 0);
    // It is noted before it is sent, and no more after that.
    faults.refuse("PutItem", 1);
    write(&account, &store, Duration::from_millis(100)).await.unwrap();
    let written = Some(amount(WRITTEN));
    assert_eq!(shown(&account, &store).await, (SourceOrigin::Provider, written));
}

#[tokio::test]
async fn a_write_that_shows_leaves_nothing_behind() {
    let (account, store, _) = copied().await;
    write(&account, &store, Duration::from_millis(100)).await.unwrap();
    // Had the note stayed, it would count by then.
    let until = Instant::now() + Duration::from_millis(200);
    while Instant::now() < until {
        assert!(!is_behind(&account, &store).await);
    }
    assert_eq!(shown(&account, &store).await, (SourceOrigin::Copy, Some(amount(WRITTEN))));
}
