//! A stand-in for a provider: the sandbox, whose every answer is made once and
//! then given again at once. What is measured is our side alone.
//!
//! The same request has the same answer, always: a draft that was activated is
//! a draft again when it is next read, so that activating can be repeated.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use sandbox::{Options, ProviderKind, Sandbox};
use serde_json::Value;
use tower::ServiceExt;

use crate::http::{Reply, Request, Service};

/// Of the exchange alone, or of each call anew.
const NOT_HANDED_ON: [&str; 4] = ["content-length", "transfer-encoding", "connection", "date"];

/// One connection of the sandbox.
pub struct Provider {
    sandbox: Arc<Sandbox>,
    connection: String,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    answers: HashMap<(String, Vec<u8>), Reply>,
    calls: usize,
    last: Option<Request>,
}

impl Provider {
    /// One connection that is called as its provider is, with so many invoices.
    pub fn new(kind: ProviderKind, invoices: usize) -> Self {
        let connection = kind.name().to_owned();
        let connections = vec![(connection.clone(), kind)];
        let sandbox = Sandbox::new(Options { invoices, connections, ..Options::default() });
        Self { sandbox, connection, known: Mutex::default() }
    }

    /// The name of the provider's connection.
    pub fn connection(&self) -> &str {
        &self.connection
    }

    /// What opens it, when it is served at `origin`.
    pub fn secret(&self, origin: &str) -> Value {
        self.sandbox.secret(&self.connection, origin).unwrap_or_default()
    }

    /// The ids of its invoices whose field `name` is `value`.
    pub fn ids(&self, name: &str, value: &str) -> Vec<String> {
        let has = |json: &str| {
            serde_json::from_str::<Value>(json)
                .is_ok_and(|invoice| invoice.get(name).and_then(Value::as_str) == Some(value))
        };
        let all = self.sandbox.population(&self.connection).into_iter();
        all.filter(|record| has(&record.json)).map(|record| record.id).collect()
    }

    /// How many calls it took since this was last asked.
    pub fn take_calls(&self) -> usize {
        std::mem::take(&mut self.known().calls)
    }

    /// The last request that it took.
    pub fn take_last(&self) -> Option<Request> {
        self.known().last.take()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asked(&self, request: &Request) -> Option<Reply> {
        let mut sent = axum::http::Request::builder()
            .method(request.method.as_str())
            .uri(request.target.as_str());
        for (name, value) in &request.headers {
            sent = sent.header(name, value);
        }
        let sent = sent.body(Body::from(request.body.clone())).ok()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().ok()?;
        runtime.block_on(async {
            let Ok(reply) = self.sandbox.router().oneshot(sent).await;
            let (parts, body) = reply.into_parts();
            let headers = parts.headers.iter().map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            });
            Some(Reply {
                status: parts.status.as_u16(),
                headers: headers
                    .filter(|(name, _)| !NOT_HANDED_ON.contains(&name.as_str()))
                    .collect(),
                body: to_bytes(body, usize::MAX).await.ok()?.into(),
            })
        })
    }
}

impl Service for Provider {
    fn answer(&self, request: &Request) -> Option<Reply> {
        let key = (format!("{} {}", request.method, request.target), request.body.clone());
        let mut known = self.known();
        known.calls += 1;
        if let Some(reply) = known.answers.get(&key) {
            return Some(reply.clone());
        }
        let reply = self.asked(request)?;
        let Request { method, target, headers, body } = request;
        known.last = Some(Request {
            method: method.clone(),
            target: target.clone(),
            headers: headers.clone(),
            body: body.clone(),
        });
        known.answers.insert(key, reply.clone());
        Some(reply)
    }
}

/// A stand-in for SQS, which takes whatever is sent to it.
pub struct Queue;

impl Service for Queue {
    fn answer(&self, _: &Request) -> Option<Reply> {
        let answer = serde_json::json!({"MessageId": "00000000-0000-0000-0000-000000000000"});
        Some(Reply::json("application/x-amz-json-1.0", answer.to_string()))
    }
}

/// A stand-in for Secrets Manager, with one secret for whatever it is asked for.
pub struct Secrets(pub String);

impl Service for Secrets {
    fn answer(&self, _: &Request) -> Option<Reply> {
        let answer = serde_json::json!({
            "ARN": "arn:aws:secretsmanager:eu-central-1:000000000000:secret:bench",
            "Name": "bench",
            "SecretString": self.0,
            "VersionId": "00000000-0000-0000-0000-000000000000",
            "VersionStages": ["AWSCURRENT"],
            "CreatedDate": 1_767_323_045,
        });
        Some(Reply::json("application/x-amz-json-1.1", answer.to_string()))
    }
}
