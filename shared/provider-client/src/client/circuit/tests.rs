//! When it opens, for how long, and what closes it.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::advance;

use super::*;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// One call after the other, each of this result.
fn calls(circuit: &Circuit, result: CallResult, times: u32) -> Option<Transition> {
    (0..times).filter_map(|_| circuit.enter().unwrap().judge(result)).last()
}

fn open() -> Circuit {
    let circuit = Circuit::default();
    let opened = calls(&circuit, CallResult::Failed, FAILURES);
    assert_eq!(
        opened,
        Some(Transition::Opened(OpenCircuit { failures: FAILURES, wait: FIRST_REST }))
    );
    circuit
}

#[test]
fn only_what_is_the_providers_fault_is_a_failure() {
    let answer = |status| {
        let status = StatusCode::from_u16(status).unwrap();
        Ok(Reply { status, headers: HeaderMap::new(), body: Bytes::new() })
    };
    for status in [500, 502, 503, 504] {
        assert_eq!(CallResult::of(&answer(status), secs(0)), CallResult::Failed, "{status}");
    }
    for status in [200, 204, 302, 400, 401, 403, 404, 409, 429] {
        assert_eq!(CallResult::of(&answer(status), secs(0)), CallResult::Alive, "{status}");
    }
    assert_eq!(CallResult::of(&Err(TransportError::TooLarge), secs(0)), CallResult::Alive);
    for (took, result) in [
        (secs(0), CallResult::Untold),
        (PATIENCE - Duration::from_millis(1), CallResult::Untold),
        (PATIENCE, CallResult::TimedOut),
    ] {
        let late = Err(TransportError::Timeout { sent: true });
        assert_eq!(CallResult::of(&late, took), result, "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_opens_after_failures_in_a_row_and_an_answer_between_them_begins_anew() {
    let circuit = Circuit::default();
    assert_eq!(calls(&circuit, CallResult::Failed, FAILURES - 1), None);
    assert_eq!(calls(&circuit, CallResult::Alive, 1), None);
    assert_eq!(calls(&circuit, CallResult::Failed, FAILURES - 1), None);
    assert_eq!(calls(&circuit, CallResult::Untold, 20), None);
    assert_eq!(circuit.refusal(), None);
    assert!(calls(&circuit, CallResult::Failed, 1).is_some());
    let open = OpenCircuit { failures: FAILURES, wait: FIRST_REST };
    assert_eq!((circuit.refusal(), circuit.enter().err()), (Some(open), Some(open)));
}

#[tokio::test(start_paused = true)]
async fn timeouts_open_it_sooner() {
    let circuit = Circuit::default();
    for (result, opens) in [
        (CallResult::TimedOut, false),
        (CallResult::Failed, false),
        (CallResult::TimedOut, false),
        (CallResult::TimedOut, true),
    ] {
        assert_eq!(calls(&circuit, result, 1).is_some(), opens);
    }
}

#[tokio::test(start_paused = true)]
async fn calls_side_by_side_that_fail_together_are_one_failure() {
    let circuit = Circuit::default();
    for round in 1..=FAILURES {
        let together: Vec<Pass<'_>> = (0..20).map(|_| circuit.enter().unwrap()).collect();
        advance(secs(1)).await;
        let transitions: Vec<Transition> =
            together.into_iter().filter_map(|pass| pass.judge(CallResult::Failed)).collect();
        assert_eq!(transitions.len(), usize::from(round == FAILURES), "{round}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rest_ends_with_one_call_and_doubles_while_that_fails() {
    let circuit = open();
    for (failures, rest) in (FAILURES..).zip([10, 20, 40, 60, 60]) {
        assert_eq!(circuit.refusal(), Some(OpenCircuit { failures, wait: secs(rest) }));
        advance(secs(rest) - Duration::from_millis(1)).await;
        assert!(circuit.enter().is_err());
        advance(Duration::from_millis(1)).await;
        let probe = circuit.enter().unwrap();
        let meanwhile = OpenCircuit { failures, wait: WHILE_PROBING };
        assert_eq!(circuit.enter().err(), Some(meanwhile), "one alone");
        assert_eq!(probe.judge(CallResult::Failed), None, "told once");
    }
    advance(LONGEST_REST).await;
    assert_eq!(calls(&circuit, CallResult::Alive, 1), Some(Transition::Closed));
    assert_eq!(calls(&circuit, CallResult::Failed, FAILURES - 1), None, "all is forgotten");
    assert_eq!(
        calls(&circuit, CallResult::Failed, 1),
        Some(Transition::Opened(OpenCircuit { failures: FAILURES, wait: FIRST_REST }))
    );
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_given_up_or_tells_nothing_lets_the_next_one_through() {
    let circuit = open();
    advance(FIRST_REST).await;
    drop(circuit.enter().unwrap());
    assert_eq!(circuit.enter().unwrap().judge(CallResult::Untold), None);
    assert_eq!(circuit.enter().unwrap().judge(CallResult::Alive), Some(Transition::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_call_begun_before_the_rest_ends_it_by_an_answer_and_prolongs_it_by_nothing() {
    let circuit = Circuit::default();
    let (early, late) = (circuit.enter().unwrap(), circuit.enter().unwrap());
    calls(&circuit, CallResult::Failed, FAILURES);
    assert_eq!(early.judge(CallResult::Failed), None);
    assert_eq!(circuit.refusal(), Some(OpenCircuit { failures: FAILURES, wait: FIRST_REST }));
    assert_eq!(late.judge(CallResult::Alive), Some(Transition::Closed));
    assert_eq!(circuit.refusal(), None);
}
