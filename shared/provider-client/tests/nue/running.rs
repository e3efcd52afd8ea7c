//! A served sandbox and one of its connections.

use std::sync::Arc;
use std::time::Duration;

use invoice::{Invoice, ListQuery, Scope};
use provider_client::provider::{Page, Part, Question, Reading, Start, View};
use provider_client::{ConnectionSecret, Deadline, Provider, ProviderError, Transport, connect};
use sandbox::{Options, Sandbox};

pub struct Running {
    pub sandbox: Arc<Sandbox>,
    pub provider: Box<dyn Provider>,
}

/// What `query` asks, as callers write it.
pub fn question(query: &str) -> Question {
    let query = ListQuery::parse(query).unwrap();
    Question {
        customers: query
            .filter
            .customers_at(&"acme".parse().unwrap(), &Scope::All),
        sort: query.sort,
        view: View {
            includes: query.includes,
            ..View::default()
        },
        reading: Reading::Few(query.limit),
        filter: query.filter,
    }
}

/// The ids, in order.
pub fn ids<'a>(invoices: impl IntoIterator<Item = &'a Invoice>) -> Vec<String> {
    let ids = invoices.into_iter().map(|invoice| invoice.id.id());
    ids.map(str::to_owned).collect()
}

fn deadline() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

impl Running {
    pub async fn start(connection: &str, invoices: usize) -> Self {
        Self::with_key(connection, invoices, &format!("sandbox-key-{connection}")).await
    }

    pub async fn with_key(connection: &str, invoices: usize, key: &str) -> Self {
        let sandbox = Sandbox::new(Options {
            invoices,
            ..Options::default()
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(Arc::clone(&sandbox).serve(listener, std::future::pending()));
        let mut secret = sandbox.secret(connection, &origin).unwrap();
        secret["apiKey"] = key.into();
        let name = "acme".parse().unwrap();
        let secret = ConnectionSecret::parse(&name, &secret.to_string()).unwrap();
        let provider = connect(&secret, &Transport::new().unwrap()).unwrap();
        Self { sandbox, provider }
    }

    pub async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
    ) -> Result<Page, ProviderError> {
        self.provider.page(question, part, start, deadline()).await
    }

    pub async fn first_page(&self, question: &Question) -> Result<Page, ProviderError> {
        let part = self.provider.plan(question).unwrap().parts.remove(0);
        self.page(question, &part, &Start::default()).await
    }

    pub async fn get(&self, id: &str, view: &View) -> Result<Invoice, ProviderError> {
        self.provider.get(id, view, deadline()).await
    }

    /// All parts' invoices, page after page, none of them twice.
    pub async fn walk(&self, question: &Question) -> Vec<Invoice> {
        let mut all: Vec<Invoice> = Vec::new();
        for part in self.provider.plan(question).unwrap().parts {
            let mut start = Some(Start::default());
            while let Some(at) = start {
                let page = self.page(question, &part, &at).await.unwrap();
                all.extend(page.invoices);
                start = page.following.into_iter().next();
            }
        }
        let mut seen = ids(&all);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all.len(), "an invoice came twice");
        all
    }
}
