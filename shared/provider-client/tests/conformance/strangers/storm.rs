//! Many finalizations by several callers at once, over a way that loses, cuts and delays
//! what is answered and what is asked.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use engine::Connection;
use engine::writing::{
    self, InvoiceLock, InvoiceSnapshot, Ledger, LedgerError, OutcomeRecord, Sent, WriteContext,
};
use futures::future::join_all;
use futures::stream::{self, StreamExt};
use invoice::{Outcome, Reference, Scope, Write};
use jiff::Timestamp;
use provider_client::Deadline;
use provider_client::SendKey;

use super::population::{self, State};
use super::stand_in::StandIn;

/// Unless `STORM_FINALIZATIONS` says otherwise.
const INVOICES: usize = 160;
const CALLERS: usize = 8;
/// How many invoices a request is for.
const TOGETHER: usize = 10;
/// Of a hundred answers, so many meet with something.
const ILL: u32 = 30;
/// Shorter than a request can be late: what is sent again under the same key meets the
/// first sending at the stand-in.
const UNSETTLED: Duration = Duration::from_secs(2);
/// A storm that takes longer does not end.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// The record of all requests.
#[derive(Default)]
struct Record {
    /// Who has an invoice, and whether anything was sent.
    locks: BTreeMap<Reference, String>,
    sent: BTreeMap<(String, Reference), (Timestamp, InvoiceSnapshot, SendKey)>,
}

/// The ledger of one request.
struct OneRequest {
    owner: String,
    record: Arc<Mutex<Record>>,
}

#[async_trait]
impl Ledger for OneRequest {
    async fn recall(&self, invoices: &[Reference]) -> Vec<Result<Option<Sent>, LedgerError>> {
        let record = self.record.lock().unwrap();
        let recall = |invoice: &Reference| {
            let (since, before, _) =
                record.sent.get(&(self.owner.clone(), invoice.clone()))?.clone();
            let age = Timestamp::now().duration_since(since).unsigned_abs();
            let unclear_for = UNSETTLED.saturating_sub(age);
            Some(Sent { since, unclear_for, before, superseded: None })
        };
        invoices.iter().map(|invoice| Ok(recall(invoice))).collect()
    }

    async fn lock(
        &self,
        _: &Write,
        invoices: &[Reference],
    ) -> Vec<Result<InvoiceLock, LedgerError>> {
        let mut record = self.record.lock().unwrap();
        let mut lock = |invoice: &Reference| {
            let owner = record.locks.entry(invoice.clone()).or_insert_with(|| self.owner.clone());
            let busy = InvoiceLock::Busy { retry_after: Duration::from_secs(1) };
            if *owner == self.owner { InvoiceLock::Ours } else { busy }
        };
        invoices.iter().map(|invoice| Ok(lock(invoice))).collect()
    }

    async fn sending(
        &self,
        _: &Write,
        invoices: &[InvoiceSnapshot],
    ) -> Vec<Result<SendKey, LedgerError>> {
        let mut record = self.record.lock().unwrap();
        let mut sending = |snapshot: &InvoiceSnapshot| {
            let of = (self.owner.clone(), snapshot.id.clone());
            let attempt = format!("{} at {}", self.owner, Timestamp::now());
            let earlier = record.sent.get(&of).map(|(_, _, key)| key.clone());
            let key = earlier.unwrap_or_else(|| SendKey::of(&attempt, &snapshot.id));
            record.sent.insert(of, (Timestamp::now(), snapshot.clone(), key.clone()));
            key
        };
        invoices.iter().map(|snapshot| Ok(sending(snapshot))).collect()
    }

    async fn record(&self, _: &Write, settled: &[OutcomeRecord]) {
        let mut record = self.record.lock().unwrap();
        for one in settled.iter().filter(|one| one.outcome != Outcome::Unknown) {
            if record.locks.get(&one.invoice) == Some(&self.owner) {
                record.locks.remove(&one.invoice);
            }
            if one.outcome == Outcome::Rejected {
                record.sent.remove(&(self.owner.clone(), one.invoice.clone()));
            }
        }
    }
}

