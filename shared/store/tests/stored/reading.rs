//! The sample is read as it was written.

use std::time::Duration;

use engine::writing::{InvoiceLock, Ledger};
use invoice::{Code, Outcome, Reference};
use store::event_work::{MessageId, Taken, Telling, WorkName};
use store::table::FakeTable;
use store::writes::{Admission, Noticed};

use super::sample::Sample;
use super::scenario::*;

fn stored() -> FakeTable {
    Sample::load().table()
}

/// How long another than its owner waits for the lock on `invoice`; none where it is free.
async fn wait(table: &FakeTable, seconds: i64, invoice: &str) -> Option<u64> {
    let store = writes(table, seconds);
    let Admission::Fresh(other) = begun(&store, "k-other", "r-9").await else {
        panic!("the key is new")
    };
    let ids: [Reference; 1] = [reference(invoice)];
    match other.ledger().lock(&activation(), &ids).await.remove(0).unwrap() {
        InvoiceLock::Busy { retry_after } => Some(retry_after.as_secs()),
        InvoiceLock::Ours => None,
    }
}

#[tokio::test]
async fn a_stored_answer_is_given_again() {
    let replayed = begun(&writes(&stored(), 100), ANSWERED, "r-9").await;
    let Admission::Replay(replayed) = replayed else { panic!("{replayed:?}") };
    assert_eq!(replayed, answer());
}

#[tokio::test]
async fn a_stored_request_with_open_ends_is_gone_on_from() {
    let resumed = begun(&writes(&stored(), 30), OPEN, "r-9").await;
    let Admission::Resume(in_flight, resumption) = resumed else { panic!("{resumed:?}") };
    let ids = ["nue:unknown", "nue:again"].map(reference);
    assert_eq!(resumption.selection.unwrap(), ids);
    assert_eq!(resumption.results[0].get(), r#"{"id":"nue:unknown","outcome":"unknown"}"#);
    let ledger = in_flight.ledger();
    let recalled = ledger.recall(&ids).await.into_iter().map(|recalled| recalled.unwrap().unwrap());
    let [unknown, again] = recalled.collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(unknown.before, snapshot("nue:unknown"));
    assert_eq!((unknown.since, unknown.superseded.is_none()), (at(0), true));
    assert_eq!(unknown.unclear_for, Duration::from_secs(30));
    // Another has sent since: how the invoice stood just before that is in its lock.
    assert_eq!(again.superseded.unwrap().before, Some(snapshot("nue:again")));
}

#[tokio::test]
async fn a_stored_lock_binds_others_as_long_as_it_says() {
    for (invoice, seconds, expected) in [
        ("nue:locked", 0, Some(5)),
        ("nue:locked", 23, Some(2)),
        ("nue:locked", 26, None),
        ("nue:sending", 24, Some(1)),
        ("nue:sending", 26, Some(59)),
        ("nue:sending", 86, None),
        ("nue:applied", 0, None),
        ("nue:rejected", 0, None),
    ] {
        assert_eq!(wait(&stored(), seconds, invoice).await, expected, "{invoice} at {seconds}");
    }
}

#[tokio::test]
async fn a_stored_unknown_write_is_noticed() {
    let table = stored();
    let store = writes(&table, 10);
    let noticed = store.notice(&reference("nue:unknown")).await.unwrap();
    let Noticed::Unknown(unknown) = noticed else { panic!("it is not noticed") };
    let invoice::Write::Activate { invoice_date, comment: None } = &unknown.write else {
        panic!("another write was sent: {:?}", unknown.write)
    };
    assert_eq!(*invoice_date, Some(jiff::civil::date(2030, 1, 31)));
    assert_eq!(unknown.before, snapshot("nue:unknown"));
    assert_eq!((unknown.since, unknown.shows_comments), (at(0), true));
    let running = store.notice(&reference("nue:sending")).await.unwrap();
    assert!(matches!(running, Noticed::InFlight));
    let settled = store.notice(&reference("nue:applied")).await.unwrap();
    assert!(matches!(settled, Noticed::Nothing));
    let deadline = provider_client::Deadline::after(Duration::from_secs(5));
    let settlement = store.settlement(*unknown, ("m-1", deadline)).await.unwrap().unwrap();
    assert!(settlement.open.is_some(), "its key has open ends");
    let result = invoice::WriteResult {
        id: reference("nue:unknown"),
        outcome: Outcome::Applied,
        status: None,
        new_id: None,
        invoice: None,
        problem: None,
    };
    settlement.end(&result).await.unwrap();
    assert_eq!(wait(&table, 10, "nue:unknown").await, None);
}

#[tokio::test]
async fn stored_event_work_is_gone_on_with() {
    let table = stored();
    let (store, name) = (events(&table, 10), WorkName::of(&event()));
    assert_eq!(store.request(&name).await.unwrap(), Some(event()));
    assert_eq!(store.page(&name, &nue(), 0).await.unwrap(), page());
    assert_eq!(store.works(&name, &[nue()]).await.unwrap()[0].as_ref().unwrap().pages, 1);
    let time = Duration::from_secs(35);
    let other = store.take(&name, &nue(), MessageId("m-2"), time).await.unwrap();
    assert!(matches!(other, Taken::Elsewhere));
    let later = events(&table, 40).take(&name, &nue(), MessageId("m-2"), time).await.unwrap();
    let Taken::Ours(_, work) = later else { panic!("its time is up") };
    assert_eq!(work.pages, 1);
    assert!(matches!(store.tell(&name, "what was told").await.unwrap(), Telling::Done));
    let Telling::Ours(told) = store.tell(&name, "something else").await.unwrap() else {
        panic!("nobody tells")
    };
    assert_eq!(told.times, 1);
}

#[tokio::test]
async fn a_count_of_parts_that_nobody_wrote_is_not_believed() {
    let table = stored();
    let is_record = |key: &String| key.starts_with("idempotency#key#");
    for key in table.keys().into_iter().filter(is_record) {
        let item = table.item(&key).unwrap();
        table.set(&key, item.number("parts", i64::MAX).text("partsOf", "nobody"));
    }
    let begin = async |key| begun_or_refused(&writes(&table, 100), key, "r-9").await;
    assert_eq!(begin(ANSWERED).await.unwrap_err().code, Code::Unavailable);
    let Ok(Admission::Resume(_, resumption)) = begin(OPEN).await else {
        panic!("it has open ends")
    };
    assert!(resumption.results.is_empty(), "what is known of it is asked again");
}

#[tokio::test]
async fn nothing_is_told_of_a_request_of_another_version() {
    let table = stored();
    let (store, name) = (events(&table, 10), WorkName::of(&event()));
    let key = format!("idempotency#event#{}", name.as_str());
    let item = table.item(&key).unwrap().number("version", 2);
    table.set(&key, item.clone());
    assert!(store.tell(&name, "something else").await.is_err());
    assert!(table.item(&key) == Some(item));
}

#[tokio::test]
async fn a_stored_listing_is_shown() {
    let table = stored();
    let cache = listings(&table);
    let found = cache.look_up(&listing_key()).await.unwrap();
    let kept = found.entry.unwrap();
    assert_eq!(kept.entry, entry());
    assert_eq!(kept.fresh_for, Some(Duration::from_secs(60)));
}
