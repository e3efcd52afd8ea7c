//! What is told to the world after a write: CloudEvents 1.0 on the event bus.
//!
//! An event is told after the fact and changes nothing about it: one that
//! cannot be published is logged and counted, and the outcome stays.

mod bridge;

use std::collections::BTreeSet;
use std::fmt;

use async_trait::async_trait;
use invoice::{Action, Outcome, Reference, Status, WriteResult};
use jiff::Timestamp;
use serde::Serialize;
use tracing::{error, info};

use crate::telemetry::metrics;

pub use bridge::BridgeBus;

/// The most entries in one call [vendor].
const MOST: usize = 10;
/// Where our events come from, as rules on the bus name it.
pub const SOURCE: &str = "invoice-bridge";

/// Where events are published.
#[async_trait]
pub trait EventBus: fmt::Debug + Send + Sync {
    /// Publishes up to ten events; how many were not taken.
    ///
    /// # Errors
    /// When the bus cannot be reached: none may have been taken.
    async fn publish(&self, events: &[Event]) -> Result<usize, BusError>;
}

/// The bus cannot be reached; the message is for the log.
#[derive(Debug, thiserror::Error)]
#[error("the event bus cannot be reached: {0}")]
pub struct BusError(pub String);

/// One event, as the bus takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its kind, for rules to match (`Invoice Activated`).
    pub detail_type: &'static str,
    /// The CloudEvent, as JSON.
    pub detail: String,
}

/// A CloudEvent 1.0.
#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: &'static str,
    subject: String,
    time: Timestamp,
    datacontenttype: &'static str,
    data: Data<'a>,
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
/// `request` names the request in each event's id, so that an event that is
/// told twice can be known by it.
pub fn events(action: Action, results: &[WriteResult], request: &str) -> Vec<Event> {
    let applied = results.iter().filter(|result| result.outcome == Outcome::Applied);
    let (detail_type, kind) = names(action);
    let mut told = BTreeSet::new();
    applied
        .filter(|result| told.insert(subject(result)))
        .filter_map(|result| {
            let subject = subject(result);
            let event = CloudEvent {
                specversion: "1.0",
                id: format!("{request}:{subject}"),
                source: format!("/{SOURCE}/{}", subject.connection()),
                kind,
                subject: subject.to_string(),
                time: Timestamp::now(),
                datacontenttype: "application/json",
                data: Data { id: subject, new_id: result.new_id.as_ref(), status: result.status },
            };
            let detail = serde_json::to_string(&event).ok()?;
            Some(Event { detail_type, detail })
        })
        .collect()
}

/// The invoice by its provider's name for it, where it was asked for by another spelling;
/// by the one it had, where it has a new one.
fn subject(result: &WriteResult) -> &Reference {
    let named = result.invoice.as_ref().map(|invoice| &invoice.id);
    named.filter(|_| result.new_id.is_none()).unwrap_or(&result.id)
}

/// Publishes `events`, ten at a time; what is not taken is logged and counted.
pub async fn publish(bus: &dyn EventBus, events: &[Event]) {
    let mut lost = 0;
    for ten in events.chunks(MOST) {
        match bus.publish(ten).await {
            Ok(refused) => lost += refused,
            Err(failure) => {
                error!(%failure, "events were not published");
                lost += ten.len();
            }
        }
    }
    metrics::events_not_published(lost);
    if !events.is_empty() {
        info!(events = events.len(), eventsLost = lost, "events");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Debug, Default)]
    struct Bus {
        taken: Mutex<Vec<Event>>,
        down: bool,
    }

    #[async_trait]
    impl EventBus for Bus {
        async fn publish(&self, events: &[Event]) -> Result<usize, BusError> {
            assert!(events.len() <= MOST);
            if self.down {
                return Err(BusError("no route".into()));
            }
            self.taken.lock().unwrap().extend_from_slice(events);
            Ok(0)
        }
    }

    fn result(id: &str, outcome: Outcome) -> WriteResult {
        WriteResult {
            id: id.parse().unwrap(),
            outcome,
            status: Some(Status::Active),
            new_id: Some("fusebill:9".parse().unwrap()),
            invoice: None,
            problem: None,
        }
    }

    #[tokio::test]
    async fn only_what_was_applied_is_told() {
        let all = [Outcome::Applied, Outcome::Unchanged, Outcome::Rejected, Outcome::Unknown];
        let results: Vec<WriteResult> = all.map(|one| result("fusebill:draft.7", one)).into();
        let events = events(Action::Activate, &results, "request-1");
        let bus = Bus::default();
        publish(&bus, &events).await;
        let taken = bus.taken.lock().unwrap();
        let [event] = taken.as_slice() else { panic!("{taken:?}") };
        assert_eq!(event.detail_type, "Invoice Activated");
        let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap();
        assert_eq!(detail["specversion"], "1.0");
        assert_eq!(detail["type"], "com.invoice-bridge.invoice.activated");
        assert_eq!(detail["subject"], "fusebill:draft.7");
        assert_eq!(detail["id"], "request-1:fusebill:draft.7");
        assert_eq!(detail["data"]["newId"], "fusebill:9");
    }

    #[test]
    fn one_invoice_is_told_once_and_by_its_own_name() {
        let asked = |id: &str| {
            let invoice = invoice::Invoice::unknown(
                "nue:ab-c1".parse().unwrap(),
                "nue",
                invoice::Direction::Receivable,
            );
            let (new_id, invoice) = (None, Some(Box::new(invoice)));
            WriteResult { new_id, invoice, ..result(id, Outcome::Applied) }
        };
        let results = [asked("nue:AB-C1"), asked("nue:ab-c1")];
        let events = events(Action::Activate, &results, "r");
        let [event] = events.as_slice() else { panic!("{events:?}") };
        let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap();
        assert_eq!(
            (&detail["subject"], &detail["data"]["id"]),
            (&"nue:ab-c1".into(), &"nue:ab-c1".into())
        );
    }

    #[tokio::test]
    async fn many_events_go_ten_at_a_time_and_a_bus_that_is_down_is_borne() {
        let results: Vec<WriteResult> =
            (0..25).map(|id| result(&format!("nue:{id}"), Outcome::Applied)).collect();
        let events = events(Action::Delete, &results, "r");
        let bus = Bus::default();
        publish(&bus, &events).await;
        assert_eq!(bus.taken.lock().unwrap().len(), 25);
        publish(&Bus { down: true, ..Bus::default() }, &events).await;
    }
}
