use futures::future::join_all;
use provider_client::writing::{Claim, Ledger, LedgerError, SendKey};

use super::keys::noise;

use super::*;
use crate::writes::WriteLedger;

const ID: &str = "nue:inv-1";
const CLAIM: &str = "idempotency#claim#nue:inv-1";

async fn claim(ledger: &WriteLedger) -> Claim {
    let claims = all(ledger.claim(&activation(), &[reference(ID)]).await);
    assert_eq!(claims.len(), 1);
    claims[0].clone()
}

async fn send(ledger: &WriteLedger) -> Result<SendKey, LedgerError> {
    ledger.sending(&activation(), &[trace(ID)]).await.remove(0)
}

async fn record(ledger: &WriteLedger, settled: Settled) {
    ledger.record(&activation(), &[settled]).await;
}

fn unknown(under_way: bool) -> Settled {
    Settled { under_way, ..settled(ID, Outcome::Unknown) }
}

fn seconds_busy(claim: &Claim) -> u64 {
    match claim {
        Claim::Busy { retry_after } => retry_after.as_secs(),
        other => panic!("expected another's: {other:?}"),
    }
}

impl Bench {
    async fn ledger(&self, subject: &str) -> WriteLedger {
        self.running(subject).await.ledger()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_one_writers_until_it_is_settled() {
    for bench in benches().await {
        let (first, second) = (bench.ledger("first").await, bench.ledger("second").await);
        assert_eq!(claim(&first).await, Claim::Ours);
        assert_eq!(seconds_busy(&claim(&second).await), 5);
        send(&first).await.unwrap();
        assert_eq!(seconds_busy(&claim(&second).await), 5);
        record(&first, settled(ID, Outcome::Applied)).await;
        assert_eq!(bench.item(CLAIM).await, None);
        assert_eq!(claim(&second).await, Claim::Ours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_sent_is_let_go_of_too() {
    for bench in benches().await {
        for outcome in [Outcome::Unchanged, Outcome::Rejected] {
            let ledger = bench.ledger("first").await;
            assert_eq!(claim(&ledger).await, Claim::Ours);
            record(&ledger, Settled { sent: false, ..settled(ID, outcome) }).await;
            assert_eq!(bench.item(CLAIM).await, None, "{outcome:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_that_claim_at_once_one_has_it() {
    for bench in benches().await {
        let names: Vec<String> = (0..50).map(|n| format!("caller-{n}")).collect();
        let ledgers = join_all(names.iter().map(|name| bench.ledger(name))).await;
        let claims = join_all(ledgers.iter().map(claim)).await;
        let ours = claims.iter().filter(|claim| **claim == Claim::Ours).count();
        let busy = claims.iter().filter(|claim| matches!(claim, Claim::Busy { .. })).count();
        assert_eq!((ours, busy), (1, 49));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_whose_request_has_ended_is_taken_over_and_its_owner_sends_nothing() {
    for bench in benches().await {
        let (first, second) = (bench.ledger("first").await, bench.ledger("second").await);
        assert_eq!(claim(&first).await, Claim::Ours);
        bench.pass(OVER);
        assert_eq!(claim(&second).await, Claim::Ours);
        let error = send(&first).await.unwrap_err();
        assert_eq!(error.to_string(), "the record of writes is out of reach: a claim was lost");
        // The one that has it is not disturbed by the other's giving up.
        record(&first, settled(ID, Outcome::Rejected)).await;
        send(&second).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_sent_is_nobodys_until_the_provider_must_be_done() {
    for bench in benches().await {
        let (killed, second) = (bench.ledger("killed").await, bench.ledger("second").await);
        assert_eq!(claim(&killed).await, Claim::Ours);
        send(&killed).await.unwrap();
        drop(killed);
        bench.pass(OVER);
        let left = seconds_busy(&claim(&second).await);
        assert!((57..=59).contains(&left), "{left}");
        bench.pass(UNSETTLED);
        assert_eq!(claim(&second).await, Claim::Ours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_keeps_others_away_while_the_provider_may_be_at_it() {
    for bench in benches().await {
        let (first, second) = (bench.ledger("first").await, bench.ledger("second").await);
        claim(&first).await;
        send(&first).await.unwrap();
        bench.pass(Duration::from_secs(2));
        record(&first, unknown(true)).await;
        // The request has ended, but its lease is live by the clock.
        assert_eq!(seconds_busy(&claim(&second).await), 5);
        bench.pass(OVER);
        let left = seconds_busy(&claim(&second).await);
        assert!((33..=35).contains(&left), "{left}");
        bench.pass(Duration::from_secs(35));
        assert_eq!(claim(&second).await, Claim::Ours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_that_the_provider_is_done_with_is_open_to_others_at_once() {
    for bench in benches().await {
        let (first, second) = (bench.ledger("first").await, bench.ledger("second").await);
        claim(&first).await;
        send(&first).await.unwrap();
        record(&first, unknown(false)).await;
        assert_eq!(claim(&second).await, Claim::Ours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_claimed_and_answered_in_the_order_asked() {
    for bench in benches().await {
        let ids: Vec<Reference> = (0..100).map(|n| reference(&format!("nue:inv-{n}"))).collect();
        let (first, second) = (bench.ledger("first").await, bench.ledger("second").await);
        let odd: Vec<Reference> = ids.iter().skip(1).step_by(2).cloned().collect();
        all(first.claim(&activation(), &odd).await);
        let claims = all(second.claim(&activation(), &ids).await);
        for (n, claim) in claims.iter().enumerate() {
            assert_eq!(*claim == Claim::Ours, n % 2 == 0, "{n}: {claim:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_of_a_later_version_is_left_alone_until_it_expires() {
    for bench in benches().await {
        let item = Item::default()
            .number("version", 3)
            .text("owner", "other")
            .text("state", "claimed")
            .number("leaseUntil", 0)
            .number("expiresAt", bench.now().as_second() + 100);
        bench.table.put(CLAIM, item, &table::Condition::always()).await.unwrap();
        let ledger = bench.ledger("first").await;
        assert_eq!(seconds_busy(&claim(&ledger).await), 60);
        bench.pass(Duration::from_secs(100));
        assert_eq!(claim(&ledger).await, Claim::Ours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_dynamodb_should_have_deleted_binds_nobody() {
    for bench in benches().await {
        let first = bench.ledger("first").await;
        claim(&first).await;
        send(&first).await.unwrap();
        bench.pass(DAY * 3);
        assert_eq!(claim(&bench.ledger("second").await).await, Claim::Ours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_claimed_where_the_table_is_out_of_reach() {
    let bench = Bench::over(nowhere().await);
    let error = none(bench.ledger("first").await.claim(&activation(), &[reference(ID)]).await);
    assert_eq!(error.to_string(), "the record of writes is out of reach: it cannot be reached");
    record(&bench.ledger("first").await, settled(ID, Outcome::Applied)).await;
}

#[tokio::test]
async fn a_claim_that_cannot_be_had_leaves_the_others_theirs() {
    let table = FakeTable::default();
    let bench = Bench::over(Arc::new(table.clone()));
    table.fail(Some("idempotency#claim#nue:inv-2"));
    let ids = [reference(ID), reference("nue:inv-2")];
    let claims = bench.ledger("first").await.claim(&activation(), &ids).await;
    assert_eq!(claims[0], Ok(Claim::Ours));
    assert!(claims[1].is_err());
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
        let bench = Bench::over(Arc::new(table.clone()));
        let (first, second) = (fresh(bench.begin("r-1").await), bench.ledger("second").await);
        let first = first.ledger();
        let ids = [reference(ID), reference("nue:inv-2")];
        all(first.claim(&activation(), &ids).await);
        table.fail(Some(failing));
        let traces = [trace(ID), trace("nue:inv-2")];
        let recorded = first.sending(&activation(), &traces).await;
        assert_eq!([0, 1].map(|at| recorded[at].is_err()), failed, "{failing}");
        table.fail(None);
        // What was recorded as being sent was not, and is open to others, unless
        // that could not be undone; it is not remembered either.
        let claims = all(second.claim(&activation(), &ids).await);
        let busy = claims.iter().map(|claim| *claim != Claim::Ours);
        let taken = failed.map(|failed| !failed);
        if failing.starts_with("idempotency#") {
            assert_eq!(claims[0], Claim::Busy { retry_after: Duration::from_secs(5) });
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
    for bench in benches().await {
        let id = format!("nue:{}", "é".repeat(5_000));
        let connection = "nue".parse().unwrap();
        let mut invoice = draft(ID);
        invoice.id = Reference::new(&connection, &id[4..]);
        let comment = |text: String| invoice::Comment { text, created_at: None, author: None };
        invoice.comments = (0..40).map(|_| comment(noise(400_000))).collect();
        let ledger = fresh(bench.begin("r-1").await).ledger();
        let ids = std::slice::from_ref(&invoice.id);
        assert_eq!(all(ledger.claim(&activation(), ids).await), [Claim::Ours]);
        all(ledger.sending(&activation(), &[Trace::of(&invoice)]).await);
        bench.pass(OVER);
        let again = resumed(bench.begin("r-2").await).0.ledger();
        let recalled = all(again.recall(ids).await).remove(0).unwrap();
        assert_eq!(recalled.before, Trace::of(&invoice));
    }
}
