//! SQS over HTTP, as the SDKs and the AWS CLI call it (the JSON protocol).
//! Whoever calls has a message in hand for as long as was said, in real time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::calls::{Call, chosen, sent, sent_as};
use super::queue::InvalidReceipt;
use super::{Queue, Queues};
use crate::template::ACCOUNT;

/// How many messages one call is about at most (aws R23).
const MAX_MESSAGES: usize = 10;
/// The longest a caller may wait for a message (aws R23).
const MAX_WAIT: u64 = 20;
/// The longest a message may be hidden, and delayed (aws R23).
const MAX_HIDDEN: u64 = 43_200;
const MAX_DELAY: u64 = 900;

/// The queues, as they are served at an address.
#[derive(Debug)]
pub struct Service {
    queues: Arc<Queues>,
    origin: String,
}

/// A refusal: the exception, the code that older callers know it by, its text.
type Refusal = (&'static str, &'static str, String);

impl Queues {
    /// The service, reached at `origin`.
    pub fn router(self: Arc<Self>, origin: String) -> Router {
        // Some callers post to the queue's own URL.
        Router::new().fallback(answer).with_state(Arc::new(Service { queues: self, origin }))
    }

    /// Each queue's URL, by its name, where they are served at `origin`.
    pub fn urls(&self, origin: &str) -> BTreeMap<String, String> {
        self.names().map(|name| (name.to_owned(), url(origin, name))).collect()
    }
}

fn url(origin: &str, name: &str) -> String {
    format!("{origin}/{ACCOUNT}/{name}")
}

impl Service {
    async fn call(&self, operation: &str, body: &[u8]) -> Result<Value, Refusal> {
        let call: Call = serde_json::from_slice(body).map_err(|error| {
            let text = format!("The body is not what this call takes: {error}");
            ("SerializationException", "SerializationException", text)
        })?;
        let has_attributes = !call.message_attributes.is_empty()
            || call.entries.iter().any(|entry| !entry.message_attributes.is_empty());
        if has_attributes {
            return Err(unsupported("The local stack does not have message attributes."));
        }
        match operation {
            "ListQueues" => Ok(self.list(&call)),
            "GetQueueUrl" => {
                let name = required("QueueName", call.queue_name.as_deref())?;
                let queue = self.queues.by_name(name).ok_or_else(no_such_queue)?;
                Ok(json!({ "QueueUrl": url(&self.origin, queue.name()) }))
            }
            _ => of_queue(operation, self.queue(&call)?, &call).await,
        }
    }

    fn list(&self, call: &Call) -> Value {
        let prefix = call.queue_name_prefix.as_deref().unwrap_or_default();
        let names = self.queues.names().filter(|name| name.starts_with(prefix));
        let urls: Vec<String> = names.map(|name| url(&self.origin, name)).collect();
        json!({ "QueueUrls": urls })
    }

    fn queue(&self, call: &Call) -> Result<&Arc<Queue>, Refusal> {
        let url = required("QueueUrl", call.queue_url.as_deref())?;
        let name = url.rsplit('/').next().unwrap_or_default();
        self.queues.by_name(name).ok_or_else(no_such_queue)
    }
}

async fn of_queue(operation: &str, queue: &Queue, call: &Call) -> Result<Value, Refusal> {
    let now = Timestamp::now();
    match operation {
        "GetQueueAttributes" => {
            let attributes = attributes(queue, now);
            Ok(json!({ "Attributes": chosen(&attributes, &call.attribute_names) }))
        }
        "SendMessage" => {
            let body = required("MessageBody", call.message_body.as_deref())?.to_owned();
            let delay = delay(queue, call.delay_seconds)?;
            let message = queue.send_later([(body, delay)], now);
            Ok(message.first().map(sent).unwrap_or_default())
        }
        "SendMessageBatch" => send_batch(queue, call, now),
        "ReceiveMessage" => receive(queue, call).await,
        "DeleteMessage" => {
            queue.delete(receipt(call)?).map_err(invalid_receipt)?;
            Ok(json!({}))
        }
        "DeleteMessageBatch" => delete_batch(queue, call),
        "ChangeMessageVisibility" => {
            let seconds = call.visibility_timeout.unwrap_or_default();
            let hidden = bounded("VisibilityTimeout", seconds, MAX_HIDDEN)?;
            queue.hide(receipt(call)?, hidden, now).map_err(invalid_receipt)?;
            Ok(json!({}))
        }
        "PurgeQueue" => {
            queue.purge();
            Ok(json!({}))
        }
        _ => Err(unsupported("The local stack does not have this call.")),
    }
}

