use engine::writing::{InvoiceLock, Ledger, LedgerError};
use futures::future::join_all;
use provider_client::SendKey;
use store::writes::WriteLedger;

use super::keys::noise;
use super::*;

const ID: &str = "nue:inv-1";
const CLAIM: &str = "idempotency#claim#nue:inv-1";

async fn lock(ledger: &WriteLedger) -> InvoiceLock {
    let locks = all(ledger.lock(&activation(), &[reference(ID)]).await);
    assert_eq!(locks.len(), 1);
    locks[0].clone()
}

async fn send(ledger: &WriteLedger) -> Result<SendKey, LedgerError> {
    ledger.sending(&activation(), &[snapshot(ID)]).await.remove(0)
}

async fn record(ledger: &WriteLedger, settled: OutcomeRecord) {
    ledger.record(&activation(), &[settled]).await;
}

fn unknown(under_way: bool) -> OutcomeRecord {
    OutcomeRecord { under_way, ..settled(ID, Outcome::Unknown) }
}

fn seconds_busy(lock: &InvoiceLock) -> u64 {
    match lock {
        InvoiceLock::Busy { retry_after } => retry_after.as_secs(),
        other => panic!("expected another's: {other:?}"),
    }
}

impl Fixture {
    async fn ledger(&self, subject: &str) -> WriteLedger {
        self.in_flight(subject).await.ledger()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_one_writers_until_it_is_settled() {
    for fixture in benches().await {
        let (first, second) = (fixture.ledger("first").await, fixture.ledger("second").await);
        assert_eq!(lock(&first).await, InvoiceLock::Ours);
        assert_eq!(seconds_busy(&lock(&second).await), 5);
        send(&first).await.unwrap();
        assert_eq!(seconds_busy(&lock(&second).await), 5);
        record(&first, settled(ID, Outcome::Applied)).await;
        assert_eq!(fixture.item(CLAIM).await, None);
        assert_eq!(lock(&second).await, InvoiceLock::Ours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_sent_is_let_go_of_too() {
    for fixture in benches().await {
        for outcome in [Outcome::Unchanged, Outcome::Rejected] {
            let ledger = fixture.ledger("first").await;
            assert_eq!(lock(&ledger).await, InvoiceLock::Ours);
            record(&ledger, OutcomeRecord { sent: false, ..settled(ID, outcome) }).await;
            assert_eq!(fixture.item(CLAIM).await, None, "{outcome:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_that_lock_at_once_one_has_it() {
    for fixture in benches().await {
        let names: Vec<String> = (0..50).map(|n| format!("caller-{n}")).collect();
        let ledgers = join_all(names.iter().map(|name| fixture.ledger(name))).await;
        let locks = join_all(ledgers.iter().map(lock)).await;
        let ours = locks.iter().filter(|lock| **lock == InvoiceLock::Ours).count();
        let busy = locks.iter().filter(|lock| matches!(lock, InvoiceLock::Busy { .. })).count();
        assert_eq!((ours, busy), (1, 49));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_requests_lock_is_taken_and_its_owner_sends_nothing() {
    for fixture in benches().await {
        let (first, second) = (fixture.ledger("first").await, fixture.ledger("second").await);
        assert_eq!(lock(&first).await, InvoiceLock::Ours);
        fixture.pass(OVER);
        assert_eq!(lock(&second).await, InvoiceLock::Ours);
        let error = send(&first).await.unwrap_err();
        assert_eq!(error.to_string(), "the record of writes is out of reach: a lock was lost");
        // The one that has it is not disturbed by the other's giving up.
        record(&first, settled(ID, Outcome::Rejected)).await;
        send(&second).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_sent_is_nobodys_until_the_provider_must_be_done() {
    for fixture in benches().await {
        let (killed, second) = (fixture.ledger("killed").await, fixture.ledger("second").await);
        assert_eq!(lock(&killed).await, InvoiceLock::Ours);
        send(&killed).await.unwrap();
        drop(killed);
        fixture.pass(OVER);
        let left = seconds_busy(&lock(&second).await);
        assert!((57..=59).contains(&left), "{left}");
        fixture.pass(UNSETTLED);
        assert_eq!(lock(&second).await, InvoiceLock::Ours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_keeps_others_away_while_the_provider_may_be_at_it() {
    for fixture in benches().await {
        let (first, second) = (fixture.ledger("first").await, fixture.ledger("second").await);
        lock(&first).await;
        send(&first).await.unwrap();
        fixture.pass(Duration::from_secs(2));
        record(&first, unknown(true)).await;
        // The request has ended, but its lease is live by the clock.
        assert_eq!(seconds_busy(&lock(&second).await), 5);
        fixture.pass(OVER);
        let left = seconds_busy(&lock(&second).await);
        assert!((33..=35).contains(&left), "{left}");
        fixture.pass(Duration::from_secs(35));
        assert_eq!(lock(&second).await, InvoiceLock::Ours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_that_the_provider_is_done_with_is_open_to_others_at_once() {
    for fixture in benches().await {
        let (first, second) = (fixture.ledger("first").await, fixture.ledger("second").await);
        lock(&first).await;
        send(&first).await.unwrap();
        record(&first, unknown(false)).await;
        assert_eq!(lock(&second).await, InvoiceLock::Ours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_locked_and_answered_in_the_order_asked() {
    for fixture in benches().await {
        let ids: Vec<Reference> = (0..100).map(|n| reference(&format!("nue:inv-{n}"))).collect();
        let (first, second) = (fixture.ledger("first").await, fixture.ledger("second").await);
        let odd: Vec<Reference> = ids.iter().skip(1).step_by(2).cloned().collect();
        all(first.lock(&activation(), &odd).await);
        let locks = all(second.lock(&activation(), &ids).await);
        for (n, lock) in locks.iter().enumerate() {
            assert_eq!(*lock == InvoiceLock::Ours, n % 2 == 0, "{n}: {lock:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_of_a_later_version_is_left_alone_until_it_expires() {
    for fixture in benches().await {
        let item = Item::default()
            .number("version", 3)
            .text("owner", "other")
            .text("state", "claimed")
            .number("leaseUntil", 0)
            .number("expiresAt", fixture.now().as_second() + 100);
        fixture.table.put(CLAIM, item, &store::table::Condition::always()).await.unwrap();
        let ledger = fixture.ledger("first").await;
        assert_eq!(seconds_busy(&lock(&ledger).await), 60);
        fixture.pass(Duration::from_secs(100));
        assert_eq!(lock(&ledger).await, InvoiceLock::Ours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_dynamodb_should_have_deleted_binds_nobody() {
    for fixture in benches().await {
        let first = fixture.ledger("first").await;
        lock(&first).await;
        send(&first).await.unwrap();
        fixture.pass(DAY * 3);
        assert_eq!(lock(&fixture.ledger("second").await).await, InvoiceLock::Ours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_locked_where_the_table_is_out_of_reach() {
    let fixture = Fixture::over(nowhere().await);
    let error = none(fixture.ledger("first").await.lock(&activation(), &[reference(ID)]).await);
    assert_eq!(error.to_string(), "the record of writes is out of reach: it cannot be reached");
    record(&fixture.ledger("first").await, settled(ID, Outcome::Applied)).await;
}

#[tokio::test]
async fn a_lock_that_cannot_be_had_leaves_the_others_theirs() {
    let table = FakeTable::default();
    let fixture = Fixture::over(Arc::new(table.clone()));
    table.fail(Some("idempotency#claim#nue:inv-2"));
    let ids = [reference(ID), reference("nue:inv-2")];
    let locks = fixture.ledger("first").await.lock(&activation(), &ids).await;
    assert_eq!(locks[0], Ok(InvoiceLock::Ours));
    assert!(locks[1].is_err());
    assert_eq!(table.keys(), [CLAIM]);
}

#[tokio::test]
async fn nothing_is_sent_that_cannot_be_recorded() {
    for (failing, failed) in [
        ("audit#", [true, true]),
        ("generation#", [true, true]),
        ("idempotency#claim#nue:inv-2", [false, true]),
        ("idempotency#sent#", [true, true]),
    ] {
        let table = FakeTable::default();
        let fixture = Fixture::over(Arc::new(table.clone()));
        let (first, second) = (fresh(fixture.begin("r-1").await), fixture.ledger("second").await);
        let first = first.ledger();
        let ids = [reference(ID), reference("nue:inv-2")];
        all(first.lock(&activation(), &ids).await);
        table.fail(Some(failing));
        let snapshots = [snapshot(ID), snapshot("nue:inv-2")];
        let recorded = first.sending(&activation(), &snapshots).await;
        assert_eq!([0, 1].map(|at| recorded[at].is_err()), failed, "{failing}");
        table.fail(None);
        // What was recorded as being sent was not, and is open to others, unless
        // that could not be undone; it is not remembered either.
        let locks = all(second.lock(&activation(), &ids).await);
        let busy = locks.iter().map(|lock| *lock != InvoiceLock::Ours);
        let taken = failed.map(|failed| !failed);
        if failing.starts_with("idempotency#") {
            assert_eq!(locks[0], InvoiceLock::Busy { retry_after: Duration::from_secs(5) });
        } else {
            assert_eq!(busy.collect::<Vec<_>>(), taken, "{failing}");
        }
        let remembered = table.keys().iter().filter(|key| key.contains("#sent#")).count();
        assert_eq!(remembered, usize::from(taken[0]), "{failing}");
    }
}

/// Notes of 400 KB, and an id of 5,000 characters, make no item too large and no
/// key too long.
#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_of_any_size_can_be_recorded() {
    for fixture in benches().await {
        let id = format!("nue:{}", "é".repeat(5_000));
        let connection = "nue".parse().unwrap();
        let mut invoice = draft(ID);
        invoice.id = Reference::new(&connection, &id[4..]);
        let comment = |text: String| invoice::Comment { text, created_at: None, author: None };
        invoice.comments = (0..40).map(|_| comment(noise(400_000))).collect();
        let ledger = fresh(fixture.begin("r-1").await).ledger();
        let ids = std::slice::from_ref(&invoice.id);
        assert_eq!(all(ledger.lock(&activation(), ids).await), [InvoiceLock::Ours]);
        all(ledger.sending(&activation(), &[InvoiceSnapshot::of(&invoice)]).await);
        fixture.pass(OVER);
        let again = resumed(fixture.begin("r-2").await).0.ledger();
        let recalled = all(again.recall(ids).await).remove(0).unwrap();
        assert_eq!(recalled.before, InvoiceSnapshot::of(&invoice));
    }
}
