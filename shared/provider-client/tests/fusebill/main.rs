//! Fusebill over HTTP, against the sandbox, whose population is the truth.

mod faults;
mod listing;
mod reading;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use invoice::{Invoice, ListQuery};
use provider_client::provider::{Part, Question, Reading, Start, View};
use provider_client::{ConnectionSecret, Deadline, Provider, ProviderError, Transport, connect};
use sandbox::{Fault, FaultKind, Options, Record, Resource, Sandbox};
use serde_json::Value;

const NAME: &str = "fusebill";

struct Running {
    sandbox: Arc<Sandbox>,
    origin: String,
    provider: Box<dyn Provider>,
}

impl Running {
    async fn with(invoices: usize) -> Self {
        let sandbox = Sandbox::new(Options { invoices, ..Options::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(Arc::clone(&sandbox).serve(listener, std::future::pending()));
        let secret = sandbox.secret(NAME, &origin).unwrap();
        Self { provider: opened(&secret), sandbox, origin }
    }

    /// Everything the plan for `question` brings.
    async fn walk(&self, question: &Question) -> Vec<Invoice> {
        let mut invoices = Vec::new();
        for part in self.provider.plan(question).unwrap().parts {
            invoices.extend(self.walk_part(question, &part).await);
        }
        invoices
    }

    async fn walk_part(&self, question: &Question, part: &Part) -> Vec<Invoice> {
        let mut invoices = Vec::new();
        let mut next = Some(Start::default());
        while let Some(start) = next {
            let page = self.provider.page(question, part, &start, soon()).await.unwrap();
            invoices.extend(page.invoices);
            next = page.following.into_iter().next();
        }
        invoices
    }

    async fn refused(&self, question: &Question, part: &Part) -> ProviderError {
        let start = Start::default();
        let page = self.provider.page(question, part, &start, soon());
        page.await.unwrap_err()
    }

    fn population(&self) -> BTreeMap<String, Record> {
        let records = self.sandbox.population(NAME).into_iter();
        records.map(|record| (our_id(&record), record)).collect()
    }

    fn calls(&self) -> u64 {
        self.sandbox.calls(NAME).values().sum()
    }

    fn fail(&self, kind: FaultKind) {
        self.sandbox.clear_faults(NAME).unwrap();
        self.sandbox.set_fault(NAME, Fault::always(kind)).unwrap();
    }
}

fn opened(secret: &Value) -> Box<dyn Provider> {
    let secret = ConnectionSecret::parse(&NAME.parse().unwrap(), &secret.to_string()).unwrap();
    connect(&secret, &Transport::new().unwrap()).unwrap()
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

fn our_id(record: &Record) -> String {
    match record.resource {
        Resource::Draft => format!("draft.{}", record.id),
        _ => record.id.clone(),
    }
}

fn question(asked: &str, customers: Option<&[&str]>, reading: Reading) -> Question {
    let query = ListQuery::parse(asked).unwrap();
    Question {
        view: View {
            includes: query.includes,
            show_zero_dollar_charges: query.filter.show_zero_dollar_charges,
            show_tracked_items: query.filter.show_tracked_items,
        },
        filter: query.filter,
        customers: customers.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
        sort: query.sort,
        reading,
    }
}

fn whole(asked: &str) -> Question {
    question(asked, None, Reading::Whole)
}

fn ids<'a>(invoices: impl IntoIterator<Item = &'a Invoice>) -> Vec<String> {
    let mut ids: Vec<String> =
        invoices.into_iter().map(|invoice| invoice.id.id().to_owned()).collect();
    ids.sort();
    ids
}
