//! A provider that hangs costs no more than the time there is, and is told as
//! what it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::ListQuery;
use async_trait::async_trait;
use engine::listing::list;
use engine::writing::{
    self, InvoiceLock, InvoiceSnapshot, Ledger, LedgerError, OutcomeRecord, Sent, WriteContext,
};
use engine::{Connection, lookup};
use invoice::{Action, Code, Outcome, Problem, Reference, Scope, Write};
use provider_client::SendKey;
use provider_client::provider::View;
use provider_client::{Deadline, Provider};
use sandbox::{Fault, FaultKind, ProviderKind, Sandbox};

use crate::rig::{NAME, Rig, everything};

/// What each question is given.
const TIME: Duration = Duration::from_secs(5);
/// What a laden machine may be late by.
const LATE: Duration = Duration::from_millis(250);

/// A ledger that lets everything pass; once something is sent, the provider
/// hangs.
struct Unwritten<'a>(&'a Hanging);

#[async_trait]
impl Ledger for Unwritten<'_> {
    async fn recall(&self, invoices: &[Reference]) -> Vec<Result<Option<Sent>, LedgerError>> {
        vec![Ok(None); invoices.len()]
    }

    async fn lock(
        &self,
        _: &Write,
        invoices: &[Reference],
    ) -> Vec<Result<InvoiceLock, LedgerError>> {
        vec![Ok(InvoiceLock::Ours); invoices.len()]
    }

    async fn sending(
        &self,
        _: &Write,
        invoices: &[InvoiceSnapshot],
    ) -> Vec<Result<SendKey, LedgerError>> {
        self.0.hang();
        invoices.iter().map(|one| Ok(SendKey::of("try", &one.id))).collect()
    }

    async fn record(&self, _: &Write, _: &[OutcomeRecord]) {}
}

/// A connection whose provider is sound until it hangs, and a draft of its.
struct Hanging {
    sandbox: Arc<Sandbox>,
    connections: [Connection; 1],
    draft: Reference,
}

impl Hanging {
    async fn open() -> Self {
        let rig = Rig::open(ProviderKind::Nue, 60, |_| ()).await;
        let invoices = rig.walk(&everything()).await;
        let able = |it: &&invoice::Invoice| it.available_actions.contains_key(&Action::Activate);
        let draft = invoices.iter().find(able).unwrap().id.clone();
        let provider: Arc<dyn Provider> = rig.provider.into();
        let connections = [Connection { name: NAME.parse().unwrap(), provider: Ok(provider) }];
        Self { sandbox: rig.sandbox, connections, draft }
    }

    fn hang(&self) {
        let slow = FaultKind::Slow { delay_ms: 600_000 };
        self.sandbox.set_fault(NAME, Fault::always(slow)).unwrap();
    }

    async fn write(&self, deadline: Deadline) -> (Outcome, Problem) {
        let asked = WriteContext {
            connections: &self.connections,
            scope: &Scope::All,
            precondition: None,
            deadline,
        };
        let activate = Write::Activate { invoice_date: None, comment: None };
        let draft = std::slice::from_ref(&self.draft);
        let ledger = Unwritten(self);
        let results = writing::execute(&asked, &activate, draft, &ledger).await;
        let result = results.into_iter().next().unwrap();
        (result.outcome, result.problem.unwrap())
    }
}

/// Given the deadline; the problem is a timeout, and comes in time.
async fn in_time(ask: impl AsyncFnOnce(Deadline) -> Problem) -> Duration {
    let begun = Instant::now();
    let problem = ask(Deadline::after(TIME)).await;
    let took = begun.elapsed();
    assert_eq!((problem.code, problem.code.status()), (Code::ProviderTimeout, 504), "{problem}");
    assert!(took < TIME + LATE, "{took:?}");
    took
}

#[tokio::test]
async fn a_provider_that_hangs_is_a_timeout_by_the_deadline() {
    let hanging = Hanging::open().await;
    hanging.hang();
    let connections = &hanging.connections;
    let listed = async |query: &str| {
        let query = ListQuery::parse(query).unwrap();
        let list =
            async |deadline| list(connections, &query, &Scope::All, deadline).await.unwrap_err();
        in_time(list).await
    };
    let got = in_time(async |deadline| {
        let view = View::default();
        lookup::get(connections, &hanging.draft, &view, &Scope::All, deadline).await.unwrap_err()
    });
    let written = in_time(async |deadline| {
        let (outcome, problem) = hanging.write(deadline).await;
        assert_eq!(outcome, Outcome::Rejected, "nothing was sent");
        problem
    });
    let (_, _, _, written) = futures::join!(listed(""), listed("sort=-invoiceDate"), got, written);
    // What is read too late to be written need not be read.
    assert!(written < TIME - Duration::from_secs(2), "{written:?}");
}

#[tokio::test]
async fn a_write_that_hangs_is_unknown_by_the_deadline() {
    let hanging = Hanging::open().await;
    in_time(async |deadline| {
        let (outcome, problem) = hanging.write(deadline).await;
        assert_eq!(outcome, Outcome::Unknown);
        problem
    })
    .await;
}
