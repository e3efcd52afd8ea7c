//! What is told to the world after a write: CloudEvents 1.0 on the event bus.
//!
//! An event is told after the fact and changes nothing about it: the outcome
//! stands whether or not the bus takes the event. An event that the bus does not
//! take in time is counted and waits in the outbox for a later call.

mod activation;
mod bridge;
mod noticed;
mod outbox;
mod publisher;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use async_trait::async_trait;
use invoice::{Action, Outcome, Reference, Status, WriteResult};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use activation::{
    CONTINUED, CompletedConnection, CompletedStatus, Continuation, Counts, Rejected,
    RejectedInvoice, completed, continued, rejected,
};
pub use bridge::BridgeBus;
pub use noticed::{changed, gone};
pub(crate) use outbox::Outbox;
pub(crate) use publisher::{BUDGET, NextLook, Publisher};

/// The most entries in one call (aws R20).
const MAX_ENTRIES: usize = 10;
/// Where our events come from, as rules on the bus name it.
pub const SOURCE: &str = "invoice-bridge";

/// Where events are published.
#[async_trait]
pub trait EventBus: fmt::Debug + Send + Sync {
    /// Publishes up to ten events. Returns the places of those that were not
    /// taken.
    ///
    /// # Errors
    /// When the bus cannot be reached: none may have been taken.
    async fn publish(&self, events: &[Event]) -> Result<Vec<usize>, BusError>;
}

/// The bus cannot be reached; the message is for the log.
#[derive(Debug, thiserror::Error)]
#[error("the event bus cannot be reached: {0}")]
pub struct BusError(pub String);

/// One event, as the bus takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The event's kind, for rules to match (`Invoice Activated`).
    pub detail_type: Cow<'static, str>,
    /// The CloudEvent, as JSON.
    pub detail: String,
}

/// A CloudEvent 1.0.
#[derive(Serialize)]
struct CloudEvent<'a, D: Serialize> {
    specversion: &'static str,
    id: &'a str,
    source: String,
    #[serde(rename = "type")]
    kind: &'static str,
    subject: &'a str,
    time: Timestamp,
    datacontenttype: &'static str,
    data: D,
}

/// What tells one event of ours from another.
struct Header<'a> {
    detail_type: &'static str,
    kind: &'static str,
    id: &'a str,
    source: String,
    subject: &'a str,
}

impl Event {
    /// The event of this header. Nothing is told of what cannot be written as
    /// JSON, which texts and numbers always can.
    fn new(header: Header<'_>, data: impl Serialize) -> Option<Self> {
        let event = CloudEvent {
            specversion: "1.0",
            id: header.id,
            source: header.source,
            kind: header.kind,
            subject: header.subject,
            time: Timestamp::now(),
            datacontenttype: "application/json",
            data,
        };
        let detail = serde_json::to_string(&event).ok()?;
        Some(Self { detail_type: Cow::Borrowed(header.detail_type), detail })
    }
}

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
/// `owner` is whose writes these are ([`crate::writes::InFlight::owner`]), the
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
