//! One invoice, one id: whatever case its id is asked in, it is locked, sent and told as
//! one, under the name its provider lists it by.
#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use engine::writing::{
    self, InvoiceLock, InvoiceSnapshot, Ledger, LedgerError, OutcomeRecord, Sent, WriteContext,
};
use engine::{Connection, lookup};
use invoice::{
    Action, AvailableAction, Code, Direction, Invoice, Outcome, Problem, Reference, Scope, Status,
    Write, WriteResult,
};
use jiff::Timestamp;
use provider_client::SendKey;
use provider_client::capability::{Capabilities, IdSpelling, Sending};
use provider_client::provider::{Page, Part, Plan, Question, Start, View, Written};
use provider_client::{Deadline, ErrorKind, Provider, ProviderError};

static CAPABILITIES: Capabilities = Capabilities {
    provider: "made-up",
    title: "Made up",
    ids: IdSpelling::AnyCase,
    direction: Direction::Receivable,
    customer_required: false,
    filters: &[],
    sorts: &[],
    includes: &[],
    completed_one_by_one: &[],
    writes: &[(Action::Activate, Sending::Bulk(10))],
    comments_kept: &[Action::Activate, Action::Cancel, Action::Update],
    updatable: &[],
    concurrency: 4,
    assumptions: &[],
};

/// A provider that takes an id in any case.
#[derive(Default)]
struct AnyCase {
    drafts: Mutex<BTreeMap<String, Status>>,
    sent: Mutex<Vec<String>>,
    /// The error that every reading fails with, where it does.
    failing: Mutex<Option<ErrorKind>>,
}

impl AnyCase {
    /// With drafts that are listed by these ids.
    fn with(ids: &[&str]) -> Arc<Self> {
        let drafts = ids.iter().map(|id| ((*id).to_owned(), Status::Draft)).collect();
        Arc::new(Self { drafts: Mutex::new(drafts), ..Self::default() })
    }

    fn invoice(&self, id: &str) -> Option<Invoice> {
        let drafts = self.drafts.lock().unwrap();
        let (id, status) = drafts.iter().find(|(known, _)| known.eq_ignore_ascii_case(id))?;
        let reference = Reference::new(&"a".parse().unwrap(), id.as_str());
        let mut invoice = Invoice::unknown(reference, "made-up", Direction::Receivable);
        invoice.status = *status;
        if *status == Status::Draft {
            let active = AvailableAction { resulting_status: Some(Status::Active) };
            invoice.available_actions.insert(Action::Activate, active);
        }
        Some(invoice)
    }
}

#[async_trait]
impl Provider for AnyCase {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
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
        let connection = "a".parse().unwrap();
        let failed = |kind| ProviderError::new(kind, "made-up", &connection, "get", "it failed");
        match *self.failing.lock().unwrap() {
            Some(kind) => Err(failed(kind)),
            None => self.invoice(id).ok_or_else(|| failed(ErrorKind::NotFound)),
        }
    }

    async fn write(
        &self,
        _: &Write,
        invoices: &[Invoice],
        _: &SendKey,
        _: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        let written = invoices.iter().map(|before| {
            let id = before.id.id().to_owned();
            self.sent.lock().unwrap().push(id.clone());
            *self.drafts.lock().unwrap().get_mut(&id).unwrap() = Status::Active;
            Written { invoice: self.invoice(&id).unwrap(), id }
        });
        Ok(written.collect())
    }
}

/// Notes what is locked, and remembers what was sent.
#[derive(Default)]
struct Noted {
    locked: Mutex<Vec<String>>,
    sent: Mutex<Vec<InvoiceSnapshot>>,
    /// Nothing of what was sent can be recalled.
    forgetful: bool,
}

