//! One line of the log for people, made out of what a function has logged.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::Value;

const NAME: Style = AnsiColor::Cyan.on_default();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const ODD: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const EVENT: Style = AnsiColor::Magenta.on_default();

/// The members of a structured line that are said in a place of their own, or to nobody.
const SAID: [&str; 5] = ["timestamp", "level", "message", "requestId", "traceId"];

/// A request, and what became of it.
#[derive(Debug, Default)]
pub struct Request<'a> {
    /// When it was answered.
    pub time: Zoned,
    /// Its method.
    pub method: &'a str,
    /// The route that it matches, without the method.
    pub route: &'a str,
    /// The answer's status.
    pub status: u16,
    /// How long the answer took, in milliseconds.
    pub elapsed: u64,
    /// How the cache took part.
    pub cache: Option<&'a str>,
    /// How many calls providers were sent, and how long they took.
    pub calls: Option<(u64, u64)>,
    /// What failed.
    pub failed: Option<String>,
    /// The connections that it was about, with commas between.
    pub connections: Option<&'a str>,
}

/// How wide the calls of a request are shown, and all that is before them but for the route.
const CALLS: usize = 14;
const BEFORE_CALLS: usize = 40;

/// How wide a line may be.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    width: usize,
}

impl Layout {
    /// For the terminal that standard error is, or for a hundred columns.
    pub fn of_terminal() -> Self {
        let size = terminal_size::terminal_size_of(std::io::stderr());
        Self { width: size.map_or(100, |(width, _)| usize::from(width.0)) }
    }

    /// A line that a function has logged: of a request, or of anything else. That all events
    /// have been put on the bus is not told: the bus tells of each.
    pub fn structured(self, function: &str, line: &Value) -> Option<String> {
        let text = |name: &str| line.get(name).and_then(Value::as_str);
        let number = |name: &str| line.get(name).and_then(Value::as_u64);
        let (Some("request"), Some(method), Some(status)) =
            (text("message"), text("method"), number("status"))
        else {
            let is_known = text("message") == Some("events") && number("eventsLeft") == Some(0);
            return (!is_known).then(|| told(function, line));
        };
        let route = text("route").unwrap_or("$default");
        Some(self.request(&Request {
            time: moment(line),
            method,
            route: route.split_once(' ').map_or(route, |(_, path)| path),
            status: u16::try_from(status).unwrap_or_default(),
            elapsed: number("durationMs").unwrap_or_default(),
            cache: text("cache"),
            calls: number("providerCalls").zip(number("providerMs")),
            failed: text("code").map(str::to_owned),
            connections: text("connections"),
        }))
    }

