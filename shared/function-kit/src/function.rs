//! A function behind the API: its routes, and what answers each of them.

use futures::future::BoxFuture;
use invoice::{Code, Problem};
use lambda_http::http::header;
use lambda_http::{Body, Request, Response};
use provider_client::Deadline;

use crate::answer::Answer;
use crate::call::Call;
use crate::configuration::TokenScopes;
use crate::environment::Environment;
use crate::reply::{Afterwards, Reply};

/// What one kind of function holds from one request to the next: what it uses, and
/// nothing else.
pub trait App: Send + Sync + Sized + 'static {
    /// Opens what the function uses of its environment. Sends nothing.
    fn open(environment: &Environment) -> Self;

    /// The scopes that tokens of this stack have.
    fn scopes(&self) -> &TokenScopes;

    /// Opens ahead of the first request the ways that it will take: a cold start has the
    /// full processor, and TLS handshakes are done by then. Whatever fails is met again
    /// by the request itself. Sends nothing to any provider.
    fn warm(&self, deadline: Deadline) -> impl Future<Output = ()> + Send;
}

/// The code that answers a route.
pub type RouteHandler<A> = for<'a> fn(&'a A, &'a Call) -> BoxFuture<'a, Reply>;

/// One route, and what answers it.
#[derive(Debug)]
pub struct Route<A: 'static> {
    method: &'static str,
    path: &'static str,
    handler: RouteHandler<A>,
}

impl<A> Route<A> {
    /// The route of a method and a path, as the template writes it.
    pub const fn new(method: &'static str, path: &'static str, handler: RouteHandler<A>) -> Self {
        Self { method, path, handler }
    }
}

/// A function behind the API.
#[derive(Debug)]
pub struct Function<A: 'static> {
    /// The routes that the template leads to the function.
    pub routes: &'static [Route<A>],
}

impl<A: App> Function<A> {
    /// Answers a request, whatever becomes of it. The rest is to be done once the
    /// response is given.
    pub async fn answer(&self, app: &A, request: Request) -> (Response<Body>, Afterwards) {
        let call = Call::of(request, app.scopes());
        call.answer(self.reply(app, &call)).await
    }

    async fn reply(&self, app: &A, call: &Call) -> Reply {
        let is_asked = |route: &&Route<A>| (route.method, route.path) == call.target();
        match self.routes.iter().find(is_asked) {
            Some(route) => (route.handler)(app, call).await,
            None => self.no_such_route(call),
        }
    }

    /// The reply to a request by none of the routes, which are all there are.
    fn no_such_route(&self, call: &Call) -> Reply {
        let (_, path) = call.target();
        let known = self.routes.iter().filter(|route| route.path == path).map(|one| one.method);
        let methods: Vec<&str> = known
            .flat_map(|method| [Some(method), (method == "GET").then_some("HEAD")])
            .flatten()
            .collect();
        if methods.is_empty() {
            return Problem::new(Code::RouteNotFound, "nothing is served at this path").into();
        }
        let methods = methods.join(", ");
        let detail = format!("this path takes {methods}, not {}", call.method);
        let problem = Problem::new(Code::MethodNotAllowed, detail);
        Reply::from(Ok(Answer::problem(&problem, call).with(header::ALLOW, &methods)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Event, header, json};

    struct Nothing(TokenScopes);

    impl App for Nothing {
        fn open(environment: &Environment) -> Self {
            Self(environment.configuration.scopes.clone())
        }

        fn scopes(&self) -> &TokenScopes {
            &self.0
        }

        async fn warm(&self, _: Deadline) {}
    }

    fn found<'a>(_: &'a Nothing, _: &'a Call) -> BoxFuture<'a, Reply> {
        Box::pin(async { Answer::json(&"found").into() })
    }

    static FUNCTION: Function<Nothing> = Function {
        routes: &[
            Route::new("GET", "/invoices", found),
            Route::new("POST", "/invoices", found),
            Route::new("GET", "/x", found),
        ],
    };

    #[tokio::test]
    async fn tells_an_unknown_path_from_an_unknown_method() {
        let app = Nothing(TokenScopes::default());
        let ask = async |event: Event| FUNCTION.answer(&app, event.request()).await.0;
        let wrong_method = ask(Event::get("/invoices", "").method("PUT")).await;
        assert_eq!(wrong_method.status(), 405);
        assert_eq!(header(&wrong_method, "allow"), Some("GET, HEAD, POST"));
        let detail = json(&wrong_method)["detail"].to_string();
        assert!(detail.contains("GET, HEAD, POST, not PUT"), "{detail}");
        let wrong_path = ask(Event::get("/invoice", "")).await;
        assert_eq!(json(&wrong_path)["code"], "route_not_found");
        assert_eq!(json(&ask(Event::get("/x", "").method("HEAD")).await), serde_json::Value::Null);
        assert_eq!(json(&ask(Event::get("/x", "")).await), "found");
    }
}
