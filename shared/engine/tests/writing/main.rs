//! The writing engine over a provider and a ledger made up for the purpose:
//! whatever is lost on the way, nothing is sent twice and nothing is locked
//! that is not so.
#![cfg(test)]

mod stage;

use std::collections::BTreeMap;
use std::time::Duration;

use engine::writing::{self, InvoiceLock, InvoiceSnapshot, Ledger, OutcomeRecord, WriteContext};
use invoice::{Code, Outcome, Reference, Scope, Status, Write};
use provider_client::Deadline;

use stage::*;

#[tokio::test]
async fn what_was_applied_is_told_however_the_answer_was_lost() {
    for luck in [Luck::Fine, Luck::Silent, Luck::AppliedThenLost, Luck::AppliedThenFailed] {
        for capabilities in [&BULK, &SINGLE] {
            let stage = Stage::new(capabilities, 1, &[luck]);
            assert_eq!(
                outcomes(&stage.activate("k", &ids(1)).await),
                [Outcome::Applied],
                "{luck:?}"
            );
            for (key, told) in [("k", Outcome::Applied), ("other", Outcome::Unchanged)] {
                let again = stage.activate(key, &ids(1)).await;
                assert_eq!(outcomes(&again), [told], "{luck:?} {key}");
            }
            assert_eq!(stage.requested(), 1);
        }
    }
}

#[tokio::test]
async fn what_came_to_nothing_is_sent_again_once_that_is_certain() {
    let stage = Stage::new(&SINGLE, 1, &[Luck::LostBefore]);
    let first = stage.activate("k", &ids(1)).await;
    assert_eq!(outcomes(&first), [Outcome::Unknown]);
    let problem = first[0].problem.as_ref().unwrap();
    assert_eq!((problem.retryable, problem.retry_after), (true, Some(5)));
    let other = stage.activate("other", &ids(1)).await;
    assert_eq!(outcomes(&other), [Outcome::Rejected], "nobody else may send");
    assert_eq!(outcomes(&stage.activate("k", &ids(1)).await), [Outcome::Unknown]);
    assert_eq!(stage.requested(), 1, "not while the provider may be at it");
    stage.time_passes();
    assert_eq!(outcomes(&stage.activate("k", &ids(1)).await), [Outcome::Applied]);
    assert_eq!((stage.requested(), stage.applied("00")), (2, 1));
    assert!(stage.is_one_key(), "the first may still arrive");
}

#[tokio::test]
async fn a_failure_in_its_own_words_that_reading_agrees_with_is_told() {
    let stage = Stage::new(&SINGLE, 1, &[Luck::FailedBefore]);
    let first = stage.activate("k", &ids(1)).await;
    assert_eq!(outcomes(&first), [Outcome::Rejected]);
    assert!(first[0].problem.as_ref().unwrap().retryable);
    assert_eq!(outcomes(&stage.activate("k", &ids(1)).await), [Outcome::Applied]);
    assert_eq!((stage.requested(), stage.applied("00")), (2, 1));
    assert!(!stage.is_one_key(), "under the first key the failure would be told again");
}

/// In both orders: the other's write comes before the first is known to have
/// come to anything, and after.
#[tokio::test]
async fn a_write_that_another_has_superseded_is_never_sent_again() {
    for (luck, told) in
        [(Luck::AppliedThenLost, Outcome::Applied), (Luck::LostBefore, Outcome::Rejected)]
    {
        let stage = Stage::new(&SINGLE, 1, &[luck]);
        stage.provider.truth.lock().unwrap().reads_show_nothing = true;
        assert_eq!(outcomes(&stage.activate("a", &ids(1)).await), [Outcome::Unknown], "{luck:?}");
        stage.provider.truth.lock().unwrap().reads_show_nothing = false;
        stage.time_passes();
        // B finds it as A's write has left it, withdraws it, and makes it a draft again.
        let reference: Reference = "a:00".parse().unwrap();
        let status = stage.provider.truth.lock().unwrap().status["00"];
        let seen = InvoiceSnapshot::of(&MadeUp::invoice("00", status));
        let ledger = stage.ledger("b");
        assert_eq!(
            ledger.lock(&ACTIVATE, std::slice::from_ref(&reference)).await,
            [Ok(InvoiceLock::Ours)]
        );
        ledger.sending(&ACTIVATE, &[seen]).await[0].as_ref().unwrap();
        stage.provider.truth.lock().unwrap().status.insert("00".into(), Status::Draft);
        let settled = OutcomeRecord {
            invoice: reference,
            outcome: Outcome::Applied,
            sent: true,
            under_way: false,
            new_id: None,
            problem: None,
        };
        ledger.record(&ACTIVATE, &[settled]).await;
        let again = stage.activate("a", &ids(1)).await;
        assert_eq!(outcomes(&again), [told], "{luck:?}: {again:?}");
        assert!(again[0].problem.as_ref().is_none_or(|problem| !problem.retryable));
        assert_eq!(stage.requested(), 1, "{luck:?}");
    }
}

