use std::collections::HashMap;

use futures::future::join_all;
use provider_client::writing::{Claim, Ledger, SendKey, Sent};
use serde_json::json;

use table::{Changed, Condition, TableError};

use super::*;
use crate::writes::{Ending, WriteLedger};

const ID: &str = "nue:inv-1";
const CLAIM: &str = "idempotency#claim#nue:inv-1";

impl Bench {
    /// A request with this key.
    async fn begin_as(&self, request_id: &str, text: &str) -> Result<Begin, Problem> {
        let (caller, key) = (caller("ops"), key(text));
        let request = WriteRequest { key: Some(&key), ..request(&caller, request_id) };
        self.store.begin(&request).await
    }

    /// What that key remembers of `ID`, once its last try has ended.
    async fn recalled_as(&self, request_id: &str, text: &str) -> Sent {
        let (running, _) = resumed(self.begin_as(request_id, text).await);
        let sent = recalled(&running.ledger()).await.unwrap();
        running.abandon().await;
        sent
    }

    async fn recalled(&self, request_id: &str) -> Sent {
        self.pass(OVER);
        recalled(&resumed(self.begin(request_id).await).0.ledger()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_function_left_is_gone_on_from_by_one() {
    for bench in benches().await {
        let mut killed = fresh(bench.begin("r-1").await);
        let ids = [reference(ID), reference("nue:inv-2")];
        killed.selected(&ids).await.unwrap();
        drop(killed);
        assert_eq!(problem(bench.begin("r-2").await), (Code::InProgress, Some(5)));
        bench.pass(OVER);
        let begun = join_all((0..10).map(|_| bench.begin("r-3"))).await;
        let (going_on, waiting): (Vec<_>, Vec<_>) = begun.into_iter().partition(Result::is_ok);
        assert_eq!((going_on.len(), waiting.len()), (1, 9));
        let (again, how_far) = resumed(going_on.into_iter().next().unwrap());
        assert_eq!(how_far, Resumed { selection: Some(ids.to_vec()), answered: None });
        // Killed again: it is not forgotten.
        drop(again);
        bench.pass(OVER);
        assert_eq!(resumed(bench.begin("r-4").await).1, how_far);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_outlives_its_time_changes_nothing_of_its_successors() {
    for bench in benches().await {
        let mut late = fresh(bench.begin("r-1").await);
        bench.pass(OVER);
        let (successor, _) = resumed(bench.begin("r-2").await);
        let refusal = late.selected(&[reference(ID)]).await.unwrap_err();
        assert_eq!(refusal.code, Code::Unavailable);
        late.finish(&answer(&json!({"by": "late"})), Ending::Settled).await;
        assert_eq!(problem(bench.begin("r-3").await).0, Code::InProgress);
        successor.finish(&answer(&json!({"by": "successor"})), Ending::Settled).await;
        assert_eq!(replayed(bench.begin("r-3").await).body(), r#"{"by":"successor"}"#);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn open_ends_are_gone_on_from_until_there_are_none() {
    for bench in benches().await {
        let mut first = fresh(bench.begin("r-1").await);
        first.selected(&[reference(ID)]).await.unwrap();
        first.finish(&answer(&json!({"unknown": 1})), Ending::Open).await;
        bench.pass(DAY - Duration::from_secs(1));
        let (second, how_far) = resumed(bench.begin("r-2").await);
        let expected = Resumed {
            selection: Some(vec![reference(ID)]),
            answered: Some(r#"{"unknown":1}"#.to_owned()),
        };
        assert_eq!(how_far, expected);
        // Killed: what was answered before is still known, a day later too.
        drop(second);
        bench.pass(DAY - Duration::from_secs(1));
        let (third, how_far) = resumed(bench.begin("r-3").await);
        assert_eq!(how_far, expected);
        third.finish(&answer(&json!({"unknown": 0})), Ending::Settled).await;
        assert_eq!(replayed(bench.begin("r-4").await).body(), r#"{"unknown":0}"#);
    }
}

/// What a ledger remembers of `ID`.
async fn recalled(ledger: &WriteLedger) -> Option<Sent> {
    all(ledger.recall(&[reference(ID)]).await).remove(0)
}

async fn send(ledger: &WriteLedger, invoice: &Invoice) -> SendKey {
    let claims = all(ledger.claim(&activation(), &[reference(ID)]).await);
    assert_eq!(claims, [Claim::Ours]);
    all(ledger.sending(&activation(), &[Trace::of(invoice)]).await).remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_sent_is_sent_again_under_the_same_key() {
    for bench in benches().await {
        let killed = fresh(bench.begin("r-1").await).ledger();
        let first = send(&killed, &draft(ID)).await;
        let mut keys = Vec::new();
        for request in ["r-2", "r-3"] {
            bench.pass(UNSETTLED);
            let again = resumed(bench.begin(request).await).0.ledger();
            assert!(recalled(&again).await.is_some());
            keys.push(send(&again, &draft(ID)).await);
        }
        assert_eq!(keys, [first.clone(), first.clone()]);
        // It came to nothing for certain: what is sent from now on is another sending.
        bench.pass(UNSETTLED);
        let (running, _) = resumed(bench.begin("r-4").await);
        let ledger = running.ledger();
        assert!(recalled(&ledger).await.is_some());
        assert_eq!(send(&ledger, &draft(ID)).await, first);
        ledger.record(&activation(), &[settled(ID, Outcome::Rejected)]).await;
        running.finish(&answer(&json!({})), Ending::Open).await;
        let ledger = resumed(bench.begin("r-5").await).0.ledger();
        assert_eq!(recalled(&ledger).await, None);
        assert_ne!(send(&ledger, &draft(ID)).await, first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_under_a_key_is_recalled_when_it_is_asked_again() {
    for bench in benches().await {
        let killed = fresh(bench.begin("r-1").await).ledger();
        assert_eq!(recalled(&killed).await, None);
        let _ = send(&killed, &draft(ID)).await;
        let since = bench.now();
        for (time, left) in [(OVER, 59), (UNSETTLED, 0)] {
            bench.pass(time);
            let again = recalled(&resumed(bench.begin("r-2").await).0.ledger()).await.unwrap();
            assert_eq!(again.since, since);
            assert!(again.unclear_for.as_secs().abs_diff(left) <= 1, "{:?}", again.unclear_for);
            assert_eq!((again.before, again.overtaken), (trace(ID), None));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_does_not_put_off_when_an_unknown_outcome_settles() {
    for bench in benches().await {
        let unknown = Settled { under_way: true, ..settled(ID, Outcome::Unknown) };
        let running = fresh(bench.begin("r-1").await);
        let ledger = running.ledger();
        let _ = send(&ledger, &draft(ID)).await;
        ledger.record(&activation(), std::slice::from_ref(&unknown)).await;
        running.finish(&answer(&json!({})), Ending::Open).await;
        for left in [30, 0] {
            bench.pass(Duration::from_secs(30));
            let (running, _) = resumed(bench.begin("r-2").await);
            let ledger = running.ledger();
            assert_eq!(recalled(&ledger).await.unwrap().unclear_for.as_secs(), left);
            let unsent = Settled { sent: false, ..unknown.clone() };
            ledger.record(&activation(), &[unsent]).await;
            running.finish(&answer(&json!({})), Ending::Open).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_applied_by_a_function_killed_before_its_answer_was_kept_is_still_its_own() {
    for bench in benches().await {
        let killed = fresh(bench.begin("r-1").await).ledger();
        let _ = send(&killed, &draft(ID)).await;
        killed.record(&activation(), &[settled(ID, Outcome::Applied)]).await;
        bench.pass(OVER);
        let again = resumed(bench.begin("r-2").await).0.ledger();
        assert_eq!(recalled(&again).await.unwrap().overtaken, None);
        // Others need not wait for that.
        let other = bench.running("other").await.ledger();
        let claims = all(other.claim(&activation(), &[reference(ID)]).await);
        assert_eq!(claims, [Claim::Ours]);
    }
}

/// B has the claim after A's write was sent, and its answer lost. Whether B
/// sends or not, has a key or not, has ended or not: A's key remembers.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_is_taken_over_takes_no_memory_with_it() {
    for bench in benches().await {
        for (keyed, sends) in [(false, false), (false, true), (true, false), (true, true)] {
            let key = |request: &str| format!("{keyed}-{sends}-{request}");
            let first = fresh(bench.begin_as("a", &key("a")).await).ledger();
            let _ = send(&first, &draft(ID)).await;
            bench.pass(OVER + UNSETTLED);
            let second = if keyed {
                fresh(bench.begin_as("b", &key("b")).await)
            } else {
                bench.running("b").await
            };
            let ledger = second.ledger();
            let claims = all(ledger.claim(&activation(), &[reference(ID)]).await);
            assert_eq!(claims, [Claim::Ours]);
            let mut seen = draft(ID);
            seen.status = invoice::Status::Active;
            let outcome = if sends {
                all(ledger.sending(&activation(), &[Trace::of(&seen)]).await);
                Outcome::Applied
            } else {
                Outcome::Unchanged
            };
            let during = bench.recalled_as("a", &key("a")).await;
            let ended = Settled { sent: sends, ..settled(ID, outcome) };
            ledger.record(&activation(), &[ended]).await;
            let after = bench.recalled_as("a", &key("a")).await;
            for recalled in [during, after] {
                let before = recalled.overtaken.map(|overtaken| overtaken.before);
                assert_eq!(before, sends.then(|| Some(Trace::of(&seen))), "{keyed} {sends}");
            }
            bench.table.delete(CLAIM, &Condition::always()).await.unwrap();
        }
    }
}

/// B's write was refused, and C sends after it: C alone has overtaken A.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_came_to_nothing_has_overtaken_nobody() {
    for bench in benches().await {
        let first = fresh(bench.begin_as("a", "a").await).ledger();
        let _ = send(&first, &draft(ID)).await;
        bench.pass(OVER + UNSETTLED);
        let second = bench.running("b").await.ledger();
        let _ = send(&second, &draft(ID)).await;
        second.record(&activation(), &[settled(ID, Outcome::Rejected)]).await;
        assert_eq!(bench.recalled_as("a", "a").await.overtaken, None);
        let mut seen = draft(ID);
        seen.status = invoice::Status::Active;
        send(&bench.running("c").await.ledger(), &seen).await;
        let overtaken = bench.recalled_as("a", "a").await.overtaken.unwrap();
        assert_eq!(overtaken.before, Some(Trace::of(&seen)));
        // Of two that came after, the claim knows the last alone.
        bench.pass(OVER + UNSETTLED);
        send(&bench.running("d").await.ledger(), &seen).await;
        assert_eq!(bench.recalled_as("a", "a").await.overtaken.unwrap().before, None);
    }
}

/// A looks, nobody has sent since; B claims and sends; and A would go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_goes_on_only_where_nobody_has_sent_since_it_looked() {
    for bench in benches().await {
        let first = fresh(bench.begin("r-1").await).ledger();
        let _ = send(&first, &draft(ID)).await;
        bench.pass(OVER + UNSETTLED);
        let again = resumed(bench.begin("r-2").await).0.ledger();
        assert_eq!(recalled(&again).await.unwrap().overtaken, None);
        let other = bench.running("b").await.ledger();
        let _ = send(&other, &draft(ID)).await;
        other.record(&activation(), &[settled(ID, Outcome::Applied)]).await;
        let claims = all(again.claim(&activation(), &[reference(ID)]).await);
        assert_eq!(claims, [Claim::Busy { retry_after: Duration::from_secs(1) }]);
        assert!(bench.recalled("r-3").await.overtaken.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_to_nothing_for_certain_is_not_recalled() {
    for bench in benches().await {
        let running = fresh(bench.begin("r-1").await);
        send(&running.ledger(), &draft(ID)).await;
        let ledger = running.ledger();
        let _ = send(&ledger, &draft(ID)).await;
        ledger.record(&activation(), &[settled(ID, Outcome::Rejected)]).await;
        running.abandon().await;
        let again = resumed(bench.begin("r-2").await).0.ledger();
        assert_eq!(recalled(&again).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tries_with_one_key_only_the_later_can_send() {
    for bench in benches().await {
        let late = fresh(bench.begin("r-1").await).ledger();
        all(late.claim(&activation(), &[reference(ID)]).await);
        bench.pass(OVER);
        let later = resumed(bench.begin("r-2").await).0.ledger();
        let claims = all(later.claim(&activation(), &[reference(ID)]).await);
        assert_eq!(claims, [Claim::Ours]);
        none(late.sending(&activation(), &[trace(ID)]).await);
        all(later.sending(&activation(), &[trace(ID)]).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_again_after_its_day_owes_nothing_to_the_day_before() {
    for bench in benches().await {
        for _ in 0..2 {
            let running = fresh(bench.begin("r-1").await);
            let ledger = running.ledger();
            let claims = all(ledger.claim(&activation(), &[reference(ID)]).await);
            assert_eq!(claims, [Claim::Ours]);
            all(ledger.sending(&activation(), &[trace(ID)]).await);
            ledger.record(&activation(), &[settled(ID, Outcome::Applied)]).await;
            running.finish(&answer(&json!({})), Ending::Settled).await;
            bench.pass(DAY);
        }
    }
}

/// A table that does every change, loses its answer, and is asked again with the
/// same words, as the SDK does.
struct Forgetful(FakeTable);

#[async_trait::async_trait]
impl Table for Forgetful {
    async fn get(&self, key: &str) -> Result<Option<Item>, TableError> {
        self.0.get(key).await
    }

    async fn get_all(&self, keys: &[String]) -> Result<HashMap<String, Item>, TableError> {
        self.0.get_all(keys).await
    }

    async fn add(&self, key: &str, name: &'static str, number: i64) -> Result<(), TableError> {
        self.0.add(key, name, number).await?;
        self.0.add(key, name, number).await
    }

    async fn put(
        &self,
        key: &str,
        item: Item,
        condition: &Condition,
    ) -> Result<Changed, TableError> {
        self.0.put(key, item.clone(), condition).await?;
        self.0.put(key, item, condition).await
    }

    async fn update(
        &self,
        key: &str,
        set: Item,
        condition: &Condition,
    ) -> Result<Changed, TableError> {
        self.0.update(key, set.clone(), condition).await?;
        self.0.update(key, set, condition).await
    }

    async fn delete(&self, key: &str, condition: &Condition) -> Result<Changed, TableError> {
        self.0.delete(key, condition).await?;
        self.0.delete(key, condition).await
    }
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_known_again_as_our_own() {
    let bench = Bench::over(Arc::new(Forgetful(FakeTable::default())));
    let mut first = fresh(bench.begin("r-1").await);
    first.selected(&[reference(ID)]).await.unwrap();
    let ledger = first.ledger();
    let claims = all(ledger.claim(&activation(), &[reference(ID)]).await);
    assert_eq!(claims, [Claim::Ours]);
    all(ledger.sending(&activation(), &[trace(ID)]).await);
    bench.pass(OVER);
    let (second, _) = resumed(bench.begin("r-2").await);
    let ledger = second.ledger();
    assert!(recalled(&ledger).await.is_some());
    bench.pass(UNSETTLED);
    let _ = send(&ledger, &draft(ID)).await;
    ledger.record(&activation(), &[settled(ID, Outcome::Rejected)]).await;
    second.finish(&answer(&json!({})), Ending::Settled).await;
    replayed(bench.begin("r-3").await);
    let other = bench.running("other").await.ledger();
    assert_eq!(all(other.claim(&activation(), &[reference(ID)]).await), [Claim::Ours]);
}
