//! A made-up provider, with luck of every kind, and a ledger in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use engine::Connection;
use engine::writing::{
    self, InvoiceLock, InvoiceSnapshot, Ledger, LedgerError, OutcomeRecord, Sent, Superseded,
    WriteContext,
};
use invoice::{
    Action, AvailableAction, Direction, Field, Invoice, Outcome, Reference, Scope, Status, Write,
    WriteResult,
};
use jiff::Timestamp;
use provider_client::SendKey;
use provider_client::capability::{Capabilities, IdSpelling, Sending};
use provider_client::error::Fate;
use provider_client::provider::{Page, Part, Plan, Question, Start, View, Written};
use provider_client::{Deadline, ErrorKind, Provider, ProviderError};

pub const fn capabilities(sending: &'static [(Action, Sending)]) -> Capabilities {
    Capabilities {
        provider: "made-up",
        title: "Made up",
        ids: IdSpelling::Exact,
        direction: Direction::Receivable,
        customer_required: false,
        filters: &[],
        sorts: &[],
        includes: &[],
        completed_one_by_one: &[],
        writes: sending,
        comments_kept: &[Action::Activate, Action::Cancel, Action::Update],
        updatable: &[Field::Terms],
        concurrency: 4,
        assumptions: &[],
    }
}

pub static BULK: Capabilities = capabilities(&[(Action::Activate, Sending::Bulk(4))]);
pub static SINGLE: Capabilities = capabilities(&[(Action::Activate, Sending::Single)]);

/// What befalls one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Luck {
    Fine,
    /// Applied, and answered without showing it.
    Silent,
    AppliedThenLost,
    AppliedThenFailed,
    LostBefore,
    FailedBefore,
    /// The first half is applied, and the whole call refused.
    HalfThenRefused,
    AppliedThenRefused,
    Refused,
    /// The first half is applied, and the call refused as one too many.
    HalfThenLimited,
}

#[derive(Default)]
pub struct Truth {
    pub status: BTreeMap<String, Status>,
    pub applied: BTreeMap<String, u32>,
    pub requested: u32,
    /// What each call was sent under.
    pub keys: Vec<SendKey>,
    pub luck: Vec<Luck>,
    pub reads_fail: bool,
    pub reads_fail_after_writing: bool,
    /// Reading shows drafts, whatever was done.
    pub reads_show_nothing: bool,
}

pub struct MadeUp {
    pub capabilities: &'static Capabilities,
    pub truth: Mutex<Truth>,
}

impl MadeUp {
    pub fn error(&self, kind: ErrorKind, fate: Fate) -> ProviderError {
        let error =
            ProviderError::new(kind, "made-up", &"a".parse().unwrap(), "activate", "it failed");
        ProviderError { fate, ..error }
    }

    pub fn refusal(&self) -> ProviderError {
        let error = self.error(ErrorKind::Rejected, Fate::NotAccepted);
        ProviderError { status: Some(400), ..error }
    }

    pub fn invoice(id: &str, status: Status) -> Invoice {
        let reference = Reference::new(&"a".parse().unwrap(), id);
        let mut invoice = Invoice::unknown(reference, "made-up", Direction::Receivable);
        invoice.status = status;
        if status == Status::Draft {
            let active = AvailableAction { resulting_status: Some(Status::Active) };
            invoice.available_actions.insert(Action::Activate, active);
        }
        invoice
    }
}

