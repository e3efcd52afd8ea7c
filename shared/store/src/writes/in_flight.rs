//! A request that is running, and how it ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::future::join_all;
use invoice::{Problem, Reference};
use serde_json::value::RawValue;
use tokio::time::timeout;
use tracing::{error, warn};

use super::attributes::State;
use super::keyed::Keyed;
use super::stored_answer::{StoredAnswer, parted_results};
use super::stored_record::{RECORD_VERSION, StoredRecord};
use super::{Actor, MARGIN, WriteLedger, WriteStore, count_not_kept, later};
use crate::packing::pack;
use crate::table::parted::PartedBytes;
use crate::table::{Changed, Condition, Item, Stored, TableError};

/// A request that is running. Dropped without an end it counts as killed once
/// its time is up: the same key then goes on from it.
#[derive(Debug)]
pub struct InFlight {
    pub(super) store: WriteStore,
    pub(super) actor: Arc<Actor>,
    pub(super) record: Option<Record>,
}

/// The record of a request's key.
#[derive(Debug)]
pub(super) struct Record {
    pub at: String,
    pub request: String,
    pub keyed: Arc<Keyed>,
    pub selection: Option<Vec<u8>>,
}

impl Record {
    /// The key of a part of what the request came to, as `attempt` put it.
    pub fn part(&self, attempt: &str, number: usize) -> String {
        format!("{}#{attempt}#{number}", self.at)
    }
}

impl InFlight {
    /// The ledger for its writes.
    pub fn ledger(&self) -> WriteLedger {
        let keyed = self.record.as_ref().map(|record| record.keyed.clone());
        WriteLedger::new(self.store.clone(), self.actor.clone(), keyed)
    }

    /// Whose writes these are: the same in every try of a request that has a key.
    pub fn owner(&self) -> &str {
        self.record.as_ref().map_or(&self.actor.attempt, |record| &record.keyed.owner)
    }

    /// Keeps which invoices are meant, before anything is sent for them: a later
    /// try must not mean others.
    ///
    /// # Errors
    /// `unavailable`, when they cannot be kept: nothing may be sent then.
    pub async fn selected(&mut self, invoices: &[Reference]) -> Result<(), Problem> {
        let Some(record) = &mut self.record else {
            return Ok(());
        };
        // Texts alone: writing them cannot fail.
        let packed = pack(&serde_json::to_string(invoices).unwrap_or_default());
        let set = Item::default().set(StoredRecord::SELECTION, packed.clone());
        let ours = Condition::all([StoredRecord::ATTEMPT.is(self.actor.attempt.as_str())]);
        let update = self.store.table.update(&record.at, set, &ours);
        match timeout(self.actor.deadline.left(), update).await {
            Ok(Ok(Changed::Done)) => {
                record.selection = Some(packed);
                Ok(())
            }
            Ok(Ok(Changed::Refused(_))) => Err(out_of_reach("a record was taken over")),
            Ok(Err(error)) => Err(out_of_reach(&error.to_string())),
            Err(_) => Err(out_of_reach("the record does not answer in time")),
        }
    }

    /// Ends the request with its answer, all of which is settled: the same key has the
    /// same answer. The answer is given whether or not it could be kept: then the same
    /// key goes on from what the ledger says.
    pub async fn finish(self, answer: &StoredAnswer) {
        let Some(record) = &self.record else {
            return;
        };
        let stored = StoredRecord {
            open: Some(false),
            status: Some(answer.status),
            headers: Some(answer.headers_text()),
            ..self.begun(record)
        };
        let body = answer.parted_body(&self.actor.attempt);
        self.in_time("an answer could not be kept", self.keep(record, stored, body)).await;
    }

    /// Ends the request with what is known of each invoice, as JSON: something is
    /// `unknown`, or was not tried, and the same key goes on from it.
    pub async fn leave_open(self, results: &[&RawValue]) {
        let Some(record) = &self.record else {
            return;
        };
        let beside = record.selection.as_ref().map_or(0, Vec::len);
        let results = parted_results(results, beside, &self.actor.attempt);
        let stored = StoredRecord {
            open: Some(true),
            selection: record.selection.clone(),
            ..self.begun(record)
        };
        self.in_time("results could not be kept", self.keep(record, stored, results)).await;
    }

    /// Ends the request without an answer to keep: the same key can be used
    /// again at once. What may have been sent is still gone on from.
    pub async fn abandon(self) {
        let Some(record) = &self.record else {
            return;
        };
        let ours = Condition::all([StoredRecord::ATTEMPT.is(self.actor.attempt.as_str())]);
        let over = Item::default().set(StoredRecord::RUNNING_UNTIL, self.store.now());
        let table = &self.store.table;
        let ending = if record.keyed.sent.load(Ordering::Relaxed) {
            table.update(&record.at, over, &ours)
        } else {
            table.delete(&record.at, &ours)
        };
        self.in_time("a record could not be ended", ending).await;
    }

    async fn in_time(
        &self,
        failure: &'static str,
        change: impl Future<Output = Result<Changed, TableError>>,
    ) {
        let time = self.actor.deadline.left().max(MARGIN / 50);
        let why = match timeout(time, change).await {
            Ok(Ok(Changed::Done)) => return,
            Ok(Ok(Changed::Refused(_))) => "another try has taken over".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it does not answer in time".to_owned(),
        };
        count_not_kept(1);
        warn!(requestId = %self.actor.request_id, why, "{failure}");
    }

    async fn keep(
        &self,
        record: &Record,
        stored: StoredRecord,
        bytes: PartedBytes,
    ) -> Result<Changed, TableError> {
        let now = self.store.now();
        let table = &self.store.table;
        let outlives = later(now, self.actor.outlives());
        let parts = bytes.parts.into_iter().map(|(number, part)| {
            let part = part
                .set(StoredRecord::VERSION, RECORD_VERSION)
                .set(StoredRecord::EXPIRES_AT, outlives);
            let key = record.part(&self.actor.attempt, number);
            async move { table.put(&key, part, &Condition::always()).await }
        });
        // The parts before what leads to them.
        for part in join_all(parts).await {
            part?;
        }
        let stored = StoredRecord {
            state: State::Done,
            expires_at: later(now, self.actor.kept).into(),
            ..stored
        };
        let ours = Condition::all([StoredRecord::ATTEMPT.is(self.actor.attempt.as_str())]);
        table.put(&record.at, stored.into_item().and(bytes.item), &ours).await
    }

    /// What a record says from the beginning on.
    pub(super) fn begun(&self, record: &Record) -> StoredRecord {
        StoredRecord {
            version: RECORD_VERSION,
            request: record.request.clone(),
            owner: record.keyed.owner.clone(),
            state: State::Running,
            attempt: self.actor.attempt.clone(),
            running_until: self.actor.over_at.into(),
            expires_at: later(self.actor.asked_at, self.actor.kept).into(),
            open: None,
            selection: None,
            status: None,
            headers: None,
        }
    }

    /// Whether this try has put the record.
    pub(super) fn is_of_this(&self, there: &Item) -> bool {
        StoredRecord::ATTEMPT.read(there).as_ref() == Ok(&self.actor.attempt)
    }
}

/// Without the record nothing is sent.
pub(super) fn out_of_reach(why: &str) -> Problem {
    error!(why, "the records of idempotency keys cannot be used");
    let detail =
        "what was asked with this `Idempotency-Key` cannot be looked up now: nothing more was sent";
    Problem::unavailable(detail)
}
