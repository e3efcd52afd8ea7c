//! What Fusebill tells of its limits with every answer: the calls left in the
//! minute and in the day, and when each begins anew (fusebill R6).
//!
//! The latter is a timestamp in a form that nobody states. Understood are a
//! moment, a second of the epoch, and seconds from now (fusebill R7); what is none of
//! these is taken for the minute's end.

use std::time::Duration;

use jiff::Timestamp;

use crate::limits::Window;
use crate::transport::Reply;
use crate::wire::instant;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_hours(24);
/// Numbers from here on are seconds of the epoch (2001), not of a wait.
const EPOCH: u64 = 1_000_000_000;

pub(super) fn windows(reply: &Reply) -> Vec<Window> {
    let now = Timestamp::now();
    let window = |name, remaining, reset, length| {
        let remaining = reply.header(remaining)?.trim().parse().ok()?;
        Some(Window { name, remaining, resets_in: resets_in(reply.header(reset), length, now) })
    };
    let minute = ("x-rate-limit-remaining-minute", "x-rate-limit-reset-minute");
    let day = ("x-rate-limit-remaining-day", "x-rate-limit-reset-day");
    let windows = [window("minute", minute.0, minute.1, MINUTE), window("day", day.0, day.1, DAY)];
    windows.into_iter().flatten().collect()
}

/// Never longer than the window is.
fn resets_in(text: Option<&str>, length: Duration, now: Timestamp) -> Duration {
    let text = text.map(str::trim);
    let until = |at: Timestamp| Duration::try_from(at.duration_since(now)).unwrap_or_default();
    let wait = match text.and_then(|text| text.parse::<u64>().ok()) {
        Some(seconds) if seconds < EPOCH => Some(Duration::from_secs(seconds)),
        Some(second) => {
            i64::try_from(second).ok().and_then(|at| Timestamp::from_second(at).ok()).map(until)
        }
        None => instant(text).map(until),
    };
    wait.unwrap_or(MINUTE).min(length)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

    use super::*;

    fn reply(headers: &[(&'static str, &'static str)]) -> Reply {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let headers = HeaderMap::from_iter(headers.iter().map(header));
        Reply { status: StatusCode::OK, headers, body: Default::default() }
    }

    #[test]
    fn both_windows_are_read_and_what_is_not_told_is_none() {
        let told = windows(&reply(&[
            ("x-rate-limit-limit-minute", "1000"),
            ("x-rate-limit-remaining-minute", "998"),
            ("x-rate-limit-reset-minute", "37"),
            ("x-rate-limit-remaining-day", "0"),
            ("x-rate-limit-reset-day", "3600"),
        ]));
        let window = |name, remaining, seconds| Window {
            name,
            remaining,
            resets_in: Duration::from_secs(seconds),
        };
        assert_eq!(told, [window("minute", 998, 37), window("day", 0, 3600)]);
        assert_eq!(windows(&reply(&[])), []);
        assert_eq!(windows(&reply(&[("x-rate-limit-remaining-minute", "many")])), []);
    }

    #[test]
    fn a_reset_is_understood_in_every_form_that_is_assumed() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        for (text, length, seconds) in [
            (Some("37"), MINUTE, 37),
            (Some("0"), MINUTE, 0),
            (Some("3600"), DAY, 3600),
            (Some("3600"), MINUTE, 60),
            (Some("1795341642"), MINUTE, 42),
            (Some("2026-11-22T10:00:42Z"), MINUTE, 42),
            (Some("2026-11-22T10:00:42"), MINUTE, 42),
            (Some("2026-11-22T12:00:42+02:00"), MINUTE, 42),
            (Some("2026-11-22T20:00:00"), DAY, 36_000),
            (Some("2026-11-22T09:59:00Z"), MINUTE, 0),
            (Some("18446744073709551615"), DAY, 60),
            (Some("soon"), DAY, 60),
            (None, DAY, 60),
        ] {
            assert_eq!(resets_in(text, length, now).as_secs(), seconds, "{text:?}");
        }
    }
}
