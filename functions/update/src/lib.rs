//! `PATCH /invoices/{id}`: change the writable fields of one invoice.

use function_kit::writing;
use function_kit::{Answer, Call, State};
use invoice::Problem;
use lambda_http::{Body, Error, Request, Response};

const UPDATE: (&str, &str) = ("PATCH", "/invoices/{id}");

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
        UPDATE => writing::update(state, call).await,
        _ => Err(call.no_such_route(&[UPDATE])),
    }
}
