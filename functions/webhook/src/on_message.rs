//! What is done with webhooks from their queue on.

use function_kit::webhooks;
use lambda_http::Error;

/// Runs the function that applies what webhooks name, until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run() -> Result<(), Error> {
    function_kit::run_on_queue(|app, message| Box::pin(webhooks::apply(app, message))).await
}
