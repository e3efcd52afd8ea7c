//! What `ib check` tells of an account, from its secret alone and from a stack.

use std::collections::BTreeSet;

use crate::support::{Ib, Stack};

/// A secret of the stack's sandbox, in a file.
fn secret(stack: &Stack, ib: &Ib, connection: &str) -> String {
    let body = format!("{{\"SecretId\":\"invoice-bridge/{connection}\"}}");
    let held = stack.secrets_manager("GetSecretValue", &body);
    let path = ib.file(&format!("{connection}.json"));
    std::fs::write(&path, held["SecretString"].as_str().unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn an_account_is_asked_from_its_secret_alone() {
    let stack = Stack::start(&["--invoices", "300"]);
    let ib = Ib::at("http://127.0.0.1:1");
    for connection in ["finexio", "fusebill", "nue", "nue-self-service", "simplepin", "stripe"] {
        let path = secret(&stack, &ib, connection);
        let told = ib.run(&["check", connection, "--secret", &path]).code(0).lines();
        assert!(told.iter().all(|line| line["finding"] != "broken"), "{told:?}");
        assert!(told.iter().any(|line| line["finding"] == "holds"), "{told:?}");
        let writes = stack.control("GET", &format!("{connection}/writes"), "");
        assert_eq!(writes["invoices"].as_array().unwrap().len(), 0, "{connection}");
    }
    stack.control("PUT", "nue/refusals", r#"["_in"]"#);
    let path = secret(&stack, &ib, "nue");
    let ended = ib.run(&["check", "--secret", &path, "-o", "table"]).code(7);
    assert!(ended.out.contains("broken      nue  _in"), "{}", ended.out);
    assert!(ended.out.contains("so: Customers are asked for one by one"), "{}", ended.out);
    let text = std::fs::read_to_string(&path).unwrap();
    let key = serde_json::from_str::<serde_json::Value>(&text).unwrap()["apiKey"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(!ended.out.contains(&key) && !ended.errors.contains(&key));
}

#[test]
fn a_stack_tells_what_it_has_seen() {
    let stack = Stack::start(&["--invoices", "60"]);
    stack.control("PUT", "nue/refusals", r#"["order_by"]"#);
    let ib = stack.ib();
    ib.run(&["ls", "-c", "nue", "--sort", "dueDate"]).code(0);
    // What one instance of the function has seen another has not: it is the one that listed.
    let broken = |lines: &[serde_json::Value]| -> BTreeSet<String> {
        let broken = lines.iter().filter(|line| line["finding"] == "broken");
        broken.map(|line| line["assumption"].as_str().unwrap().to_owned()).collect()
    };
    let ended = ib.run(&["check", "nue"]).code(7);
    assert_eq!(broken(&ended.lines()), BTreeSet::from(["order_by".to_owned()]));
    ib.run(&["check", "nowhere"]).code(6);
}

#[test]
fn a_secret_that_cannot_be_used_is_told_without_its_text() {
    let ib = Ib::at("http://127.0.0.1:1");
    let path = ib.file("bad.json");
    for text in [
        r#"{"provider": "nue", "apiKey": 5, "x": "s3cr3t"}"#,
        "s3cr3t",
        r#"{"provider": "acme-s3cr"}"#,
    ] {
        std::fs::write(&path, text).unwrap();
        let ended = ib.run(&["check", "--secret", path.to_str().unwrap()]).code(2);
        assert!(!ended.errors.contains("s3cr3t"), "{}", ended.errors);
    }
}
