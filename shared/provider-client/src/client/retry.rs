//! When a request is sent again.
//!
//! A read is sent again after 429, 502, 503, 504, and whenever the answer was
//! lost (no connection, a reset, a body cut short). A write is sent again only
//! when it certainly was not accepted: no connection came about, or the
//! provider said 429 to a write of one invoice. A 429 to a write of many may come
//! half way, so what it left undone is read first, and sent again above
//! (`writing/sending.rs`). At most [`MAX_ATTEMPTS`] times in all; the wait is at
//! least what the provider asks (`Retry-After`), and grows from [`FIRST_WAIT`] with full
//! jitter; and never past the deadline: what cannot be waited for is answered
//! at once.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, header};

use crate::transport::{Reply, TransportError};

/// Attempts in all, the first included.
pub const MAX_ATTEMPTS: u32 = 3;
/// The longest first wait; doubles with every attempt.
pub const FIRST_WAIT: Duration = Duration::from_millis(100);

/// What must be left beyond a wait that is asked of us: a write whose answer
/// cannot be waited for is better not sent.
pub const TIME_TO_ASK: Duration = Duration::from_millis(500);

/// The longest wait that is believed, waited for, or told to callers: a day's limit.
pub const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// The wait that is taken for a `Retry-After` in none of its forms: who sends one
/// wants to be left alone for a while.
pub const UNREADABLE_WAIT: Duration = Duration::from_secs(3);

/// The wait that an answer asks for by `Retry-After`, at most [`LONGEST_WAIT`]; none
/// where it has no such header.
///
/// The value is a number of seconds, or a date in one of the three forms of HTTP
/// (RFC 9110, 10.2.3 and 5.6.7). A date counts from the answer's own `Date`, by the
/// same clock; without one, from `now`.
pub(crate) fn asked(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().map(str::trim));
    let moment = |text: &str| httpdate::parse_http_date(text).ok();
    let value = text(header::RETRY_AFTER)?.unwrap_or_default();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        value.parse().map_or(LONGEST_WAIT, Duration::from_secs)
    } else {
        let sent = text(header::DATE).and_then(Result::ok).and_then(moment).unwrap_or(now);
        moment(value).map_or(UNREADABLE_WAIT, |until| {
            // What has passed already asks for no wait.
            until.duration_since(sent).unwrap_or_default()
        })
    };
    Some(wait.min(LONGEST_WAIT))
}

/// Whether a request changes anything at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The request changes nothing and may be repeated freely.
    Read,
    /// The request changes something: it is repeated only when it certainly was not
    /// accepted.
    Write,
    /// It changes several things, one after the other: a refusal may come half way.
    WriteMany,
}

/// What became of an attempt that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The provider answered with this status.
    Status(u16),
    /// No connection came about: nothing was sent.
    NotSent,
    /// The request may have arrived; its answer did not.
    AnswerLost,
}

impl Failure {
    /// What an attempt failed with, where trying again could help at all: not
    /// once the time is up, nor where the answer cannot be held or decoded.
    pub(crate) fn of(outcome: &Result<Reply, TransportError>) -> Option<Self> {
        match outcome {
            Ok(reply) => Some(Self::Status(reply.status.as_u16())),
            Err(TransportError::NotSent(_)) => Some(Self::NotSent),
            Err(TransportError::AnswerLost(_)) => Some(Self::AnswerLost),
            Err(
                TransportError::Timeout { .. }
                | TransportError::TooLarge
                | TransportError::ReadOnly
                | TransportError::Coding(_),
            ) => None,
        }
    }
}

