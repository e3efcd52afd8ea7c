//! What every provider's client stands on: one account, its address, and the
//! one function that sends for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::{StatusCode, header};
use invoice::{ConnectionName, Reference};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::{debug, info, warn};
use url::Url;

use crate::client::circuit::{CallResult, Circuit, OpenCircuit, Transition};
use crate::error::{Fate, Said};
use crate::limits::{ASSUMED_WAIT, Barred, Limits, Refused, Windows};
use crate::retry::{self, Failure};
use crate::transport::{Reply, Request, TransportError};
use crate::{
    Assumption, Assumptions, Capabilities, Deadline, ErrorKind, ProviderError, Transport,
    provider_calls,
};

/// No error object is longer than that.
const LONGEST_REFUSAL: usize = 64 * 1024;

/// One account at one provider.
#[derive(Debug)]
pub struct Account {
    capabilities: &'static Capabilities,
    connection: ConnectionName,
    base: Url,
    transport: Transport,
    permits: Arc<Semaphore>,
    circuit: Circuit,
    limits: Limits,
    assumptions: Arc<Assumptions>,
    explain: fn(&Reply) -> (ErrorKind, Said),
    explain_success: fn(&Reply) -> Option<(ErrorKind, Said)>,
}

impl Account {
    /// The account behind `connection`. `explain` reads a refusal: it is the
    /// provider's one function for errors.
    pub fn new(
        capabilities: &'static Capabilities,
        connection: ConnectionName,
        base: Url,
        transport: Transport,
        explain: fn(&Reply) -> (ErrorKind, Said),
    ) -> Self {
        let permits = Arc::new(Semaphore::new(capabilities.concurrency.max(1)));
        let (circuit, limits) = (Circuit::default(), Limits::new(|_| Vec::new()));
        let explain_success = |_: &Reply| None;
        let assumptions = Arc::new(Assumptions::new(capabilities.assumptions));
        Self {
            capabilities,
            connection,
            base,
            transport,
            permits,
            circuit,
            limits,
            assumptions,
            explain,
            explain_success,
        }
    }

    /// With errors that its provider answers with a status of success; `explain` reads
    /// them, and finds none in any other answer.
    #[must_use]
    pub(crate) fn explaining_success_by(
        mut self,
        explain: fn(&Reply) -> Option<(ErrorKind, Said)>,
    ) -> Self {
        self.explain_success = explain;
        self
    }

    /// With limits that its provider tells of; `windows` reads them.
    #[must_use]
    pub(crate) fn limited_by(mut self, windows: Windows) -> Self {
        self.limits = Limits::new(windows);
        self
    }

    /// What has been seen of the assumptions about it.
    pub fn assumptions(&self) -> &Arc<Assumptions> {
        &self.assumptions
    }