#[async_trait]
impl Ledger for Noted {
    async fn recall(&self, invoices: &[Reference]) -> Vec<Result<Option<Sent>, LedgerError>> {
        let sent = self.sent.lock().unwrap();
        let recall = |invoice: &Reference| {
            if self.forgetful {
                return Err(LedgerError("it does not answer".to_owned()));
            }
            let before = sent.iter().find(|before| before.id == *invoice).cloned();
            Ok(before.map(|before| Sent {
                since: Timestamp::now(),
                unclear_for: Duration::from_secs(60),
                before,
                superseded: None,
            }))
        };
        invoices.iter().map(recall).collect()
    }

    async fn lock(
        &self,
        _: &Write,
        invoices: &[Reference],
    ) -> Vec<Result<InvoiceLock, LedgerError>> {
        self.locked.lock().unwrap().extend(invoices.iter().map(ToString::to_string));
        vec![Ok(InvoiceLock::Ours); invoices.len()]
    }

    async fn sending(
        &self,
        _: &Write,
        invoices: &[InvoiceSnapshot],
    ) -> Vec<Result<SendKey, LedgerError>> {
        let locked = self.locked.lock().unwrap();
        assert!(invoices.iter().all(|snapshot| locked.contains(&snapshot.id.to_string())));
        self.sent.lock().unwrap().extend(invoices.to_vec());
        invoices.iter().map(|one| Ok(SendKey::of("try", &one.id))).collect()
    }

    async fn record(&self, _: &Write, settled: &[OutcomeRecord]) {
        let locked = self.locked.lock().unwrap();
        assert!(settled.iter().all(|one| locked.contains(&one.invoice.to_string())));
    }
}

