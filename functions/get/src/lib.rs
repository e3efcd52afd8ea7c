//! `GET /invoices/{id}`: one invoice, from wherever its reference leads.

use function_kit::{Answer, Call, Permission, State};
use invoice::{Code, Problem, Reference, ViewQuery, json};
use lambda_http::{Body, Error, Request, Response};
use provider_client::listing::MAX_BYTES;
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
    caller.scope.admits(&view.includes)?;
    let wanted = [reference.connection().clone()];
    let connections = state.connections(call, caller, Some(&wanted)).await;
    let deadline = call.deadline();
    let invoice = lookup::get(&connections, &reference, &view, &caller.scope, deadline).await?;
    if json::length_as_text(&invoice).is_some_and(|length| length > MAX_BYTES) {
        return Err(too_large(&reference, &view));
    }
    Ok(Answer::json(&invoice)?.tagged(call))
}

fn too_large(reference: &Reference, view: &View) -> Problem {
    let what = if view.includes.is_empty() {
        "the provider's own portal shows it"
    } else {
        "ask without `includes`, or with fewer"
    };
    let detail = format!("invoice `{reference}` is more than one answer can hold: {what}");
    Problem::new(Code::TooLarge, detail)
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
