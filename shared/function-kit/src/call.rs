//! A request, as handlers see it.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use invoice::{Code, Fault, Problem, Reference};
use lambda_http::http::{HeaderMap, HeaderName, Method};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt};
use provider_client::Deadline;
use provider_client::provider_calls::ProviderCalls;

use crate::caller::{Caller, Permission};
use crate::configuration::TokenScopes;
use crate::event::encoded_path;
use crate::trace::{self, TRACEPARENT};

/// An HTTP API waits 30 s for its function (aws R5).
const GATEWAY_WAITS: Duration = Duration::from_secs(29);
/// Kept back, so that the caller gets our answer rather than the gateway's
/// timeout: to write the answer, and for its way.
const MARGIN: Duration = Duration::from_millis(300);

/// A request.
#[derive(Debug)]
pub struct Call {
    pub(crate) method: Method,
    pub(crate) route: Option<String>,
    pub(crate) path: String,
    pub(crate) request_id: String,
    pub(crate) caller: Result<Caller, Problem>,
    pub(crate) started: Instant,
    pub(crate) provider_calls: Arc<ProviderCalls>,
    /// Of X-Ray, to find the request there.
    pub(crate) trace_id: Option<String>,
    pub(crate) deadline: Deadline,
    stage: Option<String>,
    query: String,
    parameters: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    body: Body,
}

impl Call {
    /// Reads what API Gateway sent; `scopes` are those that this stack's tokens have.
    /// Never fails: a caller who is not known, or a route that is not ours, is answered
    /// by the handler.
    pub fn of(request: Request, scopes: &TokenScopes) -> Self {
        let context = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => Some(context),
            _ => None,
        };
        let invocation = request.lambda_context_ref();
        let route = context.and_then(|context| context.route_key.as_deref());
        let gateway_id = context.and_then(|context| context.request_id.clone());
        let parameters = request.path_parameters();
        let traceparent = request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok());
        let x_ray = invocation.and_then(|invocation| invocation.xray_trace_id.as_deref());
        Self {
            method: request.method().clone(),
            // `$default` names no path.
            route: route.and_then(|key| key.split_once(' ')).map(|(_, path)| path.to_owned()),
            path: encoded_path(request.raw_http_path()),
            request_id: gateway_id
                .or_else(|| invocation.map(|invocation| invocation.request_id.clone()))
                .unwrap_or_default(),
            caller: Caller::of(request.request_context_ref(), scopes),
            started: Instant::now(),
            provider_calls: trace::provider_calls(traceparent, x_ray),
            trace_id: x_ray.and_then(trace::root).map(str::to_owned),
            deadline: deadline(invocation.map(|invocation| invocation.deadline)),
            stage: context.and_then(|context| context.stage.clone()),
            query: request.uri().query().unwrap_or_default().to_owned(),
            parameters: parameters
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            headers: request.headers().clone(),
            body: request.into_body(),
        }
    }

    /// Reads a request with the usual scopes.
    #[cfg(test)]
    pub(crate) fn new(request: Request) -> Self {
        Self::of(request, &TokenScopes::default())
    }

    /// The call's method and its route as the template writes it (`/invoices/{id}`),
    /// whatever stage the API is deployed to. A `HEAD` is a `GET` whose answer has no
    /// body.
    pub fn target(&self) -> (&str, &str) {
        let path = self.route.as_deref().unwrap_or_else(|| {
            let stage = self.stage.as_deref().unwrap_or_default();
            let inner = self.path.strip_prefix('/').unwrap_or_default();
            let inner = inner.strip_prefix(stage).unwrap_or_default();
            if inner.starts_with('/') { inner } else { &self.path }
        });
        let method = if self.is_head() { &Method::GET } else { &self.method };
        (method.as_str(), path)
    }

    /// Whether only the answer's headers are asked for.
    pub(crate) fn is_head(&self) -> bool {
        self.method == Method::HEAD
    }

    /// The query string, exactly as it came.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// What its path filled into the route; decoded, as API Gateway does.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The request's headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// One of its headers, as text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The request's body, as it came; empty where there is none.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The invoice that its path names.
    ///
    /// # Errors
    /// `invalid_parameter`. What is no reference is told what one looks like,
    /// rather than that there is no such invoice: most likely the connection in
    /// front of the id was left out.
    pub fn reference(&self) -> Result<Reference, Problem> {
        let id = self.parameter("id").unwrap_or_default();
        id.parse().map_err(|why| {
            let fault = Fault {
                pointer: "/id".to_owned(),
                code: Code::InvalidParameter,
                detail: format!("the invoice's id in the path: {why}"),
            };
            Problem::of_faults(Code::InvalidParameter, vec![fault])
        })
    }

    /// The request's id, for whoever asks about the request later.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// When it must have been answered.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Who calls, if they may.
    ///
    /// # Errors
    /// `unauthenticated` or `forbidden`.
    pub fn caller(&self, permission: Permission) -> Result<&Caller, Problem> {
        let caller = self.caller.as_ref().map_err(Clone::clone)?;
        caller.require(permission)?;
        Ok(caller)
    }
}

