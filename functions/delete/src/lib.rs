//! `POST /invoices/delete`, `DELETE /invoices` with a body (Nue's own form) and
//! `DELETE /invoices/{id}`: remove invoices.

use function_kit::writing;
use function_kit::{Answer, Call, State};
use invoice::{BulkAction, Problem};
use lambda_http::{Body, Error, Request, Response};

const MANY: (&str, &str) = ("POST", "/invoices/delete");
/// Nue's own form: a DELETE with a body.
const WITH_BODY: (&str, &str) = ("DELETE", "/invoices");
const ONE: (&str, &str) = ("DELETE", "/invoices/{id}");

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
        MANY | WITH_BODY => writing::many(state, call, BulkAction::Delete).await,
        ONE => writing::one(state, call, BulkAction::Delete).await,
        _ => Err(call.no_such_route(&[MANY, WITH_BODY, ONE])),
    }
}
