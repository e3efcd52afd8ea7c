//! What is counted, for CloudWatch: lines in its embedded metric format, which
//! it takes out of the log. Nothing is asked of its API, and nothing is waited
//! for.
//!
//! | metric | unit | dimensions |
//! |---|---|---|
//! | `CacheHit`, `CacheMiss`, `CacheBypass`, `CacheStale`, `CacheFailure`, `LeaseWait` | count | none |
//! | `ProviderCalls`, `ProviderLatency` (ms) | | `Connection` |
//! | `ProviderErrors` | count | `Connection` |
//! | `OutcomeApplied`, `OutcomeUnchanged`, `OutcomeRejected`, `OutcomeUnknown` | count | none |
//! | `EventsNotPublished`, `RecordsNotKept` | count | none |
//! | `WebhookReceived`, `WebhookRefused` | count | `Connection` |
//! | `WritesNotCopied` (by the copies themselves) | count | `Connection` |
//! | `ColdStart` | count | `Function` |
//!
//! A dimension costs, and every connection is one. Nothing else is: no customer,
//! no caller, no invoice.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use invoice::{ConnectionName, Outcome, WriteResult};
use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use metrics_cloudwatch_embedded::{Builder, Collector};
use provider_client::ErrorKind;
use provider_client::provider_calls::Exchange;

const CONNECTION: &str = "Connection";
/// Values of one metric in one line (aws R18); what is beyond is counted, and
/// its latency is not shown.
const MOST_VALUES: usize = 100;

static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();
static IS_WARM: AtomicBool = AtomicBool::new(false);

/// Begins to count, under `namespace`. Before, and in tests, nothing is.
pub(super) fn begin(namespace: &str) {
    // It fails where one has begun already, which goes on then.
    let Ok(collector) = Builder::new().cloudwatch_namespace(namespace.to_owned()).init() else {
        return;
    };
    let _ = COLLECTOR.set(collector);
    describe_histogram!("ProviderLatency", Unit::Milliseconds, "");
    for name in COUNTED {
        describe_counter!(name, Unit::Count, "");
    }
}

const COUNTED: [&str; 18] = [
    "CacheHit",
    "CacheMiss",
    "CacheBypass",
    "CacheStale",
    "CacheFailure",
    "LeaseWait",
    "ProviderCalls",
    "ProviderErrors",
    "OutcomeApplied",
    "OutcomeUnchanged",
    "OutcomeRejected",
    "OutcomeUnknown",
    "EventsNotPublished",
    "RecordsNotKept",
    "WebhookReceived",
    "WebhookRefused",
    "WritesNotCopied",
    "ColdStart",
];

/// Ends a request: counts its exchanges with providers and writes all that was
/// counted since the last. Returns whether it was the process's first.
pub(crate) fn request(exchanges: &[Exchange]) -> bool {
    let is_cold = !IS_WARM.swap(true, Ordering::Relaxed);
    let Some(collector) = COLLECTOR.get() else {
        return is_cold;
    };
    if is_cold {
        let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
        counter!("ColdStart", "Function" => function).increment(1);
    }
    count(exchanges);
    // Nobody is left to tell when this fails.
    let _ = collector.flush(std::io::stdout().lock());
    is_cold
}

/// Writes what was counted after the request had its answer: the process may
/// have no other request.
pub(crate) fn flush() {
    if let Some(collector) = COLLECTOR.get() {
        // Nobody is left to tell when this fails.
        let _ = collector.flush(std::io::stdout().lock());
    }
}

fn count(exchanges: &[Exchange]) {
    let mut of: BTreeMap<&ConnectionName, Vec<&Exchange>> = BTreeMap::new();
    // What was refused before it was sent is no call, and no failure anew.
    for exchange in exchanges.iter().filter(|exchange| exchange.attempts > 0) {
        of.entry(&exchange.connection).or_default().push(exchange);
    }
    for (connection, exchanges) in of {
        let name = connection.to_string();
        counter!("ProviderCalls", CONNECTION => name.clone()).increment(number(exchanges.len()));
        let latency = histogram!("ProviderLatency", CONNECTION => name.clone());
        for exchange in exchanges.iter().take(MOST_VALUES) {
            latency.record(exchange.elapsed.as_secs_f64() * 1_000.0);
        }
        let failed =
            exchanges.iter().filter(|one| one.error.is_some_and(ErrorKind::is_outage)).count();
        counter!("ProviderErrors", CONNECTION => name).increment(number(failed));
    }
}

/// What came of writes.
pub(crate) fn outcomes(results: &[WriteResult]) {
    for result in results {
        let name = match result.outcome {
            Outcome::Applied => "OutcomeApplied",
            Outcome::Unchanged => "OutcomeUnchanged",
            Outcome::Rejected => "OutcomeRejected",
            Outcome::Unknown => "OutcomeUnknown",
        };
        counter!(name).increment(1);
    }
}

/// Writes that nobody was told of.
pub(crate) fn events_not_published(events: usize) {
    counter!("EventsNotPublished").increment(number(events));
}

/// A webhook of a connection was proved, and waits on the queue.
pub(crate) fn webhook_received(connection: &ConnectionName) {
    counter!("WebhookReceived", CONNECTION => connection.to_string()).increment(1);
}

/// A webhook that names a connection was refused.
pub(crate) fn webhook_refused(connection: &ConnectionName) {
    counter!("WebhookRefused", CONNECTION => connection.to_string()).increment(1);
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
