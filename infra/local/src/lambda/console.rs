//! What functions print, brought to the stack's standard error.

use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

const NAME: Style = AnsiColor::Cyan.on_default();

/// One line about, or from, a function. Structured lines stay as they are:
/// they name their function themselves, and a prefix would break their readers.
pub fn note(function: &str, line: &str) {
    let mut out = anstream::stderr().lock();
    // Nobody is left to tell when this fails.
    let _ = if line.starts_with('{') {
        writeln!(out, "{line}")
    } else {
        writeln!(out, "{NAME}[{function}]{NAME:#} {line}")
    };
}

/// How CloudWatch's embedded metrics begin: they are CloudWatch's to read, who
/// takes them out of the log, and nobody's at a terminal.
const METRICS: &[u8] = b"{\"_aws\":";

/// Passes on every line of a function's output until it ends. Bytes, not text:
/// a line that is not UTF-8 must not stop the reading, or the function would
/// block on a full pipe.
pub async fn forward(function: String, output: impl AsyncRead + Unpin) {
    let mut lines = BufReader::new(output);
    let mut line = Vec::new();
    while matches!(lines.read_until(b'\n', &mut line).await, Ok(read) if read > 0) {
        if !(line.starts_with(METRICS) && std::io::stderr().is_terminal()) {
            note(&function, String::from_utf8_lossy(&line).trim_end());
        }
        line.clear();
    }
}
