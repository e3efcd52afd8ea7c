//! `GET /invoices`: one listing over many connections; `GET /invoices/summary`: what
//! a listing comes to; and `GET /connections`: which there are, and what each can do.
//!
//! A summary has no function of its own: it reads what a listing reads, within the
//! same bounds and by the same cache, so that the two would be one package under two
//! names, with the same role and a second cold start.

mod connections;

use function_kit::{Answer, Call, Function, Permission, Route, State, Uses, listing};
use invoice::{ListQuery, Problem, SummaryQuery, expect_no_parameters};

use crate::connections::Overview;

/// The function `list`.
pub static FUNCTION: Function = Function {
    uses: Uses::Listings,
    routes: &[
        Route::new("GET", "/invoices", |state, call| Box::pin(invoices(state, call))),
        Route::new("GET", "/invoices/summary", |state, call| Box::pin(summary(state, call))),
        Route::new("GET", "/connections", |state, call| Box::pin(overview(state, call))),
    ],
};

async fn invoices(state: &State, call: &Call) -> Result<Answer, Problem> {
    let caller = call.caller(Permission::Read)?;
    let query = ListQuery::parse(call.query())?;
    listing::list(state, call, caller, &query).await
}

async fn summary(state: &State, call: &Call) -> Result<Answer, Problem> {
    let caller = call.caller(Permission::Read)?;
    let query = SummaryQuery::parse(call.query())?;
    listing::summarize(state, call, caller, &query).await
}

async fn overview(state: &State, call: &Call) -> Result<Answer, Problem> {
    let caller = call.caller(Permission::Read)?;
    expect_no_parameters(call.query())?;
    let connections = state.connections(call, caller, None).await;
    Ok(Answer::json(&Overview::of(&connections))?.tagged(call))
}

#[cfg(test)]
mod tests;
