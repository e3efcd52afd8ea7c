//! When a provider that fails is left alone.
//!
//! After [`FAILURES`] calls in a row that failed at the provider, or [`TIMEOUTS`]
//! in a row that it had [`PATIENCE`] for, its account rests: calls are refused at
//! once, for [`FIRST_REST`]. Then one call is let through. An answer ends the
//! rest; a failure doubles it, up to [`LONGEST_REST`].
//!
//! Failures are those of the provider as a whole: it cannot be reached, its
//! answer is lost, or it says 5xx. Whatever else it answers shows it alive. A
//! deadline that was short is no fault of its, and a call that we gave up counts
//! for nothing. Calls side by side that fail together are one failure: a call
//! counts only if it was begun after the last that counted had ended.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::transport::{Reply, TransportError};

/// Failures in a row before it rests.
const FAILURES: u32 = 5;
/// Timeouts in a row before it rests.
const TIMEOUTS: u32 = 2;
/// The time a provider must have had for a timeout to be its failure.
const PATIENCE: Duration = Duration::from_secs(5);
const FIRST_REST: Duration = Duration::from_secs(10);
const LONGEST_REST: Duration = Duration::from_secs(60);
/// What callers are asked to wait while the one call is under way.
const WHILE_PROBING: Duration = Duration::from_secs(2);

/// What a call tells of its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallResult {
    /// The provider answered.
    Alive,
    /// The call failed.
    Failed,
    /// The provider did not answer, though it had the time.
    TimedOut,
    /// Nothing.
    Untold,
}

impl CallResult {
    /// The result of an attempt that `took` so long.
    pub fn of(outcome: &Result<Reply, TransportError>, took: Duration) -> Self {
        match outcome {
            Ok(reply) if reply.status.is_server_error() => Self::Failed,
            Ok(_)
            | Err(
                TransportError::TooLarge | TransportError::ReadOnly | TransportError::Coding(_),
            ) => Self::Alive,
            Err(TransportError::NotSent(_) | TransportError::AnswerLost(_)) => Self::Failed,
            Err(TransportError::Timeout { .. }) if took >= PATIENCE => Self::TimedOut,
            Err(TransportError::Timeout { .. }) => Self::Untold,
        }
    }
}

/// Why a call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenCircuit {
    /// How often it failed in a row.
    pub failures: u32,
    /// When to ask again.
    pub wait: Duration,
}

/// What a result has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transition {
    /// The provider is left alone from now on.
    Opened(OpenCircuit),
    /// The provider answers again.
    Closed,
}

/// One account's failures.
#[derive(Debug, Default)]
pub(crate) struct Circuit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    timeouts: u32,
    /// When the last failure that counted was met.
    last: Option<Instant>,
    rest: Option<Rest>,
}

#[derive(Debug)]
struct Rest {
    length: Duration,
    until: Instant,
    /// Whether the one call is under way.
    probed: bool,
}

/// A call that is let through. Dropped without a result it counts for nothing.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    circuit: &'a Circuit,
    begun: Instant,
    probes: bool,
}

impl Circuit {
    /// Why a call would be refused now, if it would be.
    pub fn refusal(&self) -> Option<OpenCircuit> {
        self.state().refusal(Instant::now())
    }

    /// Lets a call through; at the end of a rest it is the one that probes.
    ///
    /// # Errors
    /// When the provider is left alone.
    pub fn enter(&self) -> Result<Pass<'_>, OpenCircuit> {
        let (mut state, begun) = (self.state(), Instant::now());
        if let Some(open) = state.refusal(begun) {
            return Err(open);
        }
        if let Some(rest) = &mut state.rest {
            rest.probed = true;
        }
        Ok(Pass { circuit: self, begun, probes: state.rest.is_some() })
    }

    /// A panic while it was locked left it whole enough: counters alone.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// Ends the call.
    pub fn judge(self, result: CallResult) -> Option<Transition> {
        self.circuit.state().judge(self.probes, self.begun, result, Instant::now())
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.probes
            && let Some(rest) = &mut self.circuit.state().rest
        {
            rest.probed = false;
        }
    }
}

impl State {
    fn refusal(&self, now: Instant) -> Option<OpenCircuit> {
        let rest = self.rest.as_ref()?;
        let left = rest.until.saturating_duration_since(now);
        let wait = if rest.probed { WHILE_PROBING } else { left };
        (!wait.is_zero()).then_some(OpenCircuit { failures: self.failures, wait })
    }

    fn judge(
        &mut self,
        probes: bool,
        begun: Instant,
        result: CallResult,
        now: Instant,
    ) -> Option<Transition> {
        match result {
            CallResult::Untold => None,
            CallResult::Alive => {
                let rested = std::mem::take(self).rest.is_some();
                rested.then_some(Transition::Closed)
            }
            CallResult::Failed | CallResult::TimedOut => match &mut self.rest {
                Some(rest) if probes => {
                    self.failures = self.failures.saturating_add(1);
                    rest.length = (rest.length * 2).min(LONGEST_REST);
                    rest.until = now + rest.length;
                    None
                }
                // Begun before it was left alone.
                Some(_) => None,
                None => self.count(begun, result, now),
            },
        }
    }

    fn count(&mut self, begun: Instant, result: CallResult, now: Instant) -> Option<Transition> {
        if self.last.is_some_and(|last| begun < last) {
            return None;
        }
        self.last = Some(now);
        self.failures += 1;
        self.timeouts = if result == CallResult::TimedOut { self.timeouts + 1 } else { 0 };
        if self.failures < FAILURES && self.timeouts < TIMEOUTS {
            return None;
        }
        self.rest = Some(Rest { length: FIRST_REST, until: now + FIRST_REST, probed: false });
        Some(Transition::Opened(OpenCircuit { failures: self.failures, wait: FIRST_REST }))
    }
}

#[cfg(test)]
mod tests;
