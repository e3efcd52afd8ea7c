//! The stack's own log, on standard error: for people a line a request and a line an event,
//! for programs what the functions print, as it is.

mod line;

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use http::{HeaderMap, Method, StatusCode, header};
use jiff::{Timestamp, Zoned};
use serde_json::Value;

use line::{Layout, Request};

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Lines for people.
    Text,
    /// What the functions print: JSON, and metrics beside it.
    Json,
}

/// Settled once, before anything runs; the log is one for the process.
static FORMAT: OnceLock<Format> = OnceLock::new();

const NAME: Style = AnsiColor::Cyan.on_default();

/// How CloudWatch's embedded metrics begin: they are CloudWatch's to read, who
/// takes them out of the log, and nobody's at a terminal.
const METRICS: &[u8] = b"{\"_aws\":";

/// Settles how the log is written: as asked, else as a terminal or a pipe wants it.
pub fn begin(asked: Option<Format>) {
    let _ = FORMAT.set(asked.unwrap_or_else(fitting));
}

fn fitting() -> Format {
    if std::io::stderr().is_terminal() { Format::Text } else { Format::Json }
}

/// The process of a function, which settles nothing, says its few words as they are.
fn format() -> Format {
    FORMAT.get().copied().unwrap_or(Format::Json)
}

/// Says one line about a function, or about a part of the stack.
pub fn note(name: &str, line: &str) {
    match format() {
        Format::Json => write(&format!("{NAME}[{name}]{NAME:#} {line}")),
        Format::Text => write(&line::words(&Zoned::now(), name, line)),
    }
}

/// Passes on a line that a function printed. Structured lines stay as they are where programs
/// read: they name their function themselves, and a prefix would break their readers.
pub fn printed(function: &str, line: &[u8]) {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end();
    match (format(), text.starts_with('{')) {
        (Format::Text, _) if line.starts_with(METRICS) => {}
        (Format::Json, true) => write(text),
        (Format::Text, true) => match serde_json::from_str::<Value>(text) {
            Ok(value) => {
                let line = Layout::of_terminal().structured(function, &value);
                line.iter().for_each(|line| write(line));
            }
            Err(_) => note(function, text),
        },
        (_, false) => note(function, text),
    }
}

/// Tells people of a request that no function has answered, and so none has logged: by its
/// route, never by its path, which may name an invoice.
pub fn unanswered(
    method: &Method,
    route: Option<&str>,
    status: StatusCode,
    headers: &HeaderMap,
    elapsed: Duration,
) {
    if format() == Format::Text {
        let challenge = headers.get(header::WWW_AUTHENTICATE).and_then(|text| text.to_str().ok());
        let words = challenge.and_then(line::challenge);
        let request = Request {
            time: Timestamp::now().to_zoned(jiff::tz::TimeZone::system()),
            method: method.as_str(),
            route: route.unwrap_or("(no such route)"),
            status: status.as_u16(),
            elapsed: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            failed: words.or_else(|| {
                status.canonical_reason().filter(|_| !status.is_success()).map(str::to_owned)
            }),
            ..Request::default()
        };
        write(&Layout::of_terminal().request(&request));
    }
}

/// Tells people of an event on a bus: its kind, who put it, and the queues it goes to. What is
/// in it stays unsaid.
pub fn event(kind: &str, source: &str, queues: &[&str]) {
    if format() == Format::Text {
        write(&line::event(&Zoned::now(), kind, source, queues));
    }
}

fn write(line: &str) {
    // Nobody is left to tell when this fails.
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}
