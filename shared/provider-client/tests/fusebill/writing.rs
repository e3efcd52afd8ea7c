//! Each write, read back; and what the provider refuses.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::{get, patch, post};
use invoice::{Action, Invoice, Status, Write};
use jiff::Timestamp;
use provider_client::error::Fate;
use provider_client::provider::{After, View, Written};
use provider_client::{ErrorKind, ProviderError};
use sandbox::{Count, Operation, Resource};
use serde_json::{Value, json};

use super::rig::{NAME, Rig, provider, serve, soon};
use super::{calls, fusebill, whole};

pub const ACTIVATE: Write = Write::Activate { invoice_date: None, comment: None };
pub const CANCEL: Write = Write::Cancel { comment: None };

pub fn update(body: &Value) -> Write {
    Write::Update(Box::new(api::read_patch(body.to_string().as_bytes()).unwrap()))
}

/// Drafts of this word, no two of one customer.
pub async fn drafts(rig: &Rig, word: &str) -> Vec<Invoice> {
    let mut drafts: Vec<Invoice> = Vec::new();
    for draft in rig.walk(&whole("status=draft")).await {
        let known = drafts.iter().any(|known| known.customer.id == draft.customer.id);
        if !known && draft.provider_status.as_deref() == Some(word) {
            drafts.push(draft);
        }
    }
    assert!(!drafts.is_empty(), "{word}");
    drafts
}

pub async fn send(
    rig: &Rig,
    write: &Write,
    before: &Invoice,
) -> Result<Vec<Written>, ProviderError> {
    rig.provider
        .write(
            write,
            std::slice::from_ref(before),
            &provider_client::SendKey::from("test".to_owned()),
            soon(),
        )
        .await
}

pub async fn after(rig: &Rig, write: &Write, before: &Invoice) -> Result<After, ProviderError> {
    let before = std::slice::from_ref(before);
    let after = rig.provider.after(write, before, Timestamp::now(), soon()).await;
    let [after] = <[_; 1]>::try_from(after).unwrap();
    after
}

/// How often the sandbox was asked for this, and did it.
pub fn count(rig: &Rig, write: &Write, invoice: &Invoice) -> (u64, u64) {
    let id = invoice.id.id();
    let (resource, id) = match id.strip_prefix("draft.") {
        Some(id) => (Resource::Draft, id),
        None => (Resource::Posted, id),
    };
    let operation = match write.action() {
        Action::Activate => Operation::Activate,
        Action::Cancel => Operation::Cancel,
        Action::Delete => Operation::Delete,
        Action::Update => Operation::Update,
    };
    let Count { requested, applied, .. } = rig.sandbox.writes(NAME).count(resource, id, operation);
    (requested, applied)
}

fn json_of(invoice: &Invoice) -> Value {
    serde_json::to_value(invoice).unwrap()
}

#[tokio::test]
async fn a_ready_draft_is_posted_once_under_a_new_id() {
    let rig = fusebill(200).await;
    let draft = drafts(&rig, "Ready").await.remove(0);
    let comment = Some("approve and activate".to_owned());
    let write = Write::Activate { invoice_date: None, comment };
    assert!(rig.provider.refusal(&write, &draft).is_none());
    let written = send(&rig, &write, &draft).await.unwrap();
    let [Written { id, invoice }] = written.as_slice() else { panic!("{written:?}") };
    assert_eq!(id, draft.id.id());
    assert!(write.is_shown_by(invoice));
    let posted = rig.sandbox.writes(NAME).posted().clone();
    assert_eq!(posted[id.strip_prefix("draft.").unwrap()], invoice.id.id());
    let read = rig.get(invoice.id.id(), &View::default()).await.unwrap();
    assert_eq!(json_of(invoice), json_of(&read), "the answer is the invoice, whole");
    assert_eq!(read.comments, draft.comments, "a comment on an activation is not sent");
    assert_eq!(read.available_actions.into_keys().collect::<Vec<_>>(), [Action::Update]);
    let gone = rig.get(id, &View::default()).await.unwrap_err();
    assert_eq!(gone.kind, ErrorKind::NotFound);
    assert_eq!(count(&rig, &write, &draft), (1, 1));
}

