//! What a provider answered, to be read again and again without a network.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use engine::Connection;
use invoice::{ConnectionName, Filter};
use provider_client::provider::{Question, Reading, Start, View};
use provider_client::transport::{Reply, Request};
use provider_client::{ConnectionSecret, Deadline, Provider, Transport, connect};
use sandbox::{Options, ProviderKind, Sandbox};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

type Asked = (String, Option<Bytes>);

/// One connection whose provider answers at once.
pub struct Recorded {
    /// The connection.
    pub connection: Connection,
    provider: Arc<dyn Provider>,
    answers: Arc<Mutex<HashMap<Asked, Reply>>>,
    calls: Arc<AtomicUsize>,
}

impl Recorded {
    /// A provider of this kind with so many invoices.
    pub fn new(kind: ProviderKind, invoices: usize) -> Self {
        let name: ConnectionName = kind.name().parse().unwrap();
        let connections = vec![(kind.name().to_owned(), kind)];
        let sandbox = Sandbox::new(Options { invoices, connections, ..Options::default() });
        let secret = sandbox.secret(kind.name(), "http://127.0.0.1:1").unwrap().to_string();
        let answers = Arc::<Mutex<HashMap<Asked, Reply>>>::default();
        let calls = Arc::<AtomicUsize>::default();
        let (known, counted) = (answers.clone(), calls.clone());
        let transport = Transport::new().unwrap().answered_by(move |request| {
            counted.fetch_add(1, Ordering::Relaxed);
            let asked =
                (format!("{} {}", request.method(), request.url()), request.body().cloned());
            let mut known = known.lock().unwrap();
            known.entry(asked).or_insert_with(|| answered(&sandbox, request)).clone()
        });
        let secret = ConnectionSecret::parse(&name, &secret).unwrap();
        let provider: Arc<dyn Provider> = connect(&secret, &transport).unwrap().into();
        let connection = Connection { name, provider: Ok(provider.clone()) };
        Self { connection, provider, answers, calls }
    }

    /// Reads all invoices, page after page; how many there are.
    pub async fn read(&self) -> usize {
        let question = Question {
            filter: Filter::default(),
            customers: None,
            sort: None,
            view: View::default(),
            reading: Reading::Whole,
        };
        let mut read = 0;
        for part in self.provider.plan(&question).unwrap().parts {
            let mut next = Some(Start::default());
            while let Some(start) = next {
                let page = self.provider.page(&question, &part, &start, soon()).await.unwrap();
                read += page.invoices.len();
                next = page.following.into_iter().next();
            }
        }
        read
    }

    /// The bodies of all answers so far, each once.
    pub fn bodies(&self) -> Vec<Bytes> {
        self.answers.lock().unwrap().values().map(|reply| reply.body.clone()).collect()
    }

    /// How often the provider was called since this was last asked.
    pub fn take_calls(&self) -> usize {
        self.calls.swap(0, Ordering::Relaxed)
    }
}

/// A deadline that nothing meets here.
pub fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

/// On a thread of its own: the sandbox may have to wait, and the caller's is
/// blocked.
fn answered(sandbox: &Arc<Sandbox>, request: &Request) -> Reply {
    let target = &request.url()[url::Position::BeforePath..];
    let mut sent = axum::http::Request::builder().method(request.method()).uri(target);
    *sent.headers_mut().unwrap() = request.headers().clone();
    let sent = sent.body(Body::from(request.body().cloned().unwrap_or_default())).unwrap();
    let answering = async move {
        let Ok(reply) = sandbox.router().oneshot(sent).await;
        let (parts, body) = reply.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Reply { status: parts.status, headers: parts.headers, body }
    };
    thread::scope(|scope| scope.spawn(|| runtime().block_on(answering)).join().unwrap())
}

/// A runtime of one thread.
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}
