//! Which message is at the work of one connection.
//!
//! A message that finds another one at it has nothing to do: the other is still
//! in the queue, and comes back should its function be killed. So a lease is
//! never waited for but by the message that holds it, and work that is handed on
//! is released before the next message is sent.

use std::time::Duration;

use futures::future::join_all;
use invoice::ConnectionName;
use uuid::Uuid;

use super::{EventWorkStore, VERSION, VERSION_NOW, Work, WorkError, WorkName, packed, read};
use crate::table::{Changed, Condition, Item, Test};
use crate::writes::later;

const WORK: &str = "work";
/// The message that is at it.
const MESSAGE: &str = "message";
/// The try of the message that holds the lease: what one try has taken, a later one may have taken
/// over, and the first must change nothing any more.
const ATTEMPT: &str = "attempt";
/// When whoever is at it has ended; milliseconds.
const LEASE_UNTIL: &str = "leaseUntil";

/// A message of the queue, by the id that all its deliveries have.
#[derive(Debug, Clone, Copy)]
pub struct MessageId<'a>(pub &'a str);

/// What becomes of a message that asks for the work.
#[derive(Debug)]
pub enum Taken {
    /// The work is this message's.
    Ours(Lease, Work),
    /// There is nothing left to do.
    Final,
    /// An earlier delivery of this message is at it, or was killed just now.
    Busy,
    /// Another message is at it, and carries it on.
    Elsewhere,
}

/// The work of one connection, as long as it is this message's.
#[derive(Debug)]
pub struct Lease {
    key: String,
    attempt: String,
}

impl EventWorkStore {
    /// Takes the work at `connection` for `message`, for `time`.
    pub async fn take(
        &self,
        name: &WorkName,
        connection: &ConnectionName,
        message: MessageId<'_>,
        time: Duration,
    ) -> Result<Taken, WorkError> {
        let lease = Lease { key: name.key_of(connection), attempt: attempt() };
        let mut there = self.table.get(&lease.key).await?;
        // Twice, should another take it between the reading and the taking.
        for _ in 0..2 {
            let work: Work = read(there.as_ref(), WORK)?.unwrap_or_default();
            if work.is_final() {
                return Ok(Taken::Final);
            }
            if let Some(item) = &there
                && item.get_text(ATTEMPT) != Some(&lease.attempt)
                && item.get_number(LEASE_UNTIL) > Some(self.now().as_millisecond())
            {
                let is_own = item.get_text(MESSAGE) == Some(message.0);
                return Ok(if is_own { Taken::Busy } else { Taken::Elsewhere });
            }
            let untouched = there.as_ref().map_or(Condition::all([Test::Absent]), |item| {
                Condition::all([Test::is(ATTEMPT, item.get_text(ATTEMPT).unwrap_or_default())])
            });
            let taken = self.work_item(&lease, &work, time).text(MESSAGE, message.0);
            match self.table.put(&lease.key, taken, &untouched).await? {
                Changed::Done => return Ok(Taken::Ours(lease, work)),
                Changed::Refused(now) => there = now,
            }
        }
        Ok(Taken::Busy)
    }

    /// Keeps how far the work has come, and holds it for `time` from now on.
    pub async fn save(&self, lease: &Lease, work: &Work, time: Duration) -> Result<(), WorkError> {
        let ours = Condition::all([Test::is(ATTEMPT, &lease.attempt)]);
        let item = self.work_item(lease, work, time);
        match self.table.update(&lease.key, item, &ours).await? {
            Changed::Done => Ok(()),
            Changed::Refused(_) => Err(WorkError::Lost),
        }
    }

    /// Keeps how far the work has come, and releases it.
    pub async fn release(&self, lease: Lease, work: &Work) -> Result<(), WorkError> {
        self.save(&lease, work, Duration::ZERO).await
    }

    /// How far the work at each of `connections` has come; none where it has not
    /// begun.
    pub async fn works(
        &self,
        name: &WorkName,
        connections: &[ConnectionName],
    ) -> Result<Vec<Option<Work>>, WorkError> {
        let reading = connections.iter().map(|connection| async move {
            read(self.table.get(&name.key_of(connection)).await?.as_ref(), WORK)
        });
        join_all(reading).await.into_iter().collect()
    }

    fn work_item(&self, lease: &Lease, work: &Work, time: Duration) -> Item {
        self.item()
            .number(VERSION, VERSION_NOW)
            .bytes(WORK, packed(work))
            .text(ATTEMPT, lease.attempt.as_str())
            .number(LEASE_UNTIL, later(self.now(), time).as_millisecond())
    }
}

pub(super) fn attempt() -> String {
    Uuid::new_v4().simple().to_string()
}
