//! The API's client: one request at a time, asked again where the API says that this may help.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use invoice::json;
use serde_json::Value;
use url::Url;

use crate::answers::Problem;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;
use crate::profile::{Profile, Token, is_loopback};
use crate::signing::{self, Signer};

/// API Gateway answers within 30 s, whatever comes of it.
const TIME: Duration = Duration::from_secs(60);
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// An answer is at most 6 MB; what is larger is none of the API's.
const MAX_BODY: usize = 32 * 1024 * 1024;
/// How often a request is put at most.
const ATTEMPTS: u32 = 4;
/// A wait that is longer is not waited out without being told.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A request, as data.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The method.
    pub(crate) method: Method,
    /// The path and, behind `?`, the query.
    pub(crate) target: String,
    /// The headers beside those that every request has.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Option<Bytes>,
}

impl Call {
    /// A reading.
    pub(crate) fn get(path: &str, query: &[(String, String)]) -> Self {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        Self { method: Method::GET, target, headers: HeaderMap::new(), body: None }
    }

    /// The call with a header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The whole body.
    pub(crate) body: Bytes,
}

impl Answer {
    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The problem that it tells; none where it is a success. API Gateway answers in words
    /// of its own.
    pub(crate) fn problem(&self) -> Option<(Problem, Value)> {
        if self.status.is_success() || self.status == StatusCode::NOT_MODIFIED {
            return None;
        }
        let body: Value = json::read_slice(&self.body).unwrap_or(Value::Null);
        let problem = json::read_value::<Problem>(body.clone());
        Some(match problem {
            Ok(problem) => (problem, body),
            Err(_) => (self.gateways(&body), body),
        })
    }

    fn gateways(&self, body: &Value) -> Problem {
        let status = self.status.as_u16();
        let said = body.get("message").and_then(Value::as_str).map(str::to_owned);
        let (code, retryable) = match status {
            401 => ("unauthenticated", false),
            403 => ("forbidden", false),
            404 => ("route_not_found", false),
            429 => ("rate_limited", true),
            502..=504 => ("unavailable", true),
            _ => ("", false),
        };
        Problem {
            title: "the API's gateway refused".to_owned(),
            status,
            detail: match said {
                Some(said) => format!("the API's gateway answered {status}: {said}"),
                None => format!("the API answered {status}, and nothing that can be read"),
            },
            code: code.to_owned(),
            retryable,
            retry_after: self.header("retry-after").and_then(|text| text.parse().ok()),
            request_id: self.header("apigw-requestid").map(str::to_owned),
            errors: Vec::new(),
            provider: None,
        }
    }

    /// The answer, if it is a success.
    ///
    /// # Errors
    /// With what its problem comes to.
    pub(crate) fn ok(self) -> Result<Self, Failure> {
        match self.problem() {
            Some((problem, body)) => Err(Failure::of_problem(&problem, body)),
            None => Ok(self),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone)]
pub(crate) struct NoAnswer {
    /// Whether the request may have arrived.
    pub(crate) may_have_arrived: bool,
    /// What happened.
    pub(crate) why: String,
}

/// Speaks to one API as one caller.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    token: Option<Token>,
    signer: Option<Arc<Signer>>,
    terminal: Terminal,
    /// The profile's name, for advice.
    pub(crate) profile: String,
}

impl Client {
    /// A client for the profile's API.
    ///
    /// # Errors
    /// When this machine cannot speak TLS: a fault of ours.
    pub(crate) fn new(profile: &Profile, terminal: &Terminal) -> Result<Self, Failure> {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let http = provider_client::https::client(roots, CONNECT_TIME)
            .map_err(|error| Failure::here(format!("cannot prepare TLS: {error}")))?;
        Ok(Self {
            http,
            base: profile.api.clone(),
            token: profile.token.clone(),
            signer: None,
            terminal: terminal.clone(),
            profile: profile.name.clone(),
        })
    }

    /// The same, as the bearer of a token.
    pub(crate) fn bearing(self, token: Option<String>) -> Self {
        Self { token: token.map(Token).or(self.token), ..self }
    }

    /// The same, signing what it sends.
    pub(crate) fn signing(self, signer: Signer) -> Self {
        Self { signer: Some(Arc::new(signer)), ..self }
    }

    /// The signer of the client's requests; none where they are not signed.
    pub(crate) fn signer(&self) -> Option<&Signer> {
        self.signer.as_deref()
    }

