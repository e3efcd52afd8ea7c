//! Activation when an event asks for it: `Invoice Activation Requested` on the
//! bus, through the queue. An event is done once, however often it comes, and
//! however many messages it takes: what a message has no time for it hands on, as
//! `Invoice Activation Continued`. What is malformed, or open, comes back until
//! the queue gives it up as a dead letter.

use api::BulkAction;
use function_kit::Message;
use function_kit::events::{CONTINUED, SOURCE};
use invoice::Problem;
use lambda_http::Error;
use serde::Deserialize;
use serde_json::value::RawValue;
use tracing::{error, info, warn};

use crate::event_app::EventApp;
use crate::work::{Dealt, EventRequest, on_continuation, on_event};

const REQUESTED: &str = "Invoice Activation Requested";

/// An event as EventBridge delivers it.
#[derive(Deserialize)]
struct Envelope<'a> {
    id: String,
    #[serde(rename = "detail-type")]
    kind: String,
    source: String,
    account: String,
    #[serde(borrow)]
    detail: &'a RawValue,
}

/// Runs the function until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run() -> Result<(), Error> {
    function_kit::run_on_queue(|app, message| Box::pin(handle(app, message))).await
}

/// Deals with one message; whether it is done with.
pub async fn handle(app: &EventApp, message: Message<'_>) -> bool {
    let envelope: Envelope<'_> = match invoice::json::read(message.body) {
        Ok(envelope) => envelope,
        Err(fault) => {
            error!(line = fault.line(), column = fault.column(), "a message is no event");
            return false;
        }
    };
    let detail = envelope.detail.get();
    let dealt = match (envelope.kind.as_str(), envelope.source.as_str()) {
        (REQUESTED, source) => {
            let request = EventRequest {
                id: &envelope.id,
                account: &envelope.account,
                source,
                kind: REQUESTED,
                body: detail,
            };
            on_event(app, BulkAction::Activate, request, message.delivery).await
        }
        (CONTINUED, SOURCE) => {
            on_continuation(app, BulkAction::Activate, detail, message.delivery).await
        }
        (kind, source) => {
            error!(event = envelope.id, kind, source, "an event of another kind");
            return false;
        }
    };
    is_done_with(&envelope.id, dealt)
}

fn is_done_with(event: &str, dealt: Result<Dealt, Problem>) -> bool {
    match dealt {
        Ok(Dealt::Settled) => {
            info!(event, "event");
            true
        }
        Ok(Dealt::Open) => {
            warn!(event, "an event has open ends and comes back");
            false
        }
        Err(problem) if problem.retryable => {
            warn!(event, code = problem.code.word(), "an event comes back");
            false
        }
        Err(problem) => {
            let faults: Vec<&str> =
                problem.errors.iter().map(|fault| fault.pointer.as_str()).collect();
            let (code, faults) = (problem.code.word(), faults.join(", "));
            error!(event, code, faults, "an event cannot be done");
            false
        }
    }
}
