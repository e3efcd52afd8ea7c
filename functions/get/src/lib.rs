//! `GET /invoices/{id}`: one invoice, from wherever its reference leads.

use function_kit::{Answer, Call, Function, Permission, Route, State, Uses};
use invoice::{Code, Problem, Reference, ViewQuery, json};
use provider_client::listing::MAX_BYTES;
use provider_client::lookup;
use provider_client::provider::View;

/// The function `get`.
pub static FUNCTION: Function = Function {
    uses: Uses::Providers,
    routes: &[Route::new("GET", "/invoices/{id}", |state, call| Box::pin(get(state, call)))],
};

async fn get(state: &State, call: &Call) -> Result<Answer, Problem> {
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