    /// The person's terminal.
    pub(crate) fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// Whether it has a token to send.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_ref().map(|Token(token)| token.as_str())
    }

    /// Puts a request to somebody else than the API, such as an issuer: without the API's
    /// token, and once.
    ///
    /// # Errors
    /// When there is no answer.
    pub(crate) async fn foreign(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, String> {
        let (parts, body) = request.into_parts();
        let sending = self.http.request(parts.method, parts.uri.to_string()).headers(parts.headers);
        let answer = sending.body(body).timeout(TIME).send().await;
        let answer = answer.map_err(|error| missing(error).why)?;
        let mut response = http::Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            headers.clone_from(answer.headers());
        }
        let body = answer.bytes().await.map_err(|error| missing(error).why)?;
        response.body(body.to_vec()).map_err(|error| error.to_string())
    }

    /// The API's address.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// Asks for a path, and returns the answer of success.
    ///
    /// # Errors
    /// With the API's problem, or with why there is no answer.
    pub(crate) async fn get(
        &self,
        path: &str,
        query: &[(String, String)],
    ) -> Result<Answer, Failure> {
        self.send(&Call::get(path, query)).await?.ok()
    }

    /// Puts a request, again where the API says that this may help, and returns the last
    /// answer, whatever its status. A write has to carry its Idempotency-Key.
    ///
    /// # Errors
    /// When there is no answer.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, Failure> {
        self.attempts(call).await.map_err(|missing| self.unreachable(&missing))
    }

    /// As [`Client::send`], with whether the request may have arrived where there is no answer.
    pub(crate) async fn attempts(&self, call: &Call) -> Result<Answer, NoAnswer> {
        let mut attempt = 1;
        loop {
            let outcome = self.once(call).await;
            let wait = match &outcome {
                Ok(answer) => wait_after(answer, attempt),
                // Nobody listens on this machine: nobody will in a second.
                Err(missing) if !missing.may_have_arrived && is_loopback(&self.base) => None,
                Err(_) => Some(pause(attempt)),
            };
            match wait {
                Some(wait) if attempt < ATTEMPTS && wait <= LONGEST_WAIT => {
                    let why = match &outcome {
                        Ok(answer) => format!("answered {}", answer.status.as_u16()),
                        Err(missing) => missing.why.clone(),
                    };
                    self.terminal.trace(format_args!(
                        "  {why}: asking again in {:.1} s",
                        wait.as_secs_f64()
                    ));
                    tokio::time::sleep(wait).await;
                    attempt += 1;
                }
                _ => return outcome,
            }
        }
    }

    /// Puts a request once.
    pub(crate) async fn once(&self, call: &Call) -> Result<Answer, NoAnswer> {
        let url = format!("{}{}", self.base.as_str().trim_end_matches('/'), call.target);
        let mut headers = call.headers.clone();
        if call.body.is_some() && !headers.contains_key(header::CONTENT_TYPE) {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let body = call.body.clone().unwrap_or_default();
        let mut sending = match &self.signer {
            Some(signer) => {
                let unsent = |why: String| NoAnswer { may_have_arrived: false, why };
                let url = signing::address(&url)
                    .ok_or_else(|| unsent("cannot be asked so".to_owned()))?;
                let signed =
                    signer.sign(&call.method, &url, &headers, &body).await.map_err(unsent)?;
                headers.extend(signed);
                self.http.request(call.method.clone(), url)
            }
            None => self.http.request(call.method.clone(), url),
        };
        sending = sending.headers(headers).timeout(TIME);
        if let Some(Token(token)) = &self.token {
            sending = sending.bearer_auth(token);
        }
        if call.body.is_some() {
            sending = sending.body(body);
        }
        self.terminal.trace(format_args!("> {} {}", call.method, call.target));
        let begun = std::time::Instant::now();
        let mut response = sending.send().await.map_err(missing)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(missing)? {
            if body.len() + chunk.len() > MAX_BODY {
                let why = "its answer is larger than any of the API's".to_owned();
                return Err(NoAnswer { may_have_arrived: true, why });
            }
            body.extend_from_slice(&chunk);
        }
        let answer = Answer { status, headers, body: body.freeze() };
        self.terminal.trace(format_args!(
            "< {} in {} ms, {} bytes, request {}",
            status.as_u16(),
            begun.elapsed().as_millis(),
            answer.body.len(),
            answer.header("x-request-id").unwrap_or("-"),
        ));
        Ok(answer)
    }

    /// What a missing answer comes to.
    pub(crate) fn unreachable(&self, missing: &NoAnswer) -> Failure {
        let failure = Failure::here(format!("{} {}", self.base, missing.why)).exit(Exit::Failed);
        if is_loopback(&self.base) && !missing.may_have_arrived {
            failure.advise("start the local stack with `cargo run`, or name another API with --api or a profile")
        } else {
            failure.advise("is the address right, and can this machine reach it?")
        }
    }
}

/// The URL is taken out of the error: queries carry customers' data.
fn missing(error: reqwest::Error) -> NoAnswer {
    let error = error.without_url();
    let why = match (error.is_connect(), error.is_timeout()) {
        (true, _) => "cannot be reached",
        (_, true) => "did not answer in time",
        _ => "broke the connection before its answer was complete",
    };
    NoAnswer { may_have_arrived: !error.is_connect(), why: why.to_owned() }
}

/// How long to wait before asking again; none where that does not help.
fn wait_after(answer: &Answer, attempt: u32) -> Option<Duration> {
    let (problem, _) = answer.problem()?;
    let header = answer.header("retry-after").and_then(|text| text.parse().ok());
    let asked = problem.retry_after.or(header).map(Duration::from_secs);
    problem.retryable.then(|| asked.map_or_else(|| pause(attempt), |asked| asked.max(pause(1))))
}

/// Half a second, and twice as long each time; apart from others that wait.
fn pause(attempt: u32) -> Duration {
    let base = 500_u64 << attempt.saturating_sub(1).min(6);
    Duration::from_millis(base / 2 + fastrand::u64(0..=base))
}
