//! The ledger of one request: each invoice is claimed, recorded as being sent,
//! and let go of.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::{FutureExt, TryFutureExt, join, join3, try_join};
use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use invoice::{ConnectionName, Outcome, Reference, Write};
use jiff::Timestamp;
use provider_client::writing::{Claim, Ledger, LedgerError, Settled, Trace};
use tokio::time::timeout;
use tracing::warn;

use crate::telemetry::metrics;

use super::claim::{self, Claimant, Held, Sent};
use super::{Asker, MARGIN, SIDE_BY_SIDE, WriteStore, audit, later};
use table::{Changed, Condition, Item, TableError, Test};

/// For undoing what a store that fails may have taken: without it, the claims
/// end by themselves.
const UNDOING: Duration = Duration::from_secs(1);

/// The ledger of one request. It belongs to the owner of the request's
/// idempotency key, or to the request alone.
pub struct WriteLedger {
    store: WriteStore,
    asker: Arc<Asker>,
    key: Option<Arc<Keyed>>,
    held: Mutex<HashMap<Reference, Held>>,
}

/// What a ledger has of the key its request carries.
#[derive(Debug)]
pub(super) struct Keyed {
    /// Of the key: in all tries while it is kept, the same.
    pub owner: String,
    /// The key itself, hashed.
    pub hash: String,
    /// Whether anything may have been sent for it.
    pub sent: AtomicBool,
}

impl WriteLedger {
    pub(super) fn new(store: WriteStore, asker: Arc<Asker>, key: Option<Arc<Keyed>>) -> Self {
        Self { store, asker, key, held: Mutex::default() }
    }

    fn owner(&self) -> &str {
        // Without a key, nobody comes back for it: each try is its own owner.
        self.key.as_ref().map_or(&self.asker.attempt, |key| &key.owner)
    }

