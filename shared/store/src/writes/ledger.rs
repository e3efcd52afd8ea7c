//! The ledger of one request: what earlier tries sent is recalled; each invoice
//! is locked, recorded as being sent, and released.

mod recording;
mod renewing;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use engine::writing::{
    InvoiceLock, InvoiceSnapshot, Ledger, LedgerError, OutcomeRecord, Sent as Recalled,
};
use futures::future::{TryFutureExt, join, join_all};
use futures::stream::{self, Stream, StreamExt};
use invoice::{ConnectionName, Reference, Write};
use jiff::Timestamp;
use provider_client::SendKey;
use tokio::time::timeout;

use super::keyed::Keyed;
use super::lock::{self, HeldLock, LockOwner, LockState};
use super::sent::{self, Sent};
use super::{Actor, SIDE_BY_SIDE, WriteStore, audit, later};
use crate::table::{Changed, Condition, TableError, Test, Unreadable};

/// For undoing what a store that fails may have taken: without it, the locks
/// end by themselves.
const UNDOING: Duration = Duration::from_secs(1);
/// When to try again for an invoice that another was at in between.
const AT_ONCE: Duration = Duration::from_secs(1);

/// The ledger of one request. It belongs to the owner of the request's
/// idempotency key, or to the request alone.
pub struct WriteLedger {
    store: WriteStore,
    actor: Arc<Actor>,
    key: Option<Arc<Keyed>>,
    held: Mutex<HashMap<Reference, HeldLock>>,
    recalled: Mutex<HashMap<Reference, Sent>>,
}

impl WriteLedger {
    pub(super) fn new(store: WriteStore, actor: Arc<Actor>, key: Option<Arc<Keyed>>) -> Self {
        Self { store, actor, key, held: Mutex::default(), recalled: Mutex::default() }
    }

    fn owner(&self) -> &str {
        // Without a key, nobody comes back for it: each try is its own owner.
        self.key.as_ref().map_or(&self.actor.attempt, |key| &key.owner)
    }

