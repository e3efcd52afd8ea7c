//! Keys that rotate while the API is used.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::stack::{CONNECTIONS, Stack, wait_until};

/// Gives a connection another key: first to those who use it, then at the
/// provider, who knows the old one no more.
fn rotate(stack: &Stack, connection: &str, turn: usize) {
    let name = format!("invoice-bridge/{connection}");
    let secret = stack.secrets_manager("GetSecretValue", json!({"SecretId": name}));
    let mut secret: Value = serde_json::from_str(secret["SecretString"].as_str().unwrap()).unwrap();
    let keys = ["apiKey", "token", "authorization", "password"];
    for key in keys {
        if let Some(key) = secret.get_mut(key) {
            *key = json!(format!("turned-{turn}-{connection}"));
        }
    }
    let text = secret.to_string();
    stack.secrets_manager("PutSecretValue", json!({"SecretId": name, "SecretString": text}));
    let fields = secret.as_object_mut().unwrap();
    fields.retain(|name, _| !["baseUrl", "customers", "webhook"].contains(&name.as_str()));
    stack.control("PUT", &format!("{connection}/credentials"), &secret);
}

#[test]
fn no_request_fails_while_keys_are_rotated() {
    let stack = Stack::start(&["--invoices", "30"]);
    let drafts = stack.get("/invoices?connection=nue,simplepin&limit=60").ok();
    let able = |invoice: &&Value| invoice["availableActions"]["update"].is_object();
    let id = drafts["data"].as_array().unwrap().iter().find(able).unwrap()["id"].clone();
    let id = id.as_str().unwrap();
    let (over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let reading = || {
        while !over.load(Ordering::SeqCst) {
            let page = stack
                .request("/invoices?require=all&sort=-invoiceDate&limit=10")
                .header("cache-control", "no-cache")
                .send()
                .ok();
            assert_eq!(page["sources"].as_array().unwrap().len(), CONNECTIONS.len());
            asked.fetch_add(1, Ordering::SeqCst);
        }
    };
    let writing = || {
        let mut day = 0;
        while !over.load(Ordering::SeqCst) {
            day += 1;
            let body = json!({"dates": {"due": format!("2031-01-{:02}", day % 28 + 1)}});
            stack.request(&format!("/invoices/{id}")).method("PATCH").body(&body).send().ok();
            asked.fetch_add(1, Ordering::SeqCst);
        }
    };
    thread::scope(|scope| {
        let loads = [scope.spawn(reading), scope.spawn(reading), scope.spawn(writing)];
        for turn in 1..=3 {
            let before = asked.load(Ordering::SeqCst);
            // Every function has started: one that starts between the two steps of
            // a rotation has a key that the provider does not know yet.
            let answered = || (asked.load(Ordering::SeqCst) >= before + 15).then_some(());
            let failed = || loads.iter().any(|load| load.is_finished()).then_some(());
            wait_until("requests between rotations", || answered().or_else(failed));
            for connection in CONNECTIONS {
                rotate(&stack, connection, turn);
            }
        }
        let before = asked.load(Ordering::SeqCst);
        let failed = || loads.iter().any(|load| load.is_finished()).then_some(());
        wait_until("requests after the last", || {
            (asked.load(Ordering::SeqCst) >= before + 6).then_some(()).or_else(failed)
        });
        over.store(true, Ordering::SeqCst);
    });
}
