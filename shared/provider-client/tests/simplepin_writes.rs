//! SimplePin's writes over HTTP, against the sandbox.

#![cfg(test)]

#[path = "sandboxed/rig.rs"]
#[expect(dead_code, reason = "lists nothing")]
mod rig;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use invoice::{Action, Invoice, Status, Write};
use jiff::Timestamp;
use provider_client::SendKey;
use provider_client::error::Fate;
use provider_client::provider::{After, View};
use provider_client::{Deadline, ErrorKind, ProviderError};
use sandbox::{Count, Fault, FaultKind, Operation, ProviderKind, Resource};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use rig::{NAME, Rig, provider, serve, soon};

const WRITES: [Operation; 3] = [Operation::Activate, Operation::Cancel, Operation::Update];

async fn simplepin(invoices: usize) -> Rig {
    Rig::open(ProviderKind::SimplePin, invoices, |_| {}).await
}

/// The invoice as SimplePin holds it.
fn held(rig: &Rig, id: &str) -> Value {
    let record = rig.sandbox.record(NAME, Resource::Invoice, id).unwrap();
    serde_json::from_str(&record.json).unwrap()
}

/// The ids of the unpaid invoices in `state`.
fn unpaid(rig: &Rig, state: &str) -> Vec<String> {
    let ids = rig.sandbox.population(NAME).into_iter().map(|record| record.id);
    let wanted = |id: &String| {
        let held = held(rig, id);
        held["invoice_state"] == state && held["paid"] == "UNPAID"
    };
    ids.filter(wanted).collect()
}

async fn read(rig: &Rig, id: &str) -> Invoice {
    rig.get(id, &View::default()).await.unwrap()
}

async fn write(rig: &Rig, write: &Write, invoice: &Invoice) -> Result<(), ProviderError> {
    let written = rig
        .provider
        .write(write, std::slice::from_ref(invoice), &SendKey::from("test".to_owned()), soon())
        .await?;
    assert!(written.is_empty(), "the answer shows no invoice");
    Ok(())
}

/// What reading tells of a write: whether it was done, and the invoice.
async fn after(rig: &Rig, write: &Write, before: &Invoice) -> (bool, Invoice) {
    let before = std::slice::from_ref(before);
    let mut after = rig.provider.after(write, before, Timestamp::now(), soon()).await;
    match after.remove(0).unwrap() {
        After::Done(Some(now)) => (true, *now),
        After::NotDone(now) => (false, *now),
        other => panic!("{other:?}"),
    }
}

fn count(rig: &Rig, id: &str, action: Action) -> (u64, u64) {
    let operation = match action {
        Action::Activate => Operation::Activate,
        Action::Cancel => Operation::Cancel,
        Action::Update => Operation::Update,
        Action::Delete => Operation::Delete,
    };
    let Count { requested, applied, .. } =
        rig.sandbox.writes(NAME).count(Resource::Invoice, id, operation);
    (requested, applied)
}

fn write_calls(rig: &Rig) -> u64 {
    let calls = rig.sandbox.calls(NAME);
    WRITES.iter().filter_map(|operation| calls.get(operation)).sum()
}

fn activate() -> Write {
    Write::Activate { invoice_date: None, comment: Some("approved".to_owned()) }
}

fn cancel() -> Write {
    Write::Cancel { comment: Some("wrong".to_owned()) }
}

fn update(patch: Value) -> Write {
    Write::Update(Box::new(api::read_patch(patch.to_string().as_bytes()).unwrap()))
}

/// The members in which two objects differ.
fn changed(before: &Value, now: &Value) -> BTreeSet<String> {
    let names = [before, now].map(|object| object.as_object().unwrap().keys().cloned());
    names.into_iter().flatten().filter(|name| before.get(name) != now.get(name)).collect()
}

