//! A provider's limits are kept, and what it asks us to wait.

use std::time::{Duration, Instant};

use futures::future::{join, join_all};
use invoice::{Code, Problem};
use provider_client::error::Fate;
use provider_client::provider::View;
use provider_client::{Deadline, ErrorKind, ProviderError};
use sandbox::{Fault, FaultKind, ProviderKind, RateLimit};

use crate::clock::pass;
use crate::rig::{NAME, Rig, soon};

fn calls(rig: &Rig) -> u64 {
    rig.sandbox.calls(NAME).values().sum()
}

async fn get(rig: &Rig, deadline: Deadline) -> Result<(), ProviderError> {
    let id = &rig.sandbox.population(NAME)[0].id;
    rig.provider.get(id, &View::default(), deadline).await.map(drop)
}

fn busy(retry_after: Option<u32>) -> FaultKind {
    FaultKind::Status { status: 429, retry_after }
}

/// Refused by us: nothing was sent.
fn assert_unsent(error: &ProviderError, wait: impl std::ops::RangeBounds<u64>) {
    assert_eq!((error.kind, error.fate), (ErrorKind::RateLimited, Fate::NotAccepted), "{error}");
    assert_eq!(error.status, None, "{error}");
    let problem = Problem::from(error);
    assert_eq!((problem.code, problem.retryable), (Code::RateLimited, true));
    assert!(wait.contains(&problem.retry_after.unwrap()), "{problem:?}");
}

#[tokio::test]
async fn what_is_left_of_a_limit_is_used_and_no_call_is_sent_beyond_it() {
    let rig = Rig::open(ProviderKind::Fusebill, 20, |_| ()).await;
    let limit = RateLimit { per_minute: 1_000, per_day: 12 };
    rig.sandbox.set_rate_limit(NAME, Some(limit)).unwrap();
    get(&rig, soon()).await.unwrap();
    let begun = Instant::now();
    let outcomes = join_all((0..40).map(|_| get(&rig, soon()))).await;
    let refused: Vec<ProviderError> = outcomes.into_iter().filter_map(Result::err).collect();
    assert_eq!((calls(&rig), refused.len()), (12, 29));
    for error in &refused {
        assert_unsent(error, ..=86_400);
        assert!(error.detail.contains("calls a day"), "{error}");
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "at once, not at the deadline");
}

#[tokio::test]
async fn another_refusal_by_the_last_call_there_was_has_no_wait() {
    let rig = Rig::open(ProviderKind::Fusebill, 20, |_| ()).await;
    let limit = RateLimit { per_minute: 1_000, per_day: 1 };
    rig.sandbox.set_rate_limit(NAME, Some(limit)).unwrap();
    let unknown = rig.get("1", &View::default()).await.unwrap_err();
    assert_eq!((unknown.kind, unknown.retry_after), (ErrorKind::NotFound, None));
    assert_unsent(&get(&rig, soon()).await.unwrap_err(), ..=86_400);
    assert_eq!(calls(&rig), 1);
}

#[tokio::test]
async fn a_provider_that_asks_to_be_left_alone_is() {
    let rig = Rig::open(ProviderKind::Finexio, 20, |_| ()).await;
    rig.sandbox.set_fault(NAME, Fault::always(busy(Some(60)))).unwrap();
    let error = get(&rig, soon()).await.unwrap_err();
    assert_eq!((error.status, error.retry_after), (Some(429), Some(Duration::from_secs(60))));
    rig.sandbox.clear_faults(NAME).unwrap();
    for outcome in join_all((0..20).map(|_| get(&rig, soon()))).await {
        assert_unsent(&outcome.unwrap_err(), 50..=60);
    }
    assert_eq!(calls(&rig), 1);
    pass(Duration::from_secs(60)).await;
    get(&rig, soon()).await.unwrap();
}

#[tokio::test]
async fn a_wait_that_fits_is_waited_for_by_all() {
    let rig = Rig::open(ProviderKind::Nue, 20, |_| ()).await;
    rig.sandbox.set_fault(NAME, Fault::times(busy(Some(1)), 1)).unwrap();
    let begun = Instant::now();
    let first = get(&rig, soon());
    let others = async {
        while calls(&rig) == 0 {
            tokio::task::yield_now().await;
        }
        join_all((0..5).map(|_| get(&rig, soon()))).await
    };
    let (first, others) = join(first, others).await;
    assert!(first.is_ok() && others.iter().all(Result::is_ok));
    assert_eq!(calls(&rig), 7, "one once more, and no other");
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_limit_without_a_word_on_the_wait_has_one_all_the_same() {
    let rig = Rig::open(ProviderKind::SimplePin, 20, |_| ()).await;
    rig.sandbox.set_fault(NAME, Fault::always(busy(None))).unwrap();
    let problem = Problem::from(&get(&rig, soon()).await.unwrap_err());
    assert_eq!((problem.code, problem.retry_after), (Code::RateLimited, Some(10)));
    rig.sandbox.clear_faults(NAME).unwrap();
    get(&rig, soon()).await.unwrap();
}

#[tokio::test]
async fn a_place_is_waited_for_until_the_deadline_and_no_longer() {
    let rig = Rig::open(ProviderKind::Nue, 20, |_| ()).await;
    let hang = FaultKind::Slow { delay_ms: 600_000 };
    let places = u32::try_from(rig.provider.capabilities().concurrency).unwrap();
    rig.sandbox.set_fault(NAME, Fault::times(hang, places)).unwrap();
    let holding = join_all((0..places).map(|_| get(&rig, Deadline::after(Duration::from_secs(2)))));
    let waiting = async {
        tokio::task::yield_now().await;
        let begun = Instant::now();
        let error = get(&rig, Deadline::after(Duration::from_secs(1))).await.unwrap_err();
        (error, begun.elapsed())
    };
    let (_, (error, took)) = join(holding, waiting).await;
    assert_eq!((error.kind, error.fate), (ErrorKind::Timeout, Fate::NotAccepted));
    assert!(took >= Duration::from_secs(1) && took < Duration::from_millis(1_500), "{took:?}");
    assert_eq!(calls(&rig), u64::from(places));
}
