//! One connection of the sandbox behind the seam, over real HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use invoice::{Filter, Invoice};
use provider_client::provider::{Page, Part, Question, Reading, Start, View};
use provider_client::{
    ConnectionSecret, Deadline, ErrorKind, Provider, ProviderError, Transport, connect,
};
use sandbox::{Fault, FaultKind, Options, ProviderKind, Sandbox};
use serde_json::Value;
use tokio::net::TcpListener;

/// The connection's name.
pub const NAME: &str = "it";

/// A sandbox with one connection, and the provider that speaks to it.
pub struct Rig {
    pub sandbox: Arc<Sandbox>,
    pub provider: Box<dyn Provider>,
}

impl Rig {
    /// Serves `invoices` invoices of `kind` until the test ends; `change` is
    /// made to the secret that opens them.
    pub async fn open(
        kind: ProviderKind,
        invoices: usize,
        change: impl FnOnce(&mut Value),
    ) -> Self {
        let sandbox = Sandbox::new(Options {
            invoices,
            connections: vec![(NAME.to_owned(), kind)],
            ..Options::default()
        });
        let origin = serve(sandbox.router()).await;
        let mut secret = sandbox.secret(NAME, &origin).unwrap();
        change(&mut secret);
        Self { sandbox, provider: provider(&secret) }
    }

    /// Reads all parts of `question` to their ends, page after page.
    pub async fn walk(&self, question: &Question) -> Vec<Invoice> {
        let mut all = Vec::new();
        for part in self.provider.plan(question).unwrap().parts {
            let mut next = Some(Start::default());
            while let Some(start) = next {
                let page = self.page(question, &part, &start).await.unwrap();
                let is_new = |it: &Invoice| all.iter().all(|had: &Invoice| had.id != it.id);
                // A page that repeats what was had is the end.
                let leads_on = page.invoices.first().is_none_or(is_new);
                if leads_on {
                    all.extend(page.invoices);
                }
                next = page.following.into_iter().next().filter(|_| leads_on);
            }
        }
        all
    }

    /// Reads one page.
    pub async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
    ) -> Result<Page, ProviderError> {
        self.provider.page(question, part, start, soon()).await
    }

    /// Reads the page of the first part that begins at `skip`.
    pub async fn page_at(&self, question: &Question, skip: usize) -> Result<Page, ProviderError> {
        let plan = self.provider.plan(question).unwrap();
        self.page(question, &plan.parts[0], &Start::at(skip.try_into().unwrap())).await
    }

    /// Reads one invoice.
    pub async fn get(&self, id: &str, view: &View) -> Result<Invoice, ProviderError> {
        self.provider.get(id, view, soon()).await
    }

    /// What becomes of a listing while every call meets `fault`.
    pub async fn list_under(&self, fault: FaultKind) -> Result<Page, ProviderError> {
        self.sandbox.set_fault(NAME, Fault::always(fault)).unwrap();
        let page = self.page_at(&everything(), 0).await;
        self.sandbox.clear_faults(NAME).unwrap();
        page
    }

    /// Every fault of the answer itself is told by its own kind.
    pub async fn explains_broken_answers(&self) {
        let status = |status| FaultKind::Status { status, retry_after: None };
        for (fault, expected) in [
            (status(401), ErrorKind::Credentials),
            (status(403), ErrorKind::Credentials),
            (status(429), ErrorKind::RateLimited),
            (status(500), ErrorKind::Failed),
            (status(502), ErrorKind::Failed),
            (FaultKind::EmptyBody, ErrorKind::BadResponse),
            (FaultKind::InvalidJson, ErrorKind::BadResponse),
            (FaultKind::StopMidBody, ErrorKind::Unreachable),
        ] {
            let error = self.list_under(fault.clone()).await.unwrap_err();
            assert_eq!(error.kind, expected, "{fault:?}: {error}");
        }
    }
}

/// The provider that `secret` opens.
pub fn provider(secret: &Value) -> Box<dyn Provider> {
    let secret = ConnectionSecret::parse(&NAME.parse().unwrap(), &secret.to_string()).unwrap();
    connect(&secret, &Transport::new().unwrap()).unwrap()
}

/// Serves `router` on this machine until the test ends.
pub async fn serve(router: Router) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

/// A deadline no sound test meets.
pub fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(30))
}

/// Every invoice, all at once.
pub fn everything() -> Question {
    Question {
        filter: Filter::default(),
        customers: None,
        sort: None,
        view: View::default(),
        reading: Reading::Whole,
    }
}

/// The ids, as they come.
pub fn ids<'a>(invoices: impl IntoIterator<Item = &'a Invoice>) -> Vec<String> {
    invoices.into_iter().map(|it| it.id.id().to_owned()).collect()
}

/// The ids, sorted: which invoices, whatever their order.
pub fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

/// Where the pages after `page` begin.
pub fn following(page: &Page) -> Vec<usize> {
    let starts = page.following.iter();
    starts.map(|start| start.skip.try_into().unwrap()).collect()
}