    fn key_hash(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.hash.as_str())
    }

    /// When a claim that may have to be come back to is no longer needed.
    fn kept_until(&self) -> Timestamp {
        later(self.store.now(), self.asker.outlives())
    }

    fn audited_until(&self) -> Timestamp {
        later(self.asker.asked_at, self.store.audit_retention)
    }

    /// A panic while it was locked left it whole: entries are put in whole.
    fn held(&self) -> MutexGuard<'_, HashMap<Reference, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn claim_one(&self, invoice: &Reference) -> Result<Claim, TableError> {
        let claimant = Claimant {
            owner: self.owner(),
            attempt: &self.asker.attempt,
            now: self.store.now(),
            lease_until: self.asker.over_at,
            expires_at: self.kept_until(),
        };
        let (key, may_take) = (claim::key(invoice), claimant.may_take());
        let put = self.store.table.put(&key, claimant.item(), &may_take).await?;
        let (claim, held) = match put {
            Changed::Done => {
                let attempt = self.asker.attempt.clone();
                (Claim::Ours, Some(Held { attempt, sent: None }))
            }
            Changed::Refused(there) => claimant.read(there.as_ref()),
        };
        if let Some(held) = held {
            self.held().insert(invoice.clone(), held);
        }
        Ok(claim)
    }

    /// The record of who sends comes first: should it fail, nothing is sent, and
    /// should the claim be lost, it says so.
    async fn send_one(&self, write: &Write, trace: &Trace) -> Result<(), Failure> {
        let invoice = &trace.id;
        let now = self.store.now();
        let audit = audit::key(&self.asker, invoice);
        let who = audit::sending(&self.asker, write, self.key_hash(), now, self.audited_until());
        self.store.table.put(&audit, who, &Condition::always()).await?;
        let sent = Sent {
            since: now,
            settles_at: later(self.asker.over_at, self.store.unsettled),
            audit: Some(audit),
        };
        let item = sent.item(trace, self.kept_until());
        let attempt = self.asker.attempt.clone();
        let ours = claim::of_attempt(&attempt);
        match self.store.table.update(&claim::key(invoice), item, &ours).await? {
            Changed::Done => {
                self.held().insert(invoice.clone(), Held { attempt, sent: Some(sent) });
                Ok(())
            }
            Changed::Refused(_) => Err(Failure::Lost),
        }
    }

    /// Lets go of what was claimed and not sent, so that the next caller need
    /// not wait for the lease to end.
    async fn let_go(&self, claims: Vec<String>, only_if: &Condition) {
        let table = &self.store.table;
        let letting_go = claims.iter().map(|key| table.delete(key, only_if)).collect();
        let letting_go = side_by_side(letting_go).for_each(|_| async {});
        let _ = timeout(UNDOING, letting_go).await;
    }

    /// Nothing is sent for any of these after all.
    async fn give_up(&self, invoices: &[Trace]) {
        let audits: Vec<String> =
            invoices.iter().map(|trace| audit::key(&self.asker, &trace.id)).collect();
        let item = audit::given_up(&self.asker, self.store.now());
        let there = Condition::all([Test::Present]);
        let table = &self.store.table;
        let recording = audits.iter().map(|key| table.update(key, item.clone(), &there)).collect();
        let recording = side_by_side(recording).for_each(|_| async {});
        let claims = invoices.iter().map(|trace| claim::key(&trace.id)).collect();
        let ours = claim::of_attempt(&self.asker.attempt);
        let _ = join(self.let_go(claims, &ours), timeout(UNDOING, recording)).await;
        let mut held = self.held();
        for trace in invoices {
            held.remove(&trace.id);
        }
    }

    /// Listings of these connections are read anew from now on.
    async fn outdate<'a>(
        &self,
        connections: impl Iterator<Item = &'a ConnectionName>,
    ) -> Result<(), TableError> {
        let connections: BTreeSet<&ConnectionName> = connections.collect();
        listing_cache::outdate(&*self.store.table, connections).await
    }

    /// Of all that may have been written, now or in an earlier try: what was
    /// listed while it was under way may show it or not.
    async fn outdate_written(&self, settled: &[Settled]) {
        let written: Vec<&ConnectionName> = {
            let held = self.held();
            let sent = |one: &&Settled| {
                one.sent || held.get(&one.invoice).is_some_and(|held| held.sent.is_some())
            };
            settled.iter().filter(sent).map(|one| one.invoice.connection()).collect()
        };
        if let Err(error) = self.outdate(written.into_iter()).await {
            metrics::records_not_kept(1);
            warn!(requestId = %self.asker.request_id, %error,
                "listings could not be told of a write: they may show it late");
        }
    }

    async fn record_one(&self, write: &Write, settled: &Settled) -> Result<(), TableError> {
        let held = self.held().get(&settled.invoice).cloned();
        let sent = held.as_ref().and_then(|held| held.sent.as_ref());
        let audited = self.audit_outcome(write, settled, sent);
        let settling = async {
            match &held {
                Some(held) => self.settle_claim(settled, held).await,
                None => Ok(()),
            }
        };
        let (audited, settled) = join(audited, settling).await;
        audited.and(settled)
    }

    /// Names that lead to no invoice have no record each, or a caller who sends made-up
    /// ones would fill the audit; one record says how many they were.
    async fn audit_absent(&self, write: &Write, settled: &[Settled]) -> Result<(), TableError> {
        let absent = settled.iter().filter(|settled| audit::is_absent(settled)).count();
        if absent == 0 {
            return Ok(());
        }
        let item = audit::absent(&self.asker, write, self.key_hash(), absent, self.audited_until());
        let key = audit::absent_key(&self.asker);
        self.store.table.put(&key, item, &Condition::always()).await.map(drop)
    }

    async fn audit_outcome(
        &self,
        write: &Write,
        settled: &Settled,
        sent: Option<&Sent>,
    ) -> Result<(), TableError> {
        let (table, now) = (&self.store.table, self.store.now());
        let own = audit::key(&self.asker, &settled.invoice);
        match sent {
            Some(sent) => {
                let outcome = audit::outcome(&self.asker, settled, now);
                let there = Condition::all([Test::Present]);
                table.update(sent.audit.as_ref().unwrap_or(&own), outcome, &there).await?;
            }
            None if audit::is_absent(settled) => {}
            None => {
                let until = self.audited_until();
                let item =
                    audit::unsent(&self.asker, write, self.key_hash(), settled, (now, until));
                table.put(&own, item, &Condition::always()).await?;
            }
        }
        Ok(())
    }

    async fn settle_claim(&self, settled: &Settled, held: &Held) -> Result<(), TableError> {
        let key = claim::key(&settled.invoice);
        let ours = claim::of_attempt(&held.attempt);
        match self.kept(settled, held) {
            Some(kept) => self.store.table.update(&key, kept, &ours).await?,
            None => self.store.table.delete(&key, &ours).await?,
        };
        Ok(())
    }

    /// What the claim says from now on; none where it is not needed any more.
    fn kept(&self, settled: &Settled, held: &Held) -> Option<Item> {
        let sent = held.sent.as_ref()?;
        let now = self.store.now();
        let settles_at = match settled.outcome {
            // What nobody sends any more ends this long from now; and asking
            // again and again does not put its end off.
            Outcome::Unknown if settled.under_way => {
                sent.settles_at.min(later(now, self.store.unsettled))
            }
            Outcome::Unknown => now,
            // Others may go on at once. The key's owner may have to come back:
            // its answer is not kept yet, and should it never be, the invoice
            // alone would show the write as somebody else's, or as nothing at
            // all where it is gone.
            Outcome::Applied if self.key.is_some() => now,
            Outcome::Applied | Outcome::Unchanged | Outcome::Rejected => return None,
        };
        Some(claim::kept(settles_at, self.kept_until()))
    }
}

