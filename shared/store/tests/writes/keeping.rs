//! How long what was sent is kept.

use engine::writing::{InvoiceLock, Ledger};
use store::table::Condition;
use store::writes::WriteLedger;

use super::*;

const ID: &str = "nue:inv-1";
const CLAIM: &str = "idempotency#claim#nue:inv-1";
const HOUR: Duration = Duration::from_secs(3_600);

impl Fixture {
    /// Deletes what has expired, as DynamoDB may at once.
    async fn expire(&self, table: &FakeTable) {
        for key in table.keys() {
            let expires_at = table.item(&key).and_then(|item| item.get_number("expiresAt"));
            if expires_at.is_some_and(|at| at <= self.now().as_second()) {
                table.delete(&key, &Condition::always()).await.unwrap();
            }
        }
    }
}

/// When the one item whose key begins so expires.
fn expiry(table: &FakeTable, prefix: &str) -> i64 {
    let keys = table.keys().into_iter().filter(|key| key.starts_with(prefix));
    let [key] = keys.collect::<Vec<_>>().try_into().unwrap();
    table.item(&key).unwrap().get_number("expiresAt").unwrap()
}

/// Locks the invoice, and records that it is being sent for.
async fn send(ledger: &WriteLedger) {
    all(ledger.lock(&activation(), &[reference(ID)]).await);
    all(ledger.sending(&activation(), &[snapshot(ID)]).await);
}

/// A provider that cannot be asked for days leaves a write unknown, and its caller asks
/// again and again: each time the key is kept anew.
#[tokio::test]
async fn what_was_sent_is_known_for_as_long_as_its_key() {
    for (is_event, between, times) in [(false, 20, 6), (true, 28 * 24, 3)] {
        let table = FakeTable::default();
        let fixture = Fixture::over(Arc::new(table.clone()));
        let begin = |id| fixture.begin_with(id, |request| request.caller.is_event = is_event);
        let in_flight = fresh(begin("r-1").await);
        let ledger = in_flight.ledger();
        send(&ledger).await;
        let unknown = OutcomeRecord { under_way: true, ..settled(ID, Outcome::Unknown) };
        ledger.record(&activation(), std::slice::from_ref(&unknown)).await;
        in_flight.leave_open(&[]).await;
        for time in 0..times {
            fixture.pass(between * HOUR);
            fixture.expire(&table).await;
            let (in_flight, _) = resumed(begin("r-2").await);
            let ledger = in_flight.ledger();
            let recalled = all(ledger.recall(&[reference(ID)]).await).remove(0).unwrap();
            assert_eq!(recalled.superseded, None, "{is_event} {time}");
            let unsent = OutcomeRecord { sent: false, ..unknown.clone() };
            ledger.record(&activation(), &[unsent]).await;
            in_flight.leave_open(&[]).await;
            let key = expiry(&table, "idempotency#key#");
            assert!(expiry(&table, "idempotency#sent#") > key, "{is_event} {time}");
            assert!(expiry(&table, CLAIM) > key, "{is_event} {time}");
        }
    }
}

/// What has been kept for long enough is not written again by whoever asks every second.
#[tokio::test]
async fn asking_again_soon_writes_nothing_to_what_was_sent() {
    let table = FakeTable::default();
    let fixture = Fixture::over(Arc::new(table.clone()));
    send(&fresh(fixture.begin("r-1").await).ledger()).await;
    fixture.pass(OVER);
    let ledger = resumed(fixture.begin("r-2").await).0.ledger();
    let changes = table.changes();
    assert!(all(ledger.recall(&[reference(ID)]).await).remove(0).is_some());
    assert_eq!(table.changes(), changes);
}

/// The last write that was sent is another's by then: what it keeps is its own affair.
#[tokio::test]
async fn a_lock_under_which_another_has_sent_is_not_renewed() {
    let table = FakeTable::default();
    let fixture = Fixture::over(Arc::new(table.clone()));
    send(&fresh(fixture.begin("r-1").await).ledger()).await;
    fixture.pass(OVER + UNSETTLED);
    let other = fixture.in_flight("other").await.ledger();
    assert_eq!(all(other.lock(&activation(), &[reference(ID)]).await), [InvoiceLock::Ours]);
    all(other.sending(&activation(), &[snapshot(ID)]).await);
    let before = expiry(&table, CLAIM);
    fixture.pass(DAY - 2 * OVER - UNSETTLED);
    resumed(fixture.begin("r-2").await);
    fixture.pass(DAY - OVER);
    let ledger = resumed(fixture.begin("r-3").await).0.ledger();
    let sent = expiry(&table, "idempotency#sent#");
    assert!(all(ledger.recall(&[reference(ID)]).await).remove(0).unwrap().superseded.is_some());
    assert!(expiry(&table, "idempotency#sent#") > sent);
    assert_eq!(expiry(&table, CLAIM), before);
}

/// What an event has sent can be asked for until its message cannot come any more: who has
/// the invoice in between, sends for it or not, and ends, takes nothing of that time away.
#[tokio::test]
async fn a_lock_that_is_taken_over_is_kept_for_no_less_than_before() {
    for outcome in [Outcome::Unchanged, Outcome::Applied, Outcome::Rejected, Outcome::Unknown] {
        let table = FakeTable::default();
        let fixture = Fixture::over(Arc::new(table.clone()));
        let event = fixture.begin_with("r-1", |request| request.caller.is_event = true).await;
        send(&fresh(event).ledger()).await;
        let before = expiry(&table, CLAIM);
        assert!(before > (fixture.now() + 29 * DAY).as_second());
        fixture.pass(OVER + UNSETTLED);
        let other = fixture.in_flight("other").await.ledger();
        assert_eq!(all(other.lock(&activation(), &[reference(ID)]).await), [InvoiceLock::Ours]);
        assert_eq!(expiry(&table, CLAIM), before, "{outcome:?}");
        let sent = outcome != Outcome::Unchanged;
        if sent {
            all(other.sending(&activation(), &[snapshot(ID)]).await);
        }
        let ended = OutcomeRecord { sent, ..settled(ID, outcome) };
        other.record(&activation(), &[ended]).await;
        assert_eq!(expiry(&table, CLAIM), before, "{outcome:?}");
    }
}
