//! What is measured: latencies by kind of call, in the whole of a phase and as time goes on,
//! and what failed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::truth::lock;

/// The seconds that one point of the plot stands for.
pub const STEP: u64 = 5;
/// The longest latency that is told apart, in microseconds.
const LONGEST: u64 = 120_000_000;

/// A kind of call, by what the cache made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A listing out of the cache.
    Hit,
    /// A listing for which a provider or a copy was asked.
    Miss,
    /// A write.
    Write,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Hit, Self::Miss, Self::Write];

    /// The kind's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Write => "write",
        }
    }
}

/// What is going on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Processes start; nothing is measured.
    #[default]
    Warming,
    /// The load, and nothing fails.
    Quiet,
    /// The load, and everything fails.
    Loaded,
    /// No load any more.
    Over,
}

/// What is counted beside latencies.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Answers, by their status.
    pub statuses: BTreeMap<u16, usize>,
    /// Sources of listings, by their status and problem.
    pub sources: BTreeMap<String, usize>,
    /// Outcomes of writes as they were told, each time.
    pub outcomes: BTreeMap<String, usize>,
    /// Rows of listings that were held to the sandbox's records.
    pub rows_checked: usize,
    /// Listings of which it was known which invoices they have to show.
    pub whole_listings_checked: usize,
}

/// One point of the plot.
#[derive(Debug, Default)]
struct Moment {
    latencies: BTreeMap<Kind, Vec<u64>>,
    failures: usize,
}

/// A percentile of one kind at a time: seconds since the beginning, and milliseconds.
pub type Line = Vec<(f64, f64)>;

#[derive(Debug, Default)]
struct State {
    latencies: BTreeMap<(Phase, Kind), Histogram<u64>>,
    counts: BTreeMap<Phase, Counts>,
    moments: BTreeMap<u64, Moment>,
}

/// All that is measured.
#[derive(Debug)]
pub struct Figures {
    began: Instant,
    state: Mutex<State>,
}

impl Figures {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { began: Instant::now(), state: Mutex::default() }
    }

    /// The time since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// A call of this kind was answered.
    pub fn took(&self, phase: Phase, kind: Kind, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(LONGEST).min(LONGEST);
        let mut state = lock(&self.state);
        let step = self.began.elapsed().as_secs() / STEP;
        state.moments.entry(step).or_default().latencies.entry(kind).or_default().push(micros);
        let Some(histogram) = histogram(&mut state.latencies, (phase, kind)) else { return };
        histogram.saturating_record(micros);
    }

    /// Something failed that a caller was told of.
    pub fn failed(&self) {
        let step = self.began.elapsed().as_secs() / STEP;
        lock(&self.state).moments.entry(step).or_default().failures += 1;
    }

    /// Counts something.
    pub fn count(&self, phase: Phase, count: impl FnOnce(&mut Counts)) {
        count(lock(&self.state).counts.entry(phase).or_default());
    }

    /// What was counted in a phase.
    pub fn counts(&self, phase: Phase) -> Counts {
        lock(&self.state).counts.get(&phase).cloned().unwrap_or_default()
    }

    /// How many calls of a kind there were in a phase, and this quantile of them in
    /// milliseconds; none where there were none.
    pub fn quantile(&self, phase: Phase, kind: Kind, quantile: f64) -> Option<(u64, f64)> {
        let state = lock(&self.state);
        let histogram = state.latencies.get(&(phase, kind)).filter(|all| !all.is_empty())?;
        Some((histogram.len(), millis(histogram.value_at_quantile(quantile))))
    }

    /// The quantile of a kind as time goes on.
    pub fn over_time(&self, kind: Kind, quantile: f64) -> Line {
        let state = lock(&self.state);
        let of = |(step, moment): (&u64, &Moment)| {
            let mut all = moment.latencies.get(&kind)?.clone();
            all.sort_unstable();
            Some((middle(*step), millis(*all.get(place(all.len(), quantile))?)))
        };
        state.moments.iter().filter_map(of).collect()
    }

    /// Failures a second, as time goes on.
    pub fn failures_over_time(&self) -> Line {
        let state = lock(&self.state);
        let a_second = |failures: usize| of_count(failures) / of_seconds(STEP);
        state.moments.iter().map(|(step, at)| (middle(*step), a_second(at.failures))).collect()
    }
}

/// The histogram of `key`, made with its first call.
fn histogram(
    all: &mut BTreeMap<(Phase, Kind), Histogram<u64>>,
    key: (Phase, Kind),
) -> Option<&mut Histogram<u64>> {
    match all.entry(key) {
        Entry::Occupied(known) => Some(known.into_mut()),
        Entry::Vacant(place) => Some(place.insert(Histogram::new_with_bounds(1, LONGEST, 3).ok()?)),
    }
}

/// The place of a quantile in a sorted list of `count`, which is one of them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::as_conversions,
    reason = "a quantile is of 0 to 1"
)]
fn place(count: usize, quantile: f64) -> usize {
    let place = (of_count(count) * quantile).ceil() as usize;
    place.clamp(1, count.max(1)) - 1
}

fn middle(step: u64) -> f64 {
    (of_seconds(step) + 0.5) * of_seconds(STEP)
}

/// A count, for reading.
#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "for reading")]
pub fn of_count(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "for reading")]
fn of_seconds(seconds: u64) -> f64 {
    seconds as f64
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "for reading")]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_what_was_measured() {
        assert_eq!([0.0, 0.5, 0.99, 1.0].map(|at| place(100, at)), [0, 49, 98, 99]);
        assert_eq!([0.5, 0.99].map(|at| place(1, at)), [0, 0]);
    }

    #[test]
    fn latencies_are_told_apart_by_phase_and_kind() {
        let figures = Figures::new();
        for time in 1..=100 {
            figures.took(Phase::Quiet, Kind::Hit, Duration::from_millis(time));
        }
        let (count, median) = figures.quantile(Phase::Quiet, Kind::Hit, 0.5).unwrap();
        assert_eq!(count, 100);
        assert!((49.0..=51.0).contains(&median), "{median}");
        assert_eq!(figures.quantile(Phase::Loaded, Kind::Hit, 0.5), None);
    }
}
