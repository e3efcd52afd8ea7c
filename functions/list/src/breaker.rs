//! What stands between a request and a cache that fails: a limit of time, and a
//! rest after failures, so that not every request waits for a table that does
//! not answer.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use metrics::counter;
use provider_client::Deadline;
use store::table::TableError;
use tokio::time::{Instant, timeout};
use tracing::warn;

/// Whether the cache is asked at all just now.
#[derive(Debug)]
pub struct CacheBreaker {
    patience: Duration,
    rests_until: Mutex<Option<Instant>>,
}

impl CacheBreaker {
    /// How long one step of the cache may take: far longer than DynamoDB takes.
    pub const PATIENCE: Duration = Duration::from_secs(1);
    /// The least time for a step that says anything of the cache: far longer than it takes when
    /// all is well.
    const LEAST: Duration = Duration::from_millis(10);
    /// How long the cache is left alone after it failed.
    pub const REST: Duration = Duration::from_secs(5);

    /// One that waits so long for a step of the cache.
    pub fn new(patience: Duration) -> Self {
        Self { patience, rests_until: Mutex::default() }
    }

    /// What the step comes to; none when the cache failed, took too long (of a
    /// request that is short of time, a quarter of what is left), or rests. A request
    /// that has used its time up leaves the cache out, and it does not rest for that.
    pub async fn within<T>(
        &self,
        step: &'static str,
        deadline: Deadline,
        work: impl Future<Output = Result<T, TableError>>,
    ) -> Option<T> {
        let time = self.patience.min(deadline.left() / 4);
        if time < Self::LEAST.min(self.patience) {
            return None;
        }
        self.within_this(step, time, work).await
    }

    /// As [`CacheBreaker::within`], with a time limit of the step's own.
    pub async fn within_this<T>(
        &self,
        step: &'static str,
        time: Duration,
        work: impl Future<Output = Result<T, TableError>>,
    ) -> Option<T> {
        if self.rests() {
            return None;
        }
        let error = match timeout(time, work).await {
            Ok(Ok(outcome)) => return Some(outcome),
            Ok(Err(error)) => error,
            Err(_) => TableError::Unreachable,
        };
        counter!("CacheFailure").increment(1);
        warn!(step, %error, "the listing cache failed and is left out");
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Instant::now() + Self::REST);
        None
    }

    fn rests(&self) -> bool {
        let until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_without_time_says_nothing_of_the_cache() {
        let breaker = CacheBreaker::new(CacheBreaker::PATIENCE);
        let step = async |time| {
            breaker
                .within("look up", Deadline::after(time), async { Ok::<_, TableError>(()) })
                .await
        };
        assert_eq!(step(Duration::ZERO).await, None);
        assert_eq!(step(Duration::from_secs(60)).await, Some(()), "it does not rest");
        let fails = async { Err::<(), _>(TableError::Unreachable) };
        let deadline = Deadline::after(Duration::from_secs(60));
        assert_eq!(breaker.within("look up", deadline, fails).await, None);
        assert_eq!(step(Duration::from_secs(60)).await, None, "it rests");
    }
}