#[tokio::test]
async fn a_draft_is_canceled_once_and_is_gone() {
    let rig = fusebill(400).await;
    for word in ["Ready", "Pending", "Projected"] {
        let draft = drafts(&rig, word).await.remove(0);
        assert!(rig.provider.refusal(&CANCEL, &draft).is_none(), "{word}");
        let written = send(&rig, &CANCEL, &draft).await.unwrap();
        let [Written { id, invoice }] = written.as_slice() else { panic!("{written:?}") };
        assert_eq!((id.as_str(), &invoice.id), (draft.id.id(), &draft.id), "{word}");
        assert_eq!(invoice.status, Status::Canceled, "{word}");
        assert!(invoice.available_actions.is_empty(), "{word}");
        let gone = rig.get(draft.id.id(), &View::default()).await.unwrap_err();
        assert_eq!(gone.kind, ErrorKind::NotFound, "{word}");
        let now = after(&rig, &CANCEL, &draft).await.unwrap();
        assert!(matches!(now, After::Done(None)), "{word}: {now:?}");
        assert_eq!(count(&rig, &CANCEL, &draft), (1, 1), "{word}");
    }
}

#[tokio::test]
async fn an_update_is_shown_by_its_answer_and_by_reading() {
    let rig = fusebill(200).await;
    let draft = drafts(&rig, "Ready").await.remove(0);
    let posted = rig.get("162281", &View::default()).await.unwrap();
    let number = json!({ "tracking": { "poNumbers": ["PO ü/1"] } });
    let cleared = json!({ "tracking": { "poNumbers": null } });
    let both = json!({ "comment": "as agreed", "terms": "Net45" });
    for (before, asked) in [
        (&draft, &number),
        (&draft, &cleared),
        (&draft, &both),
        (&posted, &both),
        (&posted, &json!({ "comment": "c".repeat(300) })),
    ] {
        let write = update(asked);
        let before = &rig.get(before.id.id(), &View::default()).await.unwrap();
        assert!(rig.provider.refusal(&write, before).is_none(), "{asked}");
        let written = send(&rig, &write, before).await.unwrap();
        let [Written { id, invoice }] = written.as_slice() else { panic!("{written:?}") };
        assert_eq!((id.as_str(), &invoice.id), (before.id.id(), &before.id));
        assert!(write.is_shown_by(invoice), "{asked}");
        let read = rig.get(id, &View::default()).await.unwrap();
        assert_eq!(json_of(invoice), json_of(&read), "{asked}");
        assert_eq!(read.comments.len(), usize::from(!read.comments.is_empty()), "one note");
        for earlier in &before.comments {
            assert!(read.comments[0].text.starts_with(&earlier.text), "{asked}: nothing is lost");
        }
        let Ok(After::Done(Some(now))) = after(&rig, &write, before).await else { panic!() };
        assert_eq!(json_of(&now), json_of(&read), "{asked}");
    }
    assert_eq!(count(&rig, &update(&both), &draft), (3, 3));
    assert_eq!(count(&rig, &update(&both), &posted), (2, 2));
    let terms = rig.get("162281", &View::default()).await.unwrap();
    assert_ne!(terms.dates.due, posted.dates.due, "the due date follows from the terms");
}

#[tokio::test]
async fn what_the_rules_refuse_is_not_sent() {
    let rig = fusebill(400).await;
    let pending = drafts(&rig, "Pending").await.remove(0);
    let ready = drafts(&rig, "Ready").await.remove(0);
    let posted = rig.get("162281", &View::default()).await.unwrap();
    let dated =
        Write::Activate { invoice_date: Some(jiff::civil::date(2026, 7, 1)), comment: None };
    let before = calls(&rig);
    for (write, invoice) in [
        (&ACTIVATE, &pending),
        (&dated, &ready),
        (&CANCEL, &posted),
        (&Write::Delete, &ready),
        (&update(&json!({ "dates": { "due": "2026-07-01" } })), &ready),
        (&update(&json!({ "tracking": { "poNumbers": ["a"] } })), &posted),
    ] {
        assert!(rig.provider.refusal(write, invoice).is_some(), "{write:?}");
    }
    for (write, invoice) in [(&CANCEL, &posted), (&Write::Delete, &ready)] {
        let error = send(&rig, write, invoice).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::UnsupportedOperation, "{write:?}");
    }
    assert_eq!(calls(&rig), before);
}

