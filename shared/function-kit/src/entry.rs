//! How a function runs.

mod panicking;

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::{BoxFuture, join_all};
use lambda_http::lambda_runtime::{self, Runtime};
use lambda_http::request::LambdaRequest;
use lambda_http::tower::Service;
use lambda_http::tower::util::AndThenLayer;
use lambda_http::{Error, LambdaEvent, service_fn};
use provider_client::Deadline;

use crate::call::invocation_deadline;
use crate::function::Function;
use crate::state::State;
use crate::telemetry::{metrics, trace};
use crate::writing::Delivery;
use crate::{event, telemetry};

/// Lambda gives a function 10 s to come up (aws R2).
const WARMING: Duration = Duration::from_secs(5);

/// What of the table a function uses: opened ahead of its first request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uses {
    /// Nothing.
    Providers,
    /// The cache of listings.
    Listings,
    /// The store of writes.
    Writes,
}

/// Reads the environment and answers requests until the process ends. One that
/// panics is answered `internal`, and the process begins anew.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run(function: &'static Function) -> Result<(), Error> {
    let state = begin(function.uses).await?;
    let state = &state;
    panicking::answers();
    let mut adapter = lambda_http::Adapter::from(service_fn(move |request| async move {
        Ok::<_, std::convert::Infallible>(function.answer(state, request).await)
    }));
    let answering = service_fn(move |mut event: LambdaEvent<LambdaRequest>| {
        panicking::asked(&event);
        event::normalize(&mut event.payload);
        adapter.call(event)
    });
    // Around what sends the answer: it has been given by then.
    let finishing = AndThenLayer::new(move |()| async move {
        state.finish().await;
        Ok::<_, Error>(())
    });
    Runtime::new(answering).layer(finishing).run().await
}

/// A message of a queue.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// What it says.
    pub body: &'a str,
    /// The delivery: which message, how often it came, and by when it must be handled.
    pub delivery: Delivery<'a>,
}

/// A message's handler: whether it has been dealt with.
pub type MessageHandler = for<'a> fn(&'a State, Message<'a>) -> BoxFuture<'a, bool>;

/// Reads the environment and takes batches from a queue until the process ends.
/// A message that has not been dealt with is reported, and comes back by itself.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run_on_queue(handler: MessageHandler) -> Result<(), Error> {
    run_on_queue_with(Uses::Writes, handler).await
}

/// Runs as [`run_on_queue`] does, with another part of the table.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run_on_queue_with(uses: Uses, handler: MessageHandler) -> Result<(), Error> {
    let state = begin(uses).await?;
    let state = &state;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        let deadline = invocation_deadline(event.context.deadline);
        let provider_calls = trace::provider_calls(None, event.context.xray_trace_id.as_deref());
        let handling = event.payload.records.into_iter().map(|message| async move {
            let receives = message.attributes.get("ApproximateReceiveCount");
            let delivery = Delivery {
                message_id: message.message_id.as_deref().unwrap_or_default(),
                // Without a number it is not taken for the last.
                receives: receives.and_then(|count| count.parse().ok()).unwrap_or(1),
                deadline,
            };
            let body = message.body.as_deref().unwrap_or_default();
            let dealt_with = handler(state, Message { body, delivery }).await;
            if dealt_with { None } else { message.message_id }
        });
        let mut answer = SqsBatchResponse::default();
        let handled = provider_calls.clone().scope(join_all(handling)).await;
        for failed in handled.into_iter().flatten() {
            answer.add_failure(failed);
        }
        metrics::request(&provider_calls.exchanges());
        Ok::<_, Error>(answer)
    }))
    .await
}

async fn begin(uses: Uses) -> Result<State, Error> {
    let state = State::of_environment(|name| std::env::var(name).ok())?;
    telemetry::begin(state.configuration.log_level, &state.configuration.metrics_namespace);
    state.warm(uses, Deadline::after(WARMING)).await;
    Ok(state)
}
