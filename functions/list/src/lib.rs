//! `GET /invoices`: one listing over many connections; and `GET /connections`:
//! which there are, and what each can do.

mod connections;

use function_kit::{Answer, Call, Permission, State, listing};
use invoice::{ListQuery, Problem, expect_no_parameters};
use lambda_http::{Body, Error, Request, Response};

use crate::connections::Overview;

const INVOICES: (&str, &str) = ("GET", "/invoices");
const CONNECTIONS: (&str, &str) = ("GET", "/connections");

/// Runs the function until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run() -> Result<(), Error> {
    function_kit::run(function_kit::Uses::Listings, |state, request| {
        Box::pin(handle(state, request))
    })
    .await
}

/// Answers a request.
pub async fn handle(state: &State, request: Request) -> Response<Body> {
    let call = Call::of(request, &state.configuration.scopes);
    call.answer(route(state, &call)).await
}

async fn route(state: &State, call: &Call) -> Result<Answer, Problem> {
    match call.target() {
        INVOICES => invoices(state, call).await,
        CONNECTIONS => overview(state, call).await,
        _ => Err(call.no_such_route(&[INVOICES, CONNECTIONS])),
    }
}

async fn invoices(state: &State, call: &Call) -> Result<Answer, Problem> {
    let caller = call.caller(Permission::Read)?;
    let query = ListQuery::parse(call.query())?;
    listing::list(state, call, caller, &query).await
}

async fn overview(state: &State, call: &Call) -> Result<Answer, Problem> {
    let caller = call.caller(Permission::Read)?;
    expect_no_parameters(call.query())?;
    let connections = state.connections(call, caller, None).await;
    Ok(Answer::json(&Overview::of(&connections))?.tagged(call))
}

#[cfg(test)]
mod tests;
