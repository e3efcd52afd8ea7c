//! How a function runs.

use std::time::Duration;

use futures::future::BoxFuture;
use lambda_http::lambda_runtime;
use lambda_http::request::LambdaRequest;
use lambda_http::tower::Service;
use lambda_http::{Body, Error, LambdaEvent, Request, Response, service_fn};
use provider_client::Deadline;

use crate::state::State;
use crate::{event, telemetry};

/// A handler: answers every request, whatever becomes of it.
pub type Handler = for<'a> fn(&'a State, Request) -> BoxFuture<'a, Response<Body>>;

/// Lambda gives a function 10 s to come up [vendor].
const WARMING: Duration = Duration::from_secs(5);

/// Reads the environment and answers requests until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run(handler: Handler) -> Result<(), Error> {
    let state = State::of_environment(|name| std::env::var(name).ok())?;
    telemetry::begin(state.configuration.log_level);
    state.warm(Deadline::after(WARMING)).await;
    let state = &state;
    let mut adapter = lambda_http::Adapter::from(service_fn(move |request| async move {
        Ok::<_, std::convert::Infallible>(handler(state, request).await)
    }));
    lambda_runtime::run(service_fn(move |mut event: LambdaEvent<LambdaRequest>| {
        event::put_right(&mut event.payload);
        adapter.call(event)
    }))
    .await
}
