//! The gateway itself: from a request to its function and back.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::authorizer::Refusal;
use super::cors;
use super::event::Incoming;
use super::reply::{self, message};
use super::router::decoded_path;
use super::{Authorizer, Router};
use crate::lambda::{Failure, Pool};
use crate::log::{self, note};
use crate::template::Cors;

/// API Gateway's limit for a request's body.
const MAX_BODY: usize = 10 * 1024 * 1024;
/// How much of a body beyond that is still read: a caller that is cut off while
/// it writes sees a broken connection, not the answer.
const MAX_READ: usize = 4 * MAX_BODY;
/// Lambda's limit for an event; API Gateway answers for both in the same way.
const MAX_EVENT: usize = 6 * 1024 * 1024;
/// How long API Gateway waits for an integration.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// The HTTP API.
#[derive(Debug)]
pub struct Gateway {
    /// The API's routes.
    pub router: Router,
    /// The API's authorizer.
    pub authorizer: Authorizer,
    /// Which pages' scripts may call, where any may.
    pub cors: Option<Cors>,
    /// The functions behind the routes, by logical id.
    pub functions: BTreeMap<String, Arc<Pool>>,
}

/// Serves the API, and `beside` it what is no part of it, until `shutdown`.
pub async fn serve(
    listener: TcpListener,
    gateway: Arc<Gateway>,
    beside: axum::Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let port = listener.local_addr()?.port();
    let app = axum::Router::new()
        .fallback(answer)
        .with_state((gateway, port))
        .merge(beside)
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(shutdown).await
}

async fn answer(
    State((gateway, port)): State<(Arc<Gateway>, u16)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let (is_head, began) = (method == Method::HEAD, Instant::now());
    let passed = gateway.pass(request, &request_id, peer, port).await;
    let mut response = passed.unwrap_or_else(|refused| *refused);
    if response.extensions().get::<OfFunction>().is_none() {
        let matched = gateway.router.find(&method, uri.path());
        let route = matched.as_ref().map(|matched| matched.route.path.as_str());
        log::unanswered(&method, route, response.status(), response.headers(), began.elapsed());
    }
    if is_head {
        // Of a length that is not known: a function answers without a body, and to say that
        // GET would have a body of nothing were wrong (RFC 9110, 8.6).
        *response.body_mut() = Body::from_stream(Body::empty().into_data_stream());
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("apigw-requestid", value);
    }
    response
}

/// Marks what a function has answered, and so has logged itself.
#[derive(Debug, Clone, Copy)]
struct OfFunction;

impl Gateway {
    /// A request's way through; what ends it early is the error.
    async fn pass(
        &self,
        request: Request,
        request_id: &str,
        peer: SocketAddr,
        port: u16,
    ) -> Result<Response, Box<Response>> {
        let (parts, body) = request.into_parts();
        if !is_from_this_machine(&parts.headers, self.cors.as_ref()) {
            return Err(refuse(StatusCode::FORBIDDEN, "Forbidden"));
        }
        let path = decoded_path(parts.uri.path())
            .ok_or_else(|| refuse(StatusCode::BAD_REQUEST, "Bad Request"))?;
        let not_found = || refuse(StatusCode::NOT_FOUND, "Not Found");
        let Some(matched) = self.router.find(&parts.method, parts.uri.path()) else {
            let preflight = self.cors.as_ref().and_then(|cors| cors::preflight(cors, &parts));
            return preflight.ok_or_else(not_found);
        };
        let function = self.functions.get(&matched.route.function).ok_or_else(not_found)?;
        let at = Timestamp::now();
        let authorizer = self
            .authorizer
            .admit(&matched.route.authorization, &parts.headers, at)
            .map_err(challenge)?;
        let too_large = || refuse(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        let body = axum::body::to_bytes(body, MAX_READ).await.map_err(|_| too_large())?;
        if body.len() > MAX_BODY {
            return Err(too_large());
        }
        let incoming = Incoming {
            matched,
            parts: &parts,
            path: &path,
            body: &body,
            source_ip: peer.ip().to_string(),
            port,
            request_id,
            at,
            authorizer,
        };
        let event =
            incoming.to_json().map_err(|_| refuse(StatusCode::BAD_REQUEST, "Bad Request"))?;
        if event.len() > MAX_EVENT {
            return Err(too_large());
        }
        let call = Arc::clone(function).invoke(event.into());
        let mut response = integrate(function.name(), call, INTEGRATION_TIMEOUT).await?;
        response.extensions_mut().insert(OfFunction);
        if let Some(cors) = &self.cors {
            cors::expose(cors, &parts.headers, response.headers_mut());
        }
        Ok(response)
    }
}

/// Has a call answered. It goes on when the caller hangs up or the gateway
/// gives up waiting, as it does in the cloud.
async fn integrate(
    function: &str,
    call: impl Future<Output = Result<Bytes, Failure>> + Send + 'static,
    patience: Duration,
) -> Result<Response, Box<Response>> {
    let internal = || refuse(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    let answer = tokio::time::timeout(patience, tokio::spawn(call))
        .await
        .map_err(|_| refuse(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"))?
        .map_err(|_| internal())?
        // The pool has said why on the console; the caller is not told.
        .map_err(|_| internal())?;
    reply::response(&answer).map_err(|why| {
        note(function, &format!("cannot be answered with: {why}"));
        internal()
    })
}

fn refuse(status: StatusCode, text: &str) -> Box<Response<Body>> {
    Box::new(message(status, text))
}

fn challenge(refusal: Refusal) -> Box<Response> {
    let (mut response, challenge) = match refusal {
        Refusal::Unauthorized(challenge) => {
            (refuse(StatusCode::UNAUTHORIZED, "Unauthorized"), challenge)
        }
        Refusal::Forbidden(challenge) => (refuse(StatusCode::FORBIDDEN, "Forbidden"), challenge),
        Refusal::Unsigned => return refuse(StatusCode::FORBIDDEN, "Forbidden"),
    };
    if let Ok(value) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

/// Whether a request was meant for this machine by someone on it. A browser
/// reaches loopback too: a page from elsewhere must not write to real
/// providers through it, nor read by pointing its own name at 127.0.0.1. A page
/// that the owner allows by name may.
pub fn is_from_this_machine(headers: &http::HeaderMap, cors: Option<&Cors>) -> bool {
    let is_local = |authority: &str| {
        url::Url::parse(authority).is_ok_and(|url| match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        })
    };
    let text =
        |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    text(header::HOST).is_none_or(|host| is_local(&format!("http://{host}")))
        && text(header::ORIGIN).is_none_or(|origin| {
            is_local(origin) || cors.is_some_and(|cors| cors::allows(cors, origin))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_gateway_does_not_wait_for_ever() {
        let call = std::future::pending();
        let refused = integrate("F", call, Duration::ZERO).await.unwrap_err();
        assert_eq!(refused.status(), 503);
    }

    #[test]
    fn only_this_machine_is_answered() {
        let cases = [
            ("127.0.0.1:9000", None, true),
            ("localhost:9000", Some("http://localhost:3000"), true),
            ("[::1]:9000", None, true),
            ("rebound.example", None, false),
            ("127.0.0.1:9000", Some("https://evil.example"), false),
            ("127.0.0.1:9000", Some("null"), false),
        ];
        for (host, origin, expected) in cases {
            let mut headers = http::HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            assert_eq!(is_from_this_machine(&headers, None), expected, "{host} {origin:?}");
        }
    }
}