#[tokio::test]
async fn what_the_provider_refuses_has_not_happened() {
    let rig = fusebill(400).await;
    let pending = drafts(&rig, "Pending").await.remove(0);
    let ready = drafts(&rig, "Ready").await.remove(0);
    let posted = rig.get("162281", &View::default()).await.unwrap();
    let nobodys = Invoice { id: format!("{NAME}:draft.1").parse().unwrap(), ..ready.clone() };
    let long = update(&json!({ "comment": "c".repeat(501) }));
    let number = update(&json!({ "tracking": { "poNumbers": ["a"] } }));
    for (write, invoice, kind) in [
        (&ACTIVATE, &pending, ErrorKind::Conflict),
        (&number, &pending, ErrorKind::Conflict),
        (&ACTIVATE, &nobodys, ErrorKind::NotFound),
        (&CANCEL, &nobodys, ErrorKind::NotFound),
        (&long, &ready, ErrorKind::Rejected),
        (&number, &posted, ErrorKind::Rejected),
    ] {
        let error = send(&rig, write, invoice).await.unwrap_err();
        assert_eq!((error.kind, error.fate), (kind, Fate::NotAccepted), "{write:?}");
        assert_eq!(error.operation, write.action().word());
        assert!(error.said.message.is_some(), "{write:?}");
        assert_eq!(count(&rig, write, invoice), (1, 0), "{write:?}");
    }
}

#[tokio::test]
async fn what_somebody_else_did_to_a_draft_is_not_taken_for_ours() {
    let rig = fusebill(400).await;
    let mut ready = drafts(&rig, "Ready").await;
    let (posted, canceled) = (ready.remove(0), ready.remove(0));
    send(&rig, &ACTIVATE, &posted).await.unwrap();
    send(&rig, &CANCEL, &canceled).await.unwrap();
    for (write, before) in [
        (&CANCEL, &posted),
        (&ACTIVATE, &canceled),
        (&update(&json!({ "comment": "hello" })), &canceled),
    ] {
        let now = after(&rig, write, before).await.unwrap();
        assert!(matches!(now, After::Unclear), "{write:?}: {now:?}");
    }
}

/// A server that is not the sandbox, and what it was sent.
async fn against(router: Router) -> Rig {
    let rig = fusebill(2).await;
    let origin = serve(router).await;
    let secret =
        json!({ "provider": "fusebill", "apiKey": "key", "baseUrl": format!("{origin}/v1") });
    Rig { provider: provider(&secret), ..rig }
}

fn draft(total: u32) -> Invoice {
    let id = format!("{NAME}:draft.7").parse().unwrap();
    let mut draft = Invoice::unknown(id, "fusebill", invoice::Direction::Receivable);
    draft.customer.id = Some(format!("{NAME}:5").parse().unwrap());
    draft.amounts.total = Some(invoice::Amount::new(total.into(), None));
    draft
}

#[tokio::test]
async fn an_activation_says_that_its_body_is_empty() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&sent);
    let answer = move |headers: HeaderMap, body: Bytes| async move {
        let length = headers.get("content-length").map(|length| length.to_str().unwrap().into());
        seen.lock().unwrap().push((length, body.len()));
        r#"{"id": 8}"#
    };
    let rig = against(Router::new().route("/v1/Invoices", post(answer))).await;
    send(&rig, &ACTIVATE, &draft(100)).await.unwrap();
    // Without the header, many a server asks for it (411); the vendor's example has it
    // (fusebill R39).
    let length: Option<String> = Some("0".to_owned());
    assert_eq!(*sent.lock().unwrap(), [(length, 0)]);
}

#[tokio::test]
async fn an_answer_about_another_invoice_is_none() {
    let other = patch(|| async { r#"{"id": 8, "status": "Ready"}"# });
    let rig = against(Router::new().route("/v1/DraftInvoices", other)).await;
    let write = update(&json!({ "comment": "hello" }));
    let error = send(&rig, &write, &draft(100)).await.unwrap_err();
    assert_eq!((error.kind, error.fate), (ErrorKind::BadResponse, Fate::Unclear));
}

#[tokio::test]
async fn a_404_that_is_not_the_providers_does_not_say_that_a_draft_is_gone() {
    let rig = against(Router::new()).await;
    for write in [ACTIVATE, CANCEL] {
        let error = after(&rig, &write, &draft(100)).await.unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::BadResponse, Some(404)), "{write:?}");
    }
}

#[tokio::test]
async fn a_canceled_draft_that_is_kept_shows_it() {
    let kept = get(|| async { r#"{"id": 7, "status": "Cancelled"}"# });
    let rig = against(Router::new().route("/v1/DraftInvoices/7", kept)).await;
    let Ok(After::Done(Some(now))) = after(&rig, &CANCEL, &draft(100)).await else { panic!() };
    assert_eq!(now.status, Status::Canceled);
}
