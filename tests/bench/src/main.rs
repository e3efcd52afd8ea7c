//! Measures the functions as Lambda runs them: each a process of its own, behind
//! a Runtime API, with DynamoDB and Secrets Manager over TLS and a provider over
//! HTTP, all on loopback and all answering at once. What is measured beside them
//! are two functions that do next to nothing; the results are ratios to the one
//! that reads an item. See RESULTS.md.

mod building;
mod copied;
mod copies;
mod event;
mod growth;
mod http;
mod plot;
mod process;
mod provider;
mod report;
mod share;
mod table;
mod targets;
mod tls;
mod world;

use std::error::Error;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Parser;

use building::Binaries;
use report::Report;
use share::Share;
use targets::targets;
use tls::Certificate;

/// Measures the functions beside two that do next to nothing.
#[derive(Debug, Parser)]
struct Options {
    /// Fresh processes of each, in turns.
    #[arg(long, default_value_t = 15)]
    processes: usize,
    /// The results as JSON; so they are, too, where nobody looks on.
    #[arg(long)]
    json: bool,
    /// Only what has this in its name.
    #[arg(long)]
    only: Option<String>,
    /// Binaries that were built before, instead of building them.
    #[arg(long)]
    binaries: Option<PathBuf>,
    /// At the share of a processor that a function of so many MB has, too; 0 for
    /// never.
    #[arg(long, default_value_t = 128)]
    small: u64,
    /// How time and memory grow with what is stored and read, and the plot of
    /// it; instead of all else.
    #[arg(long)]
    growth: bool,
    /// The cost of a page of copies as the accounts grow, to so many invoices of each of
    /// five connections (100,000: a quarter of an hour), and the plot of it; instead of all else.
    #[arg(long, value_name = "INVOICES", num_args = 0..=1, default_missing_value = "100000")]
    copies: Option<usize>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let as_json = options.json || !std::io::stdout().is_terminal();
    if let Some(most) = options.copies {
        return copies::measure(most, as_json);
    }
    let binaries = match &options.binaries {
        Some(folder) => Binaries::of(folder.clone()),
        None => Binaries::build()?,
    };
    let folder = std::env::temp_dir().join(format!("bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let outcome = run(&options, as_json, &binaries, &folder);
    std::fs::remove_dir_all(&folder)?;
    outcome
}

fn run(
    options: &Options,
    as_json: bool,
    binaries: &Binaries,
    folder: &Path,
) -> Result<(), Box<dyn Error>> {
    let certificate = Certificate::new(folder)?;
    if options.growth {
        return growth::measure(&certificate, binaries, as_json);
    }
    let mut report = Report::default();
    measured(options, binaries, &certificate, None, &mut report)?;
    if options.small > 0 {
        match Share::of(options.small) {
            Ok(share) => measured(options, binaries, &certificate, Some(&share), &mut report)?,
            Err(error) => {
                eprintln!("no share of a processor can be set here ({error}): skipped");
            }
        }
    }
    report.print(as_json)
}

/// All targets, in turns.
fn measured(
    options: &Options,
    binaries: &Binaries,
    certificate: &Certificate,
    share: Option<&Share>,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let targets = targets(certificate, binaries)?;
    let is_wanted = |name: &str| {
        options.only.as_deref().is_none_or(|only| name.contains(only) || name == "get-item")
    };
    let targets: Vec<_> = targets.into_iter().filter(|target| is_wanted(&target.name)).collect();
    let mut samples = vec![Vec::new(); targets.len()];
    for round in 1..=options.processes {
        for (target, samples) in targets.iter().zip(&mut samples) {
            progress(&format!("{round} of {}: {}", options.processes, target.name));
            samples.push(target.run(binaries, share)?);
        }
    }
    progress("");
    for (target, samples) in targets.iter().zip(samples) {
        let small = share.map(|_| options.small);
        report.add(target, &samples, small, binaries)?;
    }
    Ok(())
}

/// What it is at, for people; in one line.
fn progress(text: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{text}");
    }
}
