//! How the stack ends, and what it says when it cannot begin.

use std::process::Command;
use std::thread;

use serde_json::json;

use crate::http;
use crate::stack::{Fault, Stack, program, wait_until};

/// Whether a process is there and not merely waiting to be buried.
fn runs(process: u32) -> bool {
    let output =
        Command::new("ps").args(["-o", "stat=", "-p", &process.to_string()]).output().unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.starts_with('Z')
}

#[test]
fn ctrl_c_leaves_no_process_whatever_is_under_way() {
    let mut stack = Stack::start(&["--invoices", "5"]);
    let fault = Fault::set(&stack, "nue", &json!({"kind": "slow", "delayMs": 600_000}));
    let address = stack.address("api").to_owned();
    let waiting = ["/invoices?connection=nue", "/invoices/nue:any"].map(|target| {
        let address = address.clone();
        // Whatever becomes of it; it must not go on waiting.
        thread::spawn(move || http::send(&address, "GET", target, &[], "").status)
    });
    wait_until("the provider to be asked", || {
        let calls = stack.control("GET", "nue/calls", &json!(null)).json();
        (calls["list"].as_u64() >= Some(1) && calls["get"].as_u64() >= Some(1)).then_some(())
    });
    stack.get("/connections").ok();
    let children = wait_until("a process for each call", || {
        Some(stack.children()).filter(|children| children.len() >= 3)
    });
    drop(fault);
    assert!(stack.interrupt().success());
    for child in children {
        wait_until("a function's process to end", || (!runs(child)).then_some(()));
    }
    for call in waiting {
        wait_until("a caller to be let go", || call.is_finished().then_some(()));
    }
    let again = std::net::TcpStream::connect(&address);
    assert!(again.is_err(), "nobody listens any more");
}

#[test]
fn a_taken_port_is_said_in_one_clear_line() {
    let stack = Stack::shared();
    let port = stack.address("api").rsplit_once(':').unwrap().1;
    let output = program(&["--port", port]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(&format!("port {port} is taken")) && said.contains("--port"), "{said}");
    assert!(output.stdout.is_empty());
}
