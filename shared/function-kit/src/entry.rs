//! How a function runs.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::{BoxFuture, join_all};
use lambda_http::lambda_runtime::{self, Runtime};
use lambda_http::request::LambdaRequest;
use lambda_http::tower::util::AndThenLayer;
use lambda_http::{Error, LambdaEvent, service_fn};
use provider_client::Deadline;

use crate::call::invocation_deadline;
use crate::environment::Environment;
use crate::function::{App, Function};
use crate::gateway::{self, GatewayResponse};
use crate::reply::Afterwards;
use crate::telemetry::metrics;
use crate::webhooks::Receiver;
use crate::{telemetry, trace};

/// Lambda gives a function 10 s to come up (aws R2).
const WARMING: Duration = Duration::from_secs(5);

/// Reads the environment and answers requests until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run<A: App>(function: &'static Function<A>) -> Result<(), Error> {
    let app = begin::<A>().await?;
    // From the answer of a request to its end: Lambda hands a process one at a time.
    let (app, left) = (&app, &Mutex::new(Afterwards::default()));
    let answering = service_fn(move |event: LambdaEvent<LambdaRequest>| async move {
        let request = gateway::request(event.payload, event.context);
        let (response, afterwards) = function.answer(app, request).await;
        *left.lock().unwrap_or_else(PoisonError::into_inner) = afterwards;
        Ok::<_, Infallible>(GatewayResponse::from(response))
    });
    // Around what sends the answer: it has been given by then.
    let finishing = AndThenLayer::new(move |()| async move {
        let afterwards = std::mem::take(&mut *left.lock().unwrap_or_else(PoisonError::into_inner));
        afterwards.run().await;
        Ok::<_, Error>(())
    });
    Runtime::new(answering).layer(finishing).run().await
}

/// Reads the environment and receives webhooks until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn receive_webhooks() -> Result<(), Error> {
    let (receiver, configuration) = Receiver::of_environment(variable)?;
    telemetry::begin(configuration.log_level, &configuration.metrics_namespace);
    receiver.warm().await;
    let receiver = &receiver;
    let answering = service_fn(move |event: LambdaEvent<LambdaRequest>| async move {
        let request = gateway::request(event.payload, event.context);
        Ok::<_, Infallible>(GatewayResponse::from(receiver.answer(request).await))
    });
    Runtime::new(answering).run().await
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A message of a queue, as it is delivered.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// What it says.
    pub body: &'a str,
    /// The delivery: which message, how often it came, and by when it must be handled.
    pub delivery: Delivery<'a>,
}

/// One delivery of a message.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The message's id: in all its deliveries the same.
    pub message_id: &'a str,
    /// Which delivery of the message this is, counted from one.
    pub receives: u32,
    /// By when it must have been dealt with.
    pub deadline: Deadline,
}

/// A message's handler: whether it has been dealt with.
pub type MessageHandler<A> = for<'a> fn(&'a A, Message<'a>) -> BoxFuture<'a, bool>;

/// Reads the environment and takes batches from a queue until the process ends.
/// A message that has not been dealt with is reported, and comes back by itself.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run_on_queue<A: App>(handler: MessageHandler<A>) -> Result<(), Error> {
    let app = begin::<A>().await?;
    let app = &app;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        let deadline = invocation_deadline(event.context.deadline);
        let provider_calls = trace::provider_calls(None, event.context.xray_trace_id.as_deref());
        let handling = deal_with(app, handler, event.payload, deadline);
        let answer = provider_calls.clone().scope(handling).await;
        metrics::request(&provider_calls.exchanges());
        Ok::<_, Error>(answer)
    }))
    .await
}

/// Deals with the messages of a batch, side by side. Returns which are to come back.
pub(crate) async fn deal_with<A>(
    app: &A,
    handler: MessageHandler<A>,
    batch: SqsEvent,
    deadline: Deadline,
) -> SqsBatchResponse {
    let handling = batch.records.into_iter().map(|message| async move {
        let receives = message.attributes.get("ApproximateReceiveCount");
        let delivery = Delivery {
            message_id: message.message_id.as_deref().unwrap_or_default(),
            // Without a number it is not taken for the last.
            receives: receives.and_then(|count| count.parse().ok()).unwrap_or(1),
            deadline,
        };
        let body = message.body.as_deref().unwrap_or_default();
        let dealt_with = handler(app, Message { body, delivery }).await;
        // Without an id of its own none can come back alone: an empty one brings all back.
        (!dealt_with).then(|| message.message_id.unwrap_or_default())
    });
    let mut answer = SqsBatchResponse::default();
    for failed in join_all(handling).await.into_iter().flatten() {
        answer.add_failure(failed);
    }
    answer
}

async fn begin<A: App>() -> Result<A, Error> {
    let environment = Environment::read(variable)?;
    let configuration = &environment.configuration;
    telemetry::begin(configuration.log_level, &configuration.metrics_namespace);
    let app = A::open(&environment);
    app.warm(Deadline::after(WARMING)).await;
    Ok(app)
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::sqs::SqsMessage;

    use super::*;

    fn message(id: Option<&str>, body: Option<&str>) -> SqsMessage {
        let mut message = SqsMessage::default();
        message.message_id = id.map(str::to_owned);
        message.body = body.map(str::to_owned);
        message
    }

    /// The ids that come back of a batch in which whatever says `done` is dealt with.
    async fn come_back(messages: Vec<SqsMessage>) -> Vec<String> {
        let mut batch = SqsEvent::default();
        batch.records = messages;
        let deadline = Deadline::after(WARMING);
        let answer = deal_with(
            &(),
            |(), message| Box::pin(async move { message.body == "done" }),
            batch,
            deadline,
        );
        let failures = answer.await.batch_item_failures.into_iter();
        failures.map(|failure| failure.item_identifier).collect()
    }

    #[tokio::test]
    async fn what_is_not_dealt_with_comes_back_by_its_id() {
        let messages = [("a", "done"), ("b", "open"), ("c", "done"), ("d", "open")];
        let messages = messages.map(|(id, body)| message(Some(id), Some(body)));
        assert_eq!(come_back(messages.to_vec()).await, ["b", "d"]);
        assert!(come_back(Vec::new()).await.is_empty());
        assert_eq!(come_back(vec![message(Some("a"), None)]).await, ["a"]);
    }

    #[tokio::test]
    async fn what_has_no_id_is_not_lost_and_brings_its_batch_back() {
        let batch = vec![message(None, Some("open")), message(Some("b"), Some("done"))];
        assert_eq!(come_back(batch).await, [""]);
    }
}
