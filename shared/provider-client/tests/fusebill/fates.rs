//! What is known of a write that went wrong, and what reading tells of it.

use std::time::Duration;

use invoice::{Invoice, Write};
use jiff::Timestamp;
use provider_client::error::Fate;
use provider_client::provider::{After, View};
use provider_client::{Deadline, ErrorKind};
use sandbox::{Fault, FaultKind};
use serde_json::json;

use super::clock::pass;
use super::fusebill;
use super::rig::{NAME, Rig};
use super::writing::{ACTIVATE, CANCEL, after, count, drafts, send, update};

/// The faults under which a write fails, with what is known of it then, and
/// whether the sandbox has carried it out.
fn faults() -> Vec<(FaultKind, Fate, bool)> {
    let status = |status| FaultKind::Status { status, retry_after: None };
    let applied = |status| FaultKind::ApplyThenStatus { status };
    let later = FaultKind::Status { status: 429, retry_after: Some(60) };
    vec![
        (status(401), Fate::NotAccepted, false),
        (status(403), Fate::NotAccepted, false),
        (status(404), Fate::NotAccepted, false),
        (status(409), Fate::NotAccepted, false),
        (later, Fate::NotAccepted, false),
        (status(500), Fate::Finished, false),
        (status(502), Fate::Unclear, false),
        (status(503), Fate::Unclear, false),
        (applied(500), Fate::Finished, true),
        (applied(502), Fate::Unclear, true),
        (applied(503), Fate::Unclear, true),
        (applied(504), Fate::Unclear, true),
        (FaultKind::DropBefore, Fate::Unclear, false),
        (FaultKind::ApplyThenDrop, Fate::Unclear, true),
        (FaultKind::ApplyThenCut, Fate::Unclear, true),
    ]
}

async fn strike(rig: &Rig, fault: FaultKind) {
    rig.sandbox.clear_faults(NAME).unwrap();
    rig.sandbox.set_fault(NAME, Fault::always(fault)).unwrap();
}

/// What reading tells is what the sandbox did.
async fn is_told(rig: &Rig, write: &Write, before: &Invoice, done: bool, what: &str) {
    rig.sandbox.clear_faults(NAME).unwrap();
    let now = after(rig, write, before).await.unwrap();
    match (write, done, now) {
        (_, false, After::NotDone(now)) => assert_eq!(now.id, before.id, "{what}"),
        (Write::Cancel { .. }, true, After::Done(None)) => {}
        (Write::Update(_), true, After::Done(Some(now))) => assert_eq!(now.id, before.id, "{what}"),
        (Write::Activate { .. }, true, After::Done(Some(now))) => {
            let theirs = before.id.id().strip_prefix("draft.").unwrap();
            assert_eq!(rig.sandbox.writes(NAME).posted()[theirs], now.id.id(), "{what}");
        }
        (_, _, now) => panic!("{what}: {now:?}"),
    }
    assert_eq!(count(rig, write, before), (1, u64::from(done)), "{what}: sent once");
}

