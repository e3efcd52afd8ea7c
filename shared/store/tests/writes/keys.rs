use engine::writing::Ledger;
use futures::future::join_all;
use serde_json::json;
use store::table::Condition;

use super::*;

const ID: &str = "nue:inv-1";

/// A text that compression does little to.
pub(super) fn noise(length: usize) -> String {
    let mut seed = 1_u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'#' + u8::try_from((seed >> 16) % 57).unwrap())
    };
    (0..length).map(|_| next()).collect()
}

/// The keys of `table` but for their hashes and tries.
fn shapes(table: &FakeTable) -> Vec<String> {
    let keys = table.keys();
    let shape = |key: &String| {
        let part = |part: &str| match part.len() {
            64 => "{hash}".to_owned(),
            32 => "{try}".to_owned(),
            _ => part.to_owned(),
        };
        key.split('#').map(part).collect::<Vec<_>>().join("#")
    };
    keys.iter().map(shape).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_answer_is_given_again_byte_for_byte() {
    for fixture in benches().await {
        let first = answer(&json!({"results": [{"id": ID, "note": "é \u{1F9FE} \\ \""}]}));
        fresh(fixture.begin("r-1").await).finish(&first).await;
        assert_eq!(replayed(fixture.begin("r-2").await), first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_larger_than_an_item_is_split_and_put_together_again() {
    for fixture in benches().await {
        let first = answer(&json!({"noise": noise(1_200_000)}));
        fresh(fixture.begin("r-1").await).finish(&first).await;
        assert_eq!(replayed(fixture.begin("r-2").await).body, first.body);
    }
}

#[tokio::test]
async fn keys_of_items_begin_with_what_roles_are_held_to() {
    let table = FakeTable::default();
    let fixture = Fixture::over(Arc::new(table.clone()));
    let in_flight = fresh(fixture.begin("r-1").await);
    let ledger = in_flight.ledger();
    all(ledger.lock(&activation(), &[reference(ID)]).await);
    all(ledger.sending(&activation(), &[snapshot(ID)]).await);
    let first = answer(&json!({"noise": noise(1_200_000)}));
    in_flight.finish(&first).await;
    let audit = format!("audit#nue:inv-1#{:.3}#r-1", fixture.now());
    assert_eq!(
        shapes(&table),
        [
            audit.as_str(),
            "generation#nue",
            "idempotency#claim#nue:inv-1",
            "idempotency#key#{hash}",
            "idempotency#key#{hash}#{try}#1",
            "idempotency#key#{hash}#{try}#2",
            "idempotency#key#{hash}#{try}#3",
            "idempotency#sent#{hash}#nue:inv-1",
        ]
    );
    // A counter is for good: one that began anew could meet an old listing.
    for key in table.keys().into_iter().filter(|key| !key.starts_with("generation#")) {
        let item = table.item(&key).unwrap();
        let version = if key.starts_with("idempotency#key#") { 3 } else { 2 };
        assert_eq!(item.get_number("version"), Some(version), "{key}");
        assert!(item.get_number("expiresAt") > Some(fixture.now().as_second()), "{key}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_whole_is_not_given_and_nothing_is_done_instead() {
    let table = FakeTable::default();
    let fixture = Fixture::over(Arc::new(table.clone()));
    let first = answer(&json!({"noise": noise(1_200_000)}));
    fresh(fixture.begin("r-1").await).finish(&first).await;
    let part = table.keys().into_iter().find(|key| key.ends_with("#2")).unwrap();
    table.delete(&part, &Condition::always()).await.unwrap();
    assert_eq!(problem(fixture.begin("r-2").await), (Code::Unavailable, Some(5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_with_one_key_one_begins_and_the_others_wait() {
    for fixture in benches().await {
        let begun = join_all((0..50).map(|_| fixture.begin("r"))).await;
        let fresh = begun.iter().filter(|begun| matches!(begun, Ok(Admission::Fresh(_)))).count();
        let waiting = begun.into_iter().filter_map(Result::err).map(|problem| {
            assert_eq!((problem.code, problem.retry_after), (Code::InProgress, Some(5)));
        });
        assert_eq!((fresh, waiting.count()), (1, 49));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_one_requests_only() {
    for fixture in benches().await {
        let in_flight = fresh(fixture.begin("r-1").await);
        let other_body =
            || fixture.begin_with("r-2", |request| request.body = br#"{"invoiceIds": ["nue:1"]}"#);
        let other_target = || fixture.begin_with("r-2", |request| request.target = "nue:2");
        // Running or done: it is another request either way.
        assert_eq!(problem(other_body().await), (Code::IdempotencyKeyReused, None));
        in_flight.finish(&answer(&json!({}))).await;
        assert_eq!(problem(other_body().await), (Code::IdempotencyKeyReused, None));
        assert_eq!(problem(other_target().await), (Code::IdempotencyKeyReused, None));
    }
}

#[tokio::test]
async fn a_key_is_its_callers_and_its_routes() {
    let fixture = Fixture::over(Arc::new(FakeTable::default()));
    let (ops, known, other_key) = (caller("ops"), key("k-1"), key("k-2"));
    let customers = Scope::Customers([reference("nue:a")].into());
    let first = WriteRequest { key: Some(&known), ..request(ops, "r") };
    let cancel = ("POST", "/invoices/cancel");
    for different in [
        first,
        WriteRequest { caller: Requester { owner: "other", ..ops }, ..first },
        WriteRequest { caller: Requester { kind: "iam", ..ops }, ..first },
        WriteRequest { caller: Requester { scope: &customers, ..ops }, ..first },
        WriteRequest { route: cancel, ..first },
        WriteRequest { key: Some(&other_key), ..first },
    ] {
        fresh(fixture.store.begin(&different).await);
        assert_eq!(problem(fixture.store.begin(&different).await).0, Code::InProgress);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_free_again_after_a_day_whatever_dynamodb_has_deleted() {
    for fixture in benches().await {
        fresh(fixture.begin("r-1").await).finish(&answer(&json!({}))).await;
        fixture.pass(DAY - Duration::from_secs(1));
        replayed(fixture.begin("r-2").await);
        fixture.pass(Duration::from_secs(1));
        let other = fixture.begin_with("r-3", |request| request.body = b"{}").await;
        fresh(other);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_given_up_before_sending_frees_its_key_and_one_given_up_after_does_not() {
    for fixture in benches().await {
        fresh(fixture.begin("r-1").await).abandon().await;
        let in_flight = fresh(fixture.begin("r-2").await);
        let ledger = in_flight.ledger();
        all(ledger.lock(&activation(), &[reference(ID)]).await);
        all(ledger.sending(&activation(), &[snapshot(ID)]).await);
        in_flight.abandon().await;
        let (again, _) = resumed(fixture.begin("r-3").await);
        again.abandon().await;
        resumed(fixture.begin("r-4").await);
    }
}

#[tokio::test]
async fn a_record_of_a_later_version_is_taken_for_one_that_runs() {
    let table = FakeTable::default();
    let fixture = Fixture::over(Arc::new(table.clone()));
    fresh(fixture.begin("r-1").await).finish(&answer(&json!({}))).await;
    let record = table.keys().remove(0);
    let later = Item::default().number("version", 4);
    table.update(&record, later, &Condition::always()).await.unwrap();
    assert_eq!(problem(fixture.begin("r-2").await), (Code::InProgress, Some(60)));
    fixture.pass(DAY);
    fresh(fixture.begin("r-3").await);
}

#[tokio::test]
async fn without_the_table_nothing_with_a_key_begins() {
    let fixture = Fixture::over(nowhere().await);
    assert_eq!(problem(fixture.begin("r-1").await), (Code::Unavailable, Some(5)));
    // Without a key the ledger decides, when it comes to that.
    fixture.in_flight("ops").await;
}

#[tokio::test]
async fn a_request_without_a_key_leaves_no_record() {
    let table = FakeTable::default();
    let fixture = Fixture::over(Arc::new(table.clone()));
    let mut in_flight = fixture.in_flight("ops").await;
    in_flight.selected(&[reference(ID)]).await.unwrap();
    in_flight.leave_open(&[]).await;
    fixture.in_flight("ops").await.abandon().await;
    assert_eq!(table.changes(), 0);
}
