//! A provider that holds what the test says.

use async_trait::async_trait;
use invoice::{Action, Direction, Include, Invoice, Parameter, SortKey};
use provider_client::capability::{Applied, Sending};
use provider_client::error::ErrorKind;
use provider_client::provider::{Page, Part, PartOrder, Plan, Question, Start, View};
use provider_client::{Capabilities, Deadline, Provider, ProviderError};

pub(super) const CAPABILITIES: Capabilities = Capabilities {
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
};

/// A provider that holds these invoices and does what is asked of it.
#[derive(Debug, Clone, Default)]
pub struct FakeProvider {
    invoices: Vec<Invoice>,
    failure: Option<ErrorKind>,
    panics: bool,
}

impl FakeProvider {
    /// One that holds these invoices.
    pub fn holding(invoices: impl IntoIterator<Item = Invoice>) -> Self {
        Self { invoices: invoices.into_iter().collect(), ..Self::default() }
    }

    /// One that fails whatever it is asked.
    pub fn failing(kind: ErrorKind) -> Self {
        Self { failure: Some(kind), ..Self::default() }
    }

    /// One that panics, with words that nobody may see.
    pub fn panicking() -> Self {
        Self { panics: true, ..Self::default() }
    }

    /// What comes of being asked anything.
    fn refusal(&self, operation: &'static str) -> Option<ProviderError> {
        assert!(!self.panics, "{} of a customer", super::SECRET);
        self.failure.map(|kind| self.error(kind, operation))
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
            (kind == ErrorKind::RateLimited).then_some(std::time::Duration::from_millis(6_500));
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
        _: Deadline,
    ) -> Result<Page, ProviderError> {
        if let Some(refusal) = self.refusal("list") {
            return Err(refusal);
        }
        let skip = usize::try_from(start.skip).unwrap_or(usize::MAX);
        Ok(Page {
            invoices: self.invoices.iter().skip(skip).cloned().collect(),
            following: Vec::new(),
            total: u64::try_from(self.invoices.len()).ok(),
        })
    }

    async fn get(&self, id: &str, view: &View, _: Deadline) -> Result<Invoice, ProviderError> {
        if let Some(refusal) = self.refusal("get") {
            return Err(refusal);
        }
        let found = self.invoices.iter().find(|invoice| invoice.id.id() == id);
        let mut invoice = found.cloned().ok_or_else(|| self.error(ErrorKind::NotFound, "get"))?;
        if view.wants(Include::Lines) {
            invoice.lines = Some(Some(Vec::new()));
        }
        Ok(invoice)
    }
}
