//! What becomes of a request whose handler panics: it is answered, and the
//! process begins anew.
//!
//! Packages are built to abort: what it takes to unwind is a seventh of a package,
//! and what is left of a process that has panicked is not to be trusted with the
//! next request. So the hook, which runs first, hands the answer to the Runtime
//! API itself, and then puts a fresh process in the place of this one. To Lambda
//! that is a function which has answered and asks for more.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{env, panic};

use invoice::{Code, Problem};
use lambda_http::LambdaEvent;
use lambda_http::request::LambdaRequest;
use serde_json::json;
use tracing::error;

/// The Runtime API is in the same machine.
const PATIENCE: Duration = Duration::from_secs(1);

static ASKED: Mutex<Option<InFlightRequest>> = Mutex::new(None);

/// The request that is being answered.
#[derive(Debug, Clone)]
struct InFlightRequest {
    /// To Lambda.
    invocation: String,
    /// To its caller.
    request_id: String,
    path: Option<String>,
}

/// Remembers the request that is about to be answered.
pub(super) fn asked(event: &LambdaEvent<LambdaRequest>) {
    let invocation = event.context.request_id.clone();
    let (request_id, path) = match &event.payload {
        LambdaRequest::ApiGatewayV2(request) => {
            (request.request_context.request_id.clone(), request.raw_path.clone())
        }
        _ => (None, None),
    };
    let request_id = request_id.unwrap_or_else(|| invocation.clone());
    *ASKED.lock().unwrap_or_else(PoisonError::into_inner) =
        Some(InFlightRequest { invocation, request_id, path });
}

/// From now on a panic is answered. It has been logged before that.
pub(super) fn answers() {
    let logged = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        logged(panicked);
        let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A second panic on the way here ends the process: nothing is left to try.
        let Some(asked) = asked else { return };
        error!(
            requestId = asked.request_id,
            "a request is broken off, and its function begins anew"
        );
        if let Err(error) = answer(&asked) {
            error!(%error, "the broken request cannot be answered");
        }
        let error = begin_anew();
        error!(%error, "the function cannot begin anew");
    }));
}

/// Hands the Runtime API the problem. By hand: the runtime, whose client there
/// is, is what has just stopped.
fn answer(asked: &InFlightRequest) -> io::Result<()> {
    let api = env::var("AWS_LAMBDA_RUNTIME_API").map_err(io::Error::other)?;
    let body = answer_of(asked);
    let mut stream = TcpStream::connect(&api)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "POST /2018-06-01/runtime/invocation/{}/response HTTP/1.1\r\nHost: {api}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        asked.invocation,
        body.len(),
    )?;
    // It has been taken once there is an answer, whatever that is.
    stream.read_exact(&mut [0])
}

/// As every other problem, in the gateway's form.
fn answer_of(asked: &InFlightRequest) -> String {
    let problem = Problem::new(Code::Internal, format!("request {}", asked.request_id));
    let body = problem.body(asked.path.as_deref(), Some(&asked.request_id));
    let answer = json!({
        "statusCode": Code::Internal.status(),
        "headers": {
            "content-type": "application/problem+json",
            "cache-control": "no-store",
            "x-request-id": asked.request_id,
        },
        "body": serde_json::to_string(&body).unwrap_or_default(),
        "isBase64Encoded": false,
    });
    answer.to_string()
}

/// Begins the same program anew in the same process. Returns only when that fails.
fn begin_anew() -> io::Error {
    match env::current_exe() {
        Ok(program) => Command::new(program).args(env::args_os().skip(1)).exec(),
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests;
