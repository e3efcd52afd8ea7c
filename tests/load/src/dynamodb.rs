//! A proxy before DynamoDB, which throttles as DynamoDB does.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use fastrand::Rng;
use http::{StatusCode, request::Parts};
use serde_json::json;
use tokio::net::TcpListener;

use crate::client::Failure;
use crate::truth::lock;

/// The chance that a call is throttled, while any is.
const CHANCE: f64 = 0.01;
/// Of those that are throttled, the chance that trying again does not help at once.
const LASTING: f64 = 0.25;
/// How long it does not help: as long as the SDK's tries for one call.
const SPELL: Duration = Duration::from_millis(900);
const KIND: (&str, &str) = ("content-type", "application/x-amz-json-1.0");
/// How DynamoDB says it: for the account, or for the table.
const EXCEPTIONS: [&str; 2] = ["ThrottlingException", "ProvisionedThroughputExceededException"];

/// The proxy; it serves as long as its runtime does.
#[derive(Debug)]
pub struct Throttle {
    address: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    client: reqwest::Client,
    sabotage: bool,
    state: Mutex<Draws>,
}

#[derive(Debug)]
struct Draws {
    rng: Rng,
    is_on: bool,
    /// Calls that are throttled for a while, by what they say.
    spells: HashMap<u64, Instant>,
    throttled: usize,
    calls: usize,
    upstream: String,
}

impl Throttle {
    /// Starts it; what it draws follows from `seed`. Where it is `sabotage`, what writes tell
    /// the cache is swallowed.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(seed: u64, sabotage: bool) -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let draws = Draws {
            rng: Rng::with_seed(seed),
            is_on: false,
            spells: HashMap::new(),
            throttled: 0,
            calls: 0,
            upstream: String::new(),
        };
        let client = reqwest::Client::builder().no_proxy().build()?;
        let shared = Arc::new(Shared { client, sabotage, state: Mutex::new(draws) });
        let service = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        tokio::spawn(axum::serve(listener, service).into_future());
        Ok(Self { address, shared })
    }

    /// The template, whose functions have this proxy for DynamoDB.
    ///
    /// # Errors
    /// When the template has no such place.
    pub fn template(&self) -> Result<String, Failure> {
        let template = include_str!("../../../template.yaml");
        let place = "        TABLE_NAME:";
        if template.matches(place).count() != 1 {
            return Err("the template names its table elsewhere".into());
        }
        let endpoint =
            format!("        AWS_ENDPOINT_URL_DYNAMODB: http://{}\n{place}", self.address);
        Ok(template.replace(place, &endpoint))
    }

    /// Leads to DynamoDB at this URL.
    pub fn lead_to(&self, upstream: &str) {
        upstream.clone_into(&mut lock(&self.shared.state).upstream);
    }

    /// Whether it throttles from now on.
    pub fn set(&self, is_on: bool) {
        lock(&self.shared.state).is_on = is_on;
    }

    /// How many calls there were, and how many were throttled.
    pub fn counts(&self) -> (usize, usize) {
        let state = lock(&self.shared.state);
        (state.calls, state.throttled)
    }
}

impl Draws {
    /// The exception that answers a call of these words; none where it is let through.
    fn throttles(&mut self, said: u64, now: Instant) -> Option<&'static str> {
        self.calls += 1;
        if !self.is_on {
            return None;
        }
        self.spells.retain(|_, until| *until > now);
        if !self.spells.contains_key(&said) {
            if self.rng.f64() >= CHANCE {
                return None;
            }
            if self.rng.f64() < LASTING {
                self.spells.insert(said, now + SPELL);
            }
        }
        self.throttled += 1;
        self.rng.choice(EXCEPTIONS)
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let text = String::from_utf8_lossy(&body);
    if shared.sabotage && text.contains("generation#") && text.contains("UpdateExpression") {
        return (StatusCode::OK, [KIND], "{}").into_response();
    }
    let mut said = DefaultHasher::new();
    body.hash(&mut said);
    let exception = lock(&shared.state).throttles(said.finish(), Instant::now());
    if let Some(exception) = exception {
        let problem = json!({
            "__type": format!("com.amazonaws.dynamodb.v20120810#{exception}"),
            "message": "Throughput exceeds the current capacity of your table or index.",
        });
        return (StatusCode::BAD_REQUEST, [KIND], problem.to_string()).into_response();
    }
    forward(&shared, head, body).await
}

async fn forward(shared: &Shared, head: Parts, body: bytes::Bytes) -> Response {
    let upstream = lock(&shared.state).upstream.clone();
    let mut headers = head.headers;
    headers.remove("host");
    let url = format!("{upstream}{}", head.uri);
    let sent = shared.client.request(head.method, url).headers(headers).body(body).send().await;
    let Ok(answer) = sent else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let (status, headers) = (answer.status(), answer.headers().clone());
    match answer.bytes().await {
        Ok(body) => (status, headers, body).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_in_a_hundred_is_throttled_and_some_for_as_long_as_they_are_tried() {
        let (rng, spells, upstream) = (Rng::with_seed(3), HashMap::new(), String::new());
        let mut draws = Draws { rng, is_on: true, spells, throttled: 0, calls: 0, upstream };
        let now = Instant::now();
        let first: Vec<bool> = (0..20_000).map(|at| draws.throttles(at, now).is_some()).collect();
        let of = first.iter().filter(|throttled| **throttled).count();
        assert!((140..=260).contains(&of), "{of}");
        let lasting = draws.spells.keys().next().copied().unwrap();
        assert!(draws.throttles(lasting, now + SPELL / 2).is_some());
        draws.is_on = false;
        assert!(draws.throttles(lasting, now + SPELL / 2).is_none());
    }
}
