//! The same when an event asks for it: `Invoice Activation Requested` on the
//! bus, through the queue. An event is done once, however often it comes; what
//! is malformed, or open, comes back until the queue gives it up as a dead letter.

use function_kit::writing::{Dealt, EventRequest, on_event};
use function_kit::{Deadline, State};
use invoice::BulkAction;
use lambda_http::Error;
use serde::Deserialize;
use serde_json::value::RawValue;
use tracing::{error, info, warn};

const KIND: &str = "Invoice Activation Requested";

/// An event as EventBridge delivers it.
#[derive(Deserialize)]
struct Envelope<'a> {
    id: String,
    #[serde(rename = "detail-type")]
    kind: String,
    source: String,
    #[serde(borrow)]
    detail: &'a RawValue,
}

/// Runs the function until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run() -> Result<(), Error> {
    function_kit::run_on_queue(|state, message, deadline| {
        Box::pin(handle(state, message, deadline))
    })
    .await
}

/// Deals with one message; whether it is done with.
pub async fn handle(state: &State, message: &str, deadline: Deadline) -> bool {
    let envelope: Envelope<'_> = match invoice::json::read(message) {
        Ok(envelope) => envelope,
        Err(fault) => {
            error!(line = fault.line(), column = fault.column(), "a message is no event");
            return false;
        }
    };
    if envelope.kind != KIND {
        error!(event = envelope.id, kind = envelope.kind, "an event of another kind");
        return false;
    }
    let request = EventRequest {
        id: &envelope.id,
        source: &envelope.source,
        kind: KIND,
        body: envelope.detail.get().as_bytes(),
        deadline,
    };
    match on_event(state, BulkAction::Activate, request).await {
        Ok(Dealt::Settled) => {
            info!(event = envelope.id, "event");
            true
        }
        Ok(Dealt::Open) => {
            warn!(event = envelope.id, "an event has open ends and comes back");
            false
        }
        Err(problem) if problem.retryable => {
            warn!(event = envelope.id, code = problem.code.word(), "an event comes back");
            false
        }
        Err(problem) => {
            let faults: Vec<&str> =
                problem.errors.iter().map(|fault| fault.pointer.as_str()).collect();
            let (code, faults) = (problem.code.word(), faults.join(", "));
            error!(event = envelope.id, code, faults, "an event cannot be done");
            false
        }
    }
}