/// Asks, again and again under one key, until each invoice is told of for good; how
/// often each was told to be applied, and how many tries it took.
async fn settled(
    connections: &[Connection],
    mut ids: Vec<Reference>,
    ledger: &OneRequest,
    applied: &Mutex<BTreeMap<Reference, usize>>,
) -> usize {
    let (activate, began) = (Write::Activate { invoice_date: None, comment: None }, Instant::now());
    let mut tries = 0;
    while !ids.is_empty() {
        assert!(began.elapsed() < PATIENCE, "it does not end: {ids:?}");
        tries += 1;
        let deadline = Deadline::after(Duration::from_secs(20));
        let asked = WriteContext { connections, scope: &Scope::All, precondition: None, deadline };
        let told = writing::execute(&asked, &activate, &ids, ledger).await;
        ids.clear();
        for one in told {
            match one.outcome {
                Outcome::Applied => *applied.lock().unwrap().entry(one.id).or_default() += 1,
                Outcome::Unchanged => {}
                Outcome::Unknown | Outcome::Rejected => {
                    let problem = one.problem.unwrap();
                    assert!(problem.retryable, "{problem:?}");
                    ids.push(one.id);
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(if ids.is_empty() { 0 } else { 500 })).await;
    }
    tries
}

/// Each invoice is asked for by two callers.
#[tokio::test]
#[ignore = "wants the stand-in: .ci/strangers"]
async fn a_storm_over_a_bad_way_finalizes_each_invoice_once() {
    let count = std::env::var("STORM_FINALIZATIONS").ok().and_then(|count| count.parse().ok());
    let count: usize = count.unwrap_or(INVOICES);
    let stand_in = Arc::new(StandIn::open("storm").await);
    let customers = population::customers(&stand_in).await;
    let drafts = (0..count).map(|at| population::invoice(&stand_in, &customers, at, State::Draft));
    let ids: Vec<String> = stream::iter(drafts).buffered(6).collect().await;
    let (began, before) = (Instant::now(), stand_in.way.calls());
    stand_in.way.ill.store(ILL, Ordering::Relaxed);
    let record = Arc::new(Mutex::new(Record::default()));
    let applied = Arc::new(Mutex::new(BTreeMap::new()));
    let requests: Vec<Vec<Reference>> = ids
        .chunks(TOGETHER)
        .map(|some| some.iter().map(|id| format!("stripe:{id}").parse().unwrap()).collect())
        .collect();
    let callers = (0..CALLERS).map(|caller| {
        // The neighbour has the same requests, from their other end.
        let own = requests.iter().skip(caller / 2).step_by(CALLERS / 2).cloned();
        let mut own: Vec<Vec<Reference>> = own.collect();
        if caller % 2 == 1 {
            own.reverse();
        }
        let (stand_in, record) = (Arc::clone(&stand_in), Arc::clone(&record));
        let applied = Arc::clone(&applied);
        tokio::spawn(async move {
            let connections = [stand_in.connection()];
            let mut tries = 0;
            for (at, ids) in own.into_iter().enumerate() {
                let owner = format!("caller {caller}, request {at}");
                let ledger = OneRequest { owner, record: Arc::clone(&record) };
                tries += settled(&connections, ids, &ledger, &applied).await;
            }
            tries
        })
    });
    let tries: usize = join_all(callers).await.into_iter().map(Result::unwrap).sum();
    stand_in.way.ill.store(0, Ordering::Relaxed);
    // Requests that are late still arrive.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let once: BTreeMap<String, usize> = ids.iter().map(|id| (id.clone(), 1)).collect();
    assert_eq!(stand_in.finalized().await, once, "by the stand-in's own log");
    let applied = applied.lock().unwrap();
    assert_eq!(applied.len(), count, "each is told to somebody");
    let twice = applied.values().filter(|times| **times > 1).count();
    let sent = stand_in.way.sent();
    let mut keys: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for sent in sent.iter().filter(|sent| sent.path.ends_with("/finalize")) {
        keys.entry(sent.path.as_str()).or_default().push(sent.key.as_deref().unwrap());
    }
    let again: usize = keys.values().map(|keys| keys.len() - 1).sum();
    println!(
        "{count} finalizations by {CALLERS} callers: {} exchanges in {} s, {tries} requests; {} \
         were sent, {again} of them again; told applied to two callers: {twice}",
        stand_in.way.calls() - before,
        began.elapsed().as_secs(),
        again + keys.len(),
    );
}