    fn key_hash(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.hash.as_str())
    }

    /// When what may have to be come back to is no longer needed.
    fn kept_until(&self) -> Timestamp {
        later(self.store.now(), self.actor.outlives())
    }

    fn audited_until(&self) -> Timestamp {
        later(self.actor.asked_at, self.store.audit_retention)
    }

    /// A panic while it was locked left it whole: entries are put in whole.
    fn held(&self) -> MutexGuard<'_, HashMap<Reference, HeldLock>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recalled(&self) -> MutexGuard<'_, HashMap<Reference, Sent>> {
        self.recalled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn recall_one(
        &self,
        key: &Keyed,
        invoice: &Reference,
    ) -> Result<Option<Recalled>, Failure> {
        let (table, sent_key, lock_key) =
            (&self.store.table, sent::key(&key.hash, invoice), lock::key(invoice));
        let Some(item) = table.get(&sent_key).await? else {
            return Ok(None);
        };
        let Some(sent) = Sent::read(&item, &key.owner)? else {
            return Ok(None);
        };
        // Read after it: what is sent in between is seen.
        let lock = table.get(&lock_key).await?;
        let superseded = lock::superseded(lock.as_ref(), &sent.attempt);
        let recalled = sent.told(self.store.now(), superseded)?;
        join(
            self.renew(&sent_key, Some(&item), lock::of_attempt(&sent.attempt)),
            self.renew(&lock_key, lock.as_ref(), lock::sent_by(&sent.attempt)),
        )
        .await;
        self.recalled().insert(invoice.clone(), sent);
        Ok(Some(recalled))
    }

    async fn lock_one(&self, invoice: &Reference) -> Result<InvoiceLock, Failure> {
        let owner = LockOwner {
            owner: self.owner(),
            attempt: &self.actor.attempt,
            now: self.store.now(),
            lease_until: self.actor.over_at,
            expires_at: self.kept_until(),
        };
        let (table, key) = (&self.store.table, lock::key(invoice));
        let held = match table.put(&key, owner.item(None), &owner.absent()).await? {
            Changed::Done => owner.held(None),
            Changed::Refused(there) => match owner.read(there.as_ref()) {
                LockState::Ours(held) => held,
                LockState::Busy(lock) => return Ok(lock),
                LockState::Free(as_it_was) => {
                    let previous = there.as_ref().and_then(lock::previous);
                    // Known even where the answer is lost, for letting go of it.
                    self.held().insert(invoice.clone(), owner.held(previous.clone()));
                    let taken = table.update(&key, owner.item(there.as_ref()), &as_it_was).await?;
                    let is_ours = match &taken {
                        Changed::Done => true,
                        // Taken, the answer lost, and taken again.
                        Changed::Refused(now) => {
                            matches!(owner.read(now.as_ref()), LockState::Ours(_))
                        }
                    };
                    if !is_ours {
                        self.held().remove(invoice);
                        return Ok(InvoiceLock::Busy { retry_after: AT_ONCE });
                    }
                    owner.held(previous)
                }
            },
        };
        // What an earlier try sent is gone on from only where nothing was sent
        // since: it was looked at before the lock was ours.
        let earlier = self.recalled().get(invoice).map(|sent| sent.attempt.clone());
        if earlier.is_some() && earlier != held.previous {
            self.held().remove(invoice);
            self.release(vec![(key, held.previous)]).await;
            return Ok(InvoiceLock::Busy { retry_after: AT_ONCE });
        }
        self.held().insert(invoice.clone(), held);
        Ok(InvoiceLock::Ours)
    }

    /// The record of who sends comes first: should it fail, nothing is sent, and
    /// should the lock be lost, it says so. What was sent under the key comes
    /// last: it is there only where all else is.
    async fn send_one(
        &self,
        write: &Write,
        snapshot: &InvoiceSnapshot,
    ) -> Result<SendKey, Failure> {
        let (table, invoice) = (&self.store.table, &snapshot.id);
        let now = self.store.now();
        let audit = audit::key(&self.actor, invoice);
        let who = audit::sending(&self.actor, write, self.key_hash(), now, self.audited_until());
        table.put(&audit, who, &Condition::always()).await?;
        let held = self.held().get(invoice).cloned().ok_or(Failure::Lost)?;
        let earlier = self.recalled().get(invoice).map(|sent| sent.send_key.clone());
        let send_key = earlier.unwrap_or_else(|| SendKey::of(&held.attempt, invoice));
        let sent = Sent {
            attempt: held.attempt.clone(),
            since: now,
            settles_at: later(self.actor.over_at, self.store.unsettled),
            // Texts alone: writing them cannot fail.
            snapshot: serde_json::to_string(snapshot).unwrap_or_default(),
            audit,
            send_key: send_key.clone(),
        };
        let item = lock::sending(&held, &sent);
        let item = item.and(lock::asked(write, &sent, self.actor.shows_comments, self.key_hash()));
        let ours = lock::of_attempt(&held.attempt);
        match table.update(&lock::key(invoice), item, &ours).await? {
            Changed::Done => {}
            Changed::Refused(_) => return Err(Failure::Lost),
        }
        if let Some(key) = &self.key {
            let item = sent.item(&key.owner, self.kept_until());
            table.put(&sent::key(&key.hash, invoice), item, &Condition::always()).await?;
            key.sent.store(true, Ordering::Relaxed);
        }
        self.held().insert(invoice.clone(), HeldLock { sent: Some(sent), ..held });
        Ok(send_key)
    }

    /// Releases what was locked and not sent, so that the next caller need
    /// not wait for the lease to end: each by its key, with who sent before.
    async fn release(&self, locks: Vec<(String, Option<String>)>) {
        let (table, now) = (&self.store.table, self.store.now());
        let unsent = lock::unsent_of_attempt(&self.actor.attempt);
        let letting_go = locks.iter().map(|(key, previous)| {
            let unsent = &unsent;
            async move {
                // A lock that cannot be released ends by itself.
                let _ = match previous {
                    None => table.delete(key, unsent).await,
                    Some(previous) => {
                        let item = lock::released(previous, now);
                        table.update(key, item, unsent).await
                    }
                };
            }
        });
        let letting_go = side_by_side(letting_go.collect()).for_each(|()| async {});
        let _ = timeout(UNDOING, letting_go).await;
    }

    /// How long what comes before a sending may take: should it fail, there is time to undo
    /// it, and as much to keep the answer.
    fn time_to_begin(&self) -> Duration {
        self.actor.deadline.left().saturating_sub(UNDOING.saturating_mul(2))
    }

    /// Nothing is sent for these after all.
    async fn give_up(&self, invoices: &[&Reference]) {
        let now = self.store.now();
        let given_up = audit::given_up(&self.actor, now);
        let there = Condition::all([Test::Present]);
        let ours = lock::of_attempt(&self.actor.attempt);
        let table = &self.store.table;
        let giving_up = invoices.iter().map(|invoice| {
            let previous = self.held().remove(*invoice).and_then(|held| held.previous);
            let (given_up, there, ours) = (given_up.clone(), &there, &ours);
            async move {
                let forgotten = self.forget(invoice).await;
                let key = lock::key(invoice);
                // What cannot be undone counts as sent, and settles as such.
                let undone = async {
                    forgotten?;
                    match previous {
                        None => table.delete(&key, ours).await,
                        Some(by) => {
                            let item = lock::released(&by, now);
                            table.update(&key, item, ours).await
                        }
                    }
                };
                let audit = audit::key(&self.actor, invoice);
                let recorded = table.update(&audit, given_up, there);
                let _ = join(undone, recorded).await;
            }
        });
        let _ = timeout(UNDOING, join_all(giving_up)).await;
    }

    /// What was sent under the key came to nothing for certain.
    async fn forget(&self, invoice: &Reference) -> Result<(), TableError> {
        let Some(key) = &self.key else {
            return Ok(());
        };
        let ours = lock::of_attempt(&self.actor.attempt);
        self.store.table.delete(&sent::key(&key.hash, invoice), &ours).await.map(drop)
    }

    /// Listings of these connections are read anew from now on.
    async fn invalidate<'a>(
        &self,
        connections: impl Iterator<Item = &'a ConnectionName>,
    ) -> Result<(), TableError> {
        let connections: BTreeSet<&ConnectionName> = connections.collect();
        crate::listing_cache::invalidate(&*self.store.table, connections).await
    }
}

