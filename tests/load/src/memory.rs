//! The memory of the functions' processes and of the stack's own, as time goes on.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;

use serde::Serialize;

use crate::figures::{Line, of_count};
use crate::truth::lock;

/// The most by which the memory of a function's process may grow from the first loaded minute to
/// the end, by the line fitted through it: a twentieth, or 3 MiB where that is more. Warmed
/// processes were seen to grow by up to 2 MiB in nine minutes (RESULTS.md), as an allocator's
/// arenas come to rest and what is remembered (`Recent` of list, up to a thousand names) fills up;
/// of some two hundred requests that a process answers in that time, each would have to lose
/// 15 KB, a tenth of what a listing of fifty takes, to be beyond it.
const GROWTH: f64 = 0.05;
const LEAST_MIB: f64 = 3.0;
/// Fewer points make no line.
const FEWEST: usize = 10;

/// What one process held, by time: seconds since the beginning, and MiB.
#[derive(Debug, Clone, Default)]
struct Process {
    function: String,
    points: Line,
}

/// All that was held.
#[derive(Debug, Default)]
pub struct Memory {
    processes: Mutex<BTreeMap<u32, Process>>,
}

/// How the memory of one function's processes went on, in the mean of those that lived from the
/// first loaded minute to the end.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trend {
    /// The function; the stack's own process is `stack`.
    pub function: String,
    /// How many processes that is the mean of.
    pub processes: usize,
    /// What one held at first, by the fitted line.
    pub first_mib: f64,
    /// What one held at last, by the fitted line.
    pub last_mib: f64,
    /// By how much that grows.
    pub mib_an_hour: f64,
    /// Whether it is held to a bound, and is within it; none for the stack's own process, in
    /// whose memory the table and the sandbox lie.
    pub is_flat: Option<bool>,
}

impl Memory {
    /// Looks at the stack's process and those that it started.
    pub fn sample(&self, stack: u32, seconds: f64) {
        let mut processes = lock(&self.processes);
        let mut note = |process: u32, function: String| {
            let Some(mib) = resident(process) else { return };
            let known = processes.entry(process).or_default();
            known.function = function;
            known.points.push((seconds, mib));
        };
        note(stack, "stack".to_owned());
        for child in children(stack) {
            if let Some(function) = function_of(child) {
                note(child, function);
            }
        }
    }

    /// What all functions' processes held together, as time goes on; or the stack's own.
    pub fn over_time(&self, is_of_stack: bool) -> Line {
        let mut sums: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
        let processes = lock(&self.processes);
        let wanted = processes.values().filter(|one| (one.function == "stack") == is_of_stack);
        for (seconds, mib) in wanted.flat_map(|one| &one.points) {
            let sum = sums.entry(seconds.to_bits()).or_insert((*seconds, 0.0));
            sum.1 += mib;
        }
        let mut line: Line = sums.into_values().collect();
        line.sort_by(|one, other| one.0.total_cmp(&other.0));
        line
    }

    /// How it went on from `from` to `to`, by function.
    pub fn trends(&self, from: f64, to: f64) -> Vec<Trend> {
        let mut fits: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        for process in lock(&self.processes).values() {
            let within = |(at, _): &&(f64, f64)| (from..=to).contains(at);
            let points: Line = process.points.iter().filter(within).copied().collect();
            let lived = |slack: f64| {
                points.first().is_some_and(|(at, _)| *at <= from + slack)
                    && points.last().is_some_and(|(at, _)| *at >= to - slack)
            };
            if points.len() >= FEWEST
                && lived(15.0)
                && let Some(fit) = fit(&points)
            {
                fits.entry(process.function.clone()).or_default().push(fit);
            }
        }
        fits.into_iter().map(|(function, fits)| trend(function, &fits, from, to)).collect()
    }
}

fn trend(function: String, fits: &[(f64, f64)], from: f64, to: f64) -> Trend {
    let count = of_count(fits.len());
    let base = fits.iter().map(|(base, _)| base).sum::<f64>() / count;
    let slope = fits.iter().map(|(_, slope)| slope).sum::<f64>() / count;
    let (first, last) = (base + slope * from, base + slope * to);
    let is_flat = last - first <= (first * GROWTH).max(LEAST_MIB);
    Trend {
        is_flat: (function != "stack").then_some(is_flat),
        function,
        processes: fits.len(),
        first_mib: first,
        last_mib: last,
        mib_an_hour: slope * 3_600.0,
    }
}

/// The line of least squares through points: its height at nought, and its slope.
fn fit(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count = of_count(points.len());
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let slope = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>() / spread;
    slope.is_finite().then_some((y - slope * x, slope))
}

fn resident(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1_024.0)
}

/// The processes whose parent is `process`: each thread of it may have started some.
fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    let lists = threads.into_iter().flatten().flatten();
    let texts = lists.filter_map(|at| fs::read_to_string(at.path().join("children")).ok());
    let numbers = |text: String| -> Vec<u32> {
        text.split_whitespace().filter_map(|number| number.parse().ok()).collect()
    };
    texts.flat_map(numbers).collect()
}

/// The function that a process is, by its last argument.
fn function_of(process: u32) -> Option<String> {
    let line = fs::read_to_string(format!("/proc/{process}/cmdline")).ok()?;
    let last = line.trim_end_matches('\0').rsplit('\0').next()?;
    (!last.is_empty()).then(|| last.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_fitted_by_least_squares() {
        let points = [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)];
        let (base, slope) = fit(&points).unwrap();
        assert!((base - 1.0).abs() < 1e-9 && (slope - 2.0).abs() < 1e-9, "{base} {slope}");
        assert_eq!(fit(&[(1.0, 1.0)]), None);
    }

    #[test]
    fn what_grows_beyond_its_bound_is_not_flat() {
        let is_flat = |growth: f64| {
            let trend = trend("list".to_owned(), &[(30.0, growth / 100.0)], 0.0, 100.0);
            trend.is_flat.unwrap()
        };
        assert!(is_flat(2.9) && !is_flat(3.1));
        assert_eq!(trend("stack".to_owned(), &[(30.0, 1.0)], 0.0, 9.0).is_flat, None);
    }

    #[test]
    fn this_process_has_memory() {
        assert!(resident(std::process::id()).unwrap() > 0.5);
    }
}
