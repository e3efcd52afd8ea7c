use engine::writing::{InvoiceLock, Ledger, Sent};
use futures::future::join_all;
use provider_client::SendKey;
use serde_json::json;
use serde_json::value::to_raw_value;
use store::table::Condition;
use store::writes::WriteLedger;

use super::*;

const ID: &str = "nue:inv-1";
const CLAIM: &str = "idempotency#claim#nue:inv-1";

impl Fixture {
    /// A request with this key.
    async fn begin_as(&self, request_id: &str, text: &str) -> Result<Admission, Problem> {
        let (caller, key) = (caller("ops"), key(text));
        let request = WriteRequest { key: Some(&key), ..request(caller, request_id) };
        self.store.begin(&request).await
    }

    /// What that key remembers of `ID`, once its last try has ended.
    async fn recalled_as(&self, request_id: &str, text: &str) -> Sent {
        let (in_flight, _) = resumed(self.begin_as(request_id, text).await);
        let sent = recalled(&in_flight.ledger()).await.unwrap();
        in_flight.abandon().await;
        sent
    }

    async fn recalled(&self, request_id: &str) -> Sent {
        self.pass(OVER);
        recalled(&resumed(self.begin(request_id).await).0.ledger()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_function_left_is_gone_on_from_by_one() {
    for fixture in benches().await {
        let mut killed = fresh(fixture.begin("r-1").await);
        let ids = [reference(ID), reference("nue:inv-2")];
        killed.selected(&ids).await.unwrap();
        drop(killed);
        assert_eq!(problem(fixture.begin("r-2").await), (Code::InProgress, Some(5)));
        fixture.pass(OVER);
        let begun = join_all((0..10).map(|_| fixture.begin("r-3"))).await;
        let (going_on, waiting): (Vec<_>, Vec<_>) = begun.into_iter().partition(Result::is_ok);
        assert_eq!((going_on.len(), waiting.len()), (1, 9));
        let (again, how_far) = resumed(going_on.into_iter().next().unwrap());
        assert_eq!(told(&how_far), (Some(ids.as_slice()), vec![]));
        // Killed again: it is not forgotten.
        drop(again);
        fixture.pass(OVER);
        let (_, again) = resumed(fixture.begin("r-4").await);
        assert_eq!(told(&again), told(&how_far));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_outlives_its_time_changes_nothing_of_its_successors() {
    for fixture in benches().await {
        let mut late = fresh(fixture.begin("r-1").await);
        fixture.pass(OVER);
        let (successor, _) = resumed(fixture.begin("r-2").await);
        let refusal = late.selected(&[reference(ID)]).await.unwrap_err();
        assert_eq!(refusal.code, Code::Unavailable);
        late.finish(&answer(&json!({"by": "late"}))).await;
        assert_eq!(problem(fixture.begin("r-3").await).0, Code::InProgress);
        successor.finish(&answer(&json!({"by": "successor"}))).await;
        assert_eq!(replayed(fixture.begin("r-3").await).body, r#"{"by":"successor"}"#);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn open_ends_are_gone_on_from_until_there_are_none() {
    for fixture in benches().await {
        let mut first = fresh(fixture.begin("r-1").await);
        first.selected(&[reference(ID)]).await.unwrap();
        let result = to_raw_value(&json!({"id": ID, "outcome": "unknown"})).unwrap();
        first.leave_open(&[&result]).await;
        fixture.pass(DAY - Duration::from_secs(1));
        let (second, how_far) = resumed(fixture.begin("r-2").await);
        let selection = [reference(ID)];
        let expected = (Some(selection.as_slice()), vec![result.get()]);
        assert_eq!(told(&how_far), expected);
        // Killed: what was answered before is still known, a day later too.
        drop(second);
        fixture.pass(DAY - Duration::from_secs(1));
        let (third, how_far) = resumed(fixture.begin("r-3").await);
        assert_eq!(told(&how_far), expected);
        third.finish(&answer(&json!({"unknown": 0}))).await;
        assert_eq!(replayed(fixture.begin("r-4").await).body, r#"{"unknown":0}"#);
    }
}

/// What version 2 kept of a request with open ends is still gone on from.
#[tokio::test]
async fn results_that_version_2_kept_in_an_answer_are_read() {
    let table = FakeTable::default();
    let fixture = Fixture::over(Arc::new(table.clone()));
    let answered = json!({"summary": {}, "results": [{"id": ID, "outcome": "applied"}]});
    fresh(fixture.begin("r-1").await).finish(&answer(&answered)).await;
    let record = table.keys().remove(0);
    let as_of_2 = Item::default().number("version", 2).number("open", 1);
    table.update(&record, as_of_2, &Condition::always()).await.unwrap();
    let (_, how_far) = resumed(fixture.begin("r-2").await);
    let results = vec![r#"{"id":"nue:inv-1","outcome":"applied"}"#];
    assert_eq!(told(&how_far), (None, results));
}

/// What a resumption says.
fn told(how_far: &Resumption) -> (Option<&[Reference]>, Vec<&str>) {
    let results = how_far.results.iter().map(|result| result.get()).collect();
    (how_far.selection.as_deref(), results)
}

/// What a ledger remembers of `ID`.
async fn recalled(ledger: &WriteLedger) -> Option<Sent> {
    all(ledger.recall(&[reference(ID)]).await).remove(0)
}

async fn send(ledger: &WriteLedger, invoice: &Invoice) -> SendKey {
    let locks = all(ledger.lock(&activation(), &[reference(ID)]).await);
    assert_eq!(locks, [InvoiceLock::Ours]);
    all(ledger.sending(&activation(), &[InvoiceSnapshot::of(invoice)]).await).remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_sent_is_sent_again_under_the_same_key() {
    for fixture in benches().await {
        let killed = fresh(fixture.begin("r-1").await).ledger();
        let first = send(&killed, &draft(ID)).await;
        let mut keys = Vec::new();
        for request in ["r-2", "r-3"] {
            fixture.pass(UNSETTLED);
            let again = resumed(fixture.begin(request).await).0.ledger();
            assert!(recalled(&again).await.is_some());
            keys.push(send(&again, &draft(ID)).await);
        }
        assert_eq!(keys, [first.clone(), first.clone()]);
        // It came to nothing for certain: what is sent from now on is another sending.
        fixture.pass(UNSETTLED);
        let (in_flight, _) = resumed(fixture.begin("r-4").await);
        let ledger = in_flight.ledger();
        assert!(recalled(&ledger).await.is_some());
        assert_eq!(send(&ledger, &draft(ID)).await, first);
        ledger.record(&activation(), &[settled(ID, Outcome::Rejected)]).await;
        in_flight.leave_open(&[]).await;
        let ledger = resumed(fixture.begin("r-5").await).0.ledger();
        assert_eq!(recalled(&ledger).await, None);
        assert_ne!(send(&ledger, &draft(ID)).await, first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_under_a_key_is_recalled_when_it_is_asked_again() {
    for fixture in benches().await {
        let killed = fresh(fixture.begin("r-1").await).ledger();
        assert_eq!(recalled(&killed).await, None);
        let _ = send(&killed, &draft(ID)).await;
        let since = fixture.now();
        for (time, left) in [(OVER, 59), (UNSETTLED, 0)] {
            fixture.pass(time);
            let again = recalled(&resumed(fixture.begin("r-2").await).0.ledger()).await.unwrap();
            assert_eq!(again.since, since);
            assert!(again.unclear_for.as_secs().abs_diff(left) <= 1, "{:?}", again.unclear_for);
            assert_eq!((again.before, again.superseded), (snapshot(ID), None));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_does_not_put_off_when_an_unknown_outcome_settles() {
    for fixture in benches().await {
        let unknown = OutcomeRecord { under_way: true, ..settled(ID, Outcome::Unknown) };
        let in_flight = fresh(fixture.begin("r-1").await);
        let ledger = in_flight.ledger();
        let _ = send(&ledger, &draft(ID)).await;
        ledger.record(&activation(), std::slice::from_ref(&unknown)).await;
        in_flight.leave_open(&[]).await;
        for left in [30, 0] {
            fixture.pass(Duration::from_secs(30));
            let (in_flight, _) = resumed(fixture.begin("r-2").await);
            let ledger = in_flight.ledger();
            assert_eq!(recalled(&ledger).await.unwrap().unclear_for.as_secs(), left);
            let unsent = OutcomeRecord { sent: false, ..unknown.clone() };
            ledger.record(&activation(), &[unsent]).await;
            in_flight.leave_open(&[]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_applied_by_a_function_killed_before_its_answer_was_kept_is_still_its_own() {
    for fixture in benches().await {
        let killed = fresh(fixture.begin("r-1").await).ledger();
        let _ = send(&killed, &draft(ID)).await;
        killed.record(&activation(), &[settled(ID, Outcome::Applied)]).await;
        fixture.pass(OVER);
        let again = resumed(fixture.begin("r-2").await).0.ledger();
        assert_eq!(recalled(&again).await.unwrap().superseded, None);
        // Others need not wait for that.
        let other = fixture.in_flight("other").await.ledger();
        let locks = all(other.lock(&activation(), &[reference(ID)]).await);
        assert_eq!(locks, [InvoiceLock::Ours]);
    }
}

/// B has the lock after A's write was sent, and its answer lost. Whether B
/// sends or not, has a key or not, has ended or not: A's key remembers.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_taken_over_takes_no_memory_with_it() {
    for fixture in benches().await {
        for (keyed, sends) in [(false, false), (false, true), (true, false), (true, true)] {
            let key = |request: &str| format!("{keyed}-{sends}-{request}");
            let first = fresh(fixture.begin_as("a", &key("a")).await).ledger();
            let _ = send(&first, &draft(ID)).await;
            fixture.pass(OVER + UNSETTLED);
            let second = if keyed {
                fresh(fixture.begin_as("b", &key("b")).await)
            } else {
                fixture.in_flight("b").await
            };
            let ledger = second.ledger();
            let locks = all(ledger.lock(&activation(), &[reference(ID)]).await);
            assert_eq!(locks, [InvoiceLock::Ours]);
            let mut seen = draft(ID);
            seen.status = invoice::Status::Active;
            let outcome = if sends {
                all(ledger.sending(&activation(), &[InvoiceSnapshot::of(&seen)]).await);
                Outcome::Applied
            } else {
                Outcome::Unchanged
            };
            let during = fixture.recalled_as("a", &key("a")).await;
            let ended = OutcomeRecord { sent: sends, ..settled(ID, outcome) };
            ledger.record(&activation(), &[ended]).await;
            let after = fixture.recalled_as("a", &key("a")).await;
            for recalled in [during, after] {
                let before = recalled.superseded.map(|superseded| superseded.before);
                assert_eq!(
                    before,
                    sends.then(|| Some(InvoiceSnapshot::of(&seen))),
                    "{keyed} {sends}"
                );
            }
            fixture.table.delete(CLAIM, &Condition::always()).await.unwrap();
        }
    }
}

/// B's write was refused, and C sends after it: C alone has superseded A.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_came_to_nothing_has_superseded_nobody() {
    for fixture in benches().await {
        let first = fresh(fixture.begin_as("a", "a").await).ledger();
        let _ = send(&first, &draft(ID)).await;
        fixture.pass(OVER + UNSETTLED);
        let second = fixture.in_flight("b").await.ledger();
        let _ = send(&second, &draft(ID)).await;
        second.record(&activation(), &[settled(ID, Outcome::Rejected)]).await;
        assert_eq!(fixture.recalled_as("a", "a").await.superseded, None);
        let mut seen = draft(ID);
        seen.status = invoice::Status::Active;
        send(&fixture.in_flight("c").await.ledger(), &seen).await;
        let superseded = fixture.recalled_as("a", "a").await.superseded.unwrap();
        assert_eq!(superseded.before, Some(InvoiceSnapshot::of(&seen)));
        // Of two that came after, the lock knows the last alone.
        fixture.pass(OVER + UNSETTLED);
        send(&fixture.in_flight("d").await.ledger(), &seen).await;
        assert_eq!(fixture.recalled_as("a", "a").await.superseded.unwrap().before, None);
    }
}

/// A looks, nobody has sent since; B locks and sends; and A would go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_goes_on_only_where_nobody_has_sent_since_it_looked() {
    for fixture in benches().await {
        let first = fresh(fixture.begin("r-1").await).ledger();
        let _ = send(&first, &draft(ID)).await;
        fixture.pass(OVER + UNSETTLED);
        let again = resumed(fixture.begin("r-2").await).0.ledger();
        assert_eq!(recalled(&again).await.unwrap().superseded, None);
        let other = fixture.in_flight("b").await.ledger();
        let _ = send(&other, &draft(ID)).await;
        other.record(&activation(), &[settled(ID, Outcome::Applied)]).await;
        let locks = all(again.lock(&activation(), &[reference(ID)]).await);
        assert_eq!(locks, [InvoiceLock::Busy { retry_after: Duration::from_secs(1) }]);
        assert!(fixture.recalled("r-3").await.superseded.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_to_nothing_for_certain_is_not_recalled() {
    for fixture in benches().await {
        let in_flight = fresh(fixture.begin("r-1").await);
        send(&in_flight.ledger(), &draft(ID)).await;
        let ledger = in_flight.ledger();
        let _ = send(&ledger, &draft(ID)).await;
        ledger.record(&activation(), &[settled(ID, Outcome::Rejected)]).await;
        in_flight.abandon().await;
        let again = resumed(fixture.begin("r-2").await).0.ledger();
        assert_eq!(recalled(&again).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tries_with_one_key_only_the_later_can_send() {
    for fixture in benches().await {
        let late = fresh(fixture.begin("r-1").await).ledger();
        all(late.lock(&activation(), &[reference(ID)]).await);
        fixture.pass(OVER);
        let later = resumed(fixture.begin("r-2").await).0.ledger();
        let locks = all(later.lock(&activation(), &[reference(ID)]).await);
        assert_eq!(locks, [InvoiceLock::Ours]);
        none(late.sending(&activation(), &[snapshot(ID)]).await);
        all(later.sending(&activation(), &[snapshot(ID)]).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_again_after_its_day_owes_nothing_to_the_day_before() {
    for fixture in benches().await {
        for _ in 0..2 {
            let in_flight = fresh(fixture.begin("r-1").await);
            let ledger = in_flight.ledger();
            let locks = all(ledger.lock(&activation(), &[reference(ID)]).await);
            assert_eq!(locks, [InvoiceLock::Ours]);
            all(ledger.sending(&activation(), &[snapshot(ID)]).await);
            ledger.record(&activation(), &[settled(ID, Outcome::Applied)]).await;
            in_flight.finish(&answer(&json!({}))).await;
            fixture.pass(DAY);
        }
    }
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_known_again_as_our_own() {
    let table = FakeTable::default();
    table.lose_answers(true);
    let fixture = Fixture::over(Arc::new(table));
    let mut first = fresh(fixture.begin("r-1").await);
    first.selected(&[reference(ID)]).await.unwrap();
    let ledger = first.ledger();
    let locks = all(ledger.lock(&activation(), &[reference(ID)]).await);
    assert_eq!(locks, [InvoiceLock::Ours]);
    all(ledger.sending(&activation(), &[snapshot(ID)]).await);
    fixture.pass(OVER);
    let (second, _) = resumed(fixture.begin("r-2").await);
    let ledger = second.ledger();
    assert!(recalled(&ledger).await.is_some());
    fixture.pass(UNSETTLED);
    let _ = send(&ledger, &draft(ID)).await;
    ledger.record(&activation(), &[settled(ID, Outcome::Rejected)]).await;
    second.finish(&answer(&json!({}))).await;
    replayed(fixture.begin("r-3").await);
    let other = fixture.in_flight("other").await.ledger();
    assert_eq!(all(other.lock(&activation(), &[reference(ID)]).await), [InvoiceLock::Ours]);
}
