//! The connections that the suite is run over: a sandbox with all kinds of
//! them, over real HTTP, with an eye on what is sent.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::ListQuery;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use engine::Connection;
use invoice::{Invoice, Scope};
use provider_client::provider::{Page, Part, Question, Reading, Start, View};
use provider_client::{
    Capabilities, ConnectionSecret, Deadline, Provider, ProviderError, Transport, connect,
};
use sandbox::{Fault, FaultKind, Operation, Options, ProviderKind, Record, Resource, Sandbox};
use serde_json::Value;
use tokio::net::TcpListener;

/// One connection of the sandbox, and the provider that speaks to it.
pub struct Subject {
    pub name: String,
    pub kind: ProviderKind,
    pub provider: Arc<dyn Provider>,
    pub sandbox: Arc<Sandbox>,
    pub secret: Value,
    traffic: Arc<Traffic>,
}

/// What went over the wire.
#[derive(Default)]
struct Traffic {
    is_kept: AtomicBool,
    exchanges: Mutex<Vec<Exchange>>,
    spoilers: Mutex<BTreeMap<String, Spoiler>>,
}

/// Makes another body of an answer's.
type Spoiler = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// One call, and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub path: String,
    pub query: String,
    pub body: String,
    pub answer: String,
}

impl Traffic {
    /// Answers cut short on command could not be passed on whole: nothing is
    /// read unless it is to be kept.
    async fn pass(self: Arc<Self>, request: Request, next: Next) -> Response {
        let connection = request.uri().path().split('/').nth(1).unwrap_or_default();
        let spoiler = self.spoilers.lock().unwrap().get(connection).cloned();
        if let Some(spoiler) = spoiler {
            return spoiled(next.run(request).await, spoiler.as_ref()).await;
        }
        if !self.is_kept.load(Ordering::Relaxed) {
            return next.run(request).await;
        }
        let (head, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let (path, query) = (head.uri.path().to_owned(), head.uri.query().unwrap_or("").to_owned());
        let sent = String::from_utf8(body.to_vec()).unwrap();
        let response = next.run(Request::from_parts(head, Body::from(body))).await;
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let answer = String::from_utf8(body.to_vec()).unwrap();
        self.exchanges.lock().unwrap().push(Exchange { path, query, body: sent, answer });
        Response::from_parts(head, Body::from(body))
    }
}

async fn spoiled(response: Response, spoiler: &(dyn Fn(&str) -> String + Send + Sync)) -> Response {
    let (mut head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    head.headers.remove("content-length");
    let body = spoiler(std::str::from_utf8(&body).unwrap());
    Response::from_parts(head, Body::from(body))
}

/// A sandbox with `invoices` invoices of each kind of provider, served until
/// the test ends.
pub async fn all(invoices: usize) -> Vec<Subject> {
    let sandbox = Sandbox::new(Options { invoices, ..Options::default() });
    let traffic = Arc::new(Traffic::default());
    let watcher = Arc::clone(&traffic);
    let watched = from_fn(move |request, next| Arc::clone(&watcher).pass(request, next));
    let router = sandbox.router().layer(watched);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let transport = Transport::new().unwrap();
    // In the order of the documentation, which is the registry's.
    let kinds =
        ProviderKind::ALL.into_iter().map(|kind| kind.name().to_owned()).zip(ProviderKind::ALL);
    kinds
        .map(|(name, kind)| {
            let secret = sandbox.secret(&name, &origin).unwrap();
            let (sandbox, traffic) = (Arc::clone(&sandbox), Arc::clone(&traffic));
            let provider = open(&name, &secret, &transport);
            Subject { name, kind, provider, sandbox, secret, traffic }
        })
        .collect()
}

/// The provider that `secret` opens.
fn open(name: &str, secret: &Value, transport: &Transport) -> Arc<dyn Provider> {
    let secret = ConnectionSecret::parse(&name.parse().unwrap(), &secret.to_string()).unwrap();
    Arc::from(connect(&secret, transport).unwrap())
}

/// A deadline no sound test meets.
pub fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(50))
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Subject {
    pub fn capabilities(&self) -> &'static Capabilities {
        self.provider.capabilities()
    }

    /// The subject's connection, opened by another secret.
    pub fn with_secret(&self, secret: Value) -> Self {
        Self {
            name: self.name.clone(),
            kind: self.kind,
            provider: open(&self.name, &secret, &Transport::new().unwrap()),
            sandbox: Arc::clone(&self.sandbox),
            secret,
            traffic: Arc::clone(&self.traffic),
        }
    }

    /// The subject's connection, opened anew.
    pub fn reopened(&self) -> Self {
        self.with_secret(self.secret.clone())
    }

