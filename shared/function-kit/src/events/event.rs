//! One event, and where events are published.

use std::borrow::Cow;
use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The most entries in one call (aws R20).
pub(super) const MAX_ENTRIES: usize = 10;
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
pub(super) struct Header<'a> {
    pub detail_type: &'static str,
    pub kind: &'static str,
    pub id: &'a str,
    pub source: String,
    pub subject: &'a str,
}

impl Event {
    /// The event of this header. Nothing is told of what cannot be written as
    /// JSON, which texts and numbers always can.
    pub(super) fn new(header: Header<'_>, data: impl Serialize) -> Option<Self> {
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
