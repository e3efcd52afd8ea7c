//! The results, for people and as JSON.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use serde::Serialize;

use crate::building::Binaries;
use crate::process::{Sample, median};
use crate::world::Target;

/// What everything is a ratio to.
const REFERENCE: &str = "get-item";

/// What was measured in one run.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    rows: Vec<Row>,
}

/// One target; medians over its processes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    name: String,
    /// At the share of a function of so many MB; none with a whole processor.
    small: Option<u64>,
    processes: usize,
    bytes: usize,
    zipped_bytes: usize,
    init_ms: f64,
    first_ms: f64,
    cold_ms: f64,
    warm_us: f64,
    /// From an answer to the next request for work.
    after_us: f64,
    peak_kib: u64,
    /// Of one process: what the table was asked in it.
    table_calls: BTreeMap<String, usize>,
    provider_calls: usize,
    /// Of the last call to the provider, as the simplest caller sees it.
    provider_us: Option<f64>,
}

impl Report {
    /// Adds the samples of one target.
    ///
    /// # Errors
    /// When its binary or its provider is gone.
    pub fn add(
        &mut self,
        target: &Target,
        samples: &[Sample],
        small: Option<u64>,
        binaries: &Binaries,
    ) -> Result<(), Box<dyn Error>> {
        let (bytes, zipped_bytes) = binaries.sizes(target.binary)?;
        let of = |read: fn(&Sample) -> Duration| median(samples.iter().map(read).collect());
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let world = &target.world;
        // Counted anew, in one more process: worlds are shared.
        world.table.take_calls();
        world.provider.take_calls();
        target.run(binaries, None)?;
        let table_calls = world.table.take_calls();
        let provider_calls = world.provider.take_calls();
        let provider = if provider_calls > 1 { world.provider_time().ok() } else { None };
        self.rows.push(Row {
            name: target.name.clone(),
            small,
            processes: samples.len(),
            bytes,
            zipped_bytes,
            init_ms: millis(of(|sample| sample.init)),
            first_ms: millis(of(|sample| sample.first)),
            cold_ms: millis(of(|sample| sample.init + sample.first)),
            warm_us: millis(of(|sample| sample.warm)) * 1e3,
            after_us: millis(of(|sample| sample.after)) * 1e3,
            peak_kib: median(samples.iter().map(|sample| sample.peak).collect()),
            table_calls,
            provider_calls,
            provider_us: provider.map(|time| millis(time) * 1e3),
        });
        Ok(())
    }

    /// Prints it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn print(&self, as_json: bool) -> Result<(), Box<dyn Error>> {
        if as_json {
            println!("{}", serde_json::to_string_pretty(self)?);
            return Ok(());
        }
        let mut small = None;
        for (place, row) in self.rows.iter().enumerate() {
            if place == 0 || row.small != small {
                small = row.small;
                heading(small);
            }
            self.line(row);
        }
        println!("\nx: times {REFERENCE}, of the same run");
        Ok(())
    }

    fn line(&self, row: &Row) {
        let same = |one: &&Row| one.name == REFERENCE && one.small == row.small;
        let reference = self.rows.iter().find(same).unwrap_or(row);
        println!(
            "| {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2}x | {:.0} | {:.2}x | {:.0} | {:.1} | {:.2}x |{}",
            row.name,
            millions(row.bytes),
            millions(row.zipped_bytes),
            row.init_ms,
            row.first_ms,
            row.cold_ms,
            row.cold_ms / reference.cold_ms,
            row.warm_us,
            row.warm_us / reference.warm_us,
            row.after_us,
            mebibytes(row.peak_kib),
            mebibytes(row.peak_kib) / mebibytes(reference.peak_kib),
            row.provider_us.map(|time| format!(" provider {time:.0} us |")).unwrap_or_default(),
        );
    }
}

fn heading(small: Option<u64>) {
    match small {
        None => println!("\nWith a whole processor\n"),
        Some(megabytes) => println!("\nWith the share of {megabytes} MB, but for init\n"),
    }
    println!(
        "| target | MB | zip MB | init ms | first ms | both ms | x | warm us | x | after us | RSS MiB | x |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "for reading")]
fn millions(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "for reading")]
fn mebibytes(kibibytes: u64) -> f64 {
    kibibytes as f64 / 1024.0
}
