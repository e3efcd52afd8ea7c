use std::collections::HashMap;

use futures::future::join_all;
use provider_client::writing::{Claim, Ledger};
use serde_json::json;

use table::{Changed, Condition, TableError};

use super::*;
use crate::writes::Ending;

const ID: &str = "nue:inv-1";

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

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_under_a_key_is_read_when_it_is_asked_again_never_sent() {
    for bench in benches().await {
        let killed = fresh(bench.begin("r-1").await).ledger();
        killed.claim(&activation(), &[reference(ID)]).await.unwrap();
        killed.sending(&activation(), &[trace(ID)]).await.unwrap();
        let since = bench.now();
        for (time, expected) in [(OVER, true), (UNSETTLED, false)] {
            bench.pass(time);
            let again = resumed(bench.begin("r-2").await).0.ledger();
            let claims = again.claim(&activation(), &[reference(ID)]).await.unwrap();
            let Claim::Sent { since: then, under_way, before } = &claims[0] else {
                panic!("expected what was sent: {claims:?}");
            };
            assert_eq!((*then, *under_way), (since, expected));
            assert_eq!(before, &trace(ID));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_does_not_put_off_when_an_unknown_outcome_settles() {
    for bench in benches().await {
        let unknown = Settled { under_way: true, ..settled(ID, Outcome::Unknown) };
        let mut begun = bench.begin("r-1").await;
        for turn in 0..3 {
            let running = match begun.unwrap() {
                Begin::Fresh(running) | Begin::Resume(running, _) => running,
                Begin::Replay(_) => panic!("it is open"),
            };
            let ledger = running.ledger();
            let claims = ledger.claim(&activation(), &[reference(ID)]).await.unwrap();
            let under_way = match &claims[0] {
                Claim::Ours => {
                    ledger.sending(&activation(), &[trace(ID)]).await.unwrap();
                    true
                }
                Claim::Sent { under_way, .. } => *under_way,
                other @ Claim::Busy { .. } => panic!("it is ours: {other:?}"),
            };
            assert_eq!(under_way, turn < 2);
            ledger.record(&activation(), std::slice::from_ref(&unknown)).await;
            running.finish(&answer(&json!({})), Ending::Open).await;
            bench.pass(Duration::from_secs(30));
            begun = bench.begin("r-2").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_applied_by_a_function_killed_before_its_answer_was_kept_is_still_its_own() {
    for bench in benches().await {
        let killed = fresh(bench.begin("r-1").await).ledger();
        killed.claim(&activation(), &[reference(ID)]).await.unwrap();
        killed.sending(&activation(), &[trace(ID)]).await.unwrap();
        killed.record(&activation(), &[settled(ID, Outcome::Applied)]).await;
        bench.pass(OVER);
        let again = resumed(bench.begin("r-2").await).0.ledger();
        let claims = again.claim(&activation(), &[reference(ID)]).await.unwrap();
        assert!(matches!(claims[0], Claim::Sent { under_way: false, .. }), "{claims:?}");
        // Others need not wait for that.
        let other = bench.running("other").await.ledger();
        let claims = other.claim(&activation(), &[reference(ID)]).await.unwrap();
        assert_eq!(claims, [Claim::Ours]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tries_with_one_key_only_the_later_can_send() {
    for bench in benches().await {
        let late = fresh(bench.begin("r-1").await).ledger();
        late.claim(&activation(), &[reference(ID)]).await.unwrap();
        bench.pass(OVER);
        let later = resumed(bench.begin("r-2").await).0.ledger();
        let claims = later.claim(&activation(), &[reference(ID)]).await.unwrap();
        assert_eq!(claims, [Claim::Ours]);
        late.sending(&activation(), &[trace(ID)]).await.unwrap_err();
        later.sending(&activation(), &[trace(ID)]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_again_after_its_day_owes_nothing_to_the_day_before() {
    for bench in benches().await {
        for _ in 0..2 {
            let running = fresh(bench.begin("r-1").await);
            let ledger = running.ledger();
            let claims = ledger.claim(&activation(), &[reference(ID)]).await.unwrap();
            assert_eq!(claims, [Claim::Ours]);
            ledger.sending(&activation(), &[trace(ID)]).await.unwrap();
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
    let claims = ledger.claim(&activation(), &[reference(ID)]).await.unwrap();
    assert_eq!(claims, [Claim::Ours]);
    ledger.sending(&activation(), &[trace(ID)]).await.unwrap();
    bench.pass(OVER);
    let (second, _) = resumed(bench.begin("r-2").await);
    let ledger = second.ledger();
    let claims = ledger.claim(&activation(), &[reference(ID)]).await.unwrap();
    assert!(matches!(claims[0], Claim::Sent { .. }), "{claims:?}");
    ledger.record(&activation(), &[settled(ID, Outcome::Rejected)]).await;
    second.finish(&answer(&json!({})), Ending::Settled).await;
    replayed(bench.begin("r-3").await);
    let other = bench.running("other").await.ledger();
    assert_eq!(other.claim(&activation(), &[reference(ID)]).await.unwrap(), [Claim::Ours]);
}