#[tokio::test]
async fn each_write_is_done_once_and_changes_nothing_else() {
    let rig = simplepin(100).await;
    let (drafts, sent) = (unpaid(&rig, "DRAFT"), unpaid(&rig, "SENT"));
    let both = json!({"dates": {"due": "2031-02-03", "invoice": "2031-01-02"}, "comment": "\"ø\""});
    let due = update(json!({"dates": {"due": "2031-02-03"}}));
    for (id, write_it, expected) in [
        (&drafts[0], activate(), vec!["invoice_state", "sent_times"]),
        (&drafts[1], cancel(), vec!["invoice_state"]),
        (&sent[0], cancel(), vec!["invoice_state"]),
        (&sent[1], due, vec!["invoice_due_date"]),
        (
            &drafts[2],
            update(both),
            vec!["invoice_due_date", "invoice_date", "additional_description"],
        ),
    ] {
        let (before, was) = (read(&rig, id).await, held(&rig, id));
        let foretold = before.available_actions[&write_it.action()].resulting_status;
        assert!(rig.provider.refusal(&write_it, &before).is_none());
        write(&rig, &write_it, &before).await.unwrap();
        let (done, now) = after(&rig, &write_it, &before).await;
        assert!(done, "{write_it:?}");
        assert_eq!(Some(now.status), foretold);
        let expected = expected.into_iter().chain(["version"]).map(str::to_owned).collect();
        assert_eq!(changed(&was, &held(&rig, id)), expected, "{write_it:?}");
        assert_eq!(count(&rig, id, write_it.action()), (1, 1));
    }
    let now = held(&rig, &drafts[2]);
    assert_eq!(now["invoice_due_date"], "2031-02-03");
    assert_eq!(now["invoice_date"], "2031-01-02");
    assert_eq!(now["additional_description"], "\"ø\"");
}

/// Over a whole population, the seed's paid draft among it.
#[tokio::test]
async fn what_is_offered_is_done_and_what_is_not_is_refused_before_anything_is_sent() {
    let rig = simplepin(100).await;
    let writes = [activate(), cancel(), update(json!({"comment": "seen"}))];
    let mut offered = [0; 3];
    for record in rig.sandbox.population(NAME) {
        for (write_it, offered) in writes.iter().zip(&mut offered) {
            let before = read(&rig, &record.id).await;
            let calls = write_calls(&rig);
            if before.available_actions.contains_key(&write_it.action()) {
                *offered += 1;
                write(&rig, write_it, &before).await.unwrap();
                assert!(after(&rig, write_it, &before).await.0, "{write_it:?}");
                assert_eq!(count(&rig, &record.id, write_it.action()), (1, 1));
            } else {
                assert!(rig.provider.refusal(write_it, &before).is_some());
                assert_eq!(write_calls(&rig), calls);
            }
        }
    }
    assert!(offered[0] > 10 && offered[1] > 30, "{offered:?}");
}

#[tokio::test]
async fn there_is_no_call_to_delete() {
    let rig = simplepin(40).await;
    let before = read(&rig, &unpaid(&rig, "DRAFT")[0]).await;
    let error = write(&rig, &Write::Delete, &before).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::UnsupportedOperation);
    assert_eq!(error.fate, Fate::NotAccepted);
    assert_eq!(write_calls(&rig), 0);
}

#[tokio::test]
async fn an_update_of_an_invoice_that_others_changed_since_is_a_conflict_and_is_not_sent() {
    let rig = simplepin(40).await;
    let id = &unpaid(&rig, "SENT")[0];
    let before = read(&rig, id).await;
    write(&rig, &update(json!({"comment": "theirs"})), &before).await.unwrap();
    let ours = update(json!({"dates": {"due": "2031-02-03"}}));
    let error = write(&rig, &ours, &before).await.unwrap_err();
    assert_eq!((error.kind, error.fate), (ErrorKind::Conflict, Fate::NotAccepted));
    assert_eq!(count(&rig, id, Action::Update), (1, 1));
}

