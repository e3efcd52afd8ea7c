//! The log: JSON lines on stdout, one a request; and metrics beside it.
//!
//! Never logged: query strings, ids of invoices or customers, bodies, tokens,
//! secrets. Of other crates only warnings are: in their debug lines stand
//! headers and bodies, whatever `LOG_LEVEL` says of ours.

pub(crate) mod metrics;

use std::panic;
use std::time::Duration;

use invoice::{Code, ConnectionName};
use lambda_http::http::StatusCode;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber, error, info, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

use crate::call::Call;
use crate::caller::Caller;
use crate::reply::LogFields;

/// The crates of the house.
const OURS: [&str; 13] = [
    "activate",
    "api",
    "cancel",
    "delete",
    "engine",
    "function_kit",
    "get",
    "invoice",
    "list",
    "store",
    "provider_client",
    "update",
    "webhook",
];

/// Begins the log, and the metrics under `namespace`. A second beginning in one
/// process (the local stack's) is without effect.
pub(crate) fn begin(level: Level, namespace: &str) {
    let log = subscriber(level);
    if tracing::subscriber::set_global_default(log).is_ok() {
        metrics::begin(namespace);
        panic::set_hook(Box::new(|panic| {
            // Where, and not with what words: they may hold a customer's data.
            let location = panic.location().map(ToString::to_string);
            error!(location, "panicked");
        }));
    }
}

fn subscriber(level: Level) -> impl Subscriber + Send + Sync {
    let ours = OURS.iter().map(|name| (*name, LevelFilter::from(level)));
    let others = LevelFilter::from(level).min(LevelFilter::WARN);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_writer(std::io::stdout);
    tracing_subscriber::registry()
        .with(Targets::new().with_targets(ours).with_default(others))
        .with(lines)
}

/// The one line of a request, and its metrics.
pub(crate) fn request(call: &Call, log: &LogFields, status: StatusCode, code: Option<Code>) {
    let connections = log.connections.as_ref().map(|names| {
        let names: Vec<&str> = names.iter().map(ConnectionName::as_str).collect();
        names.join(",")
    });
    let exchanges = call.provider_calls.exchanges();
    let waited: Duration = exchanges.iter().map(|exchange| exchange.elapsed).sum();
    let is_cold = metrics::request(&exchanges);
    macro_rules! line {
        ($level:ident) => {
            $level!(
                requestId = call.request_id,
                traceId = call.trace_id.as_deref(),
                method = call.method.as_str(),
                // Never the path itself, which names an invoice.
                route = call.route.as_deref().unwrap_or("$default"),
                caller = call.caller.as_ref().ok().map(|Caller { kind, .. }| kind.word()),
                connections,
                cache = log.cache,
                providerCalls = exchanges.len(),
                // Of calls side by side the sum, which may be more than the whole.
                providerMs = millis(waited),
                status = status.as_u16(),
                code = code.map(Code::word),
                durationMs = millis(call.started.elapsed()),
                coldStart = is_cold,
                "request"
            )
        };
    }
    if status.is_server_error() {
        line!(warn);
    } else {
        line!(info);
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
