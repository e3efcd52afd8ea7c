//! `POST /webhooks/{connection}` and `POST /webhooks/{connection}/{token}`: what providers
//! tell by themselves, proved and put on a queue; and what is done with it from there.
//!
//! Nobody who calls has a token of the stack's: the routes have no authorizer, and the
//! first function may read secrets and send to one queue, and nothing else.

use function_kit::webhooks;
use lambda_http::Error;

/// Runs the function that receives webhooks, until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn receive() -> Result<(), Error> {
    function_kit::receive_webhooks().await
}

/// Runs the function that applies what webhooks name, until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn apply() -> Result<(), Error> {
    function_kit::run_on_queue(|state, message| Box::pin(webhooks::apply(state, message))).await
}
