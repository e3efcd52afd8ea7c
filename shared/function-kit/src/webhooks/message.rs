//! What is put on the queue of a webhook: ids, and nothing else of it.

use std::collections::BTreeSet;

use invoice::{ConnectionName, MAX_ID, Reference};
use jiff::Timestamp;
use provider_client::webhook::Named;
use serde::{Deserialize, Serialize};

/// The version of the messages written here.
const VERSION: u32 = 1;
/// The most invoices that a message names: what names more tells that something has
/// changed, and no more.
const MOST_INVOICES: usize = 100;

/// A webhook that was proved, as it waits on the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct WebhookMessage {
    version: u32,
    /// The connection that told it.
    pub connection: ConnectionName,
    /// When it came.
    pub received_at: Timestamp,
    /// The ids of the invoices that were made or changed.
    pub changed: BTreeSet<String>,
    /// The ids of the invoices that are said to be gone.
    pub gone: BTreeSet<String>,
}

impl WebhookMessage {
    /// The message of what `connection` told at that moment.
    pub fn new(connection: &ConnectionName, received_at: Timestamp, named: Named) -> Self {
        let is_id = |id: &String| (1..=MAX_ID).contains(&id.len());
        let mut message = Self {
            version: VERSION,
            connection: connection.clone(),
            received_at,
            changed: named.changed.into_iter().filter(is_id).collect(),
            gone: named.gone.into_iter().filter(is_id).collect(),
        };
        if message.changed.len() + message.gone.len() > MOST_INVOICES {
            message.changed.clear();
            message.gone.clear();
        }
        message
    }

    /// Reads a message; none where it is none of ours, or of another version.
    pub(super) fn read(text: &str) -> Option<Self> {
        invoice::json::read(text).ok().filter(|message: &Self| message.version == VERSION)
    }

    /// The invoices that the message names.
    pub(super) fn invoices(&self) -> impl Iterator<Item = Reference> {
        let ids = self.changed.union(&self.gone);
        ids.map(|id| Reference::new(&self.connection, id.clone()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_sample_event_has_messages_that_are_read() {
        let sample = include_str!("../../../../infra/events/webhook-on-message.json");
        let event: Value = serde_json::from_str(sample).unwrap();
        let records = event["Records"].as_array().unwrap();
        assert!(!records.is_empty());
        for record in records {
            let body = record["body"].as_str().unwrap();
            assert!(WebhookMessage::read(body).is_some(), "{body}");
        }
    }
}