    /// The line of a request.
    pub fn request(self, request: &Request<'_>) -> String {
        let Request { method, route, status, .. } = request;
        let time = clock(&request.time);
        let outcome = match status {
            ..400 => GOOD,
            400..500 => ODD,
            _ => BAD,
        };
        let route_width = if self.width < 100 { 24 } else { 30 };
        let elapsed = lasting(request.elapsed);
        let cache = match request.cache {
            // As the caller has said it, who wanted to read past the cache.
            Some("request") => "no-cache",
            Some(word) => word,
            None => "-",
        };
        let cached = match cache {
            "hit" => GOOD,
            "stale" | "bypass" => ODD,
            _ => FAINT,
        };
        let calls = match request.calls {
            Some((1, time)) => format!("1 call {}", lasting(time)),
            Some((calls @ 2.., time)) => format!("{calls} calls {}", lasting(time)),
            _ => String::new(),
        };
        // What failed before any provider was asked stands where the calls would.
        let width = if calls.is_empty() && request.failed.is_some() { 0 } else { CALLS };
        let mut line = format!(
            "{FAINT}{time}{FAINT:#} {method:<6} {route:<route_width$} {outcome}{status}{outcome:#} {elapsed:>7} {cached}{cache:<9}{cached:#}"
        );
        if width > 0 {
            let _ = write!(line, " {calls:<width$}");
        }
        let before = BEFORE_CALLS + route_width.max(route.chars().count());
        let mut room = self.width.saturating_sub(before + width);
        if let Some(failed) = &request.failed {
            // What failed is said however narrow the terminal is.
            let _ = write!(line, " {outcome}{failed}{outcome:#}");
            room = room.saturating_sub(1 + failed.chars().count());
        }
        if let Some(names) = request.connections.and_then(|names| fitting(names, room)) {
            let _ = write!(line, " {FAINT}{names}{FAINT:#}");
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// The connections by their names, by their number where those do not fit, or not at all.
fn fitting(names: &str, room: usize) -> Option<String> {
    let count = names.split(',').filter(|name| !name.is_empty()).count();
    [names.to_owned(), format!("{count} connections")]
        .into_iter()
        .find(|text| count > 0 && text.chars().count() < room)
}

/// A line of other news: who says it, what, and the particulars.
fn told(function: &str, line: &Value) -> String {
    let function = function.strip_suffix("Function").unwrap_or(function);
    let (time, style) = (clock(&moment(line)), style_of(line));
    let message = line.get("message").and_then(Value::as_str).unwrap_or_default();
    let mut told =
        format!("{FAINT}{time}{FAINT:#} {NAME}{function}{NAME:#} {style}{message}{style:#}");
    for (name, value) in line.as_object().into_iter().flatten() {
        if !SAID.contains(&name.as_str()) && !value.is_null() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let _ = write!(told, " {FAINT}{name}={FAINT:#}{}", harmless(&value));
        }
    }
    told
}

fn style_of(line: &Value) -> Style {
    match line.get("level").and_then(Value::as_str) {
        Some("ERROR") => BAD,
        Some("WARN") => ODD,
        _ => Style::new(),
    }
}

/// A line of words about a function, or a part of the stack.
pub fn words(now: &Zoned, name: &str, line: &str) -> String {
    format!("{FAINT}{}{FAINT:#} {NAME}{name}{NAME:#} {}", clock(now), harmless(line))
}

/// A line about an event on a bus.
pub fn event(now: &Zoned, kind: &str, source: &str, queues: &[&str]) -> String {
    let (kind, source) = (harmless(kind), harmless(source));
    let mut line = format!(
        "{FAINT}{}{FAINT:#} {EVENT}event{EVENT:#}  {kind} {FAINT}from{FAINT:#} {source}",
        clock(now)
    );
    if !queues.is_empty() {
        let _ = write!(line, " {FAINT}to{FAINT:#} {}", queues.join(", "));
    }
    line
}

/// What a challenge says of why a caller is refused, in the authorizer's own words.
pub fn challenge(header: &str) -> Option<String> {
    let (_, after) = header.split_once("error_description=\"").unwrap_or(("", ""));
    match after.split_once('"') {
        Some((why, _)) => Some(why.to_owned()),
        None => (header == "Bearer").then(|| "no token".to_owned()),
    }
}

/// Without what would steer a terminal: a function may say what it was sent.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn moment(line: &Value) -> Zoned {
    let said = line.get("timestamp").and_then(Value::as_str);
    let said = said.and_then(|text| text.parse::<Timestamp>().ok());
    said.unwrap_or_else(Timestamp::now).to_zoned(TimeZone::system())
}

fn clock(time: &Zoned) -> String {
    time.strftime("%H:%M:%S").to_string()
}

fn lasting(milliseconds: u64) -> String {
    match milliseconds {
        ..1000 => format!("{milliseconds} ms"),
        _ => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    fn listed() -> Value {
        json!({"timestamp": "2026-11-26T10:00:00.5Z", "level": "INFO", "message": "request",
            "requestId": "r", "method": "GET", "route": "GET /invoices", "caller": "operator",
            "connections": "finexio,fusebill,nue", "cache": "miss", "providerCalls": 14,
            "providerMs": 1830, "status": 200, "durationMs": 412, "coldStart": true})
    }

    #[test]
    fn a_request_is_one_line_that_fits() {
        let line = |width| plain(&Layout { width }.structured("ListFunction", &listed()).unwrap());
        let narrow = line(80);
        let narrow = narrow.split_once(' ').unwrap().1;
        let expected = "GET    /invoices                200  412 ms miss      14 calls 1.8 s";
        assert_eq!(narrow, expected);
        let mut past = listed();
        past["cache"] = "request".into();
        let past = plain(&Layout { width: 80 }.structured("ListFunction", &past).unwrap());
        assert!(past.contains(" 412 ms no-cache  14 calls"), "{past}");
        assert!(line(120).ends_with("14 calls 1.8 s finexio,fusebill,nue"), "{}", line(120));
        assert!(line(104).ends_with(" 3 connections"), "{}", line(104));
        for width in [60, 80, 100, 120] {
            assert!(line(width).chars().count() <= width.max(80), "{width}");
        }
    }

    #[test]
    fn what_failed_is_said_however_narrow() {
        let mut failed = listed();
        failed["status"] = 504.into();
        failed["code"] = "provider_timeout".into();
        let line = plain(&Layout { width: 40 }.structured("ListFunction", &failed).unwrap());
        assert!(line.contains(" 504 ") && line.ends_with(" provider_timeout"), "{line}");
        failed["providerCalls"] = 0.into();
        failed["code"] = "invoice_not_found".into();
        let line = plain(&Layout { width: 80 }.structured("GetFunction", &failed).unwrap());
        assert!(line.ends_with(" invoice_not_found") && line.chars().count() <= 80, "{line}");
    }

    #[test]
    fn other_news_is_told_with_its_particulars() {
        let line = json!({"timestamp": "2026-11-26T10:00:00Z", "level": "WARN", "message": "a webhook was refused",
            "connection": "stripe", "why": "old\u{1b}[2J", "requestId": "r", "traceId": null});
        let told = plain(&Layout { width: 80 }.structured("WebhookFunction", &line).unwrap());
        let told = told.split_once(' ').unwrap().1;
        assert_eq!(told, "Webhook a webhook was refused connection=stripe why=old\u{fffd}[2J");
    }

    #[test]
    fn events_that_the_bus_tells_of_are_not_told_twice() {
        let events = |left: u64| json!({"message": "events", "events": 2, "eventsLeft": left});
        let layout = Layout { width: 80 };
        assert_eq!(layout.structured("ActivateFunction", &events(0)), None);
        assert!(layout.structured("ActivateFunction", &events(1)).is_some());
    }

    #[test]
    fn a_caller_who_is_refused_is_told_of_in_the_authorizers_words() {
        let wrong =
            "Bearer scope=\"\" error=\"invalid_token\" error_description=\"the token has expired\"";
        assert_eq!(challenge(wrong).as_deref(), Some("the token has expired"));
        assert_eq!(challenge("Bearer").as_deref(), Some("no token"));
        assert_eq!(challenge("Basic"), None);
    }
}