#[tokio::test]
async fn every_failure_tells_its_fate_and_reading_tells_the_rest() {
    let comment = update(&json!({ "comment": "hello" }));
    for write in [&ACTIVATE, &CANCEL, &comment] {
        // No two drafts are of one customer, so that each is known again.
        let rig = fusebill(900).await;
        let mut ready = drafts(&rig, "Ready").await;
        for (fault, fate, done) in faults() {
            let what = format!("{} {fault:?}", write.action().word());
            let draft = ready.pop().unwrap();
            strike(&rig, fault).await;
            let error = send(&rig, write, &draft).await.unwrap_err();
            assert_eq!(error.fate, fate, "{what}");
            // It is left alone for as long as it asks.
            pass(error.retry_after.unwrap_or_default()).await;
            is_told(&rig, write, &draft, done, &what).await;
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_unclear() {
    let rig = fusebill(400).await;
    let mut ready = drafts(&rig, "Ready").await;
    for write in [&ACTIVATE, &CANCEL, &update(&json!({ "comment": "hello" }))] {
        let draft = ready.pop().unwrap();
        strike(&rig, FaultKind::ApplyThenHang { delay_ms: 60_000 }).await;
        let deadline = Deadline::after(Duration::from_millis(400));
        let sent = rig
            .provider
            .write(
                write,
                std::slice::from_ref(&draft),
                &provider_client::SendKey::from("test".to_owned()),
                deadline,
            )
            .await;
        let error = sent.unwrap_err();
        assert_eq!((error.kind, error.fate), (ErrorKind::Timeout, Fate::Unclear), "{write:?}");
        is_told(&rig, write, &draft, true, write.action().word()).await;
    }
}

#[tokio::test]
async fn a_success_that_cannot_be_read_was_carried_out() {
    let rig = fusebill(400).await;
    let mut ready = drafts(&rig, "Ready").await;
    let comment = update(&json!({ "comment": "hello" }));
    for (write, fault, fails) in [
        (&ACTIVATE, FaultKind::EmptyBody, true),
        (&ACTIVATE, FaultKind::InvalidJson, true),
        (&comment, FaultKind::InvalidJson, true),
        // Nobody says what an update answers.
        (&comment, FaultKind::EmptyBody, false),
    ] {
        let what = format!("{} {fault:?}", write.action().word());
        let draft = ready.pop().unwrap();
        strike(&rig, fault).await;
        match send(&rig, write, &draft).await {
            Err(error) => {
                assert!(fails, "{what}");
                assert_eq!(error.kind, ErrorKind::BadResponse, "{what}");
                assert_eq!(error.fate, Fate::Unclear, "{what}");
            }
            Ok(written) => assert!(!fails && written.is_empty(), "{what}: {written:?}"),
        }
        is_told(&rig, write, &draft, true, &what).await;
    }
}

#[tokio::test]
async fn a_limit_that_passes_is_waited_for_and_the_write_is_done_once() {
    let rig = fusebill(200).await;
    let draft = drafts(&rig, "Ready").await.remove(0);
    let limit = FaultKind::Status { status: 429, retry_after: None };
    rig.sandbox.set_fault(NAME, Fault::times(limit, 1)).unwrap();
    let written = send(&rig, &ACTIVATE, &draft).await.unwrap();
    assert_eq!(written.len(), 1);
    assert_eq!(count(&rig, &ACTIVATE, &draft), (2, 1));
}

#[tokio::test]
async fn while_reading_fails_nothing_is_told() {
    let rig = fusebill(200).await;
    let draft = drafts(&rig, "Ready").await.remove(0);
    strike(&rig, FaultKind::ApplyThenDrop).await;
    send(&rig, &ACTIVATE, &draft).await.unwrap_err();
    // The draft is gone; what has become of it cannot be looked up.
    let list = Fault {
        operation: Some(sandbox::Operation::List),
        ..Fault::always(FaultKind::Status { status: 500, retry_after: None })
    };
    rig.sandbox.set_fault(NAME, list).unwrap();
    let error = after(&rig, &ACTIVATE, &draft).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Failed);
    is_told(&rig, &ACTIVATE, &draft, true, "later").await;
}

#[tokio::test]
async fn drafts_are_told_apart_when_several_are_asked_for_at_once() {
    let rig = fusebill(600).await;
    let ready: Vec<Invoice> = drafts(&rig, "Ready").await.into_iter().take(6).collect();
    let since = Timestamp::now();
    for draft in ready.iter().step_by(2) {
        send(&rig, &ACTIVATE, draft).await.unwrap();
    }
    let deadline = Deadline::after(Duration::from_secs(30));
    let told = rig.provider.after(&ACTIVATE, &ready, since, deadline).await;
    let posted = rig.sandbox.writes(NAME).posted().clone();
    assert_eq!(told.len(), ready.len());
    for (at, (draft, told)) in ready.iter().zip(told).enumerate() {
        let theirs = draft.id.id().strip_prefix("draft.").unwrap();
        match told.unwrap() {
            After::Done(Some(now)) if at % 2 == 0 => {
                assert_eq!(posted[theirs], now.id.id());
                let read = rig.get(now.id.id(), &View::default()).await.unwrap();
                assert_eq!(read.amounts.total, draft.amounts.total);
            }
            After::NotDone(now) if at % 2 == 1 => assert_eq!(now.id, draft.id),
            other => panic!("{}: {other:?}", draft.id),
        }
    }
}
