//! Loads the whole local stack, on loopback, while everything that can fail fails: providers
//! refuse, drop, stall, and lose the answers of writes they have carried out; DynamoDB throttles;
//! keys change; copies are synced. Each answer is held to what the sandbox of providers has
//! recorded, to infra/openapi.yaml, and to what callers had been told before. See RESULTS.md.

mod client;
mod contract;
mod dynamodb;
mod faults;
mod figures;
mod memory;
mod options;
mod plot;
mod program;
mod questions;
mod readings;
mod report;
mod run;
mod settling;
mod stack;
mod stage;
mod truth;
mod violations;
mod watch;
mod world;
mod writes;
mod writing;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

use client::Failure;
use options::Options;

fn main() -> Result<ExitCode, Failure> {
    let options = Options::parse();
    let as_json = options.json || !std::io::stdout().is_terminal();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(run::run(&options))?;
    report.print(as_json)?;
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
