//! A short run of the load, so that it stays able to run: two callers, everything that can fail
//! failing, and nothing that does not hold.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[test]
fn a_short_run_with_everything_failing_holds() {
    let plot = Path::new(env!("CARGO_TARGET_TMPDIR")).join("smoke.svg");
    let run = Command::new(env!("CARGO_BIN_EXE_load"))
        .args(["--seed", "11", "--callers", "2", "--invoices", "60", "--json"])
        .args(["--quiet-seconds", "3", "--minutes", "0.15", "--rotate-seconds", "1.5"])
        .args(["--sync-rate", "3s", "--plot"])
        .arg(&plot)
        .output()
        .unwrap();
    let (out, errors) =
        (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{out}\n{errors}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let loaded = &report["loaded"];
    assert!(loaded["statuses"]["200"].as_u64() > Some(0), "{report}");
    assert!(loaded["rowsChecked"].as_u64() > Some(0), "{report}");
    assert!(report["rotations"].as_u64() > Some(0), "{report}");
    assert_eq!(report["violationCounts"], serde_json::json!({}));
    let svg = std::fs::read_to_string(&plot).unwrap();
    assert!(svg.contains("failures a second"));
}