/// Others write after the update has read the invoice, and before it arrives.
#[tokio::test]
async fn a_stale_version_is_a_conflict_and_what_others_wrote_stands() {
    let rig = simplepin(40).await;
    let id = unpaid(&rig, "SENT")[0].clone();
    let before = read(&rig, &id).await;
    let direct = serve(rig.sandbox.router()).await;
    let others = provider(&rig.sandbox.secret(NAME, &direct).unwrap());
    let others = Arc::new(Mutex::new(Some((others, before.clone()))));
    let overtake = move |request: Request, next: Next| {
        let others = Arc::clone(&others);
        async move {
            if request.uri().path().ends_with("/invoice/update")
                && let Some((provider, invoice)) = others.lock().await.take()
            {
                let theirs = update(json!({"comment": "theirs"}));
                provider
                    .write(&theirs, &[invoice], &SendKey::from("test".to_owned()), soon())
                    .await
                    .unwrap();
            }
            next.run(request).await
        }
    };
    let origin = serve(rig.sandbox.router().layer(from_fn(overtake))).await;
    let overtaken = provider(&rig.sandbox.secret(NAME, &origin).unwrap());
    let ours = update(json!({"comment": "ours"}));
    let error = overtaken
        .write(&ours, &[before], &SendKey::from("test".to_owned()), soon())
        .await
        .unwrap_err();
    assert_eq!((error.kind, error.fate), (ErrorKind::Conflict, Fate::NotAccepted));
    assert_eq!((error.operation, error.status), ("update", Some(409)));
    assert!(error.said.message.unwrap().contains("version"));
    assert_eq!(held(&rig, &id)["additional_description"], "theirs");
    assert_eq!(count(&rig, &id, Action::Update), (2, 1));
}

#[tokio::test]
async fn forbidden_is_of_the_invoice_where_it_has_changed_and_of_the_credentials_else() {
    let rig = simplepin(40).await;
    let sent = unpaid(&rig, "SENT");
    let before = read(&rig, &sent[0]).await;
    write(&rig, &cancel(), &before).await.unwrap();
    let error = write(&rig, &cancel(), &before).await.unwrap_err();
    assert_eq!((error.kind, error.fate), (ErrorKind::Conflict, Fate::NotAccepted));
    assert_eq!((error.operation, error.status), ("cancel", Some(403)));
    assert!(error.said.message.unwrap().contains("CANCELLED"));
    assert_eq!(count(&rig, &sent[0], Action::Cancel), (2, 1));

    let before = read(&rig, &sent[1]).await;
    let fault = FaultKind::Status { status: 403, retry_after: None };
    rig.sandbox.set_fault(NAME, Fault::times(fault, 1)).unwrap();
    let error = write(&rig, &cancel(), &before).await.unwrap_err();
    assert_eq!((error.kind, error.fate), (ErrorKind::Credentials, Fate::NotAccepted));
}

