//! The limits on calls (fusebill R6).

use jiff::Timestamp;

use crate::exchange::Reply;
use crate::options::RateLimit;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// Counts calls in the clock's minutes and days.
#[derive(Debug)]
pub(super) struct Rate {
    enforced: Option<RateLimit>,
    minute: Window,
    day: Window,
}

#[derive(Debug)]
struct Window {
    seconds: i64,
    number: i64,
    calls: u32,
}

impl Window {
    fn of(seconds: i64) -> Self {
        Window { seconds, number: 0, calls: 0 }
    }

    fn count(&mut self, now: i64) {
        let number = now.div_euclid(self.seconds);
        if number != self.number {
            self.number = number;
            self.calls = 0;
        }
        self.calls = self.calls.saturating_add(1);
    }

    fn reset(&self, now: i64) -> i64 {
        self.seconds - now.rem_euclid(self.seconds)
    }
}

impl Rate {
    pub(super) fn new(enforced: Option<RateLimit>) -> Self {
        Rate { enforced, minute: Window::of(MINUTE), day: Window::of(DAY) }
    }

    /// Enforces another limit, from no calls on.
    pub(super) fn set(&mut self, enforced: Option<RateLimit>) {
        *self = Rate::new(enforced);
    }

    /// Counts a call; false when it is one too many.
    pub(super) fn admit(&mut self) -> bool {
        let now = Timestamp::now().as_second();
        self.minute.count(now);
        self.day.count(now);
        self.enforced.is_none_or(|limit| {
            self.minute.calls <= limit.per_minute && self.day.calls <= limit.per_day
        })
    }

    /// Adds the headers that say what is left.
    pub(super) fn tell(&self, reply: Reply) -> Reply {
        let now = Timestamp::now().as_second();
        let limit = self.enforced.unwrap_or(RateLimit::LIVE);
        let left = |limit: u32, window: &Window| limit.saturating_sub(window.calls);
        reply
            .with("x-rate-limit-limit-minute", limit.per_minute)
            .with("x-rate-limit-remaining-minute", left(limit.per_minute, &self.minute))
            .with("x-rate-limit-reset-minute", self.minute.reset(now))
            .with("x-rate-limit-limit-day", limit.per_day)
            .with("x-rate-limit-remaining-day", left(limit.per_day, &self.day))
            .with("x-rate-limit-reset-day", self.day.reset(now))
    }
}
