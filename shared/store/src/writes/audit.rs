//! Who wrote what, why, when, and what came of it: one item for each write on
//! each invoice, put before the write is sent and completed after.
//!
//! It names the fields that were changed, never their values, which are
//! customers' data. The comment is kept: it is the reason the caller gave.

use engine::writing::OutcomeRecord;
use invoice::{Field, Reference, Write};
use jiff::Timestamp;

use super::Actor;
use super::attributes::{STATE, State, VERSION, VERSION_NOW};
use crate::table::{EXPIRES_AT, Item, Seconds, Stored, stored};

stored! {
    /// What is known of a write before anything is sent: who, why, what and when.
    pub(super) struct AuditedRequest {
        /// The version of the items about writes.
        version: i64 = VERSION(VERSION),
        /// The kind of caller, in one word.
        caller_kind: String = CALLER_KIND("callerKind"),
        /// The caller's own name.
        caller_subject: String = CALLER_SUBJECT("callerSubject"),
        /// The route: method and path, as the template writes them.
        route: String = ROUTE("route"),
        /// The request.
        request_id: String = REQUEST_ID("requestId"),
        /// The hash of the request's key, where it carries one.
        key_hash: Option<String> = KEY_HASH("idempotencyKeyHash"),
        /// The action, in its word.
        action: String = ACTION("action"),
        /// The fields that are changed, by their names alone.
        fields: String = FIELDS("fields"),
        /// The reason that the caller gave.
        comment: Option<String> = COMMENT("comment"),
        /// When it was asked.
        asked_at: String = ASKED_AT("askedAt"),
        /// Whether it is settled.
        state: State = STATE(STATE),
        /// When it was sent, where it was.
        sent_at: Option<String> = SENT_AT("sentAt"),
        /// Until when it is kept.
        expires_at: Seconds = EXPIRES_AT(EXPIRES_AT),
    }
}

stored! {
    /// What came of a write, which completes its record.
    pub(super) struct AuditedOutcome {
        /// Whether it is settled: an outcome that is unknown leaves the record open for
        /// whoever asks again.
        state: State = STATE(STATE),
        /// The outcome, in its word.
        outcome: String = OUTCOME("outcome"),
        /// The invoice's reference from now on, where it has a new one.
        new_id: Option<String> = NEW_ID("newId"),
        /// The kind of problem, where there is one.
        problem: Option<String> = PROBLEM("problem"),
        /// When that was known.
        settled_at: Option<String> = SETTLED_AT("settledAt"),
        /// The request that found it.
        settled_by: Option<String> = SETTLED_BY("settledBy"),
        /// How many names lead to no invoice: of the record that counts them.
        invoices: Option<usize> = INVOICES("invoices"),
    }
}

/// The record's key. Its moment has always as many digits, so that the records
/// of an invoice sort by it.
pub(super) fn key(actor: &Actor, invoice: &Reference) -> String {
    format!("audit#{}#{:.3}#{}", invoice.key(), actor.asked_at, actor.request_id)
}

/// Whether the outcome is that there is no such invoice, and nothing was sent.
pub(super) fn is_absent(settled: &OutcomeRecord) -> bool {
    !settled.sent && settled.problem == Some(invoice::Code::InvoiceNotFound)
}

/// The key of the record of a request's names that lead to no invoice. No reference is
/// so written: a reference has a colon.
pub(super) fn absent_key(actor: &Actor) -> String {
    format!("audit#absent#{:.3}#{}", actor.asked_at, actor.request_id)
}

/// The record of `count` names in one request that lead to no invoice. The names
/// themselves are not kept: they are the caller's words and nobody's invoices.
pub(super) fn absent(
    actor: &Actor,
    write: &Write,
    key: Option<&str>,
    count: usize,
    expires_at: Timestamp,
) -> Item {
    let absent =
        AuditedOutcome { invoices: Some(count), ..rejected(invoice::Code::InvoiceNotFound) };
    asked(actor, write, key, expires_at).into_item().and(absent.into_item())
}

fn rejected(problem: invoice::Code) -> AuditedOutcome {
    AuditedOutcome {
        state: State::Done,
        outcome: invoice::Outcome::Rejected.word().to_owned(),
        new_id: None,
        problem: Some(problem.word().to_owned()),
        settled_at: None,
        settled_by: None,
        invoices: None,
    }
}

fn asked(actor: &Actor, write: &Write, key: Option<&str>, expires_at: Timestamp) -> AuditedRequest {
    let fields: Vec<&str> = fields(write).into_iter().map(Field::word).collect();
    AuditedRequest {
        version: VERSION_NOW,
        caller_kind: actor.kind.to_owned(),
        caller_subject: actor.subject.clone(),
        route: actor.route.clone(),
        request_id: actor.request_id.clone(),
        key_hash: key.map(str::to_owned),
        action: write.action().word().to_owned(),
        fields: fields.join(","),
        comment: write.comment().map(str::to_owned),
        asked_at: actor.asked_at.to_string(),
        state: State::Sending,
        sent_at: None,
        expires_at: expires_at.into(),
    }
}

/// The record from before the sending.
pub(super) fn sending(
    actor: &Actor,
    write: &Write,
    key: Option<&str>,
    sent_at: Timestamp,
    expires_at: Timestamp,
) -> Item {
    let asked = asked(actor, write, key, expires_at);
    AuditedRequest { sent_at: Some(sent_at.to_string()), ..asked }.into_item()
}

/// The whole record of a write that needed no sending.
pub(super) fn unsent(
    actor: &Actor,
    write: &Write,
    key: Option<&str>,
    settled: &OutcomeRecord,
    (settled_at, expires_at): (Timestamp, Timestamp),
) -> Item {
    let item = asked(actor, write, key, expires_at).into_item();
    item.and(outcome(actor, settled, settled_at))
}

/// What completes the record.
pub(super) fn outcome(actor: &Actor, settled: &OutcomeRecord, settled_at: Timestamp) -> Item {
    let open = settled.outcome == invoice::Outcome::Unknown;
    let outcome = AuditedOutcome {
        state: if open { State::Sending } else { State::Done },
        outcome: settled.outcome.word().to_owned(),
        new_id: settled.new_id.as_ref().map(Reference::to_string),
        problem: settled.problem.map(|problem| problem.word().to_owned()),
        settled_at: Some(settled_at.to_string()),
        settled_by: Some(actor.request_id.clone()),
        invoices: None,
    };
    outcome.into_item()
}

/// What completes the record of a write that could not be sent after all.
pub(super) fn given_up(actor: &Actor, at: Timestamp) -> Item {
    let given_up = AuditedOutcome {
        settled_at: Some(at.to_string()),
        settled_by: Some(actor.request_id.clone()),
        ..rejected(invoice::Code::Unavailable)
    };
    given_up.into_item()
}

fn fields(write: &Write) -> Vec<Field> {
    match write {
        Write::Activate { invoice_date, .. } => {
            invoice_date.map(|_| Field::InvoiceDate).into_iter().collect()
        }
        Write::Cancel { .. } | Write::Delete => Vec::new(),
        Write::Update(patch) => patch.fields(),
    }
}