#[async_trait]
impl Provider for MadeUp {
    fn capabilities(&self) -> &'static Capabilities {
        self.capabilities
    }

    fn plan(&self, _: &Question) -> Result<Plan, ProviderError> {
        Ok(Plan::default())
    }

    async fn page(
        &self,
        _: &Question,
        _: &Part,
        _: &Start,
        _: Deadline,
    ) -> Result<Page, ProviderError> {
        Ok(Page::default())
    }

    async fn get(&self, id: &str, _: &View, _: Deadline) -> Result<Invoice, ProviderError> {
        tokio::task::yield_now().await;
        let truth = self.truth.lock().unwrap();
        let is_written = truth.requested > 0;
        if truth.reads_fail || (truth.reads_fail_after_writing && is_written) {
            return Err(self.error(ErrorKind::Failed, Fate::Finished));
        }
        let status = truth
            .status
            .get(id)
            .ok_or_else(|| self.error(ErrorKind::NotFound, Fate::NotAccepted))?;
        Ok(Self::invoice(id, if truth.reads_show_nothing { Status::Draft } else { *status }))
    }

    async fn write(
        &self,
        _: &Write,
        invoices: &[Invoice],
        key: &SendKey,
        _: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        tokio::task::yield_now().await;
        let mut truth = self.truth.lock().unwrap();
        truth.requested += 1;
        truth.keys.push(key.clone());
        let luck = truth.luck.pop().unwrap_or(Luck::Fine);
        match luck {
            Luck::LostBefore => return Err(self.error(ErrorKind::Unreachable, Fate::Unclear)),
            Luck::FailedBefore => return Err(self.error(ErrorKind::Failed, Fate::Finished)),
            Luck::Refused => return Err(self.refusal()),
            _ => {}
        }
        let is_half = matches!(luck, Luck::HalfThenRefused | Luck::HalfThenLimited);
        let half = if is_half { invoices.len() / 2 } else { invoices.len() };
        for invoice in &invoices[..half] {
            truth.status.insert(invoice.id.id().to_owned(), Status::Active);
            *truth.applied.entry(invoice.id.id().to_owned()).or_default() += 1;
        }
        match luck {
            Luck::AppliedThenLost => Err(self.error(ErrorKind::Timeout, Fate::Unclear)),
            Luck::AppliedThenFailed => Err(self.error(ErrorKind::Failed, Fate::Finished)),
            Luck::HalfThenRefused | Luck::AppliedThenRefused => Err(self.refusal()),
            Luck::HalfThenLimited => {
                let error = self.error(ErrorKind::RateLimited, Fate::NotAccepted);
                let retry_after = Some(Duration::from_millis(10));
                Err(ProviderError { status: Some(429), retry_after, ..error })
            }
            Luck::Silent => Ok(Vec::new()),
            _ => Ok(invoices
                .iter()
                .map(|one| Written {
                    id: one.id.id().to_owned(),
                    invoice: Self::invoice(one.id.id(), Status::Active),
                })
                .collect()),
        }
    }
}

/// The record of all requests.
#[derive(Default)]
pub struct Record {
    /// Who has an invoice.
    pub locks: BTreeMap<Reference, String>,
    /// Everything that was sent, in its order.
    pub sent: Vec<Dispatch>,
    /// Of these invoices nothing can be recorded.
    pub refused: BTreeSet<Reference>,
}

pub struct Dispatch {
    pub owner: String,
    pub before: InvoiceSnapshot,
    pub since: Timestamp,
    pub key: SendKey,
    pub under_way: bool,
    /// The sending came to nothing, and is nobody's to remember.
    pub forgotten: bool,
}

pub struct InMemory {
    pub owner: String,
    pub record: Arc<Mutex<Record>>,
    pub broken: bool,
}

impl Record {
    pub fn last(&mut self, invoice: &Reference) -> Option<&mut Dispatch> {
        self.sent.iter_mut().rev().find(|one| one.before.id == *invoice && !one.forgotten)
    }

    pub fn recall(&self, owner: &str, invoice: &Reference) -> Option<Sent> {
        let mut of_it = self.sent.iter().filter(|one| one.before.id == *invoice && !one.forgotten);
        let all: Vec<&Dispatch> = of_it.by_ref().collect();
        let at = all.iter().rposition(|one| one.owner == owner)?;
        let next = all.get(at + 1).map(|next| Superseded { before: Some(next.before.clone()) });
        let mine = all[at];
        Some(Sent {
            since: mine.since,
            unclear_for: Duration::from_secs(if mine.under_way { 30 } else { 0 }),
            before: mine.before.clone(),
            superseded: next,
        })
    }

    pub fn lock(&mut self, owner: &str, invoice: &Reference) -> InvoiceLock {
        let busy = InvoiceLock::Busy { retry_after: Duration::from_secs(1) };
        let locked = self.locks.get(invoice).is_some_and(|other| other != owner);
        let sending = self.last(invoice).is_some_and(|last| last.owner != owner && last.under_way);
        if locked || sending {
            return busy;
        }
        self.locks.insert(invoice.clone(), owner.to_owned());
        InvoiceLock::Ours
    }
}

impl InMemory {
    pub fn answer<T>(&self, invoice: &Reference, answer: T) -> Result<T, LedgerError> {
        let refused = self.broken || self.record.lock().unwrap().refused.contains(invoice);
        if refused { Err(LedgerError("no table".into())) } else { Ok(answer) }
    }
}

#[async_trait]
impl Ledger for InMemory {
    async fn recall(&self, invoices: &[Reference]) -> Vec<Result<Option<Sent>, LedgerError>> {
        let recall = |one: &Reference| self.record.lock().unwrap().recall(&self.owner, one);
        invoices.iter().map(|invoice| Ok(recall(invoice))).collect()
    }

