//! From HTTP to a call, and from an outcome back to HTTP.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::connection::{Ending, Outcome, first_half};
use crate::exchange::Call;
use crate::sandbox::Sandbox;

/// More than any call needs.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

pub(crate) fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new().fallback(answer).with_state(sandbox)
}

async fn answer(
    State(sandbox): State<Arc<Sandbox>>,
    request: Request,
) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_start_matches('/');
    let (name, rest) = path.split_once('/').unwrap_or((path, ""));
    let connection = match sandbox.connection(name) {
        Ok(connection) => connection,
        Err(refused) => {
            let body = json!({ "message": refused.to_string() });
            return Ok((StatusCode::NOT_FOUND, axum::Json(body)).into_response());
        }
    };
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response());
    };
    let call = Call::new(
        parts.method,
        rest,
        parts.uri.query().unwrap_or(""),
        parts.headers,
        String::from_utf8_lossy(&body).into_owned(),
    );
    let outcome = connection.answer(&call);
    if let Some(delay) = outcome.carried_out_after {
        let (sandbox, name) = (Arc::clone(&sandbox), name.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            if let Ok(connection) = sandbox.connection(&name) {
                connection.carry_out_late(&call);
            }
        });
    }
    tokio::time::sleep(outcome.delay).await;
    Ok(respond(outcome))
}

fn respond(outcome: Outcome) -> Response {
    let Outcome { reply, ending, .. } = outcome;
    let length = reply.body.len();
    let mut response = match ending {
        // Not with the answer's own status: a 204 has no body to break.
        Ending::Silent => return Response::new(broken_at_once()),
        Ending::Cut => Response::new(half_then_broken(&reply.body)),
        Ending::Whole => Response::new(Body::from(reply.body)),
    };
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if ending == Ending::Cut {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    if reply.status != 204 {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// An error before the first byte: hyper has written nothing yet, not even the
/// head, and drops the connection.
fn broken_at_once() -> Body {
    Body::from_stream(stream::once(async {
        Err::<Bytes, io::Error>(io::Error::other("dropped on command"))
    }))
}

/// Half of the text, and then an error that makes the server drop the connection.
fn half_then_broken(text: &str) -> Body {
    let half = Bytes::copy_from_slice(first_half(text).as_bytes());
    let broken = stream::once(async {
        // Time for the first half to leave: hyper drops what it has not written.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err::<Bytes, io::Error>(io::Error::other("cut off on command"))
    });
    Body::from_stream(stream::iter([Ok(half)]).chain(broken))
}