/// `invocation` is the moment at which Lambda ends the function, in
/// milliseconds of the epoch; a request made by hand has none.
fn deadline(invocation: Option<u64>) -> Deadline {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let left = invocation
        .filter(|ends| *ends > 0)
        .map(|ends| Duration::from_millis(ends).saturating_sub(now.unwrap_or_default()));
    Deadline::after(time_to_answer(left))
}

/// By when an invocation that no gateway waits for must have ended.
pub(crate) fn invocation_deadline(ends: u64) -> Deadline {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Deadline::after(Duration::from_millis(ends).saturating_sub(now).saturating_sub(MARGIN))
}

fn time_to_answer(left: Option<Duration>) -> Duration {
    left.map_or(GATEWAY_WAITS, |left| left.min(GATEWAY_WAITS)).saturating_sub(MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Event;

    #[test]
    fn a_margin_is_kept_for_the_answer_and_time_is_never_negative() {
        let millis = Duration::from_millis;
        for (left, to_answer) in [
            (Some(millis(10_000)), millis(9_700)),
            (Some(millis(300)), Duration::ZERO),
            (Some(millis(10)), Duration::ZERO),
            (Some(Duration::ZERO), Duration::ZERO),
            (Some(millis(900_000)), millis(28_700)),
            (None, millis(28_700)),
        ] {
            assert_eq!(time_to_answer(left), to_answer, "{left:?}");
        }
    }

    #[tokio::test]
    async fn the_deadline_is_the_invocations() {
        let soon = SystemTime::now() + Duration::from_secs(5);
        let soon = soon.duration_since(UNIX_EPOCH).unwrap().as_millis();
        let request = Event::get("/invoices", "").ends_at(soon.try_into().unwrap());
        let left = Call::new(request.request()).deadline().left();
        assert!(left <= Duration::from_millis(4_700), "{left:?}");
        assert!(left > Duration::from_millis(2_000), "{left:?}");
        let past = Call::new(Event::get("/invoices", "").ends_at(1).request());
        assert_eq!(past.deadline().left(), Duration::ZERO);
    }

    #[test]
    fn the_route_does_not_depend_on_the_stage() {
        let target = |event: Event| {
            let call = Call::new(event.request());
            let (method, path) = call.target();
            format!("{method} {path}")
        };
        let event = || Event::get("/invoices/{id}", "").parameter("id", "nue:1");
        assert_eq!(target(event()), "GET /invoices/{id}");
        assert_eq!(target(event().stage("prod")), "GET /invoices/{id}");
        assert_eq!(target(event().method("HEAD")), "GET /invoices/{id}");
        let unnamed = || Event::get("/invoices", "").route_key("$default");
        assert_eq!(target(unnamed()), "GET /invoices");
        assert_eq!(target(unnamed().stage("prod")), "GET /invoices");
        assert_eq!(target(unnamed().stage("inv")), "GET /invoices");
    }

    #[test]
    fn keeps_the_query_and_the_parameters_exactly() {
        let query = "a=1&a=2&b%5Bgte%5D=%20";
        let event = Event::get("/invoices/{id}", query).parameter("id", "nue:50%25 #?/x");
        let call = Call::new(event.request());
        assert_eq!(call.query(), query);
        assert_eq!(call.parameter("id"), Some("nue:50%25 #?/x"));
        assert_eq!(call.parameter("other"), None);
    }
}