    /// As the listing takes it.
    pub fn connection(&self) -> Connection {
        Connection { name: self.name.parse().unwrap(), provider: Ok(Arc::clone(&self.provider)) }
    }

    /// The truth, by our ids.
    pub fn truth(&self) -> BTreeMap<String, Record> {
        let ours = |record: &Record| match record.resource {
            Resource::Draft => format!("draft.{}", record.id),
            Resource::Invoice | Resource::Posted => record.id.clone(),
        };
        let records = self.sandbox.population(&self.name).into_iter();
        records.map(|record| (ours(&record), record)).collect()
    }

    /// What `query` asks of this connection.
    pub fn question(&self, query: &str, reading: Reading) -> Question {
        let query = ListQuery::parse(query).unwrap();
        let filter = query.filter;
        Question {
            customers: filter.customers_at(&self.name.parse().unwrap(), &Scope::All),
            sort: query.sort,
            view: View {
                includes: query.includes,
                show_zero_dollar_charges: filter.show_zero_dollar_charges,
                show_tracked_items: filter.show_tracked_items,
            },
            filter,
            reading,
        }
    }

    /// The parts of a question that can be put.
    pub fn parts(&self, question: &Question) -> Vec<Part> {
        self.provider.plan(question).unwrap().parts
    }

    pub async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
    ) -> Result<Page, ProviderError> {
        self.provider.page(question, part, start, soon()).await
    }

    /// One part from `start` to its end, page after page.
    pub async fn walk_part(&self, question: &Question, part: &Part, start: Start) -> Vec<Invoice> {
        let mut invoices = Vec::new();
        let mut next = Some(start);
        while let Some(start) = next {
            let page = self.page(question, part, &start).await.unwrap();
            invoices.extend(page.invoices);
            next = page.following.into_iter().next();
        }
        invoices
    }

    /// All parts to their ends.
    pub async fn walk(&self, question: &Question) -> Vec<Invoice> {
        let mut invoices = Vec::new();
        for part in self.parts(question) {
            invoices.extend(self.walk_part(question, &part, Start::default()).await);
        }
        invoices
    }

    pub async fn get(&self, id: &str, view: &View) -> Result<Invoice, ProviderError> {
        self.provider.get(id, view, soon()).await
    }

    /// The first page of the first part of everything.
    pub async fn first_page(&self, deadline: Deadline) -> Result<Page, ProviderError> {
        let question = self.question("", Reading::Whole);
        let part = self.parts(&question).remove(0);
        self.provider.page(&question, &part, &Start::default(), deadline).await
    }

    /// How many calls the sandbox has received here.
    pub fn calls(&self) -> u64 {
        self.sandbox.calls(&self.name).values().sum()
    }

    /// How many of them were no call of the provider's that we know.
    pub fn strange_calls(&self) -> u64 {
        self.sandbox.calls(&self.name).get(&Operation::Other).copied().unwrap_or(0)
    }

    /// From here on, calls meet these faults, one after the other.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.sandbox.clear_faults(&self.name).unwrap();
        for fault in faults {
            self.sandbox.set_fault(&self.name, fault).unwrap();
        }
    }

    /// From here on, every call meets this fault.
    pub fn fail_always(&self, fault: FaultKind) {
        self.fail([Fault::always(fault)]);
    }

    /// From here on, the body of every answer is what `spoiler` makes of it.
    pub fn spoil(&self, spoiler: impl Fn(&str) -> String + Send + Sync + 'static) {
        self.traffic.spoilers.lock().unwrap().insert(self.name.clone(), Arc::new(spoiler));
    }

    /// From here on, answers are what the sandbox sends.
    pub fn spoil_no_more(&self) {
        self.traffic.spoilers.lock().unwrap().remove(&self.name);
    }

    /// From here on, calls and answers are kept.
    pub fn watch(&self) {
        self.traffic.is_kept.store(true, Ordering::Relaxed);
        let _ = self.watched();
    }

    /// What was kept of this connection since it was last asked.
    pub fn watched(&self) -> Vec<Exchange> {
        let mut exchanges = self.traffic.exchanges.lock().unwrap();
        let here = format!("/{}/", self.name);
        exchanges.extract_if(.., |exchange| exchange.path.starts_with(&here)).collect()
    }
}

/// The ids, as they come.
pub fn ids<'a>(invoices: impl IntoIterator<Item = &'a Invoice>) -> Vec<String> {
    invoices.into_iter().map(|it| it.id.id().to_owned()).collect()
}

/// Ids in order, to compare which invoices there are, whatever their order.
pub fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

/// As callers see it.
pub fn shown(invoice: &Invoice) -> Value {
    serde_json::to_value(invoice).unwrap()
}