/// The futures' outcomes, in the order given.
fn side_by_side<F: Future>(futures: Vec<F>) -> impl Stream<Item = F::Output> {
    stream::iter(futures).buffered(SIDE_BY_SIDE)
}

/// Why a write could not be recorded.
#[derive(Debug, Clone, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Table(#[from] TableError),
    #[error("a lock was lost")]
    Lost,
    #[error("it does not answer in time")]
    Late,
    #[error("a record cannot be read: {0}")]
    Unreadable(#[from] Unreadable),
}

impl From<Failure> for LedgerError {
    fn from(failure: Failure) -> Self {
        Self(failure.to_string())
    }
}

#[async_trait]
impl Ledger for WriteLedger {
    async fn recall(&self, invoices: &[Reference]) -> Vec<Result<Option<Recalled>, LedgerError>> {
        let Some(key) = self.key.as_ref().filter(|key| key.resumed) else {
            return invoices.iter().map(|_| Ok(None)).collect();
        };
        let recalling = invoices.iter().map(|invoice| {
            let recalled = timeout(self.time_to_begin(), self.recall_one(key, invoice));
            recalled.map_ok_or_else(|_| Err(Failure::Late.into()), |it| it.map_err(Into::into))
        });
        side_by_side(recalling.collect()).collect().await
    }

    async fn lock(
        &self,
        _: &Write,
        invoices: &[Reference],
    ) -> Vec<Result<InvoiceLock, LedgerError>> {
        let locking = invoices.iter().map(|invoice| async move {
            let locked = timeout(self.time_to_begin(), self.lock_one(invoice)).await;
            locked.unwrap_or(Err(Failure::Late))
        });
        let locks: Vec<Result<InvoiceLock, Failure>> =
            side_by_side(locking.collect()).collect().await;
        // What failed may have been taken all the same.
        let failed = invoices.iter().zip(&locks).filter(|(_, lock)| lock.is_err());
        let failed = failed.map(|(invoice, _)| {
            let held = self.held().remove(invoice);
            (lock::key(invoice), held.and_then(|held| held.previous))
        });
        let failed: Vec<(String, Option<String>)> = failed.collect();
        if !failed.is_empty() {
            self.release(failed).await;
        }
        locks.into_iter().map(|lock| lock.map_err(Into::into)).collect()
    }

    async fn sending(
        &self,
        write: &Write,
        invoices: &[InvoiceSnapshot],
    ) -> Vec<Result<SendKey, LedgerError>> {
        let left = self.time_to_begin();
        let recording = invoices.iter().map(|snapshot| async move {
            let recorded = timeout(left, self.send_one(write, snapshot)).await;
            recorded.unwrap_or(Err(Failure::Late))
        });
        let recording =
            side_by_side(recording.collect()).collect::<Vec<Result<SendKey, Failure>>>();
        let invalidating =
            self.invalidate(invoices.iter().map(|snapshot| snapshot.id.connection()));
        let (mut recorded, invalidated) = join(recording, timeout(left, invalidating)).await;
        let invalidated =
            invalidated.map_or(Err(Failure::Late), |invalidated| invalidated.map_err(Into::into));
        if let Err(failure) = invalidated {
            // Listings would show none of it: all the same to each.
            for recorded in &mut recorded {
                *recorded = Err(failure.clone());
            }
        }
        let failed = invoices.iter().zip(&recorded).filter(|(_, recorded)| recorded.is_err());
        let failed: Vec<&Reference> = failed.map(|(snapshot, _)| &snapshot.id).collect();
        if !failed.is_empty() {
            self.give_up(&failed).await;
        }
        recorded.into_iter().map(|recorded| recorded.map_err(Into::into)).collect()
    }

    async fn record(&self, write: &Write, settled: &[OutcomeRecord]) {
        self.settle(write, settled).await;
    }
}
