//! The event bus in EventBridge.

use async_trait::async_trait;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::DisplayErrorContext;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use super::{BusError, Event, EventBus, SOURCE};

/// A bus of EventBridge.
#[derive(Debug)]
pub struct BridgeBus {
    client: Client,
    name: String,
}

impl BridgeBus {
    /// The bus of this name.
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }
}

#[async_trait]
impl EventBus for BridgeBus {
    async fn publish(&self, events: &[Event]) -> Result<Vec<usize>, BusError> {
        let entries = events.iter().map(|event| {
            PutEventsRequestEntry::builder()
                .event_bus_name(&self.name)
                .source(SOURCE)
                .detail_type(&*event.detail_type)
                .detail(&event.detail)
                .build()
        });
        let put = self.client.put_events().set_entries(Some(entries.collect())).send().await;
        let answer = put.map_err(|error| BusError(DisplayErrorContext(&error).to_string()))?;
        // Each entry stands at the place of its event; one without an id was not taken.
        let taken = |place: &usize| {
            answer.entries().get(*place).is_some_and(|entry| entry.event_id().is_some())
        };
        if answer.failed_entry_count() == 0 {
            return Ok(Vec::new());
        }
        Ok((0..events.len()).filter(|place| !taken(place)).collect())
    }
}
