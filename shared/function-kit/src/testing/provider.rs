//! A provider that holds what the test says.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use invoice::{
    Action, AvailableAction, Direction, Include, Invoice, Parameter, SortKey, Status, Write,
};
use provider_client::SendKey;
use provider_client::capability::{Applied, IdSpelling, Sending};
use provider_client::error::{ErrorKind, Fate};
use provider_client::provider::{
    Everything, Page, Part, PartOrder, Plan, Question, Start, View, Written as Shown,
};
use provider_client::{Capabilities, Deadline, Provider, ProviderError};

/// What a made-up provider can do.
pub const CAPABILITIES: Capabilities = Capabilities {
    provider: "fake",
    title: "Fake (for tests)",
    ids: IdSpelling::Exact,
    direction: Direction::Receivable,
    customer_required: false,
    filters: &[
        (Parameter::Status, Applied::ByProvider),
        (Parameter::CustomerIds, Applied::ByBridge),
        (Parameter::Number, Applied::ByBridge),
    ],
    sorts: &[provider_client::capability::Sorting::EitherWay(SortKey::InvoiceDate)],
    includes: &[Include::Lines],
    completed_one_by_one: &[],
    updatable: &[],
    writes: &[(Action::Activate, Sending::Bulk(100)), (Action::Cancel, Sending::Single)],
    comments_kept: &[Action::Activate, Action::Cancel, Action::Update],
    concurrency: 4,
    assumptions: &[],
};

/// A provider that holds these invoices and does what is asked of it. Its clones
/// are one.
#[derive(Debug, Clone, Default)]
pub struct FakeProvider {
    invoices: Vec<Invoice>,
    failure: Arc<Mutex<Option<ErrorKind>>>,
    asked: Arc<AtomicUsize>,
    pause: Duration,
    written: Arc<Mutex<Written>>,
}

/// What was written.
#[derive(Debug, Default)]
struct Written {
    /// The life-cycle status that writes, and others, have brought invoices to.
    statuses: HashMap<String, Status>,
    /// Whether the next writes are lost, before they are carried out.
    losing: bool,
    /// Whether the answers to the next writes never come.
    silent: bool,
    /// Whether nothing is answered any more once a write has arrived.
    stalling: bool,
    /// Whether one has.
    stalled: bool,
    /// The ids of invoices that others have taken away.
    gone: HashSet<String>,
    /// The ids of all writes that arrived.
    sent: Vec<String>,
}

impl FakeProvider {
    /// One that holds these invoices.
    pub fn holding(invoices: impl IntoIterator<Item = Invoice>) -> Self {
        Self { invoices: invoices.into_iter().collect(), ..Self::default() }
    }

    /// One that fails whatever it is asked.
    pub fn failing(kind: ErrorKind) -> Self {
        let fake = Self::default();
        fake.fail(Some(kind));
        fake
    }

    /// Fails from now on, or no longer.
    pub fn fail(&self, kind: Option<ErrorKind>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = kind;
    }

