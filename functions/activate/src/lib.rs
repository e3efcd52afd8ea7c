//! `POST /invoices/activate` and `POST /invoices/{id}/activate`: make drafts
//! binding; and the same when an event asks for it.

pub mod on_event;

use function_kit::writing;
use function_kit::{Answer, Call, State};
use invoice::{BulkAction, Problem};
use lambda_http::{Body, Error, Request, Response};

const MANY: (&str, &str) = ("POST", "/invoices/activate");
const ONE: (&str, &str) = ("POST", "/invoices/{id}/activate");

/// Runs the function until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run() -> Result<(), Error> {
    function_kit::run(function_kit::Uses::Writes, |state, request| Box::pin(handle(state, request)))
        .await
}

/// Answers a request.
pub async fn handle(state: &State, request: Request) -> Response<Body> {
    let call = Call::of(request, &state.configuration.scopes);
    call.answer(route(state, &call)).await
}

async fn route(state: &State, call: &Call) -> Result<Answer, Problem> {
    match call.target() {
        MANY => writing::many(state, call, BulkAction::Activate).await,
        ONE => writing::one(state, call, BulkAction::Activate).await,
        _ => Err(call.no_such_route(&[MANY, ONE])),
    }
}
