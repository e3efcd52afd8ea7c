//! What the document shows is taken: every example that can be sent is sent.

use serde_json::{Value, json};

use super::document::{document, hold};
use crate::stack::Stack;

/// The examples that `described`, a parameter or a content, has, each with its name.
fn examples(described: &Value) -> Vec<(String, &Value)> {
    let named = described["examples"].as_object().into_iter().flatten();
    let mut all: Vec<(String, &Value)> =
        named.map(|(name, one)| (name.clone(), &document().resolved(one)["value"])).collect();
    all.extend(described.get("example").map(|one| ("example".to_owned(), one)));
    all
}

/// A value as a query or a header has it: a list with commas.
fn written(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(written).collect::<Vec<_>>().join(","),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn every_example_of_a_parameter_is_taken() {
    let stack = Stack::start(&["--invoices", "60"]);
    let mut sent = 0;
    for (method, path, operation) in document().operations() {
        if !matches!(method, "GET" | "HEAD") {
            continue;
        }
        let target = path.replace("{id}", "fusebill:123456");
        for parameter in operation["parameters"].as_array().unwrap() {
            let parameter = document().resolved(parameter);
            let (name, place) = (parameter["name"].as_str().unwrap(), &parameter["in"]);
            for (example, value) in examples(parameter) {
                let value = written(value);
                let request = match place.as_str().unwrap() {
                    "query" => stack.request(&format!("{target}?{}", pair(name, &value))),
                    "header" => stack.request(&target).header(name, &value),
                    _ => stack.request(&path.replace("{id}", &value)),
                };
                let answer = request.method(method).send();
                let said = format!("{method} {path}: {name} {example}: {}", answer.text);
                match (name, method) {
                    // Another question's: well formed, and refused for what it is.
                    ("cursor", "GET") => drop(answer.problem(400, "invalid_cursor")),
                    ("cursor", _) => assert_eq!(answer.status, 400, "{said}"),
                    // Well formed; of a connection of which no copy is kept nothing is told.
                    _ if target.starts_with("/invoices/changes") && answer.status == 422 => {
                        if method == "GET" {
                            answer.problem(422, "unsupported_operation");
                        }
                    }
                    _ => assert!(matches!(answer.status, 200 | 304), "{said}"),
                }
                sent += 1;
            }
        }
    }
    assert!(sent > 110, "{sent}");
}

fn pair(name: &str, value: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

#[test]
fn every_example_of_a_body_is_taken() {
    let stack = Stack::start(&["--invoices", "60"]);
    let draft = "nue:85dc6b7d-88f3-4c15-aad7-0dc9e6926e0b";
    let mut sent = 0;
    for (method, path, operation) in document().operations() {
        let Some(body) = operation.get("requestBody") else { continue };
        let target = path.replace("{id}", draft).replace("{connection}", "nue");
        let target = target.replace("{token}", "sandbox-webhook-secret-nue");
        // A payload proves nothing by itself.
        let is_unproved = path == "/webhooks/{connection}";
        let contents = document().resolved(body)["content"].as_object().unwrap();
        for (kind, content) in contents {
            for (example, value) in examples(content) {
                // Nobody's write changes what the next example is sent to.
                let mut value = value.clone();
                value["dryRun"] = json!(true);
                let request = stack.request(&target).method(method).text(&value.to_string());
                let answer = request.header("Content-Type", kind).send();
                hold(method, &target, &answer);
                let said = format!("{method} {path}: {kind} {example}: {}", answer.text);
                let taken = if is_unproved { 401..=401 } else { 200..=207 };
                assert!(taken.contains(&answer.status), "{said}");
                sent += 1;
            }
        }
    }
    assert!(sent >= 10, "{sent}");
}
