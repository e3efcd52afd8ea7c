//! A provider that holds what the test says.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use invoice::{Action, Direction, Include, Invoice, Parameter, SortKey};
use provider_client::capability::{Applied, Sending};
use provider_client::error::ErrorKind;
use provider_client::provider::{Page, Part, PartOrder, Plan, Question, Start, View};
use provider_client::{Capabilities, Deadline, Provider, ProviderError};

pub(crate) const CAPABILITIES: Capabilities = Capabilities {
    provider: "fake",
    title: "Fake (for tests)",
    direction: Direction::Receivable,
    customer_required: false,
    filters: &[
        (Parameter::Status, Applied::ByProvider),
        (Parameter::CustomerIds, Applied::ByGateway),
        (Parameter::Number, Applied::ByGateway),
    ],
    sorts: &[SortKey::InvoiceDate],
    includes: &[Include::Lines],
    updatable: &[],
    writes: &[(Action::Activate, Sending::Bulk(100)), (Action::Cancel, Sending::Single)],
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

    /// What comes of being asked anything.
    async fn asked_for(
        &self,
        operation: &'static str,
        deadline: Deadline,
    ) -> Result<(), ProviderError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.pause.min(deadline.left())).await;
        if self.pause > deadline.left() {
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
        let whole = Part { name: "all".to_owned(), order: PartOrder::Own };
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
        let mut invoice = found.cloned().ok_or_else(|| self.error(ErrorKind::NotFound, "get"))?;
        if view.wants(Include::Lines) {
            invoice.lines = Some(Some(Vec::new()));
        }
        Ok(invoice)
    }
}