    /// Drops those of `used` that `error` names; whether there were any, so that
    /// asking again is asking for less.
    pub(crate) fn drops(&self, used: &[&'static Assumption], error: &ProviderError) -> bool {
        self.assumptions.drop_named(&self.connection, used, error)
    }

    /// A reference to the provider's `id`.
    pub fn reference(&self, id: impl Into<Box<str>>) -> Reference {
        Reference::new(&self.connection, id)
    }

    /// The address of `path` below the account's. Each segment is one: what
    /// would be syntax in a path is escaped.
    ///
    /// # Errors
    /// `NotFound` for a segment that no address can hold (`.`, `..`): nothing
    /// at the provider has such a name.
    pub fn url(&self, operation: &'static str, path: &[&str]) -> Result<Url, ProviderError> {
        if path.iter().any(|segment| matches!(*segment, "." | "..")) {
            return Err(self.error(ErrorKind::NotFound, operation, "no such id"));
        }
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        Ok(url)
    }

    /// Sends, within the account's share of permits and again where [`retry`]
    /// allows, and returns an answer of success.
    ///
    /// # Errors
    /// With the provider's own words where it refused, else with what happened.
    pub async fn send(
        &self,
        operation: &'static str,
        request: Request,
        deadline: Deadline,
    ) -> Result<Reply, ProviderError> {
        let begun = Instant::now();
        let mut attempts = 0;
        let outcome = self
            .exchange(operation, &provider_calls::traced(request), deadline, &mut attempts)
            .await;
        provider_calls::note(&self.connection, operation, begun, attempts, &outcome);
        outcome
    }

    async fn exchange(
        &self,
        operation: &'static str,
        request: &Request,
        deadline: Deadline,
        attempts: &mut u32,
    ) -> Result<Reply, ProviderError> {
        // Before a permit is waited for as well: others wait for the provider there.
        if let Some(open) = self.circuit.refusal() {
            return Err(self.open(operation, open));
        }
        let clear = self.limits.clear(deadline).await;
        clear.map_err(|refused| self.limited(operation, refused))?;
        let permit = tokio::time::timeout(deadline.left(), self.permits.acquire()).await;
        let Ok(Ok(_permit)) = permit else {
            return Err(self.limited(operation, Refused::NoTime));
        };
        let pass = self.circuit.enter().map_err(|open| self.open(operation, open))?;
        let sent = self.attempts(request, deadline, attempts).await;
        let (reply, took) = sent.map_err(|refused| self.limited(operation, refused))?;
        self.changed(pass.judge(CallResult::of(&reply, took)));
        let reply = reply.map_err(|error| self.unanswered(operation, error))?;
        debug!(connection = %self.connection, operation, status = reply.status.as_u16(), "provider answered");
        if !reply.status.is_success() {
            return Err(self.refused(operation, &reply));
        }
        // A refusal is short: what is longer is what was asked for.
        let short = Some(&reply).filter(|reply| reply.body.len() <= LONGEST_REFUSAL);
        match short.and_then(self.explain_success) {
            Some((kind, said)) => Err(self.refused_with_success(operation, &reply, kind, said)),
            None => Ok(reply),
        }
    }

    /// The last answer, whatever its status, and how long it took; counts into
    /// `attempts`.
    async fn attempts(
        &self,
        request: &Request,
        deadline: Deadline,
        attempts: &mut u32,
    ) -> Result<(Result<Reply, TransportError>, Duration), Refused> {
        let mut last = None;
        loop {
            let counted = match self.limits.enter(deadline).await {
                Ok(counted) => counted,
                Err(refused) => return last.ok_or(refused),
            };
            *attempts += 1;
            let begun = Instant::now();
            let outcome = self.transport.send(request, deadline).await;
            let took = begun.elapsed();
            let asked = if let Ok(reply) = &outcome {
                counted.answered(reply);
                self.wait_after(reply)
            } else {
                drop(counted);
                None
            };
            let Some(failure) = Failure::of(&outcome) else { return Ok((outcome, took)) };
            let (left, jitter) = (deadline.left(), fastrand::f64());
            let wait = retry::wait(request.effect(), failure, *attempts, asked, left, jitter);
            let Some(wait) = wait else { return Ok((outcome, took)) };
            debug!(connection = %self.connection, attempts, ?failure, ?wait, "trying the provider again");
            tokio::time::sleep(wait).await;
            last = Some((outcome, took));
        }
    }

    /// What `reply` asks us to wait, and what its limits have us wait.
    fn wait_after(&self, reply: &Reply) -> Option<Duration> {
        reply.retry_after().max(self.limits.barred().map(|barred| barred.wait))
    }

    fn changed(&self, transition: Option<Transition>) {
        match transition {
            Some(Transition::Opened(OpenCircuit { failures, wait })) => {
                let rest = wait.as_secs();
                warn!(connection = %self.connection, failures, restSeconds = rest, "a provider fails and is left alone");
            }
            Some(Transition::Closed) => {
                info!(connection = %self.connection, "a provider answers again")
            }
            None => {}
        }
    }

    fn limited(&self, operation: &'static str, refused: Refused) -> ProviderError {
        let Refused::Barred(Barred { wait, window }) = refused else {
            return self.error(ErrorKind::Timeout, operation, "no time was left to ask");
        };
        let why = match window {
            Some(window) => format!("its limit of calls a {window} is used up"),
            None => "it asked to be left alone".to_owned(),
        };
        let detail =
            format!("{why}: nothing was sent; ask again in {} s", wait.as_secs_f64().ceil());
        let retry_after = Some(wait);
        ProviderError { retry_after, ..self.error(ErrorKind::RateLimited, operation, detail) }
    }

    fn open(&self, operation: &'static str, open: OpenCircuit) -> ProviderError {
        let OpenCircuit { failures, wait } = open;
        let seconds = wait.as_secs_f64().ceil();
        let detail = format!(
            "it failed {failures} times in a row and is left alone: nothing was sent; it is asked again in {seconds} s"
        );
        let retry_after = Some(wait);
        ProviderError { retry_after, ..self.error(ErrorKind::CircuitOpen, operation, detail) }
    }

    /// Reads the body of an answer.
    ///
    /// # Errors
    /// `BadResponse`, which says where the body could not be read and why, but
    /// nothing of what stands there.
    pub fn json<'a, T: Deserialize<'a>>(
        &self,
        operation: &'static str,
        body: &'a [u8],
    ) -> Result<T, ProviderError> {
        invoice::json::read_slice(body).map_err(|error| {
            let what = match error.classify() {
                _ if body.is_empty() => "is empty".to_owned(),
                serde_json::error::Category::Data => {
                    format!(
                        "has not the expected shape at line {} column {}",
                        error.line(),
                        error.column()
                    )
                }
                _ => format!("is no JSON from line {} column {} on", error.line(), error.column()),
            };
            let error = self.error(ErrorKind::BadResponse, operation, format!("its answer {what}"));
            ProviderError { fate: Fate::Unclear, ..error }
        })
    }

    /// Reads one row of an answer: an object in which no key that we know stands
    /// twice.
    ///
    /// # Errors
    /// `BadResponse`, which says why, but nothing of what stands in the row.
    pub(crate) fn row<'a, T: Deserialize<'a>>(
        &self,
        operation: &'static str,
        row: &'a RawValue,
    ) -> Result<T, ProviderError> {
        invoice::json::read(row.get()).map_err(|error| {
            let why = error.to_string();
            let what = match row.get().as_bytes().first() {
                Some(b'{') if why.starts_with("duplicate field") => "has a key twice",
                Some(b'{') => "has not the expected shape",
                Some(b'n') => "is null",
                _ => "is no object",
            };
            let detail = format!("an invoice of its answer {what}");
            let error = self.error(ErrorKind::BadResponse, operation, detail);
            ProviderError { fate: Fate::Finished, ..error }
        })
    }

    /// A failure of this account.
    pub fn error(
        &self,
        kind: ErrorKind,
        operation: &'static str,
        detail: impl Into<String>,
    ) -> ProviderError {
        ProviderError::new(kind, self.capabilities.provider, &self.connection, operation, detail)
    }

    fn refused(&self, operation: &'static str, reply: &Reply) -> ProviderError {
        let (kind, said) = (self.explain)(reply);
        let status = reply.status.as_u16();
        if reply.status.is_client_error() && (kind == ErrorKind::BadResponse || is_foreign(reply)) {
            return self.refused_by_another(operation, status);
        }
        let fate = fate_of(status, &said);
        let detail = format!("it answered {status} to `{operation}`");
        let detail = if reply.status == StatusCode::UNAUTHORIZED && is_page(reply) {
            format!(
                "{detail} with a page to be looked at: it refuses the secret's key, or a proxy on \
                 the way wants credentials of its own"
            )
        } else {
            detail
        };
        ProviderError {
            status: Some(status),
            said,
            retry_after: match kind {
                ErrorKind::RateLimited => self.wait_after(reply).or(Some(ASSUMED_WAIT)),
                _ => reply.retry_after(),
            },
            fate,
            ..self.error(kind, operation, detail)
        }
    }

    /// A 404 or a 403 that is not in the provider's form says nothing of what was asked
    /// for: it is the page of a proxy on the way, or of another server at the address.
    /// What became of a write that a proxy answers for is not known.
    fn refused_by_another(&self, operation: &'static str, status: u16) -> ProviderError {
        let detail = format!(
            "it answered {status} to `{operation}`, and not in its own form: a proxy's page, or \
             the secret's `baseUrl` is not the address of its API"
        );
        ProviderError {
            status: Some(status),
            fate: Fate::Unclear,
            ..self.error(ErrorKind::BadResponse, operation, detail)
        }
    }

    fn refused_with_success(
        &self,
        operation: &'static str,
        reply: &Reply,
        kind: ErrorKind,
        said: Said,
    ) -> ProviderError {
        let status = reply.status.as_u16();
        let detail = format!("it answered {status} to `{operation}`, with an error");
        // Only a refusal says that nothing was done.
        let is_failure = matches!(kind, ErrorKind::Failed | ErrorKind::BadResponse);
        ProviderError {
            status: Some(status),
            said,
            retry_after: reply.retry_after(),
            fate: if is_failure { Fate::Finished } else { Fate::NotAccepted },
            ..self.error(kind, operation, detail)
        }
    }

    fn unanswered(&self, operation: &'static str, error: TransportError) -> ProviderError {
        let (kind, fate) = match error {
            TransportError::NotSent(_) => (ErrorKind::Unreachable, Fate::NotAccepted),
            TransportError::AnswerLost(_) => (ErrorKind::Unreachable, Fate::Unclear),
            TransportError::Timeout { sent: false } => (ErrorKind::Timeout, Fate::NotAccepted),
            TransportError::Timeout { sent: true } => (ErrorKind::Timeout, Fate::Unclear),
            TransportError::ReadOnly => (ErrorKind::Rejected, Fate::NotAccepted),
            TransportError::TooLarge | TransportError::Coding(_) => {
                (ErrorKind::BadResponse, Fate::Unclear)
            }
        };
        let detail = error.to_string();
        ProviderError { fate, source: Some(Box::new(error)), ..self.error(kind, operation, detail) }
    }
}

/// What has become of a request that was answered with `status`, which is none
/// of success. 502, 503 and 504 are a proxy's as often as not, whatever comes
/// with them: what stands behind it may be at the request still. So it is of any
/// other failure that comes without the provider's own words.
fn fate_of(status: u16, said: &Said) -> Fate {
    let is_its_own = said.message.is_some() || said.code.is_some();
    match status {
        408 | 425 if !is_its_own => Fate::Unclear,
        400..=499 => Fate::NotAccepted,
        502..=504 => Fate::Unclear,
        500..=599 if is_its_own => Fate::Finished,
        _ => Fate::Unclear,
    }
}

/// Whether an answer says that it is JSON; what is not (a proxy's HTML page)
/// has no provider's words in it.
pub(crate) fn is_json(reply: &Reply) -> bool {
    let kind = reply.header(header::CONTENT_TYPE.as_str());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
}

/// Whether a refusal cannot be an API's own: a 404 that is no JSON object, or any that is
/// a page to be looked at; but for a 401, which a page can come with, too: whoever says
/// it, has let nothing pass.
fn is_foreign(reply: &Reply) -> bool {
    match reply.status {
        StatusCode::NOT_FOUND => {
            !is_json(reply) || object::<BTreeMap<String, IgnoredAny>>(&reply.body).is_none()
        }
        StatusCode::UNAUTHORIZED => false,
        status => status.is_client_error() && is_page(reply),
    }
}

/// Whether an answer is a page to be looked at.
fn is_page(reply: &Reply) -> bool {
    let kind = reply.header(header::CONTENT_TYPE.as_str()).unwrap_or_default();
    kind.to_ascii_lowercase().contains("html")
}

/// The JSON object that `body` is; none where it is anything else, an array above all,
/// which would be read by position.
pub(crate) fn object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Option<T> {
    invoice::json::read_slice(body).ok()
}
