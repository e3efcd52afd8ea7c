use serde_json::Value;

use crate::testing::{field, run};

#[tokio::test]
async fn pages_hold_a_hundred_and_link_to_the_samples_host() {
    let running = run(250).await;
    let first = running.get("finexio", "/v2/invoices/").await.json();
    assert_eq!(first["count"], 250);
    assert_eq!(first["results"].as_array().unwrap().len(), 100);
    assert_eq!(first["next"], "http://localhost:8000/v2/invoices/?page=2");
    assert_eq!(first["previous"], Value::Null);
    let last = running.get("finexio", "/v2/invoices/?page=3").await.json();
    assert_eq!(last["results"].as_array().unwrap().len(), 50);
    assert_eq!(last["next"], Value::Null);
    assert_eq!(last["previous"], "http://localhost:8000/v2/invoices/?page=2");
}

#[tokio::test]
async fn pages_that_are_not_there_are_invalid() {
    let running = run(250).await;
    for page in ["4", "0", "-1", "x"] {
        let answer = running.get("finexio", &format!("/v2/invoices/?page={page}")).await;
        assert_eq!(answer.status, 404, "{page}");
        assert_eq!(answer.text, r#"{"detail":"Invalid page."}"#);
    }
}

#[tokio::test]
async fn one_invoice_needs_the_trailing_slash() {
    let running = run(10).await;
    let path = "/v2/invoices/inv_ghytuenxw5jwco3aary8";
    assert_eq!(running.get("finexio", path).await.status, 404);
    let found = running.get("finexio", &format!("{path}/")).await;
    assert_eq!(found.json()["amount_cents"], 20_000);
    assert_eq!(running.get("finexio", "/v2/invoices/none/").await.status, 404);
    assert_eq!(running.post("finexio", "/v2/invoices/", &Value::Null).await.status, 405);
}

#[tokio::test]
async fn wrong_credentials_are_a_403() {
    let running = run(10).await;
    let wrong = [("authorization", "Basic eDp5".to_owned())];
    let answer = running.send("GET", "/finexio/v2/invoices/", &wrong, "").await.unwrap();
    assert_eq!(answer.status, 403);
    assert_eq!(answer.text, r#"{"detail":"Invalid username/password."}"#);
}

#[tokio::test]
async fn some_have_a_status_and_some_have_no_such_field() {
    let running = run(200).await;
    let truth = Value::Array(running.truth("finexio"));
    let rows = truth.as_array().unwrap();
    let with = rows.iter().filter(|row| row.get("status").is_some()).count();
    assert!((80..160).contains(&with), "{with}");
    assert!(field(&truth, "amount_cents").iter().all(|cents| cents.is_i64()));
}

#[tokio::test]
async fn there_are_no_writes_and_who_tries_is_counted() {
    let running = run(10).await;
    let before = running.truth("finexio");
    let id = before[0]["id"].as_str().unwrap();
    for (method, path) in [
        ("DELETE", format!("/v2/invoices/{id}/")),
        ("PATCH", format!("/v2/invoices/{id}/")),
        ("POST", format!("/v2/invoices/{id}/cancel/")),
    ] {
        let answer = running.call("finexio", method, &path, "{}").await;
        assert_eq!(answer.status, 405, "{method} {path}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(method));
    }
    assert_eq!(running.truth("finexio"), before);
    let calls = serde_json::to_value(running.sandbox.calls("finexio")).unwrap();
    assert_eq!(calls, serde_json::json!({"delete": 1, "update": 1, "other": 1}));
    let count = running.count("finexio", crate::Resource::Invoice, id, crate::Operation::Delete);
    assert_eq!(count, (1, 0));
}
