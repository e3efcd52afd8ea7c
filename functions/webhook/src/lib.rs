//! `POST /webhooks/{connection}` and `POST /webhooks/{connection}/{token}`: what providers
//! tell by themselves, proved and put on a queue.
//!
//! Nobody who calls has a token of the stack's: the routes have no authorizer, and the
//! function may read secrets and send to one queue, and nothing else.

pub mod on_message;

use lambda_http::Error;

/// Runs the function that receives webhooks, until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn receive() -> Result<(), Error> {
    function_kit::receive_webhooks().await
}
