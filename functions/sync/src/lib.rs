//! The function `sync`: it keeps the copies of the connections that their owner names, by
//! messages of its queue.

mod app;
mod messages;

use lambda_http::Error;

pub use app::SyncApp;
pub use messages::{CONTINUED, PURGE, REQUESTED, on_message};

/// Runs the function until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run() -> Result<(), Error> {
    function_kit::run_on_queue(|app, message| Box::pin(on_message(app, message))).await
}

#[cfg(test)]
mod tests;