/// The futures' outcomes, in the order given.
fn side_by_side<F: Future>(futures: Vec<F>) -> impl Stream<Item = F::Output> {
    stream::iter(futures).buffered(SIDE_BY_SIDE)
}

/// Why a write could not be recorded.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Table(#[from] TableError),
    #[error("a claim was lost")]
    Lost,
    #[error("it does not answer in time")]
    Late,
}

impl From<Failure> for LedgerError {
    fn from(failure: Failure) -> Self {
        Self(failure.to_string())
    }
}

#[async_trait]
impl Ledger for WriteLedger {
    async fn claim(&self, _: &Write, invoices: &[Reference]) -> Result<Vec<Claim>, LedgerError> {
        let claiming = invoices.iter().map(|invoice| self.claim_one(invoice)).collect();
        let claiming = side_by_side(claiming).try_collect();
        let claims = timeout(self.asker.deadline.left(), claiming).await;
        match claims.unwrap_or(Err(TableError::Unreachable)) {
            Ok(claims) => Ok(claims),
            Err(error) => {
                let unsent = claim::unsent_of_attempt(&self.asker.attempt);
                self.let_go(invoices.iter().map(claim::key).collect(), &unsent).await;
                Err(Failure::from(error).into())
            }
        }
    }

    async fn sending(&self, write: &Write, invoices: &[Trace]) -> Result<(), LedgerError> {
        let recording = invoices.iter().map(|trace| self.send_one(write, trace)).collect();
        let recording = side_by_side(recording).try_collect::<()>();
        let outdating = self.outdate(invoices.iter().map(|trace| trace.id.connection()));
        let recording = try_join(recording, outdating.map_err(Failure::from)).map_ok(|_| ());
        let recorded = timeout(self.asker.deadline.left(), recording).await;
        match recorded.unwrap_or(Err(Failure::Late)) {
            Ok(()) => {
                if let Some(key) = &self.key {
                    key.sent.store(true, Ordering::Relaxed);
                }
                Ok(())
            }
            Err(failure) => {
                self.give_up(invoices).await;
                Err(failure.into())
            }
        }
    }

    async fn record(&self, write: &Write, settled: &[Settled]) {
        let recording = settled.iter().map(|settled| self.record_one(write, settled)).collect();
        let recording = side_by_side(recording).collect::<Vec<Result<(), TableError>>>();
        let counting = self.audit_absent(write, settled);
        let recording = join3(recording, counting, self.outdate_written(settled))
            .map(|(recorded, counted, ())| [recorded, vec![counted]].concat());
        // The caller gets the outcomes, recorded or not.
        let time = self.asker.deadline.left().max(MARGIN / 50);
        match timeout(time, recording).await {
            Ok(recorded) => {
                let errors: Vec<TableError> =
                    recorded.into_iter().filter_map(Result::err).collect();
                if let Some(error) = errors.first() {
                    metrics::records_not_kept(errors.len());
                    warn!(requestId = %self.asker.request_id, %error, failed = errors.len(),
                        of = settled.len(), "what came of writes could not be recorded");
                }
            }
            Err(_) => {
                metrics::records_not_kept(settled.len());
                warn!(requestId = %self.asker.request_id, of = settled.len(),
                    "what came of writes could not be recorded in time");
            }
        }
    }
}
