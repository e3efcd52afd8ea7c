//! `GET /invoices/{id}`: one invoice, from wherever its reference leads.

use api::ViewQuery;
use engine::listing::MAX_BYTES;
use engine::lookup;
use function_kit::configuration::{Configuration, TokenScopes};
use function_kit::connections::{Connections, used};
use function_kit::{
    Answer, App, Call, Caller, Deadline, Environment, Function, Permission, Reply, Route,
};
use invoice::{Code, Problem, Reference, json};
use provider_client::provider::View;

/// What the function holds from one request to the next.
#[derive(Debug)]
pub struct GetApp {
    connections: Connections,
    scopes: TokenScopes,
}

impl GetApp {
    /// The function's things, over these.
    pub fn new(configuration: &Configuration, connections: Connections) -> Self {
        Self { connections, scopes: configuration.scopes.clone() }
    }
}

impl App for GetApp {
    fn open(environment: &Environment) -> Self {
        Self::new(&environment.configuration, environment.connections())
    }

    fn scopes(&self) -> &TokenScopes {
        &self.scopes
    }

    async fn warm(&self, deadline: Deadline) {
        self.connections.warm(deadline).await;
    }
}

/// The function `get`.
pub static FUNCTION: Function<GetApp> = Function {
    routes: &[Route::new("GET", "/invoices/{id}", |app, call| Box::pin(get(app, call)))],
};

async fn get(app: &GetApp, call: &Call) -> Reply {
    let (caller, reference, view) = match asked(call) {
        Ok(asked) => asked,
        Err(problem) => return problem.into(),
    };
    let (scope, deadline) = (&caller.scope, call.deadline());
    let wanted = [reference.connection().clone()];
    let connections = app.connections.open(scope, Some(&wanted), deadline).await;
    let invoice = lookup::get(&connections, &reference, &view, scope, deadline).await;
    let answer = invoice.and_then(|invoice| {
        let answer = Answer::json(&invoice)?;
        if json::length_as_text(answer.body()) > MAX_BYTES {
            return Err(too_large(&reference, &view));
        }
        Ok(answer.tagged(call))
    });
    Reply::from(answer).over(used(&connections, Some(&wanted)))
}

fn asked(call: &Call) -> Result<(&Caller, Reference, View), Problem> {
    let caller = call.caller(Permission::Read)?;
    let (reference, query) = (call.reference()?, ViewQuery::parse(call.query())?);
    caller.scope.admits(&query.includes)?;
    let view = View {
        includes: query.includes,
        show_zero_dollar_charges: query.show_zero_dollar_charges,
        show_tracked_items: query.show_tracked_items,
    };
    Ok((caller, reference, view))
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

#[cfg(test)]
mod tests;