fn connections(provider: &Arc<AnyCase>) -> [Connection; 1] {
    let provider: Arc<dyn Provider> = provider.clone();
    [Connection { name: "a".parse().unwrap(), provider: Ok(provider) }]
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

/// What comes of activating these, and what was locked for it.
async fn activate(provider: &Arc<AnyCase>, ids: &[&str]) -> (Vec<WriteResult>, Vec<String>) {
    let ledger = Noted::default();
    let results = activate_by(&ledger, &connections(provider), ids).await;
    (results, ledger.locked.into_inner().unwrap())
}

async fn activate_by(ledger: &Noted, connections: &[Connection], ids: &[&str]) -> Vec<WriteResult> {
    let asked =
        WriteContext { connections, scope: &Scope::All, precondition: None, deadline: soon() };
    let write = Write::Activate { invoice_date: None, comment: None };
    let references: Vec<Reference> =
        ids.iter().map(|id| format!("a:{id}").parse().unwrap()).collect();
    let results = writing::execute(&asked, &write, &references, ledger).await;
    let told: Vec<&Reference> = results.iter().map(|result| &result.id).collect();
    assert_eq!(told, references.iter().collect::<Vec<_>>(), "each is told as it was asked");
    results
}

fn outcomes(results: &[WriteResult]) -> Vec<Outcome> {
    results.iter().map(|result| result.outcome).collect()
}

#[tokio::test]
async fn two_spellings_are_one_lock_one_sending_and_two_results() {
    let provider = AnyCase::with(&["ab-c1", "ab-c2"]);
    let (results, locked) = activate(&provider, &["AB-C1", "ab-c2", "ab-c1", "Ab-C1"]).await;
    assert_eq!(outcomes(&results), [Outcome::Applied; 4]);
    assert_eq!(locked, ["a:ab-c1", "a:ab-c2"]);
    assert_eq!(*provider.sent.lock().unwrap(), ["ab-c1", "ab-c2"]);
    let shown = results.iter().map(|result| result.invoice.as_ref().unwrap().id.id());
    assert_eq!(shown.collect::<Vec<_>>(), ["ab-c1", "ab-c2", "ab-c1", "ab-c1"]);
}

#[tokio::test]
async fn an_invoice_is_locked_by_the_name_it_is_listed_by() {
    let provider = AnyCase::with(&["AB-C1"]);
    let (results, locked) = activate(&provider, &["AB-C1", "Ab-c1"]).await;
    assert_eq!(outcomes(&results), [Outcome::Applied; 2]);
    assert_eq!(locked, ["a:AB-C1"]);
    assert_eq!(*provider.sent.lock().unwrap(), ["AB-C1"]);
}

/// Without reading it first, nobody could know that it is another's name.
#[tokio::test]
async fn what_seems_canonical_and_is_not_is_never_sent() {
    let provider = AnyCase::with(&["AB-C1"]);
    let (results, _) = activate(&provider, &["ab-c1"]).await;
    let problem = results[0].problem.as_ref().unwrap();
    assert_eq!((results[0].outcome, problem.code), (Outcome::Rejected, Code::InvoiceNotFound));
    assert!(problem.detail.contains("`a:AB-C1`"), "{}", problem.detail);
    assert!(provider.sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_is_locked_by_its_canonical_name() {
    let provider = AnyCase::with(&[]);
    let (results, locked) = activate(&provider, &["AB-C1"]).await;
    assert_eq!(results[0].problem.as_ref().unwrap().code, Code::InvoiceNotFound);
    assert_eq!(locked, ["a:ab-c1"]);
}

#[tokio::test]
async fn reading_another_spelling_gives_the_invoice_by_its_name() {
    let provider = AnyCase::with(&["ab-c1"]);
    let asked: Reference = "a:AB-C1".parse().unwrap();
    let view = View::default();
    let connections = connections(&provider);
    let read = lookup::get(&connections, &asked, &view, &Scope::All, soon()).await.unwrap();
    assert_eq!(read.id.to_string(), "a:ab-c1");
}

/// An earlier try has sent under the name the provider lists an invoice by; the one that
/// goes on from it cannot ask for that name.
#[tokio::test]
async fn what_may_have_been_sent_is_unknown_in_any_spelling() {
    let kinds = [ErrorKind::Timeout, ErrorKind::Unreachable, ErrorKind::Credentials];
    let failures = [None].into_iter().chain(kinds.map(Some));
    for failure in failures {
        let provider = AnyCase::with(&["ab-c1", "AB-C2", "ab-c3"]);
        let ledger = Noted::default();
        let ids = ["AB-C1", "AB-C2", "Ab-C2"];
        let first = activate_by(&ledger, &connections(&provider), &ids).await;
        assert_eq!(outcomes(&first), [Outcome::Applied; 3]);
        *provider.failing.lock().unwrap() = failure;
        let connections = match failure {
            Some(_) => connections(&provider),
            None => {
                let problem = Problem::unavailable("the connection cannot be opened");
                [Connection { name: "a".parse().unwrap(), provider: Err(problem) }]
            }
        };
        let again = ["AB-C1", "AB-C2", "Ab-C2", "AB-C3", "ab-c3"];
        let results = activate_by(&ledger, &connections, &again).await;
        let (unknown, rejected) = ([Outcome::Unknown; 3], [Outcome::Rejected; 2]);
        assert_eq!(outcomes(&results), [&unknown[..], &rejected].concat(), "{failure:?}");
        assert_eq!(provider.sent.lock().unwrap().len(), 2, "{failure:?}");
    }
}

/// Whoever has made an invoice vanish by a write knows it by the name it had.
#[tokio::test]
async fn what_was_sent_and_is_gone_is_known_by_the_name_it_was_listed_by() {
    let provider = AnyCase::with(&["AB-C1"]);
    let ledger = Noted::default();
    activate_by(&ledger, &connections(&provider), &["AB-C1"]).await;
    provider.drafts.lock().unwrap().clear();
    let results = activate_by(&ledger, &connections(&provider), &["AB-C1"]).await;
    assert_eq!(outcomes(&results), [Outcome::Unknown]);
}

#[tokio::test]
async fn what_cannot_be_recalled_is_unknown_without_its_connection() {
    let problem = Problem::unavailable("the connection cannot be opened");
    let connections = [Connection { name: "a".parse().unwrap(), provider: Err(problem) }];
    let ledger = Noted { forgetful: true, ..Noted::default() };
    let results = activate_by(&ledger, &connections, &["AB-C1", "ab-c2"]).await;
    assert_eq!(outcomes(&results), [Outcome::Unknown; 2]);
}
