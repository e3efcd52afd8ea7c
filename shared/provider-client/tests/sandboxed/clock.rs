//! Time that passes without being waited for.

use std::time::Duration;

/// As if so much time had gone by; our clock alone, not the sandbox's.
pub async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
