//! How much a provider allows, as it tells with its answers.
//!
//! A provider that counts calls tells how many are left in each window, and when
//! the window begins anew; the strictest window holds. One that answers 429 with
//! `Retry-After` wants the whole account to leave it alone until then. Either is
//! waited for where it fits the time left, and else refused at once: nothing is
//! sent that the provider would only refuse.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::retry::{LONGEST_WAIT, TIME_TO_ASK};
use super::transport::{Deadline, Reply};

/// What to wait after a 429 that does not say how long: our own choice.
pub(crate) const ASSUMED_WAIT: Duration = Duration::from_secs(10);
/// How far apart two answers may put the end of one window: they count in whole
/// seconds, and take their time to arrive.
const SLACK: Duration = Duration::from_secs(2);

/// A window as an answer tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// What it counts the calls of: a `minute`, a `day`.
    pub name: &'static str,
    /// Calls left in it.
    pub remaining: u64,
    /// When it begins anew, from the answer on.
    pub resets_in: Duration,
}

/// Reads the windows an answer tells of.
pub(crate) type Windows = fn(&Reply) -> Vec<Window>;

/// Why nothing may be sent, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Barred {
    pub wait: Duration,
    /// The window that is used up; none where it asked to be left alone.
    pub window: Option<&'static str>,
}

/// Why a call is not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Barred(Barred),
    /// The time is up.
    NoTime,
}

/// One account's limits.
#[derive(Debug)]
pub(crate) struct Limits {
    windows: Windows,
    state: Mutex<State>,
    /// Told whenever a call is no longer under way.
    ended: Notify,
}

#[derive(Debug, Default)]
struct State {
    left_alone_until: Option<Instant>,
    windows: Vec<CurrentWindow>,
    /// Calls sent whose answers may still tell that they have been counted.
    under_way: u64,
}

#[derive(Debug)]
struct CurrentWindow {
    name: &'static str,
    remaining: u64,
    until: Instant,
}

/// Whether a call may be sent.
#[derive(Debug, PartialEq, Eq)]
enum LimitState {
    Free,
    Barred(Barred),
    /// What is left may be used up by the calls under way: their answers tell.
    Awaited,
}

/// A call that may be sent. Dropped without an answer it counts as counted.
#[derive(Debug)]
pub(crate) struct Counted<'a> {
    limits: &'a Limits,
    answered: bool,
}

impl Limits {
    pub fn new(windows: Windows) -> Self {
        Self { windows, state: Mutex::default(), ended: Notify::new() }
    }

    /// How long nothing may be sent from now on, if so.
    pub fn barred(&self) -> Option<Barred> {
        self.state().barred(Instant::now())
    }

    /// Waits until nothing bars the account, without taking a call's permit.
    pub async fn clear(&self, deadline: Deadline) -> Result<(), Refused> {
        while let Some(barred) = self.barred() {
            wait_out(barred, deadline).await?;
        }
        Ok(())
    }

    /// Waits until one call more may be sent.
    pub async fn enter(&self, deadline: Deadline) -> Result<Counted<'_>, Refused> {
        loop {
            let ended = self.ended.notified();
            let limit_state = {
                let mut state = self.state();
                let limit_state = state.limit_state(Instant::now());
                state.under_way += u64::from(limit_state == LimitState::Free);
                limit_state
            };
            match limit_state {
                LimitState::Free => return Ok(Counted { limits: self, answered: false }),
                LimitState::Barred(barred) => wait_out(barred, deadline).await?,
                LimitState::Awaited => {
                    timeout(deadline.left(), ended).await.map_err(|_| Refused::NoTime)?;
                }
            }
        }
    }

    /// A panic while it was locked left it whole enough: counters alone.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn wait_out(barred: Barred, deadline: Deadline) -> Result<(), Refused> {
    if barred.wait.saturating_add(TIME_TO_ASK) >= deadline.left() {
        return Err(Refused::Barred(barred));
    }
    sleep(barred.wait).await;
    Ok(())
}

impl Counted<'_> {
    /// Ends the call with its answer.
    pub fn answered(mut self, reply: &Reply) {
        let asked = reply.retry_after().filter(|_| reply.status.as_u16() == 429);
        self.limits.state().learn(&(self.limits.windows)(reply), asked, Instant::now());
        self.answered = true;
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        let mut state = self.limits.state();
        state.under_way = state.under_way.saturating_sub(1);
        if !self.answered {
            for window in &mut state.windows {
                window.remaining = window.remaining.saturating_sub(1);
            }
        }
        drop(state);
        self.limits.ended.notify_waiters();
    }
}

impl State {
    fn limit_state(&self, now: Instant) -> LimitState {
        if let Some(barred) = self.barred(now) {
            return LimitState::Barred(barred);
        }
        let is_tight =
            |window: &CurrentWindow| now < window.until && window.remaining <= self.under_way;
        if self.windows.iter().any(is_tight) { LimitState::Awaited } else { LimitState::Free }
    }

    fn barred(&self, now: Instant) -> Option<Barred> {
        let used_up = self.windows.iter().filter(|window| window.remaining == 0);
        let used_up = used_up.map(|window| (window.until, Some(window.name)));
        let bars = self.left_alone_until.map(|until| (until, None)).into_iter().chain(used_up);
        let (until, window) = bars.filter(|(until, _)| now < *until).max_by_key(|bar| bar.0)?;
        Some(Barred { wait: until - now, window })
    }

    fn learn(&mut self, told: &[Window], asked: Option<Duration>, now: Instant) {
        let asked = asked.map(|wait| now + wait.min(LONGEST_WAIT));
        self.left_alone_until = self.left_alone_until.max(asked);
        for window in told {
            let until = now + window.resets_in.min(LONGEST_WAIT);
            let current = CurrentWindow { name: window.name, remaining: window.remaining, until };
            match self.windows.iter_mut().find(|known| known.name == window.name) {
                None => self.windows.push(current),
                Some(known) => known.follow(current, now),
            }
        }
    }
}

impl CurrentWindow {
    /// Takes in what a later answer tells. Of one window the least counts, for
    /// answers may overtake each other; and so may those of two windows.
    fn follow(&mut self, told: CurrentWindow, now: Instant) {
        let is_over = self.until <= now;
        if is_over || told.until > self.until + SLACK {
            *self = told;
        } else if told.until + SLACK >= self.until {
            self.remaining = self.remaining.min(told.remaining);
            self.until = self.until.min(told.until);
        }
    }
}

#[cfg(test)]
mod tests;
