//! Events that the bus did not take, until a later call of the same function
//! publishes them: one item for each function, `outbox#{function}`.
//!
//! An event that was published and could not be taken out is published again,
//! under the same id.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::packing::{pack, unpack};
use store::table::{
    Attribute, Changed, Condition, EXPIRES_AT, Item, MOST_OF_ITEM, Seconds, Table, TableError, Test,
};
use tokio::time::{sleep, timeout};

use super::event::Event;

const VERSION: Attribute<i64> = Attribute::new("version");
const VERSION_NOW: i64 = 1;
/// Of the item: moved by every change, and begun at random.
const REVISION: Attribute<i64> = Attribute::new("revision");
/// The events, packed.
const EVENTS: Attribute<Vec<u8>> = Attribute::new("events");
const EXPIRES: Attribute<Seconds> = Attribute::new(EXPIRES_AT);

/// The answer has been given: what is done for the outbox must end soon.
const PATIENCE: Duration = Duration::from_secs(1);
/// The most that is waited the first time others change the item at the same time, and twice as
/// much each time after it.
const FIRST_WAIT: Duration = Duration::from_millis(10);
/// The most that is waited at any time for others who change the item, too.
const LONGEST_WAIT: Duration = Duration::from_millis(100);
/// What nobody could publish for so long is no news any more.
const KEPT: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The outbox of one function.
#[derive(Clone)]
pub(super) struct Outbox {
    table: Arc<dyn Table>,
    key: String,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Why the outbox cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutboxError {
    #[error("{0}")]
    Table(#[from] TableError),
    #[error("it cannot be used in time: the table is slow, or others change it, too")]
    Late,
    #[error("the outbox is full")]
    Full,
    #[error("the outbox cannot be read")]
    Unreadable,
}

impl Outbox {
    /// The outbox of `function`.
    pub fn new(table: Arc<dyn Table>, function: &str) -> Self {
        Self { table, key: format!("outbox#{function}") }
    }

    /// Adds `events`.
    pub async fn put(&self, events: Vec<Event>) -> Result<(), OutboxError> {
        self.changed(|mut there| {
            let new: Vec<Event> =
                events.iter().filter(|event| !there.contains(event)).cloned().collect();
            there.extend(new);
            there
        })
        .await
    }

    /// Takes `events` out.
    pub async fn remove(&self, events: &[Event]) -> Result<(), OutboxError> {
        if events.is_empty() {
            return Ok(());
        }
        self.changed(|there| there.into_iter().filter(|one| !events.contains(one)).collect()).await
    }

    /// The events that wait.
    pub async fn waiting(&self) -> Result<Vec<Event>, OutboxError> {
        let item = timeout(PATIENCE, self.table.get(&self.key)).await;
        read(item.map_err(|_| OutboxError::Late)??.as_ref())
    }

    async fn changed(&self, change: impl Fn(Vec<Event>) -> Vec<Event>) -> Result<(), OutboxError> {
        let changing = async {
            let mut longest = FIRST_WAIT;
            loop {
                let there = self.table.get(&self.key).await?;
                let before = read(there.as_ref())?;
                let after = change(before.clone());
                // Done, the answer lost, and refused when it was asked again.
                if after == before {
                    return Ok(());
                }
                if let Changed::Done = self.replace(there.as_ref(), &after).await? {
                    return Ok(());
                }
                // At random, or those who were at it at once would be so again.
                sleep(longest.mul_f64(fastrand::f64())).await;
                longest = longest.saturating_mul(2).min(LONGEST_WAIT);
            }
        };
        timeout(PATIENCE, changing).await.unwrap_or(Err(OutboxError::Late))
    }

    async fn replace(&self, there: Option<&Item>, after: &[Event]) -> Result<Changed, OutboxError> {
        let known = there.and_then(|item| REVISION.read(item).ok());
        // One that began at the same number each time could be taken for the one before it.
        let revision = known.unwrap_or_else(|| fastrand::i64(0..=i64::MAX / 2));
        let untouched = match (there, known) {
            (None, _) => Condition::all([Test::Absent]),
            (Some(_), Some(revision)) => Condition::all([REVISION.is(revision)]),
            // Whatever else stands there is no revision, and never would be one.
            (Some(_), None) => Condition::all([Test::Present]),
        };
        if after.is_empty() {
            return Ok(self.table.delete(&self.key, &untouched).await?);
        }
        // Texts alone: writing them cannot fail.
        let events = pack(&serde_json::to_string(after).unwrap_or_default());
        if events.len() > MOST_OF_ITEM {
            return Err(OutboxError::Full);
        }
        let expires_at = Timestamp::now().saturating_add(KEPT).unwrap_or(Timestamp::MAX);
        let item = Item::default()
            .set(VERSION, VERSION_NOW)
            .set(REVISION, revision.saturating_add(1))
            .set(EVENTS, events)
            .set(EXPIRES, expires_at);
        Ok(self.table.put(&self.key, item, &untouched).await?)
    }
}

/// The events of an item; none without one.
fn read(item: Option<&Item>) -> Result<Vec<Event>, OutboxError> {
    let Some(item) = item else { return Ok(Vec::new()) };
    let events = EVENTS.read(item).ok().filter(|_| VERSION.read(item) == Ok(VERSION_NOW));
    let text = events.and_then(|events| unpack(&events));
    let events = text.and_then(|text| invoice::json::read(&text).ok());
    events.ok_or(OutboxError::Unreadable)
}
