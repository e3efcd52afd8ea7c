//! How events get onto the bus: within a small time, or into the outbox.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::stream::{self, StreamExt};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{error, info, warn};

use super::event::{Event, EventBus, MAX_ENTRIES};
use super::outbox::Outbox;
use crate::telemetry::metrics;

/// The most that publishing takes of a function's time.
pub const BUDGET: Duration = Duration::from_secs(2);
/// How often entries are put that the bus refuses singly, as it does when it
/// is asked for too much at once.
const TRIES: u32 = 3;
const BACKOFF: Duration = Duration::from_millis(100);
/// Calls to the bus at the same time: 500 events are fifty of them.
const SIDE_BY_SIDE: usize = 4;
/// How long a process trusts that nothing waits in the outbox.
const LOOKS_AGAIN: Duration = Duration::from_secs(60);

/// When this process looks into the outbox again; at once in its beginning.
#[derive(Debug, Default)]
pub(super) struct NextLook(Mutex<Option<Instant>>);

impl NextLook {
    /// Whether it is time; if so, the next time is set.
    fn is_due(&self) -> bool {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_due = next.is_none_or(|next| next <= now);
        if is_due {
            *next = Some(now + LOOKS_AGAIN);
        }
        is_due
    }

    fn at_once(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What publishes the events of one function.
#[derive(Debug, Clone)]
pub struct Publisher {
    bus: Arc<dyn EventBus>,
    outbox: Outbox,
    look: Arc<NextLook>,
}

impl Publisher {
    pub(super) fn new(bus: Arc<dyn EventBus>, outbox: Outbox, look: Arc<NextLook>) -> Self {
        Self { bus, outbox, look }
    }

    /// Publishes `events` within `budget`. What the bus does not take is counted
    /// and put into the outbox; what an earlier call put there is published, too.
    pub async fn publish(&self, events: Vec<Event>, budget: Duration) {
        let end = Instant::now() + budget.min(BUDGET);
        let asked = events.len();
        let left = publish(&*self.bus, events, end).await;
        if asked > 0 {
            info!(events = asked, eventsLeft = left.len(), "events");
        }
        if !left.is_empty() {
            metrics::events_not_published(left.len());
            self.look.at_once();
            self.keep(left).await;
        } else if self.look.is_due() {
            self.empty_outbox(end).await;
        }
    }

    /// Publishes `events`, all of which must be taken: what is not is neither
    /// counted nor kept. Returns whether the bus took them.
    pub async fn publish_all(&self, events: Vec<Event>) -> bool {
        publish(&*self.bus, events, Instant::now() + BUDGET).await.is_empty()
    }

    async fn keep(&self, left: Vec<Event>) {
        let count = left.len();
        match self.outbox.put(left).await {
            Ok(()) => warn!(events = count, "events wait in the outbox"),
            Err(why) => error!(events = count, %why, "events are lost"),
        }
    }

    async fn empty_outbox(&self, end: Instant) {
        let waiting = match self.outbox.waiting().await {
            Ok(waiting) if waiting.is_empty() => return,
            Ok(waiting) => waiting,
            Err(why) => return warn!(%why, "the outbox cannot be read"),
        };
        let left = publish(&*self.bus, waiting.clone(), end).await;
        let taken: Vec<Event> = waiting.into_iter().filter(|one| !left.contains(one)).collect();
        info!(events = taken.len(), eventsLeft = left.len(), "events of the outbox");
        if !left.is_empty() {
            self.look.at_once();
        }
        // Failing that, they are published again, under the same ids.
        if let Err(why) = self.outbox.remove(&taken).await {
            warn!(%why, "published events stay in the outbox");
        }
    }
}

/// Publishes `events` until `end`. Returns what the bus did not take.
async fn publish(bus: &dyn EventBus, events: Vec<Event>, end: Instant) -> Vec<Event> {
    let calls: Vec<Vec<Event>> = events.chunks(MAX_ENTRIES).map(<[Event]>::to_vec).collect();
    let calls = stream::iter(calls).map(|call| publish_call(bus, call, end));
    calls.buffered(SIDE_BY_SIDE).concat().await
}

async fn publish_call(bus: &dyn EventBus, mut left: Vec<Event>, end: Instant) -> Vec<Event> {
    let mut backoff = BACKOFF;
    for attempt in 1..=TRIES {
        match timeout_at(end, bus.publish(&left)).await {
            Ok(Ok(refused)) => {
                let refused = refused.into_iter().filter_map(|place| left.get(place).cloned());
                left = refused.collect();
            }
            Ok(Err(failure)) => error!(%failure, "events were not published"),
            Err(_) => error!("the event bus does not answer in time"),
        }
        if left.is_empty() || attempt == TRIES || Instant::now() + backoff >= end {
            break;
        }
        sleep(backoff).await;
        backoff *= 2;
    }
    left
}
