//! Who wrote what, why, when, and what came of it: one item for each write on
//! each invoice, put before the write is sent and completed after.
//!
//! It names the fields that were changed, never their values, which are
//! customers' data. The comment is kept: it is the reason the caller gave.

use engine::writing::Settled;
use invoice::{Field, Reference, Write};
use jiff::Timestamp;

use super::Actor;
use super::attributes::{DONE, SENDING, STATE, VERSION, VERSION_NOW};
use crate::table::{EXPIRES_AT, Item};

/// The record's key. Its moment has always as many digits, so that the records
/// of an invoice sort by it.
pub(super) fn key(actor: &Actor, invoice: &Reference) -> String {
    format!("audit#{}#{:.3}#{}", invoice.key(), actor.asked_at, actor.request_id)
}

/// Whether the outcome is that there is no such invoice, and nothing was sent.
pub(super) fn is_absent(settled: &Settled) -> bool {
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
    asked(actor, write, key, expires_at)
        .text(STATE, DONE)
        .text("outcome", invoice::Outcome::Rejected.word())
        .text("problem", invoice::Code::InvoiceNotFound.word())
        .number("invoices", i64::try_from(count).unwrap_or(i64::MAX))
}

/// What is known before anything is sent: who, why, what and when.
fn asked(actor: &Actor, write: &Write, key: Option<&str>, expires_at: Timestamp) -> Item {
    let fields: Vec<&str> = fields(write).into_iter().map(Field::word).collect();
    Item::default()
        .number(VERSION, VERSION_NOW)
        .text("callerKind", actor.kind)
        .text("callerSubject", actor.subject.as_str())
        .text("route", actor.route.as_str())
        .text("requestId", actor.request_id.as_str())
        .text_if("idempotencyKeyHash", key)
        .text("action", write.action().word())
        .text("fields", fields.join(","))
        .text_if("comment", write.comment())
        .text("askedAt", actor.asked_at.to_string())
        .number(EXPIRES_AT, expires_at.as_second())
}

/// The record from before the sending.
pub(super) fn sending(
    actor: &Actor,
    write: &Write,
    key: Option<&str>,
    sent_at: Timestamp,
    expires_at: Timestamp,
) -> Item {
    asked(actor, write, key, expires_at).text(STATE, SENDING).text("sentAt", sent_at.to_string())
}

/// The whole record of a write that needed no sending.
pub(super) fn unsent(
    actor: &Actor,
    write: &Write,
    key: Option<&str>,
    settled: &Settled,
    (settled_at, expires_at): (Timestamp, Timestamp),
) -> Item {
    let item = asked(actor, write, key, expires_at);
    outcome(actor, settled, settled_at)
        .into_values()
        .fold(item, |item, (name, value)| item.with(&name, value))
}

/// What completes the record. An outcome that is unknown leaves it open for
/// whoever asks again.
pub(super) fn outcome(actor: &Actor, settled: &Settled, settled_at: Timestamp) -> Item {
    let open = settled.outcome == invoice::Outcome::Unknown;
    Item::default()
        .text(STATE, if open { SENDING } else { DONE })
        .text("outcome", settled.outcome.word())
        .text_if("newId", settled.new_id.as_ref().map(Reference::to_string))
        .text_if("problem", settled.problem.map(invoice::Code::word))
        .text("settledAt", settled_at.to_string())
        .text("settledBy", actor.request_id.as_str())
}

/// What completes the record of a write that could not be sent after all.
pub(super) fn given_up(actor: &Actor, at: Timestamp) -> Item {
    Item::default()
        .text(STATE, DONE)
        .text("outcome", invoice::Outcome::Rejected.word())
        .text("problem", invoice::Code::Unavailable.word())
        .text("settledAt", at.to_string())
        .text("settledBy", actor.request_id.as_str())
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
