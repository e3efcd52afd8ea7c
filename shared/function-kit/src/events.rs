//! What is told to the world after a write: CloudEvents 1.0 on the event bus.
//!
//! An event is told after the fact and changes nothing about it: the outcome
//! stands whether or not the bus takes the event. An event that the bus does not
//! take in time is counted and waits in the outbox for a later call.

mod activation;
mod bridge;
mod event;
mod news;
mod noticed;
mod outbox;
mod publisher;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use invoice::{Action, Outcome, Reference, Status, WriteResult};
use serde::Serialize;

pub use activation::{
    CONTINUED, CompletedConnection, CompletedStatus, Continuation, Rejected, RejectedInvoice,
    completed, continued, rejected,
};
pub use bridge::BridgeBus;
use event::Header;
pub use event::{BusError, Event, EventBus, SOURCE};
pub use news::News;
pub use noticed::{changed, gone};
pub use publisher::{BUDGET, Publisher};

/// References and words alone: who wants more asks the API, with its own rights.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    id: &'a Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_id: Option<&'a Reference>,
    status: Option<Status>,
}

const fn names(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Activate => ("Invoice Activated", "com.invoice-bridge.invoice.activated"),
        Action::Cancel => ("Invoice Canceled", "com.invoice-bridge.invoice.canceled"),
        Action::Delete => ("Invoice Deleted", "com.invoice-bridge.invoice.deleted"),
        Action::Update => ("Invoice Updated", "com.invoice-bridge.invoice.updated"),
    }
}

/// The events that `results` of `action` make: one for each that was applied.
/// `owner` is whose writes these are ([`store::writes::InFlight::owner`]), the
/// same in every try of a request: an event that is told twice has the same id
/// both times.
pub fn events(action: Action, results: &[WriteResult], owner: &str) -> Vec<Event> {
    let applied = results.iter().filter(|result| result.outcome == Outcome::Applied);
    let (detail_type, kind) = names(action);
    let mut told = BTreeSet::new();
    applied
        .filter(|result| told.insert(subject(result)))
        .filter_map(|result| {
            let subject = subject(result);
            let (id, name) = (format!("{owner}:{subject}"), subject.to_string());
            let source = format!("/{SOURCE}/{}", subject.connection());
            let header = Header { detail_type, kind, id: &id, source, subject: &name };
            let new_id = result.new_id.as_ref();
            Event::new(header, Data { id: subject, new_id, status: result.status })
        })
        .collect()
}

/// The invoice by its provider's name for it, where it was asked for by another spelling;
/// by the one it had, where it has a new one.
fn subject(result: &WriteResult) -> &Reference {
    let named = result.invoice.as_ref().map(|invoice| &invoice.id);
    named.filter(|_| result.new_id.is_none()).unwrap_or(&result.id)
}
