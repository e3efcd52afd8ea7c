//! Short runs of the load, so that it stays able to run, and able to fail: two callers, and
//! everything that can fail failing.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn load(name: &str, arguments: &[&str]) -> (Output, Value) {
    let plot = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let run = Command::new(env!("CARGO_BIN_EXE_load"))
        .args(["--seed", "11", "--callers", "2", "--invoices", "60", "--json", "--sync-rate", "3s"])
        .args(arguments)
        .arg("--plot")
        .arg(&plot)
        .output()
        .unwrap();
    let report = serde_json::from_slice(&run.stdout);
    let errors = String::from_utf8_lossy(&run.stderr);
    let report = report.unwrap_or_else(|error| panic!("{error}: {errors}"));
    let svg = std::fs::read_to_string(&plot).unwrap();
    assert!(svg.contains("failures a second"));
    (run, report)
}

#[test]
fn a_short_run_with_everything_failing_holds() {
    let (run, report) = load(
        "smoke.svg",
        &["--quiet-seconds", "3", "--minutes", "0.15", "--rotate-seconds", "1.5"],
    );
    assert_eq!(report["violationCounts"], json!({}), "{report:#}");
    assert!(run.status.success());
    let loaded = &report["loaded"];
    assert!(loaded["statuses"]["200"].as_u64() > Some(0), "{report}");
    assert!(loaded["rowsChecked"].as_u64() > Some(0), "{report}");
    assert!(report["rotations"].as_u64() > Some(0), "{report}");
}

/// Listings that are kept although a write has changed what they show are told.
#[test]
fn a_cache_that_hears_nothing_of_writes_is_found_out() {
    let (run, report) =
        load("sabotage.svg", &["--quiet-seconds", "8", "--minutes", "0.01", "--sabotage"]);
    assert_eq!(run.status.code(), Some(1), "{report:#}");
    assert!(report["violationCounts"]["untrue"].as_u64() > Some(0), "{report:#}");
}
