//! A provider that fails is left alone, and asked again.

use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use invoice::{Action, Code, Problem, Write};
use provider_client::SendKey;
use provider_client::error::Fate;
use provider_client::provider::View;
use provider_client::{Deadline, ErrorKind, ProviderError};
use sandbox::{Fault, FaultKind, ProviderKind};

use crate::clock::pass;
use crate::rig::{NAME, Rig, everything, soon};

const FAILED: FaultKind = FaultKind::Status { status: 500, retry_after: None };

async fn nue() -> Rig {
    Rig::open(ProviderKind::Nue, 60, |_| ()).await
}

fn calls(rig: &Rig) -> u64 {
    rig.sandbox.calls(NAME).values().sum()
}

async fn get(rig: &Rig) -> Result<(), ProviderError> {
    let id = &rig.sandbox.population(NAME)[0].id;
    rig.get(id, &View::default()).await.map(drop)
}

async fn fail(rig: &Rig, times: u32) {
    for _ in 0..times {
        assert_ne!(get(rig).await.unwrap_err().kind, ErrorKind::CircuitOpen);
    }
}

#[tokio::test]
async fn a_provider_that_fails_is_left_alone_and_its_callers_are_told_at_once() {
    let rig = nue().await;
    let invoices = rig.walk(&everything()).await;
    let draft = invoices.iter().find(|it| it.available_actions.contains_key(&Action::Activate));
    rig.sandbox.set_fault(NAME, Fault::always(FAILED)).unwrap();
    fail(&rig, 5).await;
    let before = calls(&rig);
    let read = get(&rig).await.unwrap_err();
    let write = Write::Activate { invoice_date: None, comment: None };
    let written = rig
        .provider
        .write(&write, &[draft.unwrap().clone()], &SendKey::from("test".to_owned()), soon())
        .await;
    assert_eq!(calls(&rig), before, "nothing was sent");
    for error in [read, written.unwrap_err()] {
        assert_eq!((error.kind, error.fate), (ErrorKind::CircuitOpen, Fate::NotAccepted));
        let problem = Problem::from(&error);
        assert_eq!((problem.code, problem.retryable), (Code::ProviderError, true));
        let wait = problem.retry_after.unwrap();
        assert!((1..=10).contains(&wait), "{wait}");
        let told =
            ["failed 5 times", &format!("in {wait} s")].map(|it| problem.detail.contains(it));
        assert_eq!(told, [true, true], "{}", problem.detail);
    }
}

#[tokio::test]
async fn after_its_rest_one_call_probes_it_and_an_answer_lets_all_through() {
    let rig = nue().await;
    rig.sandbox.set_fault(NAME, Fault::times(FAILED, 6)).unwrap();
    fail(&rig, 5).await;
    pass(Duration::from_secs(10)).await;
    fail(&rig, 1).await;
    pass(Duration::from_secs(10)).await;
    assert_eq!(get(&rig).await.unwrap_err().kind, ErrorKind::CircuitOpen, "the rest is longer now");
    pass(Duration::from_secs(10)).await;
    let before = calls(&rig);
    let outcomes = join_all((0..8).map(|_| get(&rig))).await;
    assert_eq!(calls(&rig) - before, 1, "one alone");
    let told: Vec<_> = outcomes.into_iter().filter_map(|it| it.err().map(|it| it.kind)).collect();
    assert_eq!(told, [ErrorKind::CircuitOpen; 7]);
    assert!(join_all((0..8).map(|_| get(&rig))).await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_probe_that_is_given_up_is_followed_by_another() {
    let rig = nue().await;
    rig.sandbox.set_fault(NAME, Fault::times(FAILED, 5)).unwrap();
    fail(&rig, 5).await;
    pass(Duration::from_secs(10)).await;
    let probe = get(&rig);
    let other = async {
        tokio::task::yield_now().await;
        assert_eq!(get(&rig).await.unwrap_err().kind, ErrorKind::CircuitOpen);
    };
    futures::select_biased! {
        _ = Box::pin(probe).fuse() => panic!("it was to be given up"),
        () = Box::pin(other).fuse() => {}
    }
    get(&rig).await.unwrap();
}

#[tokio::test]
async fn it_is_left_alone_for_not_answering_but_not_for_a_short_deadline() {
    let rig = nue().await;
    // The connection is there, so that the clock alone decides.
    get(&rig).await.unwrap();
    let id = rig.sandbox.population(NAME)[0].id.clone();
    let slow = FaultKind::Slow { delay_ms: 600_000 };
    rig.sandbox.set_fault(NAME, Fault::always(slow)).unwrap();
    tokio::time::pause();
    let view = View::default();
    let within = async |seconds| {
        let deadline = Deadline::after(Duration::from_secs(seconds));
        rig.provider.get(&id, &view, deadline).await.unwrap_err().kind
    };
    for _ in 0..10 {
        assert_eq!(within(4).await, ErrorKind::Timeout);
    }
    assert_eq!(within(6).await, ErrorKind::Timeout);
    assert_eq!(within(6).await, ErrorKind::Timeout);
    assert_eq!(within(6).await, ErrorKind::CircuitOpen);
}
