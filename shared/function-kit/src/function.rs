//! A function behind the API: its routes, and what answers each of them.

use futures::future::BoxFuture;
use invoice::Problem;
use lambda_http::{Body, Error, Request, Response};

use crate::answer::Answer;
use crate::call::Call;
use crate::entry::{self, Uses};
use crate::state::State;

/// The code that answers a route.
pub type RouteHandler = for<'a> fn(&'a State, &'a Call) -> BoxFuture<'a, Result<Answer, Problem>>;

/// One route, and what answers it.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    method: &'static str,
    path: &'static str,
    handler: RouteHandler,
}

impl Route {
    /// The route of a method and a path, as the template writes it.
    pub const fn new(method: &'static str, path: &'static str, handler: RouteHandler) -> Self {
        Self { method, path, handler }
    }
}

/// A function behind the API.
#[derive(Debug)]
pub struct Function {
    /// The part of the table that the function uses.
    pub uses: Uses,
    /// The routes that the template leads to the function.
    pub routes: &'static [Route],
}

impl Function {
    /// Runs the function until the process ends.
    ///
    /// # Errors
    /// When the environment cannot be used, or the Lambda runtime fails.
    pub async fn run(&'static self) -> Result<(), Error> {
        entry::run(self).await
    }

    /// Answers a request, whatever becomes of it.
    pub async fn answer(&self, state: &State, request: Request) -> Response<Body> {
        let call = Call::of(request, &state.configuration.scopes);
        call.answer(self.route(state, &call)).await
    }

    async fn route(&self, state: &State, call: &Call) -> Result<Answer, Problem> {
        let is_asked = |route: &&Route| (route.method, route.path) == call.target();
        match self.routes.iter().find(is_asked) {
            Some(route) => (route.handler)(state, call).await,
            None => {
                let routes: Vec<(&str, &str)> =
                    self.routes.iter().map(|route| (route.method, route.path)).collect();
                Err(call.no_such_route(&routes))
            }
        }
    }
}
