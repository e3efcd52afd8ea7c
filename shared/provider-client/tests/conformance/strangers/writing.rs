//! Each write in each state, keys repeated, and what a draft of nothing becomes.

use engine::writing::{self, WriteContext};
use invoice::{Action, Code, Outcome, Reference, Write, WriteResult};
use provider_client::SendKey;
use provider_client::provider::View;
use serde_json::Value;

use super::population::{self, State};
use super::stand_in::StandIn;
use crate::subject::soon;
use crate::writes::OneKey;

fn update(patch: &str) -> Write {
    Write::Update(Box::new(api::read_patch(patch.as_bytes()).unwrap()))
}

fn activate() -> Write {
    Write::Activate { invoice_date: None, comment: None }
}

/// What a write is to come to: its outcome, the state since, and why it is refused.
type Expected = (Outcome, Option<&'static str>, Option<Code>);

/// From Stripe's pages: see the tables of docs/providers/stripe.md.
fn expected(write: &Write, patch: &str, state: State) -> Expected {
    let refused = |code| (Outcome::Rejected, Some(state.word()), Some(code));
    let done = |word| (Outcome::Applied, Some(word), None);
    let unchanged = (Outcome::Unchanged, Some(state.word()), None);
    match (write.action(), state.word()) {
        // Nothing is due of it, so that it is paid at once.
        (Action::Activate, "draft") if state == State::DraftOfNothing => done("paid"),
        (Action::Activate, "draft") => done("open"),
        (Action::Activate, "void") => refused(Code::StateConflict),
        (Action::Activate, _) => unchanged,
        (Action::Cancel, "open") => done("void"),
        // Difference: uncollectible is not voided.
        (Action::Cancel, "uncollectible") => refused(Code::ProviderError),
        (Action::Cancel, "void") => unchanged,
        (Action::Cancel, _) => refused(Code::StateConflict),
        (Action::Delete, "draft") => (Outcome::Applied, None, None),
        (Action::Delete, _) => refused(Code::StateConflict),
        (Action::Update, _) if patch.contains("customFields") => done(state.word()),
        // Difference: no effective_at.
        (Action::Update, "draft") if patch.contains("invoice") => refused(Code::ProviderError),
        (Action::Update, "draft") => done("draft"),
        (Action::Update, _) => refused(Code::UnsupportedField),
    }
}

const PATCHES: [&str; 5] = [
    r#"{"customFields": {"order": "7", "new": "text"}}"#,
    r#"{"customFields": {"order": null}}"#,
    r#"{"comment": "said by us"}"#,
    r#"{"dates": {"due": "2031-03-05"}}"#,
    r#"{"dates": {"invoice": "2031-03-05"}}"#,
];

async fn execute(stand_in: &StandIn, write: &Write, id: &str, key: &OneKey) -> WriteResult {
    let connections = [stand_in.connection()];
    let asked = WriteContext {
        connections: &connections,
        scope: &invoice::Scope::All,
        precondition: None,
        deadline: soon(),
    };
    let id: Reference = format!("stripe:{id}").parse().unwrap();
    let is_repeated = key.has_sent();
    let foretold = writing::dry_run(&asked, write, std::slice::from_ref(&id)).await.remove(0);
    let done = writing::execute(&asked, write, &[id], key).await.remove(0);
    // What Stripe alone can know is not foretold, nor what an earlier try has done.
    let by_stripe = done.problem.as_ref().is_some_and(|it| it.code == Code::ProviderError);
    let is_foretold = by_stripe || is_repeated || foretold.outcome == done.outcome;
    assert!(is_foretold, "{foretold:?}, and then {done:?}");
    done
}

#[tokio::test]
#[ignore = "wants the stand-in: .ci/strangers"]
async fn each_write_in_each_state_comes_to_what_stripes_pages_say() {
    let stand_in = StandIn::open("writes").await;
    let customers = population::customers(&stand_in).await;
    let mut writes = vec![
        (activate(), ""),
        (Write::Cancel { comment: Some("why".into()) }, ""),
        (Write::Delete, ""),
    ];
    writes.extend(PATCHES.map(|patch| (update(patch), patch)));
    let mut tried = 0;
    for state in State::ALL {
        for (at, (write, patch)) in writes.iter().enumerate() {
            let id = population::invoice(&stand_in, &customers, at * 3, state).await;
            let path = format!("invoices/{id}");
            let before = stand_in.read(&path).await;
            let _ = stand_in.way.sent();
            let (outcome, word, code) = expected(write, patch, state);
            let told = execute(&stand_in, write, &id, &OneKey::default()).await;
            let context = format!("{write:?} of {state:?}: {told:?}");
            assert_eq!(told.outcome, outcome, "{context}");
            assert_eq!(told.problem.as_ref().map(|problem| problem.code), code, "{context}");
            let sent = stand_in.way.sent();
            let is_decided_by_us = outcome == Outcome::Unchanged
                || matches!(code, Some(Code::StateConflict | Code::UnsupportedField));
            assert_eq!(sent.len(), usize::from(!is_decided_by_us), "{context}: {sent:?}");
            assert!(sent.iter().all(|sent| sent.key.is_some()), "{sent:?}");
            let now = stand_in.call(http::Method::GET, &path, &[]).await;
            match (word, now) {
                (None, Err(gone)) => assert_eq!(gone["error"]["code"], "resource_missing"),
                (Some(word), Ok(now)) => {
                    assert_eq!(now["status"], word, "{context}");
                    if outcome != Outcome::Applied {
                        assert_eq!(now, before, "{context}");
                    } else if write.action() == Action::Update {
                        changed(patch, &before, &now);
                    }
                }
                (word, now) => panic!("{context}: {word:?}, {now:?}"),
            }
            tried += 1;
        }
    }
    println!("{tried} writes in all states, {} exchanges", stand_in.way.calls());
}

/// The field that was to be changed is, and no other.
fn changed(patch: &str, before: &Value, now: &Value) {
    let mut expected = before.clone();
    if patch.contains("order\": null") {
        expected["metadata"].as_object_mut().unwrap().remove("order");
    } else if patch.contains("customFields") {
        expected["metadata"]["order"] = "7".into();
        expected["metadata"]["new"] = "text".into();
    } else if patch.contains("comment") {
        let memo = before["description"].as_str().map_or(String::new(), |memo| format!("{memo}\n"));
        expected["description"] = format!("{memo}said by us").into();
    } else {
        // The fifth of March 2031, at noon.
        expected["due_date"] = 1_930_478_400.into();
    }
    assert_eq!(*now, expected, "{patch}");
}

#[tokio::test]
#[ignore = "wants the stand-in: .ci/strangers"]
async fn a_key_is_answered_as_the_first_time_and_does_nothing_again() {
    let stand_in = StandIn::open("keys").await;
    let customers = population::customers(&stand_in).await;
    let id = population::invoice(&stand_in, &customers, 0, State::Draft).await;
    let provider = stand_in.provider();
    let before = [provider.get(&id, &View::default(), soon()).await.unwrap()];
    let key = SendKey::of("one request", &before[0].id);
    for _ in 0..3 {
        // Were it not for the key, the second would be refused: it is no draft any more.
        let written = provider.write(&activate(), &before, &key, soon()).await.unwrap();
        assert_eq!(written[0].invoice.provider_status.as_deref(), Some("open"));
    }
    let other = SendKey::of("another request", &before[0].id);
    let error = provider.write(&activate(), &before, &other, soon()).await.unwrap_err();
    assert_eq!(error.status, Some(400), "{error:?}");
    let void = Write::Cancel { comment: None };
    let error = provider.write(&void, &before, &key, soon()).await.unwrap_err();
    assert_eq!(error.said.code.as_deref(), Some("idempotency_error"));
    assert_eq!(stand_in.finalized().await, [(id, 1)].into());
}

#[tokio::test]
#[ignore = "wants the stand-in: .ci/strangers"]
async fn a_request_repeated_sends_nothing_again() {
    let stand_in = StandIn::open("again").await;
    let customers = population::customers(&stand_in).await;
    let id = population::invoice(&stand_in, &customers, 0, State::Draft).await;
    let key = OneKey::default();
    for _ in 0..2 {
        let told = execute(&stand_in, &activate(), &id, &key).await;
        assert!(matches!(told.outcome, Outcome::Applied | Outcome::Unchanged), "{told:?}");
    }
    assert_eq!(stand_in.way.sent().len(), 1);
    assert_eq!(stand_in.finalized().await, [(id, 1)].into());
}
