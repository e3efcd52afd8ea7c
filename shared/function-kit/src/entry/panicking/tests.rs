//! A function that panics, as a process of its own: what it tells the Runtime API,
//! and its log.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::io::{AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{Function, Route, Uses};

const EVENT: &str = include_str!("../../../../../infra/events/list.json");

/// What the Runtime API is told.
#[derive(Debug, PartialEq)]
enum Told {
    AsksForMore,
    Answers(String),
}

/// A Runtime API with one event to give away.
#[derive(Clone)]
struct Api {
    told: UnboundedSender<Told>,
    given: Arc<AtomicBool>,
}

async fn next(State(api): State<Api>) -> Response {
    api.told.send(Told::AsksForMore).unwrap();
    if api.given.swap(true, Ordering::SeqCst) {
        return std::future::pending().await;
    }
    let deadline = jiff::Timestamp::now().as_millisecond() + 30_000;
    let headers = [
        ("lambda-runtime-aws-request-id", "invocation-1".to_owned()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:::function:list".to_owned()),
    ];
    (headers, EVENT).into_response()
}

async fn answered(State(api): State<Api>, body: String) -> StatusCode {
    api.told.send(Told::Answers(body)).unwrap();
    StatusCode::ACCEPTED
}

async fn served() -> (String, UnboundedReceiver<Told>) {
    let (told, hears) = unbounded_channel();
    let routes = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/invocation-1/response", post(answered))
        .with_state(Api { told, given: Arc::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (address, hears)
}

#[tokio::test]
#[ignore = "run as a process of its own"]
async fn child_panics() {
    static PANICKING: Function = Function {
        uses: Uses::Providers,
        routes: &[Route::new("GET", "/invoices", |_, _| Box::pin(async { panic!("hush") }))],
    };
    PANICKING.run().await.unwrap();
}

#[tokio::test]
async fn a_panic_is_answered_and_its_function_begins_anew() {
    let (address, mut told) = served().await;
    let mut function = Command::new(std::env::current_exe().unwrap())
        .args(["entry::panicking::tests::child_panics", "--exact", "--ignored", "--nocapture"])
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "list"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "hush"),
            ("AWS_ENDPOINT_URL", &format!("http://{address}")),
            ("TABLE_NAME", "bridge"),
            ("CONNECTIONS", "nue"),
        ])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    assert_eq!(told.recv().await, Some(Told::AsksForMore));
    let Some(Told::Answers(answer)) = told.recv().await else { panic!("no answer") };
    assert_eq!(told.recv().await, Some(Told::AsksForMore), "it goes on");
    assert_eq!(function.try_wait().unwrap(), None, "as the process it was");
    function.kill().await.unwrap();

    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["statusCode"], 500);
    assert_eq!(answer["headers"]["content-type"], "application/problem+json");
    let event: Value = serde_json::from_str(EVENT).unwrap();
    let request_id = &event["requestContext"]["requestId"];
    assert_eq!(&answer["headers"]["x-request-id"], request_id);
    let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(problem["code"], "internal");
    assert_eq!(problem["instance"], event["rawPath"]);

    let mut log = String::new();
    BufReader::new(function.stdout.unwrap()).read_to_string(&mut log).await.unwrap();
    assert!(log.contains("panicked") && log.contains("tests.rs:"), "{log}");
    assert!(log.contains(request_id.as_str().unwrap()), "{log}");
    assert!(!format!("{log}{answer}").contains("hush"), "{log}");
}
