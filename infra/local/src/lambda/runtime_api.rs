//! The Runtime API: what a function's process talks to. One per process, since
//! in Lambda, too, each has its own.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;
use tokio::sync::mpsc;

/// Lambda's limit for an answer, with the room that its framing may take.
const MAX_ANSWER: usize = 6 * 1024 * 1024 + 100 * 1024;
/// How much of an answer beyond that is still read: cut off while it writes,
/// the runtime would take its connection for broken and end.
const MAX_READ: usize = 4 * MAX_ANSWER;

/// One event for the process.
#[derive(Debug)]
pub struct Invocation {
    /// The invocation's id.
    pub request_id: String,
    /// The event.
    pub event: Bytes,
    /// When the answer is due, in epoch milliseconds.
    pub deadline: i64,
    /// The function's ARN.
    pub arn: String,
}

/// What the process told us.
#[derive(Debug, PartialEq)]
pub enum Report {
    /// The function waits for an event.
    Ready,
    /// The function could not start.
    InitError(Bytes),
    /// The function answered its event.
    Answer(Bytes),
    /// The function failed at its event.
    Error(Bytes),
    /// The function answered with more than Lambda takes.
    TooLarge,
}

#[derive(Debug)]
struct Api {
    invocations: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    reports: mpsc::Sender<Report>,
    /// The id of the event under way.
    current: Mutex<Option<String>>,
}

/// The API of one process, its events coming in and its reports going out.
pub fn router(invocations: mpsc::Receiver<Invocation>, reports: mpsc::Sender<Report>) -> Router {
    let api = Api {
        invocations: tokio::sync::Mutex::new(invocations),
        reports,
        current: Mutex::new(None),
    };
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(answer))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(MAX_READ))
        .with_state(Arc::new(api))
}

/// Blocks until there is an event, for as long as it takes.
async fn next(State(api): State<Arc<Api>>) -> Response {
    api.report(Report::Ready).await;
    let Some(invocation) = api.invocations.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let mut response = Response::new(invocation.event.into());
    let trace =
        format!("Root=1-{:08x}-{}", invocation.deadline / 1000, short_hex(&invocation.request_id));
    let headers = [
        ("lambda-runtime-aws-request-id", invocation.request_id.clone()),
        ("lambda-runtime-deadline-ms", invocation.deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", invocation.arn),
        ("lambda-runtime-trace-id", trace),
        ("content-type", "application/json".to_owned()),
    ];
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    *api.current() = Some(invocation.request_id);
    response
}

async fn answer(State(api): State<Arc<Api>>, Path(id): Path<String>, request: Request) -> Response {
    match Bytes::from_request(request, &()).await {
        Ok(body) if body.len() <= MAX_ANSWER => api.settle(&id, Report::Answer(body)).await,
        Err(refused) if refused.status() != StatusCode::PAYLOAD_TOO_LARGE => {
            refused.into_response()
        }
        _ => {
            api.settle(&id, Report::TooLarge).await;
            problem(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                "an answer is at most 6 MB",
            )
        }
    }
}

async fn error(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> Response {
    api.settle(&id, Report::Error(body)).await
}

async fn init_error(State(api): State<Arc<Api>>, body: Bytes) -> Response {
    api.report(Report::InitError(body)).await;
    accepted()
}

impl Api {
    /// Reports what came of an event, if it is the one under way.
    async fn settle(&self, id: &str, report: Report) -> Response {
        let is_current = self.current().take_if(|current| current == id).is_some();
        if !is_current {
            return problem(
                StatusCode::BAD_REQUEST,
                "InvalidRequestID",
                "this is not the event under way",
            );
        }
        self.report(report).await;
        accepted()
    }

    /// Fails only once the stack no longer listens, and then nobody is to know.
    async fn report(&self, report: Report) {
        let _ = self.reports.send(report).await;
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, axum::Json(json!({"status": "OK"}))).into_response()
}

fn problem(status: StatusCode, kind: &str, text: &str) -> Response {
    (status, axum::Json(json!({"errorType": kind, "errorMessage": text}))).into_response()
}

/// The 24 hexadecimal digits of a trace, from those of a request id.
fn short_hex(request_id: &str) -> String {
    request_id.chars().filter(char::is_ascii_hexdigit).take(24).collect()
}
