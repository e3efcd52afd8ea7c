//! How time and memory grow: with what is stored, which should change nothing,
//! and with what has to be read, which should be a straight line.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use sandbox::ProviderKind;
use serde::Serialize;

use crate::building::Binaries;
use crate::event::Call;
use crate::plot::{Line, Names, plot};
use crate::process::median;
use crate::progress;
use crate::targets::{LIST, miss};
use crate::tls::Certificate;
use crate::world::{Target, World};

const PROVIDER: ProviderKind = ProviderKind::Nue;
const STORED: [usize; 7] = [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];
/// More than 5,000 invoices of one connection are not read for an order that it
/// lacks.
const READ: [usize; 7] = [100, 200, 500, 1_000, 2_000, 3_500, 5_000];
const PROCESSES: usize = 5;
const CALLS: usize = 31;
/// An order that the provider lacks: all of its invoices are read for it.
const ORDERED: &str = "limit=50&sort=number";

/// One measurement; medians over its processes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Point {
    what: &'static str,
    invoices: usize,
    warm_us: f64,
    peak_kib: u64,
    bytes_answered: usize,
}

/// Measures, prints, and draws `growth.svg` beside this crate's manifest.
///
/// # Errors
/// When a function does not answer as it should.
pub fn measure(
    certificate: &Certificate,
    binaries: &Binaries,
    as_json: bool,
) -> Result<(), Box<dyn Error>> {
    let mut points = Vec::new();
    for stored in STORED {
        let world = Arc::new(World::new(certificate, PROVIDER, stored)?);
        points.push(point("page of fifty, miss", stored, &miss("miss", &world), binaries)?);
        miss("kept", &world).run_for(binaries, 1)?;
        fill(&world, stored);
        let hit = Target::new("hit", "list", &world, &LIST);
        points.push(point("page of fifty, hit", stored, &hit, binaries)?);
    }
    for read in READ {
        let world = Arc::new(World::new(certificate, PROVIDER, read)?);
        let ordered = Target::new("ordered", "list", &world, &Call { query: ORDERED, ..LIST });
        let ordered = ordered.before(|world| world.table.forget("listing#"));
        points.push(point("all read for an order", read, &ordered, binaries)?);
    }
    print(&points, as_json)?;
    draw(&points)
}

/// Fills the table with as many entries as there are invoices, each as long as
/// the one that is there.
fn fill(world: &World, entries: usize) {
    let items = world.table.items();
    let Some((key, item)) = items.iter().find(|(key, _)| key.starts_with("listing#")) else {
        return;
    };
    for number in 1..entries {
        let other = format!("{key}-{number}");
        world.table.put(&other, &item.replace(key, &other));
    }
}

fn point(
    what: &'static str,
    invoices: usize,
    target: &Target,
    binaries: &Binaries,
) -> Result<Point, Box<dyn Error>> {
    progress(&format!("{what}: {invoices}"));
    let runs = (0..PROCESSES).map(|_| target.run_for(binaries, CALLS));
    let samples = runs.collect::<Result<Vec<_>, _>>()?;
    let warm = median(samples.iter().map(|sample| sample.warm).collect());
    let bodies = samples.iter().filter_map(|sample| sample.answer.get("body")?.as_str());
    Ok(Point {
        what,
        invoices,
        warm_us: warm.as_secs_f64() * 1e6,
        peak_kib: median(samples.iter().map(|sample| sample.peak).collect()),
        bytes_answered: median(bodies.map(str::len).collect()),
    })
}

fn print(points: &[Point], as_json: bool) -> Result<(), Box<dyn Error>> {
    progress("");
    if as_json {
        println!("{}", serde_json::to_string_pretty(points)?);
        return Ok(());
    }
    println!("| what | invoices | warm us | peak KiB |");
    println!("|---|---|---|---|");
    for point in points {
        println!(
            "| {} | {} | {:.0} | {} |",
            point.what, point.invoices, point.warm_us, point.peak_kib
        );
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "for drawing")]
fn draw(points: &[Point]) -> Result<(), Box<dyn Error>> {
    let line = |what: &str, unit: &str, read: fn(&Point) -> f64| Line {
        name: format!("{what}, {unit}"),
        points: points
            .iter()
            .filter(|point| point.what == what)
            .map(|point| (point.invoices as f64, read(point)))
            .collect(),
    };
    let lines = [
        line("page of fifty, hit", "ms", |point| point.warm_us / 1e3),
        line("page of fifty, miss", "ms", |point| point.warm_us / 1e3),
        line("all read for an order", "ms", |point| point.warm_us / 1e3),
        line("page of fifty, hit", "MiB", |point| point.peak_kib as f64 / 1024.0),
        line("all read for an order", "MiB", |point| point.peak_kib as f64 / 1024.0),
    ];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("growth.svg");
    Ok(std::fs::write(path, plot("invoices stored, or read", "ms; MiB", &lines, Names::Top)?)?)
}