#[tokio::test]
async fn a_refusal_of_many_is_read_back_before_it_is_told() {
    let stage = Stage::new(&BULK, 4, &[Luck::HalfThenRefused, Luck::Refused]);
    let results = stage.activate("k", &ids(4)).await;
    assert_eq!(outcomes(&results), [Outcome::Applied; 4]);
    for id in ids(4) {
        assert_eq!(stage.applied(&id), 1, "{id} was sent again though it was done");
    }
}

#[tokio::test]
async fn what_a_limit_leaves_of_many_is_read_and_sent_again_by_itself() {
    let limited = [Luck::HalfThenLimited, Luck::HalfThenLimited];
    let stage = Stage::new(&BULK, 4, &limited);
    assert_eq!(outcomes(&stage.activate("k", &ids(4)).await), [Outcome::Applied; 4]);
    assert_eq!(stage.requested(), 3);
    for id in ids(4) {
        assert_eq!(stage.applied(&id), 1, "{id} was sent again though it was done");
    }
    // A limit that goes on is told, of what is certain not to have been done.
    let stage = Stage::new(&BULK, 4, &[Luck::HalfThenLimited; 9]);
    let results = stage.activate("k", &ids(4)).await;
    let told = [Outcome::Applied, Outcome::Applied, Outcome::Applied, Outcome::Rejected];
    assert_eq!(outcomes(&results), told);
    let problem = results[3].problem.as_ref().unwrap();
    assert_eq!((problem.code, problem.retryable), (Code::RateLimited, true));
}

#[tokio::test]
async fn a_limit_that_keeps_many_from_being_read_leaves_them_unknown() {
    let stage = Stage::new(&BULK, 4, &[Luck::HalfThenLimited]);
    stage.provider.truth.lock().unwrap().reads_fail_after_writing = true;
    let results = stage.activate("k", &ids(4)).await;
    assert_eq!(outcomes(&results), [Outcome::Unknown; 4], "half of them were done");
    assert_eq!(stage.requested(), 1);
}

#[tokio::test]
async fn a_refusal_of_one_is_read_back_before_it_is_told() {
    let stage = Stage::new(&SINGLE, 1, &[Luck::AppliedThenRefused]);
    assert_eq!(outcomes(&stage.activate("k", &ids(1)).await), [Outcome::Applied]);
    assert_eq!(stage.requested(), 1);
}

#[tokio::test]
async fn what_cannot_be_recorded_of_one_invoice_leaves_the_others_theirs() {
    for capabilities in [&BULK, &SINGLE] {
        let stage = Stage::new(capabilities, 3, &[]);
        stage.record.lock().unwrap().refused.insert("a:01".parse().unwrap());
        let results = stage.activate("k", &ids(3)).await;
        assert_eq!(outcomes(&results), [Outcome::Applied, Outcome::Rejected, Outcome::Applied]);
        let problem = results[1].problem.as_ref().unwrap();
        assert_eq!((problem.code, problem.retryable), (Code::Unavailable, true));
        assert_eq!(stage.applied("01"), 0);
    }
}

