//! Locks, keys and what was sent under them.

use std::time::Duration;

use engine::writing::{InvoiceLock, Ledger};
use invoice::{Code, Outcome, Reference, WriteResult};
use jiff::Timestamp;
use provider_client::Deadline;
use store::table::{FakeTable, Item};
use store::writes::{Admission, InFlight, Noticed};

use crate::scenario::{
    ANSWERED, OPEN, RUNNING, activation, at, begun_or_refused, reference, snapshot, writes,
};

const INVOICES: [&str; 5] =
    ["nue:applied", "nue:unknown", "nue:again", "nue:locked", "nue:sending"];
/// The states of a lock, by their words.
const STATES: [&str; 4] = ["claimed", "sending", "running", "done"];

fn milliseconds(item: &Item, name: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(item.get_number(name)?).ok()
}

/// Whether the time of an item is up, so that DynamoDB may delete it.
fn is_over(item: &Item, now: Timestamp) -> bool {
    item.get_number("expiresAt").is_some_and(|until| until <= now.as_second())
}

/// Whether a lock of another's lets us send: told from what stands there, by hand.
fn is_free(item: &Item, now: Timestamp) -> bool {
    if is_over(item, now) {
        return true;
    }
    let is_sound = item.get_number("version") == Some(2)
        && item.get_text("owner").is_some()
        && item.get_text("attempt").is_some()
        && item.get_number("expiresAt").is_some_and(|until| Timestamp::from_second(until).is_ok());
    let (Some(state), Some(lease)) = (item.get_text("state"), milliseconds(item, "leaseUntil"))
    else {
        return false;
    };
    let until = if state == "sending" { milliseconds(item, "settlesAt") } else { Some(lease) };
    is_sound && STATES.contains(&state) && until.is_some_and(|until| until <= now)
}

fn lock_key(invoice: &str) -> String {
    format!("idempotency#claim#{invoice}")
}

/// Another may write to an invoice where, and only where, its lock lets them.
pub async fn lock(table: &FakeTable, seconds: i64) {
    let (store, now) = (writes(table, seconds), at(seconds));
    let Ok(Admission::Fresh(other)) = begun_or_refused(&store, "k-other", "r-9").await else {
        panic!("the key is new")
    };
    let ledger = other.ledger();
    for invoice in INVOICES {
        let there = table.item(&lock_key(invoice));
        let is_free = there.as_ref().is_none_or(|there| is_free(there, now));
        let ids: [Reference; 1] = [reference(invoice)];
        let locked = ledger.lock(&activation(), &ids).await.remove(0);
        let is_ours = matches!(locked, Ok(InvoiceLock::Ours));
        assert_eq!(is_ours, is_free, "{invoice} at {seconds}: {there:?}");
        let sent = ledger.sending(&activation(), &[snapshot(invoice)]).await.remove(0);
        assert_eq!(sent.is_ok(), is_ours, "{invoice} is sent without a lock, or not with one");
    }
}

/// Only what is unknown of a known version is settled, and settling it leaves no trap.
pub async fn notice(table: &FakeTable, seconds: i64) {
    let store = writes(table, seconds);
    for invoice in INVOICES {
        let there = table.item(&lock_key(invoice));
        let noticed = store.notice(&reference(invoice)).await.unwrap();
        let Noticed::Unknown(unknown) = noticed else { continue };
        let there = there.unwrap();
        assert_eq!(there.get_number("version"), Some(2), "{invoice} is of another version");
        assert_eq!(there.get_text("state"), Some("sending"), "{invoice} is not sent");
        assert_eq!(
            there.get_text("unknownOf"),
            there.get_text("attempt"),
            "{invoice} is not unknown"
        );
        let deadline = Deadline::after(Duration::from_secs(5));
        let Ok(Some(settlement)) = store.settlement(*unknown, ("m-1", deadline)).await else {
            continue;
        };
        let id = reference(invoice);
        let result = WriteResult {
            id,
            outcome: Outcome::Applied,
            status: None,
            new_id: None,
            invoice: None,
            problem: None,
        };
        settlement.end(&result).await.unwrap();
    }
}

/// A key is new only where its record's time is up, and what was answered under it is given
/// again only where that is known.
pub async fn begin(table: &FakeTable, seconds: i64) {
    let (store, now) = (writes(table, seconds), at(seconds));
    let records: Vec<(String, Item)> = table
        .keys()
        .into_iter()
        .filter(|key| key.starts_with("idempotency#key#") && key.matches('#').count() == 2)
        .map(|key| (key.clone(), table.item(&key).unwrap()))
        .collect();
    for key in [ANSWERED, OPEN, RUNNING] {
        let before: Vec<Option<Item>> = records.iter().map(|(key, _)| table.item(key)).collect();
        let begun = begun_or_refused(&store, key, "r-9").await;
        // The one record that this has changed, or would have.
        let touched =
            records.iter().zip(&before).find(|((key, _), before)| table.item(key) != **before);
        match begun {
            Ok(Admission::Fresh(_)) => {
                let ((_, there), _) =
                    touched.unwrap_or_else(|| panic!("{key} is fresh, and nothing is put"));
                assert!(is_over(there, now), "{key} is new at {seconds}: {there:?}");
            }
            Ok(Admission::Resume(in_flight, _)) => {
                let ((at, there), _) =
                    touched.unwrap_or_else(|| panic!("{key} is resumed, and nothing is put"));
                assert!(
                    matches!(there.get_number("version"), Some(2 | 3)),
                    "{key} is of another version"
                );
                resume(table, seconds, at, in_flight).await;
            }
            Ok(Admission::Replay(replayed)) => {
                let is_known = |item: &&Option<Item>| {
                    let item = item.as_ref().unwrap();
                    matches!(item.get_number("version"), Some(2 | 3))
                        && item.get_text("state") == Some("done")
                };
                assert!(before.iter().any(|item| is_known(&item)), "{replayed:?} is of nothing");
            }
            Err(problem) => {
                assert!(matches!(
                    problem.code,
                    Code::InProgress | Code::IdempotencyKeyReused | Code::Unavailable
                ));
            }
        }
    }
}

/// What cannot be read of what was sent is never taken for not sent; nor is an invoice locked
/// by who goes on, while its lock is of another version.
async fn resume(table: &FakeTable, seconds: i64, record: &str, in_flight: InFlight) {
    let ledger = in_flight.ledger();
    let ids = INVOICES.map(reference);
    let recalled = ledger.recall(&ids).await;
    let of_key = record.replace("idempotency#key#", "idempotency#sent#");
    for (id, recalled) in ids.iter().zip(&recalled) {
        let Some(there) = table.item(&format!("{of_key}#{id}")) else { continue };
        let is_strange = there.get_number("version") != Some(2);
        assert!(!is_strange || recalled.is_err(), "{id} is recalled, by whatever version");
    }
    let now = at(seconds);
    for (id, lock) in ids.iter().zip(ledger.lock(&activation(), &ids).await) {
        let there = table.item(&lock_key(&id.to_string()));
        let is_strange = there
            .is_some_and(|there| there.get_number("version") != Some(2) && !is_over(&there, now));
        assert!(
            !is_strange || !matches!(lock, Ok(InvoiceLock::Ours)),
            "{id} is locked, by whatever version"
        );
    }
    in_flight.abandon().await;
}
