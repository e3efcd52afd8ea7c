//! What functions print, brought to the stack's log.

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use crate::log;

/// Passes on every line of a function's output until it ends. Bytes, not text:
/// a line that is not UTF-8 must not stop the reading, or the function would
/// block on a full pipe.
pub async fn forward(function: String, output: impl AsyncRead + Unpin) {
    let mut lines = BufReader::new(output);
    let mut line = Vec::new();
    while matches!(lines.read_until(b'\n', &mut line).await, Ok(read) if read > 0) {
        log::printed(&function, &line);
        line.clear();
    }
}
