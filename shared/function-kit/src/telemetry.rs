//! The log: JSON lines on stdout, one a request.
//!
//! Never logged: query strings, ids of invoices or customers, bodies, tokens,
//! secrets. Of other crates only warnings are: in their debug lines stand
//! headers and bodies, whatever `LOG_LEVEL` says of ours.

use std::panic;

use invoice::{Code, ConnectionName};
use lambda_http::http::StatusCode;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber, error, info, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use crate::call::Call;
use crate::caller::Caller;

/// The crates of the house.
const OURS: [&str; 10] = [
    "activate",
    "cancel",
    "delete",
    "function_kit",
    "get",
    "invoice",
    "list",
    "listing_cache",
    "provider_client",
    "update",
];

/// Begins the log. A second beginning in one process (the local stack's) is
/// without effect.
pub(crate) fn begin(level: Level) {
    let log = subscriber(level, std::io::stdout);
    if tracing::subscriber::set_global_default(log).is_ok() {
        panic::set_hook(Box::new(|panic| {
            // Where, and not with what words: they may hold a customer's data.
            let location = panic.location().map(ToString::to_string);
            error!(location, "panicked");
        }));
    }
}

fn subscriber<W>(level: Level, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let ours = OURS.iter().map(|name| (*name, LevelFilter::from(level)));
    let others = LevelFilter::from(level).min(LevelFilter::WARN);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_writer(writer);
    tracing_subscriber::registry()
        .with(Targets::new().with_targets(ours).with_default(others))
        .with(lines)
}

/// The one line of a request.
pub(crate) fn request(call: &Call, status: StatusCode, code: Option<Code>) {
    let connections = call.connections.get().map(|names| {
        let names: Vec<&str> = names.iter().map(ConnectionName::as_str).collect();
        names.join(",")
    });
    let elapsed = call.started.elapsed().as_millis();
    macro_rules! line {
        ($level:ident) => {
            $level!(
                requestId = call.request_id,
                method = call.method.as_str(),
                // Never the path itself, which names an invoice.
                route = call.route.as_deref().unwrap_or("$default"),
                caller = call.caller.as_ref().ok().map(|Caller { kind, .. }| kind.word()),
                connections,
                status = status.as_u16(),
                code = code.map(Code::word),
                durationMs = u64::try_from(elapsed).unwrap_or(u64::MAX),
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

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use invoice::Problem;
    use serde_json::Value;

    use super::*;
    use crate::testing::Event;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn take(&self) -> Vec<Value> {
            let bytes = std::mem::take(&mut *self.0.lock().unwrap());
            let text = String::from_utf8(bytes).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        }
    }

    fn log(level: Level) -> (Lines, tracing::subscriber::DefaultGuard) {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(level, move || writer.clone());
        (lines, tracing::subscriber::set_default(subscriber))
    }

    #[tokio::test]
    async fn a_request_is_one_line_without_ids_and_queries() {
        let (lines, _guard) = log(Level::INFO);
        let event = Event::get("/invoices/{id}", "search=hush")
            .parameter("id", "nue:hush")
            .claims(&[("sub", "hush"), ("scope", "invoices:read"), ("customers", "nue:hush")]);
        let call = Call::new(event.request());
        let names = ["nue", "fusebill"].map(|name| name.parse().unwrap());
        call.connections.set(names.to_vec()).unwrap();
        let problem = Problem::new(Code::ProviderTimeout, "hush");
        call.answer(async { Err(problem) }).await;
        let lines = lines.take();
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert!(!line.to_string().contains("hush"), "{line}");
        for (key, value) in [
            ("level", Value::from("WARN")),
            ("message", "request".into()),
            ("requestId", "r-1".into()),
            ("method", "GET".into()),
            ("route", "/invoices/{id}".into()),
            ("caller", "customer".into()),
            ("connections", "nue,fusebill".into()),
            ("status", 504.into()),
            ("code", "provider_timeout".into()),
        ] {
            assert_eq!(line[key], value, "{key}");
        }
        assert!(line["durationMs"].is_u64() && line["timestamp"].is_string());
        let keys = line.as_object().unwrap().len();
        assert_eq!(keys, 11, "nothing else is logged: {line}");
    }

    #[tokio::test]
    async fn a_panic_is_logged_with_its_request() {
        let (lines, _guard) = log(Level::ERROR);
        let call = Call::new(Event::get("/invoices", "").request());
        call.answer(async { panic!("hush") }).await;
        let lines = lines.take();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["requestId"], "r-1");
        assert_eq!(lines[0]["detail"], "the handler panicked");
    }

    #[test]
    fn of_other_crates_only_warnings_are_logged() {
        let (lines, _guard) = log(Level::TRACE);
        tracing::trace!(target: "provider_client::transport", "ours");
        tracing::info!(target: "hyper", "headers");
        tracing::trace!(target: "lambda_runtime", "body");
        tracing::warn!(target: "aws_smithy_runtime", "theirs");
        let messages: Vec<Value> =
            lines.take().iter().map(|line| line["message"].clone()).collect();
        assert_eq!(messages, ["ours", "theirs"]);
        let (lines, _guard) = log(Level::ERROR);
        tracing::warn!(target: "aws_smithy_runtime", "theirs");
        assert!(lines.take().is_empty());
    }
}
