//! The function `sync`: it keeps the copies of the connections that their owner names, by
//! messages of its queue.

use function_kit::{Uses, run_on_queue_with, sync};
use lambda_http::Error;

/// Runs the function until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run() -> Result<(), Error> {
    run_on_queue_with(Uses::Providers, |state, message| Box::pin(sync::on_message(state, message)))
        .await
}
