//! How fast the stack's time runs for whatever is waited for.

use std::time::Duration;

/// The pace of a queue's retries and delays, and of schedules. What is minutes
/// away in the cloud need not be waited for: at a pace of 60, a minute takes a
/// second. Functions, providers, retention, callers of SQS and everything else
/// keep real time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace(u32);

impl Pace {
    /// So many times as fast as in the cloud.
    pub fn new(times: u32) -> Self {
        Self(times.max(1))
    }

    /// How long a duration of the cloud takes here.
    pub fn of(self, duration: Duration) -> Duration {
        duration.checked_div(self.0).unwrap_or(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_a_second_at_sixty_times_the_pace() {
        assert_eq!(Pace::new(60).of(Duration::from_secs(60)), Duration::from_secs(1));
        assert_eq!(Pace::new(0).of(Duration::from_secs(60)), Duration::from_secs(60));
    }
}