/// Of every fault of a write: its kind, its fate, and how often the invoice was
/// written to and changed.
#[tokio::test]
async fn every_fault_of_a_write_has_its_fate_and_reading_settles_it() {
    use ErrorKind::{BadResponse, Conflict, Credentials, Failed, NotFound, RateLimited};
    use Fate::{Finished, NotAccepted, Unclear};
    let status = |status| FaultKind::Status { status, retry_after: None };
    let done_but = |status| FaultKind::ApplyThenStatus { status };
    let rig = simplepin(300).await;
    let (mut drafts, mut sent) = (unpaid(&rig, "DRAFT"), unpaid(&rig, "SENT"));
    for (fault, kind, fate, times) in [
        (status(401), Credentials, NotAccepted, (1, 0)),
        (status(404), NotFound, NotAccepted, (1, 0)),
        (status(409), Conflict, NotAccepted, (1, 0)),
        // Sent again: a refusal for its rate is none of the request.
        (status(429), RateLimited, NotAccepted, (3, 0)),
        (status(500), Failed, Finished, (1, 0)),
        (status(503), Failed, Unclear, (1, 0)),
        (FaultKind::DropBefore, ErrorKind::Unreachable, Unclear, (1, 0)),
        (done_but(500), Failed, Finished, (1, 1)),
        (done_but(502), Failed, Unclear, (1, 1)),
        (done_but(504), Failed, Unclear, (1, 1)),
        (FaultKind::EmptyBody, BadResponse, Unclear, (1, 1)),
        (FaultKind::InvalidJson, BadResponse, Unclear, (1, 1)),
        (FaultKind::StopMidBody, ErrorKind::Unreachable, Unclear, (1, 1)),
        (FaultKind::ApplyThenDrop, ErrorKind::Unreachable, Unclear, (1, 1)),
        (FaultKind::ApplyThenCut, ErrorKind::Unreachable, Unclear, (1, 1)),
    ] {
        let due = update(json!({"dates": {"due": "2031-02-03"}}));
        for write_it in [activate(), cancel(), due] {
            let action = write_it.action();
            let ids = if action == Action::Activate { &mut drafts } else { &mut sent };
            let before = read(&rig, &ids.pop().unwrap()).await;
            let operation = Some(match action {
                Action::Activate => Operation::Activate,
                Action::Cancel => Operation::Cancel,
                _ => Operation::Update,
            });
            let fault = Fault { operation, ..Fault::always(fault.clone()) };
            rig.sandbox.set_fault(NAME, fault.clone()).unwrap();
            let error = write(&rig, &write_it, &before).await.unwrap_err();
            rig.sandbox.clear_faults(NAME).unwrap();
            assert_eq!((error.kind, error.fate), (kind, fate), "{fault:?}: {error}");
            assert_eq!(error.operation, action.word());
            assert_eq!(count(&rig, before.id.id(), action), times, "{fault:?}");
            let (done, now) = after(&rig, &write_it, &before).await;
            assert_eq!(done, times.1 == 1, "{fault:?}");
            assert_eq!(write_it.is_shown_by(&now), done);
        }
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_unclear_at_the_deadline() {
    let rig = simplepin(40).await;
    let before = read(&rig, &unpaid(&rig, "DRAFT")[0]).await;
    let hang = FaultKind::ApplyThenHang { delay_ms: 60_000 };
    rig.sandbox.set_fault(NAME, Fault::times(hang, 1)).unwrap();
    let short = Deadline::after(Duration::from_millis(500));
    let error = rig
        .provider
        .write(&activate(), std::slice::from_ref(&before), &SendKey::from("test".to_owned()), short)
        .await
        .unwrap_err();
    assert_eq!((error.kind, error.fate), (ErrorKind::Timeout, Fate::Unclear));
    let (done, now) = after(&rig, &activate(), &before).await;
    assert_eq!((done, now.status), (true, Status::Active));
    assert_eq!(count(&rig, before.id.id(), Action::Activate), (1, 1));
}

#[tokio::test]
async fn an_update_whose_reading_fails_has_sent_nothing() {
    let rig = simplepin(40).await;
    let id = &unpaid(&rig, "SENT")[0];
    let before = read(&rig, id).await;
    for (kind, expected) in [
        (FaultKind::StopMidBody, ErrorKind::Unreachable),
        (FaultKind::InvalidJson, ErrorKind::BadResponse),
        (FaultKind::Status { status: 500, retry_after: None }, ErrorKind::Failed),
        (FaultKind::UnknownStatus, ErrorKind::Conflict),
    ] {
        let fault = Fault { operation: Some(Operation::Get), ..Fault::always(kind) };
        rig.sandbox.set_fault(NAME, fault.clone()).unwrap();
        let ours = update(json!({"comment": "ours"}));
        let error = write(&rig, &ours, &before).await.unwrap_err();
        rig.sandbox.clear_faults(NAME).unwrap();
        assert_eq!((error.kind, error.fate), (expected, Fate::NotAccepted), "{fault:?}");
    }
    assert_eq!(count(&rig, id, Action::Update), (0, 0));
}
