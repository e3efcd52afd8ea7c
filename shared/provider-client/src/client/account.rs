//! What every provider's client stands on: one account, its address, and the
//! one function that sends for it.

mod failure;

use std::sync::Arc;
use std::time::Duration;

use invoice::{ConnectionName, Reference};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::{debug, info, warn};
use url::Url;

use crate::client::circuit::{CallResult, Circuit, OpenCircuit, Transition};
use crate::error::{Fate, Said};
use crate::limits::{Limits, Refused, Windows};
use crate::retry::{self, Failure};
use crate::transport::{Reply, Request, TransportError};

use crate::{
    Assumption, Assumptions, Capabilities, Deadline, ErrorKind, ProviderError, Transport,
    provider_calls,
};
pub(crate) use failure::{is_json, object};

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
    /// `NotFound` for a segment that no address can hold (`.`, `..`, and what has a tab or a
    /// line's end, which an address drops): nothing at the provider has such a name.
    pub fn url(&self, operation: &'static str, path: &[&str]) -> Result<Url, ProviderError> {
        let is_dropped = |segment: &&str| segment.contains(['\t', '\n', '\r']);
        if path.iter().any(|segment| matches!(*segment, "." | "..") || is_dropped(segment)) {
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
}
