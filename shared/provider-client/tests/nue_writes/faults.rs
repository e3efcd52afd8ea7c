//! Writes that fail, or whose answers are lost.

use std::time::Duration;

use invoice::Action;
use provider_client::SendKey;
use provider_client::error::Fate;
use provider_client::{Deadline, ErrorKind};
use sandbox::{Fault, FaultKind, Operation};

use crate::rig::{NAME, soon};
use crate::{OPERATIONS, able, activate, counts, open, plain, send, told};

/// What a write tells of itself.
type Told = Result<(), (ErrorKind, Fate)>;

/// A fault, the fate it has us tell, how often each invoice is asked for, and
/// what reading tells of those that were to be activated.
fn faults() -> Vec<(FaultKind, Told, u64, &'static str)> {
    let status =
        |status| FaultKind::Status { status, retry_after: Some(0).filter(|_| status == 429) };
    let after = |status| FaultKind::ApplyThenStatus { status };
    let refused = |kind| Err((kind, Fate::NotAccepted));
    let failed = Err((ErrorKind::Failed, Fate::Finished));
    // As often as not, a proxy's: the provider may be at it still.
    let unclear = Err((ErrorKind::Failed, Fate::Unclear));
    let lost = Err((ErrorKind::Unreachable, Fate::Unclear));
    vec![
        (status(401), refused(ErrorKind::Credentials), 1, "nnnn"),
        (status(403), refused(ErrorKind::Credentials), 1, "nnnn"),
        (status(404), refused(ErrorKind::NotFound), 1, "nnnn"),
        (status(409), refused(ErrorKind::Conflict), 1, "nnnn"),
        // Of many, half may be done: it is read first, and sent again above.
        (status(429), refused(ErrorKind::RateLimited), 1, "nnnn"),
        (status(500), failed, 1, "nnnn"),
        (status(502), unclear, 1, "nnnn"),
        (status(503), unclear, 1, "nnnn"),
        (FaultKind::DropBefore, lost, 1, "nnnn"),
        (FaultKind::ApplyThenDrop, lost, 1, "dddd"),
        (FaultKind::ApplyThenCut, lost, 1, "dddd"),
        (
            FaultKind::ApplyThenHang { delay_ms: 20_000 },
            Err((ErrorKind::Timeout, Fate::Unclear)),
            1,
            "dddd",
        ),
        (after(500), failed, 1, "dddd"),
        (after(502), unclear, 1, "dddd"),
        (after(503), unclear, 1, "dddd"),
        (after(504), unclear, 1, "dddd"),
        (FaultKind::HalfBulk, failed, 1, "ddnn"),
        (FaultKind::InvalidJson, Err((ErrorKind::BadResponse, Fate::Unclear)), 1, "dddd"),
        // What a bulk answers is not stated: nothing is shown, and all is read.
        (FaultKind::EmptyBody, Ok(()), 1, "dddd"),
    ]
}

#[tokio::test]
async fn every_fault_has_its_fate_and_nothing_is_sent_twice() {
    for (fault, expected, requested, letters) in faults() {
        let nue = open(100).await;
        let drafts = able(&nue, Action::Activate, 4).await;
        let hangs = matches!(fault, FaultKind::ApplyThenHang { .. });
        let deadline = if hangs { Deadline::after(Duration::from_secs(1)) } else { soon() };
        let strike = Fault { operation: Some(Operation::Activate), ..Fault::always(fault.clone()) };
        nue.sandbox.set_fault(NAME, strike).unwrap();
        let answer = nue
            .provider
            .write(&activate(), &drafts, &SendKey::from("test".to_owned()), deadline)
            .await;
        let told_of = answer.map(|written| assert!(written.is_empty()));
        let told_of: Told = told_of.map_err(|error| (error.kind, error.fate));
        assert_eq!(told_of, expected, "{fault:?}");
        assert_eq!(told(&nue, &activate(), &drafts).await, letters, "{fault:?}");
        let applied = |letter| (requested, u64::from(letter == 'd'));
        let expected: Vec<(u64, u64)> = letters.chars().map(applied).collect();
        assert_eq!(counts(&nue, Operation::Activate, &drafts), expected, "{fault:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_out_for_every_write() {
    for (action, operation) in OPERATIONS {
        let write = plain(action);
        for (fault, applied) in [(FaultKind::ApplyThenDrop, 1), (FaultKind::DropBefore, 0)] {
            let nue = open(100).await;
            let before = able(&nue, action, 1).await;
            nue.sandbox.set_fault(NAME, Fault::times(fault, 1)).unwrap();
            let error = send(&nue, &write, &before).await.unwrap_err();
            assert_eq!((error.fate, error.operation), (Fate::Unclear, action.word()));
            let letter = match (applied, action) {
                (0, _) => "n",
                (_, Action::Delete) => "g",
                _ => "d",
            };
            assert_eq!(told(&nue, &write, &before).await, letter, "{action:?}");
            assert_eq!(counts(&nue, operation, &before), [(1, applied)]);
        }
    }
}
