//! `GET /invoices/{id}`: one invoice, from wherever its reference leads.

use function_kit::{Answer, Call, Permission, State};
use invoice::{Problem, ViewQuery};
use lambda_http::{Body, Error, Request, Response};
use provider_client::lookup;
use provider_client::provider::View;

const ROUTES: [(&str, &str); 1] = [("GET", "/invoices/{id}")];

/// Runs the function until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run() -> Result<(), Error> {
    function_kit::run(function_kit::Uses::Providers, |state, request| {
        Box::pin(handle(state, request))
    })
    .await
}

/// Answers a request.
pub async fn handle(state: &State, request: Request) -> Response<Body> {
    let call = Call::of(request, &state.configuration.scopes);
    call.answer(get(state, &call)).await
}

async fn get(state: &State, call: &Call) -> Result<Answer, Problem> {
    if !ROUTES.contains(&call.target()) {
        return Err(call.no_such_route(&ROUTES));
    }
    let caller = call.caller(Permission::Read)?;
    let reference = call.reference()?;
    let view = view(call)?;
    let wanted = [reference.connection().clone()];
    let connections = state.connections(call, caller, Some(&wanted)).await;
    let deadline = call.deadline();
    let invoice = lookup::get(&connections, &reference, &view, &caller.scope, deadline).await?;
    Ok(Answer::json(&invoice)?.tagged(call))
}

fn view(call: &Call) -> Result<View, Problem> {
    let query = ViewQuery::parse(call.query())?;
    Ok(View {
        includes: query.includes,
        show_zero_dollar_charges: query.show_zero_dollar_charges,
        show_tracked_items: query.show_tracked_items,
    })
}

#[cfg(test)]
mod tests;
