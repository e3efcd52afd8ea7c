//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Loads the local stack while everything that can fail fails, and holds each answer to
/// what the sandbox of providers has recorded.
#[derive(Debug, Clone, Parser)]
pub struct Options {
    /// How long the load goes on while things fail, in minutes; 0.5 is half of one.
    #[arg(long, default_value_t = 10.0)]
    pub minutes: f64,
    /// How long it goes on before, while nothing fails.
    #[arg(long, default_value_t = 60.0)]
    pub quiet_seconds: f64,
    /// How many callers there are at once.
    #[arg(long, default_value_t = 32)]
    pub callers: usize,
    /// How many invoices each provider holds [default: 150 for each minute, which is more than is
    /// written in one, and at least 1,000].
    #[arg(long)]
    pub invoices: Option<u32>,
    /// What everything is drawn from [default: another each time, and printed].
    #[arg(long)]
    pub seed: Option<u64>,
    /// Seconds from one connection's change of keys to the next connection's.
    #[arg(long, default_value_t = 20.0)]
    pub rotate_seconds: f64,
    /// How often the copies are brought up to date.
    #[arg(long, default_value = "15s")]
    pub sync_rate: String,
    /// The results as JSON; so they are, too, where nobody looks on.
    #[arg(long)]
    pub json: bool,
    /// The local stack's program, built before [default: the one beside this program,
    /// built anew where it is older than its sources].
    #[arg(long)]
    pub stack: Option<PathBuf>,
    /// Where the plot goes.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/load.svg"))]
    pub plot: PathBuf,
    /// Where the stack's log goes [default: nowhere].
    #[arg(long)]
    pub log: Option<PathBuf>,
    /// Swallow what writes tell the cache, so that listings are not what they should be: for
    /// the test that this is found out.
    #[arg(long, hide = true)]
    pub sabotage: bool,
}

impl Options {
    /// How many invoices each provider holds, so that there is something left to write at the
    /// end.
    pub fn invoices(&self) -> u32 {
        self.invoices.unwrap_or_else(|| {
            let minutes = self.loaded().saturating_add(self.quiet()).as_secs().div_ceil(60);
            u32::try_from(minutes.saturating_mul(150).max(1000)).unwrap_or(u32::MAX)
        })
    }

    /// The time in which nothing fails.
    pub fn quiet(&self) -> Duration {
        seconds(self.quiet_seconds)
    }

    /// The time in which everything fails.
    pub fn loaded(&self) -> Duration {
        seconds(self.minutes * 60.0)
    }

    /// The time from one change of keys to the next.
    pub fn rotation(&self) -> Duration {
        seconds(self.rotate_seconds.max(0.1))
    }
}

/// Nothing where it is not a time.
fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or_default()
}
