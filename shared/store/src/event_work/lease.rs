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

use super::{EventWorkStore, Work, WorkError, WorkName, read};
use crate::table::{Changed, Condition, Item, Milliseconds, PackedJson, Stored, Test, stored};
use crate::writes::later;

stored! {
    /// The work at one connection, and who is at it.
    pub(super) struct StoredWork {
        /// How far it has come.
        work: PackedJson<Work> = WORK("work"),
        /// The try of the message that holds the lease: what one try has taken, a later
        /// one may have taken over, and the first must change nothing any more.
        attempt: String = ATTEMPT("attempt"),
        /// When whoever is at it has ended.
        lease_until: Milliseconds = LEASE_UNTIL("leaseUntil"),
        /// The message that is at it.
        message: Option<String> = MESSAGE("message"),
    }
}

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
            let stored: Option<StoredWork> = read(there.as_ref())?;
            if stored.as_ref().is_some_and(|stored| stored.work.0.is_final()) {
                return Ok(Taken::Final);
            }
            if let Some(stored) = &stored
                && stored.attempt != lease.attempt
                && stored.lease_until.0 > self.now()
            {
                let is_own = stored.message.as_deref() == Some(message.0);
                return Ok(if is_own { Taken::Busy } else { Taken::Elsewhere });
            }
            let (work, untouched) = match stored {
                Some(stored) => (stored.work.0, StoredWork::ATTEMPT.is(stored.attempt)),
                None => (Work::default(), Test::Absent),
            };
            let untouched = Condition::all([untouched]);
            let taken = self.work_item(&lease, &work, time, Some(message));
            match self.table.put(&lease.key, taken, &untouched).await? {
                Changed::Done => return Ok(Taken::Ours(lease, work)),
                Changed::Refused(now) => there = now,
            }
        }
        Ok(Taken::Busy)
    }

    /// Keeps how far the work has come, and holds it for `time` from now on.
    pub async fn save(&self, lease: &Lease, work: &Work, time: Duration) -> Result<(), WorkError> {
        let ours = Condition::all([StoredWork::ATTEMPT.is(lease.attempt.as_str())]);
        let item = self.work_item(lease, work, time, None);
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
            let item = self.table.get(&name.key_of(connection)).await?;
            let stored: Option<StoredWork> = read(item.as_ref())?;
            Ok(stored.map(|stored| stored.work.0))
        });
        join_all(reading).await.into_iter().collect()
    }

    /// What is written of the work; of the message only when it takes it.
    fn work_item(
        &self,
        lease: &Lease,
        work: &Work,
        time: Duration,
        message: Option<MessageId<'_>>,
    ) -> Item {
        let stored = StoredWork {
            work: PackedJson(work.clone()),
            attempt: lease.attempt.clone(),
            lease_until: later(self.now(), time).into(),
            message: message.map(|message| message.0.to_owned()),
        };
        self.item().and(stored.into_item())
    }
}

pub(super) fn attempt() -> String {
    Uuid::new_v4().simple().to_string()
}