async fn receive(queue: &Queue, call: &Call) -> Result<Value, Refusal> {
    let most = call.max_number_of_messages.unwrap_or(1);
    if !(1..=MAX_MESSAGES).contains(&most) {
        return Err(invalid("MaxNumberOfMessages must be between 1 and 10, if provided."));
    }
    let hidden = match call.visibility_timeout {
        Some(seconds) => bounded("VisibilityTimeout", seconds, MAX_HIDDEN)?,
        None => queue.settings.visibility_timeout,
    };
    let wait = bounded("WaitTimeSeconds", call.wait_time_seconds.unwrap_or_default(), MAX_WAIT)?;
    let end = tokio::time::Instant::now() + wait;
    let received = loop {
        let received = queue.receive(most, hidden, Timestamp::now());
        let is_over = tokio::time::timeout_at(end, queue.wait());
        if !received.is_empty() || wait.is_zero() || is_over.await.is_err() {
            break received;
        }
    };
    if received.is_empty() {
        return Ok(json!({}));
    }
    let shown: Vec<Value> = received.iter().map(|received| call.shown(received)).collect();
    Ok(json!({ "Messages": shown }))
}

fn send_batch(queue: &Queue, call: &Call, now: Timestamp) -> Result<Value, Refusal> {
    check_batch(call)?;
    let mut messages = Vec::new();
    for entry in &call.entries {
        let body = required("MessageBody", entry.message_body.as_deref())?.to_owned();
        messages.push((body, delay(queue, entry.delay_seconds)?));
    }
    let all = queue.send_later(messages, now);
    let successful = call.entries.iter().zip(&all).map(|(entry, message)| sent_as(entry, message));
    Ok(json!({ "Successful": successful.collect::<Vec<_>>(), "Failed": [] }))
}

fn delete_batch(queue: &Queue, call: &Call) -> Result<Value, Refusal> {
    check_batch(call)?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in &call.entries {
        match queue.delete(entry.receipt_handle.as_deref().unwrap_or_default()) {
            Ok(()) => successful.push(json!({ "Id": entry.id })),
            Err(InvalidReceipt) => failed.push(json!({
                "Id": entry.id, "SenderFault": true, "Code": "ReceiptHandleIsInvalid",
            })),
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

fn check_batch(call: &Call) -> Result<(), Refusal> {
    if (1..=MAX_MESSAGES).contains(&call.entries.len()) {
        return Ok(());
    }
    Err(invalid("A batch has between 1 and 10 entries."))
}

fn attributes(queue: &Queue, now: Timestamp) -> BTreeMap<&'static str, String> {
    let (counts, settings) = (queue.counts(now), &queue.settings);
    let seconds = |duration: Duration| duration.as_secs().to_string();
    let mut attributes = BTreeMap::from([
        ("ApproximateNumberOfMessages", counts.visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
        ("DelaySeconds", seconds(settings.delay)),
        ("MessageRetentionPeriod", seconds(settings.retention)),
        ("QueueArn", settings.arn.clone()),
        ("VisibilityTimeout", seconds(settings.visibility_timeout)),
    ]);
    if let Some(redrive) = &settings.redrive {
        let policy = json!({
            "deadLetterTargetArn": redrive.dead_letters,
            "maxReceiveCount": redrive.max_receives,
        });
        attributes.insert("RedrivePolicy", policy.to_string());
    }
    attributes
}

fn delay(queue: &Queue, seconds: Option<u64>) -> Result<Duration, Refusal> {
    match seconds {
        Some(seconds) => bounded("DelaySeconds", seconds, MAX_DELAY),
        None => Ok(queue.settings.delay),
    }
}

fn bounded(name: &str, seconds: u64, most: u64) -> Result<Duration, Refusal> {
    if seconds <= most {
        return Ok(Duration::from_secs(seconds));
    }
    Err(invalid(&format!("{name} must be between 0 and {most}.")))
}

fn required<'c>(name: &str, value: Option<&'c str>) -> Result<&'c str, Refusal> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| {
        let text = format!("The request must contain the parameter {name}.");
        ("MissingParameter", "MissingParameter", text)
    })
}

fn receipt(call: &Call) -> Result<&str, Refusal> {
    required("ReceiptHandle", call.receipt_handle.as_deref())
}

fn invalid(text: &str) -> Refusal {
    ("InvalidParameterValue", "InvalidParameterValue", text.to_owned())
}

fn unsupported(text: &str) -> Refusal {
    ("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", text.to_owned())
}

fn no_such_queue() -> Refusal {
    let text = "The specified queue does not exist.".to_owned();
    ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", text)
}

fn invalid_receipt(_: InvalidReceipt) -> Refusal {
    let text = "The input receipt handle is invalid.".to_owned();
    ("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", text)
}

async fn answer(State(service): State<Arc<Service>>, headers: HeaderMap, body: Bytes) -> Response {
    let target =
        headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.strip_prefix("AmazonSQS.").unwrap_or_default();
    let json_1_0 = (header::CONTENT_TYPE, "application/x-amz-json-1.0");
    match service.call(operation, &body).await {
        Ok(body) => ([json_1_0], body.to_string()).into_response(),
        Err((exception, code, text)) => {
            let body =
                json!({ "__type": format!("com.amazonaws.sqs#{exception}"), "message": text });
            let code = [("x-amzn-query-error", format!("{code};Sender"))];
            (StatusCode::BAD_REQUEST, [json_1_0], code, body.to_string()).into_response()
        }
    }
}

#[cfg(test)]
mod tests;
