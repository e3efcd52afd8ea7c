//! When a request is sent again.
//!
//! A read is sent again after 429, 502, 503, 504, and whenever the answer was
//! lost (no connection, a reset, a body cut short). A write is sent again only
//! when it certainly was not accepted: no connection came about, or the
//! provider said 429. At most [`MAX_ATTEMPTS`] times in all; the wait is what
//! the provider asks (`Retry-After`), else grows from [`FIRST_WAIT`] with full
//! jitter; and never past the deadline: what cannot be waited for is answered
//! at once.

use std::time::Duration;

use crate::transport::{Reply, TransportError};

/// Attempts in all, the first included.
pub const MAX_ATTEMPTS: u32 = 3;
/// The longest first wait; doubles with every attempt.
pub const FIRST_WAIT: Duration = Duration::from_millis(100);

/// What must be left beyond a wait that is asked of us: a write whose answer
/// cannot be waited for is better not sent.
pub const TIME_TO_ASK: Duration = Duration::from_millis(500);

/// Whether a request changes anything at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing and may be repeated freely.
    Read,
    /// It changes something: repeated only when it certainly was not accepted.
    Write,
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
    /// once the time is up, nor where the answer is too large to be held.
    pub(crate) fn of(outcome: &Result<Reply, TransportError>) -> Option<Self> {
        match outcome {
            Ok(reply) => Some(Self::Status(reply.status.as_u16())),
            Err(TransportError::NotSent(_)) => Some(Self::NotSent),
            Err(TransportError::AnswerLost(_)) => Some(Self::AnswerLost),
            Err(TransportError::Timeout { .. } | TransportError::TooLarge) => None,
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
        Failure::NotSent | Failure::Status(429) => true,
        Failure::Status(502..=504) | Failure::AnswerLost => effect == Effect::Read,
        Failure::Status(_) => false,
    };
    if !repeatable || attempt >= MAX_ATTEMPTS {
        return None;
    }
    let backoff = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    let (wait, beyond) = match asked {
        Some(asked) => (asked, TIME_TO_ASK),
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
