//! A made-up API: it answers as told, and keeps what it was asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A request that was put to the API.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: Method,
    pub target: String,
    pub key: Option<String>,
    pub token: Option<String>,
    pub headers: HeaderMap,
    pub bytes: Bytes,
    pub body: Value,
}

type Answers = dyn Fn(&Asked, usize) -> (u16, Value) + Send + Sync;

/// The API, until the tests end.
pub struct Fake {
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

struct Shared {
    asked: Arc<Mutex<Vec<Asked>>>,
    answers: Box<Answers>,
}

impl Fake {
    /// An API that answers each request so; the number counts the requests before it. Status
    /// 0 closes the connection without an answer.
    pub fn new(answers: impl Fn(&Asked, usize) -> (u16, Value) + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::new(Shared { asked: Arc::clone(&asked), answers: Box::new(answers) });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        // A thread of its own, so that tests may be asynchronous or not.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                listener.set_nonblocking(true).unwrap();
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let app = Router::new().fallback(answer).with_state(shared);
                axum::serve(listener, app).await
            })
        });
        Self { address, asked }
    }

    /// All that it was asked.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let asked = Asked {
        method,
        target: uri.to_string(),
        key: text("idempotency-key"),
        token: text("authorization"),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        headers: headers.clone(),
        bytes: body,
    };
    let nth = {
        let mut all = shared.asked.lock().unwrap();
        all.push(asked.clone());
        all.len() - 1
    };
    let (status, body) = (shared.answers)(&asked, nth);
    if status == 0 {
        // A panic in a handler closes its connection.
        panic!("cut off as asked");
    }
    let kind = if status < 400 { "application/json" } else { "application/problem+json" };
    (
        StatusCode::from_u16(status).unwrap(),
        [("content-type", kind), ("x-request-id", "r-1")],
        body.to_string(),
    )
        .into_response()
}

/// A problem of this code.
pub fn problem(status: u16, code: &str, retryable: bool) -> Value {
    json!({
        "type": format!("urn:invoice-bridge:problem:{code}"), "title": "a title", "status": status,
        "detail": format!("a detail of {code}"), "code": code, "retryable": retryable, "requestId": "r-1",
        "retryAfter": if retryable { json!(0) } else { Value::Null },
    })
}

/// A page of invoices with these ids.
pub fn page(ids: &[&str], next: Option<&str>) -> Value {
    let data: Vec<Value> = ids.iter().map(|id| json!({ "id": id, "status": "draft" })).collect();
    json!({
        "data": data, "hasMore": next.is_some(), "nextCursor": next, "total": null,
        "sources": [{ "connection": "nue", "status": "ok", "age": 0, "total": null, "filters": {}, "sort": null }],
    })
}

/// One connection of which many invoices are written at once.
pub fn connections() -> Value {
    json!({ "data": [{
        "name": "nue", "provider": "nue", "title": "Nue", "direction": "receivable", "status": "ok", "assumptions": [],
        "capabilities": {
            "operations": ["list", "get", "activate"], "filters": {}, "sorts": {}, "includes": [], "updatable": [],
            "writes": { "activate": "bulk", "cancel": "bulk", "delete": "bulk", "update": "single" },
            "customerRequired": false,
        },
    }]})
}

/// What comes of a write, the same of each invoice.
pub fn results(asked: &Asked, outcome: &str, problem: Value) -> Value {
    let ids = asked.body["invoiceIds"].as_array().unwrap();
    let results: Vec<Value> = ids
        .iter()
        .map(|id| json!({ "id": id, "outcome": outcome, "status": null, "problem": problem }))
        .collect();
    let mut answer = json!({ "summary": {}, "results": results });
    if asked.body["dryRun"] == true {
        answer["dryRun"] = true.into();
    }
    answer
}
