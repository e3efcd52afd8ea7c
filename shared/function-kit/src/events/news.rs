//! How a function that writes tells what it has done.

use std::sync::Arc;

use provider_client::Deadline;
use store::table::Table;

use super::event::{Event, EventBus};
use super::outbox::Outbox;
use super::publisher::{NextLook, Publisher};
use crate::reply::Afterwards;
use crate::telemetry::metrics;

/// How a function that writes tells what it has done. Without a bus it tells nobody.
#[derive(Clone)]
pub struct News {
    bus: Option<Arc<dyn EventBus>>,
    table: Arc<dyn Table>,
    next_look: Arc<NextLook>,
}

impl News {
    /// News on `bus`; what it does not take waits in `table`.
    pub fn new(bus: Option<Arc<dyn EventBus>>, table: Arc<dyn Table>) -> Self {
        Self { bus, table, next_look: Arc::default() }
    }

    /// What publishes the events of `function`; none where there is no bus.
    pub fn publisher(&self, function: &str) -> Option<Publisher> {
        let bus = Arc::clone(self.bus.as_ref()?);
        let outbox = Outbox::new(self.table.clone(), function);
        Some(Publisher::new(bus, outbox, self.next_look.clone()))
    }

    /// Publishes `events` of `function` once the request has its answer, within a small
    /// part of the time that is left then. Whatever becomes of them, the answer is not
    /// delayed.
    pub(crate) fn publish_afterwards(
        &self,
        function: &str,
        events: Vec<Event>,
        deadline: Deadline,
        afterwards: &mut Afterwards,
    ) {
        if let Some(publisher) = self.publisher(function) {
            afterwards.push(async move {
                publisher.publish(events, deadline.left()).await;
                metrics::flush();
            });
        }
    }
}
