//! What a request leaves behind on its way through the providers: every
//! exchange with one, and the trace that they all belong to.
//!
//! Whoever answers a request puts its work into a [`ProviderCalls::scope`]; an
//! [`Account`](crate::account::Account) finds the trail by itself. It follows the
//! task, so work that were spawned would leave none: nothing here spawns any.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use invoice::ConnectionName;
use tokio::time::Instant;

use crate::transport::{Reply, Request};
use crate::{ErrorKind, ProviderError};

tokio::task_local! {
    static PROVIDER_CALLS: Arc<ProviderCalls>;
}

/// What one request leaves behind.
#[derive(Debug, Default)]
pub struct ProviderCalls {
    traceparent: Option<HeaderValue>,
    exchanges: Mutex<Vec<Exchange>>,
}

/// One call on a provider, as far as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The account.
    pub connection: ConnectionName,
    /// What we were doing (`list`, `get`, ..).
    pub operation: &'static str,
    /// From our asking to the whole answer: waits and repetitions included.
    pub elapsed: Duration,
    /// How often it was sent; 0 where it was refused before that.
    pub attempts: u32,
    /// The last HTTP status of the exchange, where the provider answered.
    pub status: Option<u16>,
    /// What it failed with.
    pub error: Option<ErrorKind>,
}

impl ProviderCalls {
    /// A trail that belongs to the trace which `traceparent` names, in the form
    /// of the W3C's Trace Context. A text of another form is no trace.
    pub fn new(traceparent: Option<&str>) -> Self {
        let traceparent = traceparent.and_then(canonical);
        Self {
            traceparent: traceparent.and_then(|text| HeaderValue::from_str(&text).ok()),
            exchanges: Mutex::default(),
        }
    }

    /// Does `work`, with every exchange of it on this trail.
    pub async fn scope<F: Future>(self: Arc<Self>, work: F) -> F::Output {
        PROVIDER_CALLS.scope(self, work).await
    }

    /// The exchanges that have ended so far, in the order of their ends.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, exchange: Exchange) {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    }
}

/// `request` as a part of its task's trace, where there is one.
pub(crate) fn traced(request: Request) -> Request {
    let traceparent =
        PROVIDER_CALLS.try_with(|provider_calls| provider_calls.traceparent.clone()).ok().flatten();
    match traceparent {
        Some(traceparent) => request.traced(traceparent),
        None => request,
    }
}

/// Notes an exchange that has just ended on its task's trail, if it has one.
pub(crate) fn note(
    connection: &ConnectionName,
    operation: &'static str,
    begun: Instant,
    attempts: u32,
    outcome: &Result<Reply, ProviderError>,
) {
    // Without a trail there is nothing to do.
    let _ = PROVIDER_CALLS.try_with(|provider_calls| {
        let (status, error) = match outcome {
            Ok(reply) => (Some(reply.status.as_u16()), None),
            Err(error) => (error.status, Some(error.kind)),
        };
        provider_calls.add(Exchange {
            connection: connection.clone(),
            operation,
            elapsed: begun.elapsed(),
            attempts,
            status,
            error,
        });
    });
}

/// The `traceparent` to send on. Of a version after ours the part that we know
/// is taken, and sent as ours (Trace Context, 4.3).
fn canonical(text: &str) -> Option<String> {
    let is_hex = |part: &str, digits: usize| {
        part.len() == digits && part.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_id = |part: &str, digits: usize| is_hex(part, digits) && part.bytes().any(|c| c != b'0');
    let mut parts = text.trim().splitn(5, '-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let (flags, more) = (parts.next()?, parts.next());
    let is_whole = is_hex(version, 2)
        && version != "ff"
        && is_id(trace, 32)
        && is_id(parent, 16)
        && is_hex(flags, 2)
        && (more.is_none() || version != "00");
    is_whole.then(|| format!("00-{trace}-{parent}-{flags}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn only_a_traceparent_that_is_one_is_sent_on() {
        let later = format!("cc{}-what-comes-after", &TRACE[2..]);
        for (text, sent) in [
            (TRACE.to_owned(), Some(TRACE)),
            (format!(" {TRACE} "), Some(TRACE)),
            (later, Some(TRACE)),
            (format!("{TRACE}-more"), None),
            (TRACE.to_uppercase(), None),
            (format!("ff{}", &TRACE[2..]), None),
            (TRACE.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)), None),
            (TRACE.replace("00f067aa0ba902b7", &"0".repeat(16)), None),
            (TRACE[..52].to_owned(), None),
            (format!("{TRACE}\r\nx: y"), None),
            (String::new(), None),
        ] {
            let provider_calls = ProviderCalls::new(Some(&text));
            let traceparent =
                provider_calls.traceparent.as_ref().map(|value| value.to_str().unwrap());
            assert_eq!(traceparent, sent, "{text}");
        }
    }
}