#[tokio::test]
async fn an_active_invoice_is_not_as_asked_with_another_date() {
    let stage = Stage::new(&SINGLE, 1, &[]);
    stage.provider.truth.lock().unwrap().status.insert("00".into(), Status::Active);
    let day = jiff::civil::date(2025, 7, 1);
    for (write, pointers) in [
        (Write::Activate { invoice_date: Some(day), comment: None }, vec!["/invoiceDate"]),
        (
            Write::Activate { invoice_date: Some(day), comment: Some("why".into()) },
            vec!["/invoiceDate", "/comment"],
        ),
        (ACTIVATE, vec![]),
    ] {
        let result = stage.execute("k", &write, &ids(1)).await.remove(0);
        let problem = result.problem.as_ref();
        let at = problem.map_or(Vec::new(), |problem| problem.errors.clone());
        let at: Vec<&str> = at.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(at, pointers, "{write:?}");
        let conflict = problem.map(|problem| problem.code);
        assert_eq!(conflict, (!pointers.is_empty()).then_some(Code::StateConflict));
        let told = if pointers.is_empty() { Outcome::Unchanged } else { Outcome::Rejected };
        assert_eq!(result.outcome, told);
    }
    assert_eq!(stage.requested(), 0);
}

#[tokio::test]
async fn a_lost_answer_stays_unknown_while_the_provider_may_be_at_it() {
    let stage = Stage::new(&SINGLE, 1, &[Luck::LostBefore]);
    stage.activate("k", &ids(1)).await;
    assert_eq!(outcomes(&stage.activate("k", &ids(1)).await), [Outcome::Unknown]);
    // It carries it out late.
    stage.provider.truth.lock().unwrap().status.insert("00".into(), Status::Active);
    assert_eq!(outcomes(&stage.activate("k", &ids(1)).await), [Outcome::Applied]);
    assert_eq!(stage.requested(), 1);
}

#[tokio::test]
async fn a_refused_batch_is_taken_apart_until_each_has_its_own_outcome() {
    let stage = Stage::new(&BULK, 10, &[]);
    // Between reading and sending, somebody else activates one of the batch.
    let stale = Stage::new(&BULK, 4, &[Luck::Refused, Luck::Fine, Luck::Refused]);
    assert_eq!(
        outcomes(&stale.activate("k", &ids(4)).await),
        [Outcome::Applied, Outcome::Applied, Outcome::Applied, Outcome::Applied]
    );
    assert_eq!(stale.requested(), 5, "four, two, two, one, one");
    let results = stage.activate("k", &ids(10)).await;
    assert_eq!(stage.requested(), 3, "ten in batches of four");
    assert!(results.iter().all(|result| result.outcome == Outcome::Applied));
    let order: Vec<&str> = results.iter().map(|result| result.id.id()).collect();
    assert_eq!(order, ids(10));
}

#[tokio::test]
async fn a_single_refusal_carries_what_may_be_done_instead() {
    let stage = Stage::new(&SINGLE, 1, &[Luck::Refused]);
    stage.provider.truth.lock().unwrap().status.insert("07".into(), Status::Canceled);
    let results = stage.activate("k", &["00".into(), "07".into(), "99".into()]).await;
    assert_eq!(outcomes(&results), [Outcome::Rejected; 3]);
    let codes: Vec<Code> =
        results.iter().map(|result| result.problem.as_ref().unwrap().code).collect();
    assert_eq!(codes, [Code::ProviderError, Code::StateConflict, Code::InvoiceNotFound]);
    assert!(results[1].problem.as_ref().unwrap().available_actions.as_ref().unwrap().is_empty());
    assert_eq!(stage.requested(), 1);
}

