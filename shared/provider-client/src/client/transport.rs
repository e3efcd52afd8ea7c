//! The one place that sends. Vendor-blind: it knows HTTP and deadlines, and
//! leaves every meaning to the provider's folder.

mod coding;
#[cfg(feature = "testing")]
mod stand_in;

use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::retry::{self, Effect};

/// An answer larger than this is refused rather than held in memory.
const MAX_BODY: usize = 32 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The moment by which an answer must have been given.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// The moment this much from now.
    pub fn after(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// The time left; zero once it has passed.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// A request, as data: building one needs no network.
#[derive(Debug, Clone)]
pub struct Request {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Bytes>,
    effect: Effect,
}

impl Request {
    /// A request that changes nothing.
    pub fn read(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: None, effect: Effect::Read }
    }

    /// A request that changes something.
    pub fn write(method: Method, url: Url) -> Self {
        Self { effect: Effect::Write, ..Self::read(method, url) }
    }

    /// A request that changes `count` invoices.
    pub fn write_of(count: usize, method: Method, url: Url) -> Self {
        let effect = if count > 1 { Effect::WriteMany } else { Effect::Write };
        Self { effect, ..Self::read(method, url) }
    }

    /// With a header that holds a secret: it is never printed, nor kept in
    /// compression tables. A text no header can carry is left out; secrets are
    /// checked for that when they are read.
    #[must_use]
    pub fn secret_header(mut self, name: HeaderName, value: &SecretString) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(value.expose_secret()) {
            value.set_sensitive(true);
            self.headers.insert(name, value);
        }
        self
    }

    /// With `body` as JSON.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        // Our own request types have no way to fail here.
        self.body = serde_json::to_vec(body).ok().map(Bytes::from);
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self
    }

    /// With a header that anybody may see.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// With `fields` as a form; none of them is an empty body.
    #[must_use]
    pub fn form(mut self, fields: &[(String, String)]) -> Self {
        if !fields.is_empty() {
            let form =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            self.body = Some(Bytes::from(form));
            let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
            self.headers.insert(header::CONTENT_TYPE, kind);
        }
        self
    }

    /// As a part of the trace that `traceparent` names.
    #[must_use]
    pub(crate) fn traced(mut self, traceparent: HeaderValue) -> Self {
        self.headers.insert(HeaderName::from_static("traceparent"), traceparent);
        self
    }

    /// Whether it changes anything.
    pub(crate) fn effect(&self) -> Effect {
        self.effect
    }

    /// Where it goes.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What it carries.
    pub fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The reply's HTTP status.
    pub status: StatusCode,
    /// The reply's headers.
    pub headers: HeaderMap,
    /// The reply's whole body.
    pub body: Bytes,
}

impl Reply {
    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The wait the provider asks for (`Retry-After`); none where it asks for none.
    pub fn retry_after(&self) -> Option<Duration> {
        retry::asked(&self.headers, SystemTime::now())
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection came about: certainly nothing was sent.
    #[error("it could not be reached")]
    NotSent(#[source] reqwest::Error),
    /// The request may have arrived, its answer did not.
    #[error("the connection broke before its answer was complete")]
    AnswerLost(#[source] reqwest::Error),
    /// The deadline passed. `sent` tells whether the request may have arrived.
    #[error("it did not answer in time")]
    Timeout {
        /// Whether the request may have arrived.
        sent: bool,
    },
    /// The body is larger than we hold.
    #[error("its answer is larger than {MAX_BODY} bytes")]
    TooLarge,
    /// The request would change something, and the transport reads alone.
    #[error(
        "it would change something, and nothing but readings is allowed here: nothing was sent"
    )]
    ReadOnly,
    /// The body came whole, in a content coding that cannot be undone.
    #[error("{0}")]
    Coding(#[from] coding::CodingError),
}

/// Sends requests. One for the process: it holds the connections and the roots.
#[derive(Debug, Clone)]
pub struct Transport {
    http: reqwest::Client,
    /// Whether requests that change something are refused.
    reads_only: bool,
    #[cfg(feature = "testing")]
    stand_in: Option<stand_in::StandIn>,
}

impl Transport {
    /// A transport with one TLS stack (rustls on ring) and pinned roots.
    ///
    /// # Errors
    /// When the TLS configuration cannot be built: a fault of ours.
    pub fn new() -> Result<Self, crate::https::Fault> {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let http = crate::https::client(roots, CONNECT_TIMEOUT)?;
        Ok(Self {
            http,
            reads_only: false,
            #[cfg(feature = "testing")]
            stand_in: None,
        })
    }

    /// The transport, which sends nothing that changes anything: what a request does is its
    /// provider's word, since a reading may well be a POST.
    #[must_use]
    pub fn reading_only(self) -> Self {
        Self { reads_only: true, ..self }
    }

    /// Sends `request` once, and returns the answer, whatever its status.
    ///
    /// # Errors
    /// When there is no whole answer by the deadline.
    pub async fn send(
        &self,
        request: &Request,
        deadline: Deadline,
    ) -> Result<Reply, TransportError> {
        if self.reads_only && request.effect() != Effect::Read {
            return Err(TransportError::ReadOnly);
        }
        #[cfg(feature = "testing")]
        if let Some(stand_in) = &self.stand_in {
            return Ok(stand_in.answer(request));
        }
        let mut sending = self
            .http
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .header(header::ACCEPT, "application/json")
            .header(header::ACCEPT_ENCODING, coding::ACCEPTED);
        match &request.body {
            Some(body) => sending = sending.body(body.clone()),
            // Says so, as RFC 9110 (8.6) asks: servers refuse it unsaid (411).
            None if matches!(request.method, Method::POST | Method::PUT | Method::PATCH) => {
                sending = sending.header(header::CONTENT_LENGTH, 0);
            }
            None => {}
        }
        let answered = timeout_at(deadline.0, sending.send()).await;
        let response =
            answered.map_err(|_| TransportError::Timeout { sent: true })?.map_err(broken)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = timeout_at(deadline.0, read_body(response)).await;
        let body = body.map_err(|_| TransportError::Timeout { sent: true })??;
        let body = match coding::decoded(&headers, body) {
            Ok(body) => body,
            // Its status tells enough, without the words that may come with it.
            Err(_) if !status.is_success() => Bytes::new(),
            Err(error) => return Err(error),
        };
        Ok(Reply { status, headers, body })
    }
}

/// The URL is taken out of the error: queries carry customers' data.
fn broken(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    match (error.is_connect(), error.is_timeout()) {
        // The connect timeout is one of these: nothing was sent.
        (true, _) => TransportError::NotSent(error),
        (false, true) => TransportError::Timeout { sent: true },
        (false, false) => TransportError::AnswerLost(error),
    }
}

async fn read_body(mut response: reqwest::Response) -> Result<Bytes, TransportError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(TransportError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
