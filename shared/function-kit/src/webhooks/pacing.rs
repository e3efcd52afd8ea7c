//! When listings are told that a provider has told something: at most once a second for
//! each connection, and never not at all.
//!
//! A burst of a thousand webhooks would invalidate every listing a thousand times. One
//! item for each connection, `webhook#{connection}`, counts how often its generation was
//! moved for them, and when. Whoever has read an invoice and then finds the count as it
//! was moves it once the second is over; whoever finds it moved is told of by whoever
//! moved it, since that was after reading.
//!
//! The same write says when the last webhook came, for `GET /connections`: to the second.

use std::time::Duration;

use invoice::ConnectionName;
use jiff::Timestamp;
use store::listing_cache;
use store::table::{Attribute, Changed, Condition, Item, Milliseconds, Table, TableError, Test};
use uuid::Uuid;

use super::WebhookMessage;

const VERSION: Attribute<i64> = Attribute::new("version");
const VERSION_NOW: i64 = 1;
/// How often the connection's generation was moved for webhooks.
const MOVES: Attribute<i64> = Attribute::new("moves");
/// When it last was.
const MOVED_AT: Attribute<Milliseconds> = Attribute::new("movedAt");
/// Who moved it last: a put whose answer was lost is repeated, and known by it as one's own.
const MOVED_BY: Attribute<String> = Attribute::new("movedBy");
/// When the last webhook came that it was moved for.
const RECEIVED_AT: Attribute<Milliseconds> = Attribute::new("receivedAt");
/// The least time between two of them.
const PACE: Duration = Duration::from_secs(1);

/// The place of one webhook among those of its connection.
pub(super) struct Pacing<'a> {
    table: &'a dyn Table,
    webhook: &'a WebhookMessage,
    key: String,
    attempt: String,
    seen: i64,
}

/// When the last webhook of a connection came that was followed up; none where none was.
///
/// # Errors
/// When the table is out of reach.
pub async fn last_received(
    table: &dyn Table,
    connection: &ConnectionName,
) -> Result<Option<Timestamp>, TableError> {
    let item = table.get(&key(connection)).await?;
    Ok(item.as_ref().and_then(received))
}

fn key(connection: &ConnectionName) -> String {
    format!("webhook#{connection}")
}

impl<'a> Pacing<'a> {
    /// The place of a webhook whose invoices have been read: who moves the generation from
    /// here on tells of them, too.
    pub async fn after_reading(
        table: &'a dyn Table,
        webhook: &'a WebhookMessage,
    ) -> Result<Self, TableError> {
        let key = key(&webhook.connection);
        let seen = moves(table.get(&key).await?.as_ref());
        let attempt = Uuid::new_v4().simple().to_string();
        Ok(Self { table, webhook, key, attempt, seen })
    }

    /// Has the connection's listings read anew, or waits until another has.
    pub async fn invalidate(self) -> Result<(), TableError> {
        loop {
            let there = self.table.get(&self.key).await?;
            let now = Timestamp::now();
            if moves(there.as_ref()) > self.seen {
                return Ok(());
            }
            match left(there.as_ref(), now) {
                Some(left) => tokio::time::sleep(left).await,
                None if self.take(there.as_ref(), now).await? => {
                    // Should this be lost, the webhook comes again, and with it this.
                    return listing_cache::invalidate(self.table, [&self.webhook.connection]).await;
                }
                None => {}
            }
        }
    }

    /// Whether this webhook is the one that moves the generation now.
    async fn take(&self, there: Option<&Item>, now: Timestamp) -> Result<bool, TableError> {
        let known = there.and_then(received).unwrap_or(Timestamp::MIN);
        let item = Item::default()
            .set(RECEIVED_AT, known.max(self.webhook.received_at))
            .set(VERSION, VERSION_NOW)
            .set(MOVES, self.seen.saturating_add(1))
            .set(MOVED_AT, now)
            .set(MOVED_BY, self.attempt.as_str());
        let untouched = match there {
            None => Condition::all([Test::Absent]),
            Some(there) if MOVES.read(there).is_ok() => Condition::all([MOVES.is(self.seen)]),
            // Whatever else stands there is no count: it would be no other however often it
            // were read again.
            Some(_) => Condition::all([Test::Present]),
        };
        Ok(match self.table.put(&self.key, item, &untouched).await? {
            Changed::Done => true,
            // Put, the answer lost, and put again.
            Changed::Refused(now) => now.is_some_and(|now| self.has_moved(&now)),
        })
    }

    fn has_moved(&self, now: &Item) -> bool {
        MOVED_BY.read(now).as_ref() == Ok(&self.attempt)
    }
}

fn received(item: &Item) -> Option<Timestamp> {
    RECEIVED_AT.read(item).ok().map(|Milliseconds(at)| at)
}

fn moves(item: Option<&Item>) -> i64 {
    item.and_then(|item| MOVES.read(item).ok()).unwrap_or_default()
}

/// How much of the second is left since the last; none where it is over. A clock that is
/// ahead delays nobody by more than that.
fn left(item: Option<&Item>, now: Timestamp) -> Option<Duration> {
    let moved_at = item.and_then(|item| MOVED_AT.read(item).ok())?.0;
    let since = Duration::try_from(now.duration_since(moved_at)).unwrap_or_default();
    PACE.checked_sub(since).filter(|left| !left.is_zero())
}
