//! Being told to end.

use std::future::Future;

use tokio::signal::unix::{SignalKind, signal};

/// Resolves at Ctrl-C, SIGTERM or the terminal's closing. Signals are caught
/// from the call on, not from the first poll.
pub fn ending() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}
