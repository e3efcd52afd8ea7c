//! The results, for people and as JSON.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::client::Failure;
use crate::figures::{Counts, Figures, Kind, Phase};
use crate::memory::{Memory, Trend};
use crate::plot::{Chart, Series, plot};
use crate::violations::{Rule, Violation, Violations};

/// What a run came to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    seed: u64,
    callers: usize,
    quiet_seconds: f64,
    loaded_seconds: f64,
    latencies: Vec<Latency>,
    /// How many wishes were open when the load ended.
    pub open_at_the_end: usize,
    quiet: Counts,
    loaded: Counts,
    settling: Counts,
    dynamodb_calls: usize,
    dynamodb_throttled: usize,
    rotations: usize,
    memory: Vec<Trend>,
    violation_counts: BTreeMap<Rule, usize>,
    violations: Vec<Violation>,
}

/// One kind of call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Latency {
    kind: Kind,
    quiet_calls: u64,
    loaded_calls: u64,
    quiet_p50_ms: f64,
    quiet_p99_ms: f64,
    loaded_p50_ms: f64,
    loaded_p99_ms: f64,
    p50_ratio: f64,
    p99_ratio: f64,
}

/// What a report tells beside what was measured.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// What everything was drawn from.
    pub seed: u64,
    /// How many callers there were.
    pub callers: usize,
    /// How long nothing failed.
    pub quiet_seconds: f64,
    /// How long everything did.
    pub loaded_seconds: f64,
    /// How many wishes were open when the load ended.
    pub open_at_the_end: usize,
    /// How many calls DynamoDB had, and how many of them were throttled.
    pub dynamodb: (usize, usize),
    /// How often a connection's keys were changed.
    pub rotations: usize,
}

impl Report {
    /// The report of what was measured.
    pub fn new(run: Run, figures: &Figures, memory: Vec<Trend>, violations: &Violations) -> Self {
        let latency = |kind| {
            let of = |phase, quantile| figures.quantile(phase, kind, quantile);
            let (quiet_calls, quiet_p50_ms) = of(Phase::Quiet, 0.5)?;
            let (_, quiet_p99_ms) = of(Phase::Quiet, 0.99)?;
            let (loaded_calls, loaded_p50_ms) = of(Phase::Loaded, 0.5)?;
            let (_, loaded_p99_ms) = of(Phase::Loaded, 0.99)?;
            Some(Latency {
                kind,
                quiet_calls,
                loaded_calls,
                quiet_p50_ms,
                quiet_p99_ms,
                loaded_p50_ms,
                loaded_p99_ms,
                p50_ratio: loaded_p50_ms / quiet_p50_ms,
                p99_ratio: loaded_p99_ms / quiet_p99_ms,
            })
        };
        Self {
            seed: run.seed,
            callers: run.callers,
            quiet_seconds: run.quiet_seconds,
            loaded_seconds: run.loaded_seconds,
            latencies: Kind::ALL.into_iter().filter_map(latency).collect(),
            open_at_the_end: run.open_at_the_end,
            quiet: figures.counts(Phase::Quiet),
            loaded: figures.counts(Phase::Loaded),
            settling: figures.counts(Phase::Over),
            dynamodb_calls: run.dynamodb.0,
            dynamodb_throttled: run.dynamodb.1,
            rotations: run.rotations,
            memory,
            violation_counts: violations.counts(),
            violations: violations.told(),
        }
    }

    /// Whether everything held.
    pub fn holds(&self) -> bool {
        self.violation_counts.is_empty()
    }

    /// Prints it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn print(&self, as_json: bool) -> Result<(), Failure> {
        if as_json {
            println!("{}", serde_json::to_string_pretty(self)?);
        } else {
            self.print_for_people();
        }
        for violation in &self.violations {
            eprintln!("\n{}", violation.words());
        }
        Ok(())
    }

    fn print_for_people(&self) {
        println!("\nseed {}; {} callers", self.seed, self.callers);
        println!(
            "\n| kind | quiet | loaded | p50 ms | p99 ms | p50 ms, loaded | p99 ms, loaded | p50 x | p99 x |"
        );
        println!("|---|---|---|---|---|---|---|---|---|");
        for one in &self.latencies {
            println!(
                "| {} | {} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.2} | {:.2} |",
                one.kind.name(),
                one.quiet_calls,
                one.loaded_calls,
                one.quiet_p50_ms,
                one.quiet_p99_ms,
                one.loaded_p50_ms,
                one.loaded_p99_ms,
                one.p50_ratio,
                one.p99_ratio,
            );
        }
        println!("\n| function | processes | MiB at first | at last | MiB an hour | flat |");
        println!("|---|---|---|---|---|---|");
        for one in &self.memory {
            let is_flat = match one.is_flat {
                Some(true) => "yes",
                Some(false) => "NO",
                None => "not held to it",
            };
            println!(
                "| {} | {} | {:.1} | {:.1} | {:.1} | {is_flat} |",
                one.function, one.processes, one.first_mib, one.last_mib, one.mib_an_hour
            );
        }
        println!("\nloaded: {}", shown(&self.loaded));
        println!(
            "\n{} of {} calls of DynamoDB throttled; {} changes of keys; {} writes open at the end",
            self.dynamodb_throttled, self.dynamodb_calls, self.rotations, self.open_at_the_end
        );
        if self.holds() {
            println!("everything held");
        } else {
            println!("NOT EVERYTHING HELD: {:?}", self.violation_counts);
        }
    }
}

fn shown(counts: &Counts) -> String {
    let Counts { statuses, sources, outcomes, rows_checked, whole_listings_checked } = counts;
    format!(
        "statuses {statuses:?}; sources {sources:?}; outcomes {outcomes:?}; {rows_checked} rows and {whole_listings_checked} whole listings held to the sandbox"
    )
}

/// Draws what was measured over time into a file.
///
/// # Errors
/// When it cannot be drawn or written.
pub fn draw(path: &Path, figures: &Figures, memory: &Memory, mark: f64) -> Result<(), Failure> {
    let latencies = Kind::ALL.iter().enumerate().flat_map(|(colour, kind)| {
        [(0.5, "p50", true), (0.99, "p99", false)].map(|(quantile, word, is_thin)| Series {
            name: format!("{}, {word}", kind.name()),
            points: figures.over_time(*kind, quantile),
            colour,
            is_thin,
        })
    });
    let line = |name: &str, points, colour| Series {
        name: name.to_owned(),
        points,
        colour,
        is_thin: false,
    };
    let held = vec![
        line("all functions' processes", memory.over_time(false), 0),
        line("the stack's own, with table and sandbox", memory.over_time(true), 1),
    ];
    let failures = vec![line("failures told to callers", figures.failures_over_time(), 1)];
    let charts = [
        Chart { beside: "ms", is_logarithmic: true, series: latencies.collect() },
        Chart { beside: "MiB", is_logarithmic: false, series: held },
        Chart { beside: "failures a second", is_logarithmic: false, series: failures },
    ];
    Ok(std::fs::write(path, plot(&charts, mark)?)?)
}