/// How long to wait before the next attempt; none to give up.
///
/// `attempt` counts from 1, `asked` is the provider's `Retry-After`, `left` is
/// the time until the deadline, `jitter` lies in 0..1.
pub fn wait(
    effect: Effect,
    failure: Failure,
    attempt: u32,
    asked: Option<Duration>,
    left: Duration,
    jitter: f64,
) -> Option<Duration> {
    let repeatable = match failure {
        Failure::NotSent => true,
        Failure::Status(429) => effect != Effect::WriteMany,
        Failure::Status(502..=504) | Failure::AnswerLost => effect == Effect::Read,
        Failure::Status(_) => false,
    };
    if !repeatable || attempt >= MAX_ATTEMPTS {
        return None;
    }
    let backoff = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    let (wait, beyond) = match asked {
        Some(asked) => (asked.max(backoff.mul_f64(jitter.clamp(0.0, 1.0))), TIME_TO_ASK),
        // An attempt that begins at the deadline cannot succeed.
        None => (backoff.mul_f64(jitter.clamp(0.0, 1.0)), Duration::ZERO),
    };
    (wait.saturating_add(beyond) < left).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn again(effect: Effect, failure: Failure) -> bool {
        wait(effect, failure, 1, None, LONG, 0.5).is_some()
    }

    #[test]
    fn reads_are_repeated_when_it_may_help() {
        for status in [429, 502, 503, 504] {
            assert!(again(Effect::Read, Failure::Status(status)), "{status}");
        }
        for status in [200, 400, 401, 403, 404, 409, 500, 501] {
            assert!(!again(Effect::Read, Failure::Status(status)), "{status}");
        }
        assert!(again(Effect::Read, Failure::NotSent));
        assert!(again(Effect::Read, Failure::AnswerLost));
    }

    #[test]
    fn a_write_is_repeated_only_when_it_was_certainly_not_accepted() {
        assert!(again(Effect::Write, Failure::NotSent));
        assert!(again(Effect::Write, Failure::Status(429)));
        assert!(!again(Effect::Write, Failure::AnswerLost));
        for status in [500, 502, 503, 504] {
            assert!(!again(Effect::Write, Failure::Status(status)), "{status}");
        }
        assert!(again(Effect::WriteMany, Failure::NotSent));
        assert!(!again(Effect::WriteMany, Failure::Status(429)), "half of it may be done");
    }

    #[test]
    fn every_form_of_retry_after_is_understood() {
        let now = httpdate::parse_http_date("Thu, 26 Nov 2026 10:00:00 GMT").unwrap();
        let wait = |value: &str, sent: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, value.parse().unwrap());
            sent.map(|sent| headers.insert(header::DATE, sent.parse().unwrap()));
            asked(&headers, now).unwrap().as_secs()
        };
        let unreadable = UNREADABLE_WAIT.as_secs();
        let longest = LONGEST_WAIT.as_secs();
        for (value, expected) in [
            ("7", 7),
            (" 7 ", 7),
            ("0", 0),
            ("007", 7),
            ("86401", longest),
            ("99999999999999999999999", longest),
            ("Thu, 26 Nov 2026 10:00:42 GMT", 42),
            ("Thursday, 26-Nov-26 10:00:42 GMT", 42),
            ("Thu Nov 26 10:00:42 2026", 42),
            ("Thu, 26 Nov 2026 09:00:00 GMT", 0),
            ("Fri, 01 Jan 2038 00:00:00 GMT", longest),
            ("1.5", unreadable),
            ("-1", unreadable),
            ("+7", unreadable),
            ("soon", unreadable),
            ("", unreadable),
            ("2026-11-26T10:00:42Z", unreadable),
        ] {
            assert_eq!(wait(value, None), expected, "{value:?}");
        }
        let sent = Some("Thu, 26 Nov 2026 10:00:40 GMT");
        assert_eq!(wait("Thu, 26 Nov 2026 10:00:42 GMT", sent), 2, "by the sender's clock");
        assert_eq!(wait("Thu, 26 Nov 2026 10:00:42 GMT", Some("today")), 42);
        assert_eq!(asked(&HeaderMap::new(), now), None);
        let latin = http::HeaderValue::from_bytes(b"bald\xe4").unwrap();
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, latin)]);
        assert_eq!(asked(&headers, now), Some(UNREADABLE_WAIT));
    }

    #[test]
    fn no_wait_asked_for_is_shorter_than_the_own_one() {
        let asked = Some(Duration::ZERO);
        let failure = Failure::Status(503);
        assert_eq!(wait(Effect::Read, failure, 1, asked, LONG, 1.0), Some(FIRST_WAIT));
    }

    #[test]
    fn never_waits_past_the_deadline_or_beyond_the_last_attempt() {
        let failure = Failure::Status(429);
        let asked = Some(Duration::from_secs(2));
        assert_eq!(wait(Effect::Read, failure, 1, asked, LONG, 0.5), asked);
        for left in [Duration::from_secs(2), Duration::from_secs(2) + TIME_TO_ASK] {
            assert_eq!(wait(Effect::Read, failure, 1, asked, left, 0.5), None);
            let longer = left + TIME_TO_ASK + Duration::from_millis(1);
            assert_eq!(wait(Effect::Read, failure, 1, asked, longer, 0.5), asked);
        }
        let ages = Some(Duration::MAX);
        assert_eq!(wait(Effect::Read, failure, 1, ages, LONG, 0.5), None);
        assert_eq!(wait(Effect::Read, failure, MAX_ATTEMPTS, None, LONG, 0.5), None);
        assert_eq!(wait(Effect::Read, failure, 2, None, LONG, 1.0), Some(FIRST_WAIT * 2));
        assert_eq!(wait(Effect::Read, failure, 1, None, LONG, 0.0), Some(Duration::ZERO));
    }
}
