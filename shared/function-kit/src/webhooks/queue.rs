//! Where what webhooks name waits.

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;

use super::WebhookMessage;

/// A queue that messages are sent to.
#[async_trait]
pub trait MessageQueue: Send + Sync {
    /// Sends a message; once this returns, it is not lost.
    ///
    /// # Errors
    /// When the queue did not take it.
    async fn send(&self, message: &WebhookMessage) -> Result<(), QueueError>;
}

/// The queue did not take a message; the text is for the log.
#[derive(Debug, thiserror::Error)]
#[error("the queue cannot be used: {0}")]
pub struct QueueError(pub String);

/// A queue of SQS.
pub(super) struct SqsQueue {
    pub client: Client,
    pub url: String,
}

#[async_trait]
impl MessageQueue for SqsQueue {
    async fn send(&self, message: &WebhookMessage) -> Result<(), QueueError> {
        let text = serde_json::to_string(message).map_err(|error| QueueError(error.to_string()))?;
        let sending = self.client.send_message().queue_url(&self.url).message_body(text);
        let sent = sending.send().await;
        sent.map(drop).map_err(|error| {
            let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
            QueueError(code.unwrap_or("it cannot be reached").chars().take(60).collect())
        })
    }
}