    async fn lock(
        &self,
        _: &Write,
        invoices: &[Reference],
    ) -> Vec<Result<InvoiceLock, LedgerError>> {
        let lock = |invoice: &Reference| {
            self.answer(invoice, ())?;
            Ok(self.record.lock().unwrap().lock(&self.owner, invoice))
        };
        invoices.iter().map(lock).collect()
    }

    async fn sending(
        &self,
        _: &Write,
        invoices: &[InvoiceSnapshot],
    ) -> Vec<Result<SendKey, LedgerError>> {
        let record = |snapshot: &InvoiceSnapshot| {
            let (owner, since) = (self.owner.clone(), Timestamp::now());
            let before = snapshot.clone();
            let mut record = self.record.lock().unwrap();
            let mut own = record
                .sent
                .iter()
                .filter(|one| one.owner == owner && one.before.id == before.id && !one.forgotten);
            let earlier = own.next_back().map(|one| one.key.clone());
            let attempt = format!("attempt {}", record.sent.len());
            let key = earlier.unwrap_or_else(|| SendKey::of(&attempt, &before.id));
            let (under_way, forgotten) = (true, false);
            let sent = Dispatch { owner, before, since, key: key.clone(), under_way, forgotten };
            record.sent.push(sent);
            Ok(key)
        };
        invoices.iter().map(record).collect()
    }

    async fn record(&self, _: &Write, settled: &[OutcomeRecord]) {
        let mut record = self.record.lock().unwrap();
        for one in settled {
            if record.locks.get(&one.invoice) == Some(&self.owner) {
                record.locks.remove(&one.invoice);
            }
            let owner = self.owner.clone();
            let Some(last) = record.last(&one.invoice).filter(|last| last.owner == owner) else {
                continue;
            };
            match one.outcome {
                Outcome::Unknown => last.under_way = one.under_way && last.under_way,
                Outcome::Rejected => last.forgotten = true,
                Outcome::Applied | Outcome::Unchanged => last.under_way = false,
            }
        }
    }
}

pub struct Stage {
    pub provider: Arc<MadeUp>,
    pub connections: Vec<Connection>,
    pub record: Arc<Mutex<Record>>,
}

impl Stage {
    pub fn new(capabilities: &'static Capabilities, drafts: usize, luck: &[Luck]) -> Self {
        let mut truth = Truth { luck: luck.iter().rev().copied().collect(), ..Truth::default() };
        for id in 0..drafts {
            truth.status.insert(format!("{id:02}"), Status::Draft);
        }
        let provider = Arc::new(MadeUp { capabilities, truth: Mutex::new(truth) });
        let connection = Connection { name: "a".parse().unwrap(), provider: Ok(provider.clone()) };
        Self { provider, connections: vec![connection], record: Arc::default() }
    }

    pub fn ledger(&self, owner: &str) -> InMemory {
        InMemory { owner: owner.to_owned(), record: self.record.clone(), broken: false }
    }

    pub async fn activate(&self, owner: &str, ids: &[String]) -> Vec<WriteResult> {
        self.execute(owner, &ACTIVATE, ids).await
    }

    pub async fn execute(&self, owner: &str, write: &Write, ids: &[String]) -> Vec<WriteResult> {
        let ledger = self.ledger(owner);
        let asked = WriteContext {
            connections: &self.connections,
            scope: &Scope::All,
            precondition: None,
            deadline: Deadline::after(Duration::from_secs(20)),
        };
        let ids: Vec<Reference> = ids.iter().map(|id| format!("a:{id}").parse().unwrap()).collect();
        writing::execute(&asked, write, &ids, &ledger).await
    }

    pub fn applied(&self, id: &str) -> u32 {
        self.provider.truth.lock().unwrap().applied.get(id).copied().unwrap_or(0)
    }

    /// Whether all calls were sent under one key.
    pub fn is_one_key(&self) -> bool {
        let truth = self.provider.truth.lock().unwrap();
        truth.keys.iter().all(|key| *key == truth.keys[0])
    }

    pub fn requested(&self) -> u32 {
        self.provider.truth.lock().unwrap().requested
    }

    /// The provider can no longer be at anything.
    pub fn time_passes(&self) {
        for sent in &mut self.record.lock().unwrap().sent {
            sent.under_way = false;
        }
    }
}

pub const ACTIVATE: Write = Write::Activate { invoice_date: None, comment: None };

pub fn ids(count: usize) -> Vec<String> {
    (0..count).map(|id| format!("{id:02}")).collect()
}

pub fn outcomes(results: &[WriteResult]) -> Vec<Outcome> {
    results.iter().map(|result| result.outcome).collect()
}
