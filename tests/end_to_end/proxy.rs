//! What stands between the functions and AWS, and fails as AWS does: DynamoDB
//! throttles single items for a while, and EventBridge takes events and never answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::stack::{Stack, file};

/// How long an item is throttled: as long as the SDK's tries for one call.
const THROTTLED_FOR: Duration = Duration::from_millis(900);
/// The beginning of the keys of the items that are throttled: the locks of invoices.
const LOCKS: &str = "idempotency#claim#";

/// How often each service fails.
#[derive(Clone, Copy, Default)]
pub struct FaultRates {
    /// The chance that a lock which is asked for is throttled from now on.
    pub throttling: f64,
    /// The chance that EventBridge does not answer a call.
    pub hanging: f64,
}

/// A proxy before both services, until it is dropped.
pub struct Proxy {
    /// DynamoDB and EventBridge, as the functions are to know them.
    addresses: [String; 2],
    faults: Arc<Faults>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The faults of both services.
#[derive(Default)]
struct Faults {
    state: Mutex<FaultState>,
}

#[derive(Default)]
struct FaultState {
    rates: FaultRates,
    draw: fastrand::Rng,
    throttled: HashMap<String, Instant>,
    /// How many calls were throttled, and how many events were never answered for.
    refused: usize,
    hung: usize,
    /// The services themselves.
    upstream: Option<[String; 2]>,
}

impl Faults {
    fn state(&self) -> MutexGuard<'_, FaultState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call to DynamoDB is throttled, by the lock that it names.
    fn throttles(&self, body: &[u8]) -> bool {
        let text = String::from_utf8_lossy(body);
        let Some(lock) = text.find(LOCKS).and_then(|at| text[at..].split('"').next()) else {
            return false;
        };
        let mut state = self.state();
        let now = Instant::now();
        let chance = state.rates.throttling;
        let is_throttled = state.throttled.get(lock).is_some_and(|until| *until > now);
        if !is_throttled && state.draw.f64() >= chance {
            return false;
        }
        if !is_throttled {
            state.throttled.insert(lock.to_owned(), now + THROTTLED_FOR);
        }
        state.refused += 1;
        true
    }

    fn hangs(&self) -> bool {
        let mut state = self.state();
        let hangs = state.draw.f64() < state.rates.hanging;
        state.hung += usize::from(hangs);
        hangs
    }
}

impl Proxy {
    /// Starts it; what it draws follows from `seed`.
    pub fn start(seed: u64) -> Self {
        // reqwest needs a TLS provider even where nothing is encrypted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let faults = Arc::new(Faults::default());
        faults.state().draw.seed(seed);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let bind = || runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let listeners = [bind(), bind()];
        let addresses = listeners.each_ref().map(|at| at.local_addr().unwrap().to_string());
        let (end, ended) = oneshot::channel::<()>();
        let [dynamodb, events] = listeners;
        let client = reqwest::Client::new();
        let services = (
            Router::new().fallback(table).with_state((Arc::clone(&faults), client.clone())),
            Router::new().fallback(bus).with_state((Arc::clone(&faults), client)),
        );
        let thread = std::thread::spawn(move || {
            runtime.block_on(async move {
                tokio::spawn(axum::serve(dynamodb, services.0).into_future());
                tokio::spawn(axum::serve(events, services.1).into_future());
                let _ = ended.await;
            });
        });
        Self { addresses, faults, end: Some(end), thread: Some(thread) }
    }

    /// A file with the template, whose functions have this proxy for AWS, and `timeout`
    /// seconds for each call.
    pub fn template(&self, name: &str, timeout: u64) -> String {
        let [dynamodb, events] = &self.addresses;
        let endpoints = format!(
            "        AWS_ENDPOINT_URL_DYNAMODB: http://{dynamodb}\n        AWS_ENDPOINT_URL_EVENTBRIDGE: http://{events}\n        TABLE_NAME:"
        );
        let template = include_str!("../../template.yaml");
        let mut changed = template.to_owned();
        for (old, new) in [
            ("        TABLE_NAME:", endpoints),
            ("    Timeout: 29\n", format!("    Timeout: {timeout}\n")),
        ] {
            assert_eq!(changed.matches(old).count(), 1, "{old}");
            changed = changed.replace(old, &new);
        }
        file(name, &changed).to_str().unwrap().to_owned()
    }

    /// Leads to the services of `stack` from now on.
    pub fn lead_to(&self, stack: &Stack) {
        let services = ["dynamodb", "events"].map(|part| stack.address(part).to_owned());
        self.faults.state().upstream = Some(services);
    }

    /// From now on.
    pub fn set(&self, rates: FaultRates) {
        self.faults.state().rates = rates;
    }

    /// How many calls were throttled, and how many events never answered for.
    pub fn struck(&self) -> (usize, usize) {
        let state = self.faults.state();
        (state.refused, state.hung)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

type Shared = State<(Arc<Faults>, reqwest::Client)>;

async fn table(State((faults, client)): Shared, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    if faults.throttles(&body) {
        let problem = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException",
            "message": "Throughput exceeds the current capacity of your table or index.",
        });
        let kind = [("content-type", "application/x-amz-json-1.0")];
        return (http::StatusCode::BAD_REQUEST, kind, problem.to_string()).into_response();
    }
    forward(&faults, 0, &client, head, body).await
}

async fn bus(State((faults, client)): Shared, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let answer = forward(&faults, 1, &client, head, body).await;
    if faults.hangs() {
        // Until whoever waits gives up.
        return std::future::pending().await;
    }
    answer
}

async fn forward(
    faults: &Faults,
    service: usize,
    client: &reqwest::Client,
    head: http::request::Parts,
    body: bytes::Bytes,
) -> Response {
    let upstream = faults.state().upstream.clone().map(|services| services[service].clone());
    let url = format!("http://{}{}", upstream.unwrap_or_default(), head.uri);
    let mut headers = head.headers;
    headers.remove("host");
    let sent = client.request(head.method, url).headers(headers).body(body).send().await;
    let Ok(answer) = sent else {
        return http::StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let (status, headers) = (answer.status(), answer.headers().clone());
    match answer.bytes().await {
        Ok(body) => (status, headers, body).into_response(),
        Err(_) => http::StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