#[tokio::test]
async fn nothing_is_sent_without_a_record() {
    let stage = Stage::new(&SINGLE, 1, &[]);
    let ledger = InMemory { broken: true, ..stage.ledger("k") };
    let asked = WriteContext {
        connections: &stage.connections,
        scope: &Scope::All,
        precondition: None,
        deadline: Deadline::after(Duration::from_secs(20)),
    };
    let results = writing::execute(&asked, &ACTIVATE, &["a:00".parse().unwrap()], &ledger).await;
    let problem = results[0].problem.as_ref().unwrap();
    assert_eq!((results[0].outcome, problem.code), (Outcome::Rejected, Code::Unavailable));
    assert_eq!(stage.requested(), 0);
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_a_failed_precondition_neither() {
    let stage = Stage::new(&SINGLE, 2, &[]);
    let asked = WriteContext {
        connections: &stage.connections,
        scope: &Scope::All,
        precondition: Some(&|invoice| invoice.id.id() == "00"),
        deadline: Deadline::after(Duration::from_secs(20)),
    };
    let ids = ["a:00".parse().unwrap(), "a:01".parse().unwrap()];
    let results = writing::dry_run(&asked, &ACTIVATE, &ids).await;
    assert_eq!(outcomes(&results), [Outcome::Applied, Outcome::Rejected]);
    assert_eq!(results[0].status, Some(Status::Active));
    assert_eq!(results[1].problem.as_ref().unwrap().code, Code::PreconditionFailed);
    assert_eq!(stage.requested(), 0);
}

#[tokio::test]
async fn a_customer_learns_nothing_of_others_invoices_and_keeps_nobody_from_them() {
    let stage = Stage::new(&SINGLE, 1, &[Luck::LostBefore]);
    stage.activate("operator", &ids(1)).await;
    let ledger = stage.ledger("customer");
    let own = Scope::Customers(["a:me".parse().unwrap()].into());
    let asked = WriteContext {
        connections: &stage.connections,
        scope: &own,
        precondition: None,
        deadline: Deadline::after(Duration::from_secs(20)),
    };
    let results = writing::execute(&asked, &ACTIVATE, &["a:00".parse().unwrap()], &ledger).await;
    let code = results[0].problem.as_ref().unwrap().code;
    assert_eq!(code, Code::InvoiceNotFound, "not that another is writing to it");
    assert!(stage.record.lock().unwrap().locks.is_empty(), "no lock of the customer's");
}

#[tokio::test]
async fn reading_that_fails_before_sending_sends_nothing() {
    let stage = Stage::new(&SINGLE, 1, &[]);
    stage.provider.truth.lock().unwrap().reads_fail = true;
    assert_eq!(outcomes(&stage.activate("k", &ids(1)).await), [Outcome::Rejected]);
    assert_eq!(stage.requested(), 0);
}

/// Eight callers at once over the same invoices and keys, with the luck of a
/// seeded draw: whatever is told is so, or unknown, and nothing is done twice.
#[tokio::test]
async fn under_eight_callers_nothing_is_done_twice_and_nothing_is_told_that_is_not_so() {
    for seed in 0..40 {
        let mut draw = fastrand::Rng::with_seed(seed);
        let all = [
            Luck::Fine,
            Luck::Fine,
            Luck::Silent,
            Luck::AppliedThenLost,
            Luck::AppliedThenFailed,
            Luck::LostBefore,
            Luck::FailedBefore,
            Luck::HalfThenRefused,
            Luck::AppliedThenRefused,
            Luck::Refused,
            Luck::HalfThenLimited,
        ];
        let luck: Vec<Luck> = (0..400).map(|_| all[draw.usize(..all.len())]).collect();
        let capabilities = if seed % 2 == 0 { &BULK } else { &SINGLE };
        let stage = Stage::new(capabilities, 20, &luck);
        let requests: Vec<(String, Vec<String>)> = (0..40)
            .map(|_| {
                let mut wanted = ids(20);
                draw.shuffle(&mut wanted);
                wanted.truncate(draw.usize(1..6));
                (format!("key-{}", draw.u8(..12)), wanted)
            })
            .collect();
        for eight in requests.chunks(8) {
            // One key makes one request at a time: the record of keys sees to it.
            let eight: BTreeMap<&String, &Vec<String>> =
                eight.iter().map(|(key, wanted)| (key, wanted)).collect();
            let answers = eight.iter().map(|(key, wanted)| stage.activate(key, wanted));
            for result in futures::future::join_all(answers).await.into_iter().flatten() {
                let truth = stage.provider.truth.lock().unwrap().status[result.id.id()];
                if matches!(result.outcome, Outcome::Applied | Outcome::Unchanged) {
                    assert_eq!(truth, Status::Active, "{seed}: {result:?}");
                }
            }
        }
        stage.time_passes();
        stage.provider.truth.lock().unwrap().luck.clear();
        for key in 0..12 {
            let results = stage.activate(&format!("key-{key}"), &ids(20)).await;
            assert!(!outcomes(&results).contains(&Outcome::Unknown), "{seed}: {key} {results:?}");
        }
        let settled = stage.activate("another", &ids(20)).await;
        let done = |outcome| matches!(outcome, Outcome::Applied | Outcome::Unchanged);
        assert!(outcomes(&settled).into_iter().all(done), "{seed}");
        for id in ids(20) {
            assert!(
                stage.applied(&id) <= 1,
                "{seed}: {id} was activated {} times",
                stage.applied(&id)
            );
        }
    }
}
