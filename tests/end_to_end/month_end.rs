//! The month's end by event: all drafts, however many they are, and one summary.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http;
use crate::stack::{CONNECTIONS, PATIENCE, Stack, wait_until};
use crate::writing::{applied, put_event};

/// The details of the events of a kind that were put on the bus last.
fn told(stack: &Stack, kind: &str) -> Vec<Value> {
    let seen = http::send(stack.address("events"), "GET", "/_events", &[], "").json();
    let events = seen.as_array().unwrap().iter().map(|one| &one["event"]);
    events
        .filter(|event| event["detail-type"] == kind)
        .map(|event| event["detail"].clone())
        .collect()
}

/// Waits for the one summary of the one event.
fn completed(stack: &Stack) -> Value {
    let completed = wait_until("the summary", || {
        told(stack, "Invoice Activation Completed").into_iter().next()
    });
    assert_eq!(told(stack, "Invoice Activation Completed").len(), 1);
    completed
}

/// The drafts that can be activated and those that cannot, by connection.
fn drafts(stack: &Stack, connection: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let pages =
        stack.walk(&format!("/invoices?connection={connection}&status=draft&limit=200"), None);
    let (mut ready, mut other) = (BTreeSet::new(), BTreeSet::new());
    for invoice in pages.iter().flat_map(|page| page["data"].as_array().unwrap()) {
        let id = invoice["id"].as_str().unwrap().to_owned();
        let can = invoice["availableActions"]["activate"].is_object();
        if can {
            ready.insert(id)
        } else {
            other.insert(id)
        };
    }
    (ready, other)
}

/// What the schedule asks for, on the default sandbox.
#[test]
fn the_schedules_event_activates_every_draft_that_can_be() {
    let stack = Stack::start(&["--time-scale", "60"]);
    let before: BTreeMap<&str, _> =
        CONNECTIONS.iter().map(|name| (*name, drafts(&stack, name))).collect();
    put_event(&stack, &json!({"filter": {"status": ["draft"], "connection": CONNECTIONS}}));
    let completed = completed(&stack);
    let told: BTreeMap<&str, &Value> = completed["data"]["connections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["connection"].as_str().unwrap(), one))
        .collect();
    for (name, (ready, other)) in &before {
        let times = applied(&stack, name, "activate");
        assert_eq!(times.keys().cloned().collect::<BTreeSet<_>>(), *ready, "{name}");
        assert!(times.values().all(|times| *times == 1), "{name}: {times:?}");
        assert_eq!(told[name]["summary"]["applied"], ready.len(), "{name}: {completed}");
        assert_eq!(told[name]["summary"]["rejected"], other.len(), "{name}: {completed}");
    }
    assert!(before.values().map(|(ready, _)| ready.len()).sum::<usize>() > 500);
    println!("{}", completed["data"]);
    let others = before.into_values().flat_map(|(_, other)| other).collect();
    hold_rejections(&stack, &others, &completed["data"]);
}

/// Each of `invoices`, and no other, is told why it was rejected; README shows what
/// people read.
fn hold_rejections(stack: &Stack, invoices: &BTreeSet<String>, completed: &Value) {
    let told: Vec<Value> = told(stack, "Invoice Activation Rejected")
        .iter()
        .flat_map(|detail| detail["data"]["invoices"].as_array().unwrap().clone())
        .collect();
    let ids = told.iter().map(|one| one["id"].as_str().unwrap().to_owned());
    assert_eq!(ids.collect::<BTreeSet<_>>(), *invoices);
    let mut reasons: BTreeMap<String, String> = BTreeMap::new();
    for one in &told {
        let text = |name: &str| one[name].as_str().unwrap_or_else(|| panic!("{name}: {one}"));
        let reason = text("detail").replace(text("id"), "ID");
        reasons.entry(reason).or_insert_with(|| one.to_string());
    }
    let readme = include_str!("../../README.md");
    for (reason, one) in &reasons {
        assert!(readme.contains(&reason.replace("ID", "..")), "README does not show {one}");
    }
    let summary = &completed["summary"];
    for (outcome, word) in [("applied", "activated"), ("rejected", "rejected")] {
        let said = format!("{} {word}", summary[outcome]);
        assert!(readme.replace(',', "").contains(&said), "README does not say {said}");
    }
}

/// How many invoices there are in the suite.
const FEW: &str = "1500";

/// Asks until there is an answer, for as long as the provider is asked for something.
fn wait_while_it_goes_on<T>(stack: &Stack, what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let calls = || stack.control("GET", "nue/calls", &Value::Null).text;
    let (mut seen, mut since) = (calls(), Instant::now());
    loop {
        if let Some(answer) = answer() {
            return answer;
        }
        let now = calls();
        if now != seen {
            (seen, since) = (now, Instant::now());
        }
        assert!(since.elapsed() < PATIENCE, "waited in vain for {what}: {seen}");
        sleep(Duration::from_millis(100));
    }
}

/// Of `MONTH_END_INVOICES` some 15 in a hundred are drafts of Nue's: 20,000 of 132,000.
#[test]
fn killed_twice_on_the_way_each_draft_is_activated_once() {
    let invoices = std::env::var("MONTH_END_INVOICES").unwrap_or_else(|_| FEW.to_owned());
    // A message comes back after 40 s: later than what it held is given up.
    // Of tens of thousands of writes, all that can be logged is more than a test holds.
    let level = if invoices == FEW { "LogLevel=trace" } else { "LogLevel=warn" };
    let stack =
        Stack::start(&["--invoices", &invoices, "--time-scale", "18", "--parameter", level]);
    put_event(&stack, &json!({"filter": {"status": ["draft"], "connection": "nue"}}));
    let so_far = || applied(&stack, "nue", "activate").len();
    for _ in 0..2 {
        let before = so_far();
        wait_while_it_goes_on(&stack, "a draft", || (so_far() > before).then_some(()));
        for process in stack.children() {
            let killed = Command::new("kill").args(["-KILL", &process.to_string()]).status();
            assert!(killed.unwrap().success());
        }
    }
    let summaries = || told(&stack, "Invoice Activation Completed");
    wait_while_it_goes_on(&stack, "the summary", || (!summaries().is_empty()).then_some(()));
    let completed = completed(&stack);
    let times = applied(&stack, "nue", "activate");
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    let summary = &completed["data"]["summary"];
    assert_eq!(summary["applied"], times.len(), "{summary}");
    assert_eq!((&summary["unknown"], &summary["unchanged"]), (&json!(0), &json!(0)), "{summary}");
    println!("{summary}");
}
