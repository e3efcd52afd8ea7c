//! What came of writes, recorded: the locks end, and the records of who wrote
//! are completed.

use engine::writing::OutcomeRecord;
use futures::future::{FutureExt, join, join3};
use futures::stream::StreamExt;
use invoice::{ConnectionName, Outcome, Write};
use tokio::time::timeout;
use tracing::warn;

use super::super::lock::{self, HeldLock};
use super::super::sent::{self, Sent};
use super::super::{MARGIN, audit, count_not_kept, later};
use super::{WriteLedger, side_by_side};
use crate::table::{Condition, TableError, Test};

impl WriteLedger {
    pub(super) async fn settle(&self, write: &Write, settled: &[OutcomeRecord]) {
        let recording = settled.iter().map(|settled| self.record_one(write, settled)).collect();
        let recording = side_by_side(recording).collect::<Vec<Result<(), TableError>>>();
        let counting = self.audit_absent(write, settled);
        let recording = join3(recording, counting, self.invalidate_written(settled))
            .map(|(recorded, counted, ())| [recorded, vec![counted]].concat());
        // The caller gets the outcomes, recorded or not.
        let time = self.actor.deadline.left().max(MARGIN / 50);
        match timeout(time, recording).await {
            Ok(recorded) => {
                let errors: Vec<TableError> =
                    recorded.into_iter().filter_map(Result::err).collect();
                if let Some(error) = errors.first() {
                    count_not_kept(errors.len());
                    warn!(requestId = %self.actor.request_id, %error, failed = errors.len(),
                        of = settled.len(), "what came of writes could not be recorded");
                }
            }
            Err(_) => {
                count_not_kept(settled.len());
                warn!(requestId = %self.actor.request_id, of = settled.len(),
                    "what came of writes could not be recorded in time");
            }
        }
    }

    /// Of all that may have been written, now or in an earlier try: what was
    /// listed while it was under way may show it or not.
    async fn invalidate_written(&self, settled: &[OutcomeRecord]) {
        let written: Vec<&ConnectionName> = {
            let recalled = self.recalled();
            let sent = |one: &&OutcomeRecord| one.sent || recalled.contains_key(&one.invoice);
            settled.iter().filter(sent).map(|one| one.invoice.connection()).collect()
        };
        if let Err(error) = self.invalidate(written.into_iter()).await {
            count_not_kept(1);
            warn!(requestId = %self.actor.request_id, %error,
                "listings could not be told of a write: they may show it late");
        }
    }

    async fn record_one(&self, write: &Write, settled: &OutcomeRecord) -> Result<(), TableError> {
        let held = self.held().get(&settled.invoice).cloned();
        let recalled = self.recalled().get(&settled.invoice).cloned();
        let now = held.as_ref().and_then(|held| held.sent.as_ref());
        let audited = self.audit_outcome(write, settled, now.or(recalled.as_ref()));
        let settling = async {
            match (&held, &recalled) {
                (Some(HeldLock { sent: Some(sent), .. }), _) => self.end_sent(settled, sent).await,
                (Some(held), _) => {
                    let key = lock::key(&settled.invoice);
                    self.release(vec![(key, held.previous.clone())]).await;
                    Ok(())
                }
                (None, Some(recalled)) => self.end_recalled(settled, recalled).await,
                (None, None) => Ok(()),
            }
        };
        let (audited, settled) = join(audited, settling).await;
        audited.and(settled)
    }

    /// Names that lead to no invoice have no record each, or a caller who sends made-up
    /// ones would fill the audit; one record says how many they were.
    async fn audit_absent(
        &self,
        write: &Write,
        settled: &[OutcomeRecord],
    ) -> Result<(), TableError> {
        let absent = settled.iter().filter(|settled| audit::is_absent(settled)).count();
        if absent == 0 {
            return Ok(());
        }
        let item = audit::absent(&self.actor, write, self.key_hash(), absent, self.audited_until());
        let key = audit::absent_key(&self.actor);
        self.store.table.put(&key, item, &Condition::always()).await.map(drop)
    }

    async fn audit_outcome(
        &self,
        write: &Write,
        settled: &OutcomeRecord,
        sent: Option<&Sent>,
    ) -> Result<(), TableError> {
        let (table, now) = (&self.store.table, self.store.now());
        match sent {
            Some(sent) => {
                let outcome = audit::outcome(&self.actor, settled, now);
                table.update(&sent.audit, outcome, &Condition::all([Test::Present])).await?;
            }
            None if audit::is_absent(settled) => {}
            None => {
                let (own, until) =
                    (audit::key(&self.actor, &settled.invoice), self.audited_until());
                let item =
                    audit::unsent(&self.actor, write, self.key_hash(), settled, (now, until));
                table.put(&own, item, &Condition::always()).await?;
            }
        }
        Ok(())
    }

    /// Ends the lock by which this try has sent.
    async fn end_sent(&self, settled: &OutcomeRecord, sent: &Sent) -> Result<(), TableError> {
        let (table, key, now) = (&self.store.table, lock::key(&settled.invoice), self.store.now());
        let ours = lock::of_attempt(&self.actor.attempt);
        let previous = self.held().get(&settled.invoice).and_then(|held| held.previous.clone());
        let is_needed = self.key.is_some() || previous.is_some();
        match settled.outcome {
            // What nobody sends any more ends this long from now.
            Outcome::Unknown => {
                let soonest = later(now, self.store.unsettled);
                let at = if settled.under_way { sent.settles_at.min(soonest) } else { now };
                let open = settled.under_way.then_some(self.actor.attempt.as_str());
                let kept = lock::kept(open, at);
                table.update(&key, kept, &ours).await?;
                if let Some(keyed) = &self.key {
                    let key = sent::key(&keyed.hash, &settled.invoice);
                    table.update(&key, sent::settling(at), &ours).await?;
                }
            }
            // Others may go on at once. The key's owner may have to come back:
            // its answer is not kept yet, and should it never be, the invoice
            // alone would show the write as somebody else's, or as nothing at
            // all where it is gone.
            Outcome::Applied if is_needed => {
                table.update(&key, lock::kept(None, now), &ours).await?;
            }
            Outcome::Applied | Outcome::Unchanged => drop(table.delete(&key, &ours).await?),
            Outcome::Rejected => {
                self.forget(&settled.invoice).await?;
                match previous {
                    None => table.delete(&key, &ours).await?,
                    Some(by) => {
                        let item = lock::released(&by, now);
                        table.update(&key, item, &ours).await?
                    }
                };
            }
        }
        Ok(())
    }

    /// What an earlier try sent is settled: its lock, if it still is, binds
    /// nobody any more.
    async fn end_recalled(
        &self,
        settled: &OutcomeRecord,
        recalled: &Sent,
    ) -> Result<(), TableError> {
        if settled.under_way {
            return Ok(());
        }
        let theirs = lock::of_attempt(&recalled.attempt);
        let kept = lock::kept(None, self.store.now());
        self.store.table.update(&lock::key(&settled.invoice), kept, &theirs).await.map(drop)
    }
}
