//! Every exit code, provoked, with what to do.

use std::process::Stdio;

use serde_json::json;

use crate::fake::{Fake, connections, page, problem, results};
use crate::support::{Ib, Stack};

#[test]
fn what_makes_no_sense_is_2_with_all_faults_and_nothing_sent() {
    let fake = Fake::new(|_, _| (200, page(&[], None)));
    let ib = Ib::at(&fake.address);
    let ended = ib.run(&["ls", "--status", "drafty", "--amount", ">much"]).code(2);
    assert!(
        ended.errors.contains("--status: ") && ended.errors.contains("--amount: "),
        "{}",
        ended.errors
    );
    ib.run(&["ls", "--columns", "colour"]).code(2);
    ib.run(&["get", "no-reference"]).code(2);
    ib.run(&["activate"]).code(2);
    ib.run(&["frobnicate"]).code(2);
    ib.run(&["ls", "--profile", "prod"]).code(2);
    let writes = fake.asked().into_iter().filter(|asked| asked.target != "/connections");
    assert_eq!(writes.count(), 0);
}

#[test]
fn some_rejected_is_3_and_some_unknown_wins_with_4() {
    for (problem, outcome, code) in [
        (problem(409, "state_conflict", false), "rejected", 3),
        (problem(502, "provider_error", false), "unknown", 4),
    ] {
        let fake = Fake::new(move |asked, _| match asked.target.as_str() {
            "/connections" => (200, connections()),
            _ if asked.body["dryRun"] == true => (200, results(asked, "applied", json!(null))),
            _ => {
                let mut answer = results(asked, "applied", json!(null));
                answer["results"][0]["outcome"] = outcome.into();
                answer["results"][0]["problem"] = problem.clone();
                answer["results"][1]["outcome"] = "rejected".into();
                (207, answer)
            }
        });
        let ended =
            Ib::at(&fake.address).run(&["activate", "nue:1", "nue:2", "nue:3", "--yes"]).code(code);
        assert_eq!(ended.lines().len(), 3, "{}", ended.out);
        assert!(ended.errors.contains("runs report"), "{}", ended.errors);
    }
}

#[test]
fn not_signed_in_is_5_and_a_token_is_sent() {
    let fake = Fake::new(|asked, _| match asked.token.as_deref() {
        Some("Bearer good") => (200, page(&["nue:1"], None)),
        _ => (401, json!({ "message": "Unauthorized" })),
    });
    let ib = Ib::at(&fake.address);
    let ended = ib.run(&["ls"]).code(5);
    assert!(ended.errors.contains("IB_TOKEN"), "{}", ended.errors);
    let output = ib.command(&["ls"]).env("IB_TOKEN", "good").output().unwrap();
    assert!(output.status.success());
    let fake = Fake::new(|_, _| (403, json!({ "message": "Forbidden" })));
    Ib::at(&fake.address).run(&["connections"]).code(5);
}

#[test]
fn what_is_not_there_is_6() {
    let stack = Stack::shared();
    let ended = stack.ib().run(&["get", "nue:nope"]).code(6);
    assert!(ended.errors.contains("there is no invoice"), "{}", ended.errors);
    let ended = stack.ib().run(&["ls", "-c", "nowhere"]).code(6);
    assert!(ended.errors.contains("ib connections"), "{}", ended.errors);
    stack.ib().run(&["runs", "show", "nothing"]).code(6);
}

#[test]
fn an_api_that_is_away_is_7_with_what_to_do() {
    let ended = Ib::at("http://127.0.0.1:1").run(&["ls"]).code(7);
    assert!(ended.errors.contains("cargo run"), "{}", ended.errors);
    let ended = Ib::at("http://127.0.0.1:1").run(&["ls", "-o", "json"]).code(7);
    let told: serde_json::Value = serde_json::from_str(&ended.errors).unwrap();
    assert_eq!(told["exit"], 7);
}

#[test]
fn interrupted_is_130() {
    let fake = Fake::new(|_, _| {
        std::thread::sleep(std::time::Duration::from_secs(3));
        (200, page(&[], None))
    });
    let mut child = Ib::at(&fake.address).command(&["ls"]).stdout(Stdio::null()).spawn().unwrap();
    crate::support::wait_until("the request", || (!fake.asked().is_empty()).then_some(()));
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn who_reads_no_further_is_no_failure() {
    let stack = Stack::shared();
    let mut child =
        stack.ib().command(&["ls", "--all", "-q"]).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()),
        (Some(0), "")
    );
}