    /// One that takes so long to answer.
    #[must_use]
    pub fn after(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// How often it was asked for a page or an invoice.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Loses every write from now on before it is carried out, or no longer.
    pub fn lose_writes(&self, losing: bool) {
        self.written().losing = losing;
    }

    /// Answers no write from now on, whatever it does of it, or does again.
    pub fn keep_silent(&self, silent: bool) {
        self.written().silent = silent;
    }

    /// Carries the next write out, and answers neither it nor whatever is asked after.
    pub fn stall(&self) {
        self.written().stalling = true;
    }

    /// Takes an invoice away, as others do.
    pub fn take_away(&self, id: &str) {
        self.written().gone.insert(id.to_owned());
    }

    /// Brings an invoice to a status, as others do.
    pub fn bring(&self, id: &str, status: Status) {
        self.written().statuses.insert(id.to_owned(), status);
    }

    /// How often a write of this invoice has arrived.
    pub fn sent(&self, id: &str) -> usize {
        self.written().sent.iter().filter(|sent| *sent == id).count()
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The invoice as it stands now.
    fn now(&self, invoice: &Invoice) -> Invoice {
        let mut invoice = invoice.clone();
        if let Some(status) = self.written().statuses.get(invoice.id.id()) {
            invoice.status = *status;
        }
        if invoice.status == Status::Draft {
            let active = AvailableAction { resulting_status: Some(Status::Active) };
            invoice.available_actions.insert(Action::Activate, active);
        }
        invoice
    }

    /// Whether a write that has arrived is carried out, and not lost.
    fn carry_out(&self, write: &Write, invoices: &[Invoice]) -> bool {
        let mut written = self.written();
        for invoice in invoices {
            written.sent.push(invoice.id.id().to_owned());
        }
        if written.losing {
            return false;
        }
        let status = match write {
            Write::Activate { .. } => Status::Active,
            _ => Status::Canceled,
        };
        for invoice in invoices {
            written.statuses.insert(invoice.id.id().to_owned(), status);
        }
        true
    }

    /// What comes of being asked anything.
    async fn asked_for(
        &self,
        operation: &'static str,
        deadline: Deadline,
    ) -> Result<(), ProviderError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let pause = if self.written().stalled { Duration::MAX } else { self.pause };
        tokio::time::sleep(pause.min(deadline.left())).await;
        if pause > deadline.left() {
            return Err(self.error(ErrorKind::Timeout, operation));
        }
        let failure = *self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.map_or(Ok(()), |kind| Err(self.error(kind, operation)))
    }

    fn error(&self, kind: ErrorKind, operation: &'static str) -> ProviderError {
        let connection = self.invoices.first().map(|invoice| invoice.connection.clone());
        let connection = connection.or_else(|| "fake".parse().ok());
        let mut error = ProviderError::new(
            kind,
            CAPABILITIES.provider,
            #[expect(clippy::expect_used, reason = "a test that cannot begin has failed")]
            &connection.expect("a name"),
            operation,
            "as the test says",
        );
        error.retry_after =
            (kind == ErrorKind::RateLimited).then_some(Duration::from_millis(6_500));
        error
    }
}

#[async_trait]
impl Provider for FakeProvider {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn plan(&self, _: &Question) -> Result<Plan, ProviderError> {
        let whole = Part::of(&Everything, PartOrder::Own);
        Ok(Plan { parts: vec![whole], ..Plan::default() })
    }

    async fn page(
        &self,
        _: &Question,
        _: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        self.asked_for("list", deadline).await?;
        let skip = usize::try_from(start.skip).unwrap_or(usize::MAX);
        Ok(Page {
            invoices: self.invoices.iter().skip(skip).cloned().collect(),
            total: u64::try_from(self.invoices.len()).ok(),
            ..Page::default()
        })
    }

    async fn get(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        self.asked_for("get", deadline).await?;
        let found = self.invoices.iter().find(|invoice| invoice.id.id() == id);
        let found = found.filter(|_| !self.written().gone.contains(id));
        let found = found.ok_or_else(|| self.error(ErrorKind::NotFound, "get"))?;
        let mut invoice = self.now(found);
        if view.wants(Include::Lines) {
            invoice.lines = Some(Some(Vec::new()));
        }
        Ok(invoice)
    }

    async fn write(
        &self,
        write: &Write,
        invoices: &[Invoice],
        _: &SendKey,
        deadline: Deadline,
    ) -> Result<Vec<Shown>, ProviderError> {
        let operation = write.action().word();
        self.asked_for(operation, deadline).await?;
        let carried_out = self.carry_out(write, invoices);
        let silent = self.written().silent;
        if silent {
            std::future::pending::<()>().await;
        }
        let stalled = {
            let mut written = self.written();
            written.stalled = written.stalling;
            written.stalled
        };
        if stalled && let Err(error) = self.asked_for(operation, deadline).await {
            return Err(ProviderError { fate: Fate::Unclear, ..error });
        }
        if !carried_out {
            let error = self.error(ErrorKind::Unreachable, operation);
            return Err(ProviderError { fate: Fate::Unclear, ..error });
        }
        Ok(Vec::new())
    }
}
