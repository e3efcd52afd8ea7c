//! What the stack's log tells people and programs, and what it keeps to itself.

use serde_json::json;

use crate::http;
use crate::stack::Stack;

#[test]
fn people_are_told_a_line_a_request_and_no_customers_data() {
    let mut stack = Stack::start(&["--invoices", "60", "--log", "text"]);
    let listed = stack.get("/invoices?limit=1&connection=stripe&status=draft").ok();
    let of = |pointer: &str| listed.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let (id, customer) = (of("/data/0/id"), of("/data/0/customer/id"));
    stack.get(&format!("/invoices?customerIds={customer}&search=hushed")).ok();
    stack.get(&format!("/invoices/{id}")).ok();
    assert_eq!(stack.get("/invoices/stripe:hushed").status, 404);
    assert_eq!(stack.request("/invoices").token(Some("hushed")).send().status, 401);
    let nowhere = http::send(stack.address("api"), "GET", "/hushed/path?hushed=1", &[], "");
    assert_eq!(nowhere.status, 404);
    let activation = stack.request(&format!("/invoices/{id}/activate")).method("POST");
    activation.body(&json!({})).send().ok();
    assert!(stack.interrupt().success());
    let printed = stack.printed();
    for told in [
        "GET    /invoices ",
        "GET    /invoices/{id} ",
        " 404 ",
        " invoice_not_found",
        "GET    (no such route) ",
        " 401 ",
        " the token is malformed",
        "POST   /invoices/{id}/activate ",
        " miss ",
        "event  Invoice Activated from invoice-bridge",
    ] {
        assert!(printed.contains(told), "{told}: {printed}");
    }
    let (id, customer) = (id.split_once(':').unwrap().1, customer.split_once(':').unwrap().1);
    for kept in [id, customer, "hushed", "_aws", "\"message\"", "\u{1b}"] {
        assert!(!printed.contains(kept), "{kept}: {printed}");
    }
}

#[test]
fn a_pipe_gets_the_functions_json_and_metrics() {
    let mut stack = Stack::start(&["--invoices", "5"]);
    stack.get("/connections").ok();
    assert!(stack.interrupt().success());
    let printed = stack.printed();
    let mut lines = printed.lines().filter(|line| line.starts_with('{'));
    assert!(lines.any(|line| line.contains(r#""message":"request""#)), "{printed}");
    assert!(printed.contains(r#"{"_aws":"#) && !printed.contains("GET    /"), "{printed}");
}
