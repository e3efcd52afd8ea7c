use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::testing::{RunningSandbox, run};
use crate::{Operation, ProviderKind};

mod write_faults;
mod writes;

/// Every connection's list, as its provider has it.
async fn list(
    running: &RunningSandbox,
    connection: &str,
    page: usize,
) -> Result<(u16, String), String> {
    let (method, path, body) = match connection {
        "nue" => ("GET", format!("/invoices?limit=10&page={}", page + 1), String::new()),
        "nue-self-service" => {
            ("GET", "/invoices?customerIds=[%22001KS00000DvZ1aYAD%22]".to_owned(), String::new())
        }
        "simplepin" => (
            "POST",
            "/v2/invoice/list?customer_id=CUST-1001".to_owned(),
            json!({ "first": page * 10, "count": 10 }).to_string(),
        ),
        "fusebill" => ("GET", format!("/v1/Invoices?pageSize=10&pageNumber={page}"), String::new()),
        "stripe" => ("GET", "/v1/invoices".to_owned(), String::new()),
        _ => ("GET", format!("/v2/invoices/?page={}", page + 1), String::new()),
    };
    let headers = running.headers(connection);
    let path = format!("/{connection}{path}");
    let answer = running.send(method, &path, &headers, &body).await?;
    Ok((answer.status, answer.text))
}

fn rows(text: &str) -> Vec<Value> {
    let json: Value = serde_json::from_str(text).unwrap();
    let rows = ["data", "results"].into_iter().find_map(|key| json.get(key)).unwrap_or(&json);
    rows.as_array().unwrap().clone()
}

async fn fault(running: &RunningSandbox, connection: &str, fault: Value) {
    running.fault(connection, fault).await;
}

#[tokio::test]
async fn every_status_comes_in_every_providers_shape_and_stops_when_spent() {
    let running = run(300).await;
    for kind in ProviderKind::ALL {
        let name = kind.name();
        for status in [401, 403, 404, 409, 429, 500, 502, 503] {
            fault(&running, name, json!({"kind":"status","status":status,"times":1})).await;
            let (answered, text) = list(&running, name, 0).await.unwrap();
            assert_eq!(answered, status, "{name}");
            if status == 502 {
                assert!(text.starts_with("<html>"), "{name}: {text}");
                continue;
            }
            let body: Value = serde_json::from_str(&text).unwrap();
            let shape = match kind {
                ProviderKind::Fusebill => body["HttpStatusCode"] == status,
                ProviderKind::Finexio => body["detail"].is_string(),
                ProviderKind::SimplePin => body["code"] == status,
                ProviderKind::Stripe => body["error"]["type"].is_string(),
                _ => body["statusCode"] == status,
            };
            assert!(shape, "{name}: {text}");
        }
        assert_eq!(list(&running, name, 0).await.unwrap().0, 200, "{name}");
    }
}

#[tokio::test]
async fn a_429_says_when_to_come_back() {
    let running = run(10).await;
    fault(&running, "nue", json!({"kind":"status","status":429,"retryAfter":2,"times":1})).await;
    let answer = running.get("nue", "/invoices").await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "2"));
}

#[tokio::test]
async fn bodies_break_in_their_three_ways() {
    let running = run(300).await;
    for kind in ProviderKind::ALL {
        let name = kind.name();
        let (_, whole) = list(&running, name, 0).await.unwrap();
        fault(&running, name, json!({"kind":"invalidJson","times":1})).await;
        let (status, broken) = list(&running, name, 0).await.unwrap();
        assert!(status == 200 && whole.starts_with(&broken) && broken.len() < whole.len());
        assert!(serde_json::from_str::<Value>(&broken).is_err(), "{name}");
        fault(&running, name, json!({"kind":"emptyBody","times":1})).await;
        assert_eq!(list(&running, name, 0).await.unwrap(), (200, String::new()), "{name}");
        fault(&running, name, json!({"kind":"stopMidBody","times":1})).await;
        list(&running, name, 0).await.expect_err("the connection was not cut");
        assert_eq!(list(&running, name, 0).await.unwrap(), (200, whole), "{name}");
    }
}

#[tokio::test]
async fn an_unknown_status_and_a_null_stand_in_the_first_row_only() {
    let running = run(300).await;
    for kind in ProviderKind::ALL {
        let name = kind.name();
        let healthy = rows(&list(&running, name, 0).await.unwrap().1);
        let quarantined = |row: &Value| row.to_string().contains("\"Quarantined\"");
        let amountless = |row: &Value| {
            let amounts = ["amount", "amount_cents", "invoiceAmount", "total"];
            amounts.iter().any(|amount| row.get(amount) == Some(&Value::Null))
        };
        type IsOdd<'a> = &'a dyn Fn(&Value) -> bool;
        let table: [(&str, IsOdd<'_>); 2] =
            [("unknownStatus", &quarantined), ("nullRequired", &amountless)];
        for (what, is_odd) in table {
            fault(&running, name, json!({"kind":what,"times":1})).await;
            let struck = rows(&list(&running, name, 0).await.unwrap().1);
            assert!(is_odd(&struck[0]) && !is_odd(&healthy[0]), "{name} {what}");
            assert_eq!(struck[1..], healthy[1..], "{name} {what}");
        }
    }
}

#[tokio::test]
async fn a_repeated_invoice_stands_on_two_pages_and_none_is_lost() {
    let running = run(305).await;
    for name in ["nue", "simplepin", "fusebill", "finexio"] {
        let healthy = every_page(&running, name).await;
        fault(&running, name, json!({"kind":"repeatedInvoice"})).await;
        let struck = every_page(&running, name).await;
        assert_eq!(struck[0], healthy[0], "{name}");
        assert_eq!(struck[1].first(), struck[0].last(), "{name}");
        let (healthy, mut struck) = (healthy.concat(), struck.concat());
        assert_eq!(struck.len(), healthy.len() + 1, "{name}");
        struck.dedup();
        assert_eq!(struck, healthy, "{name}");
    }
}

async fn every_page(running: &RunningSandbox, name: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    loop {
        let (status, text) = list(running, name, pages.len()).await.unwrap();
        let rows = if status == 200 { rows(&text) } else { Vec::new() };
        if rows.is_empty() {
            return pages;
        }
        pages.push(rows);
    }
}

#[tokio::test]
async fn a_slow_answer_is_late_and_right() {
    let running = run(10).await;
    fault(&running, "finexio", json!({"kind":"slow","delayMs":120,"times":1})).await;
    let began = Instant::now();
    assert_eq!(list(&running, "finexio", 0).await.unwrap().0, 200);
    assert!(began.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn faults_are_listed_and_cleared() {
    let running = run(10).await;
    let set = json!({"kind":"status","status":500,"operation":"list"});
    fault(&running, "nue", set.clone()).await;
    assert_eq!(running.control("GET", "/nue/faults", "").await.json(), json!([set]));
    assert_eq!(running.control("DELETE", "/nue/faults", "").await.status, 204);
    assert_eq!(running.get("nue", "/invoices").await.status, 200);
}

#[tokio::test]
async fn refusals_say_what_would_be_right() {
    let running = run(10).await;
    let unknown = running.control("PUT", "/nope/faults", r#"{"kind":"emptyBody"}"#).await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text.contains("nue-self-service"), "{}", unknown.text);
    assert_eq!(running.send("GET", "/nope/x", &[], "").await.unwrap().status, 404);
    let wrong = running.control("PUT", "/nue/faults", r#"{"kind":"status","status":418}"#).await;
    assert!(wrong.status == 400 && wrong.text.contains("429"), "{}", wrong.text);
    let other = r#"{"provider":"nue","apiKey":"x"}"#;
    let other = running.control("PUT", "/fusebill/credentials", other).await;
    assert!(other.status == 400 && other.text.contains("fusebill"), "{}", other.text);
    assert_eq!(
        running.control("PUT", "/nue/rate-limit", r#"{"perMinute":1,"perDay":1}"#).await.status,
        400
    );
}

#[tokio::test]
async fn credentials_are_refused_until_right_and_rotate() {
    let running = run(10).await;
    for (name, refused) in [
        ("nue", 401),
        ("nue-self-service", 401),
        ("simplepin", 401),
        ("fusebill", 401),
        ("finexio", 403),
        ("stripe", 401),
    ] {
        let path = format!("/{name}/v2/invoices/");
        assert_eq!(running.send("GET", &path, &[], "").await.unwrap().status, refused);
        let mut new = running.sandbox.secret(name, "").unwrap();
        for (key, value) in new.as_object_mut().unwrap() {
            if key != "provider" {
                *value = "rotated".into();
            }
        }
        let keys = new.as_object_mut().unwrap();
        keys.remove("baseUrl");
        keys.remove("customers");
        let old = running.headers(name);
        let answer =
            running.control("PUT", &format!("/{name}/credentials"), &new.to_string()).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
        assert_eq!(running.send("GET", &path, &old, "").await.unwrap().status, refused);
        assert_eq!(list(&running, name, 0).await.unwrap().0, 200, "{name}");
    }
}

#[tokio::test]
async fn calls_are_counted_by_operation_refused_ones_too() {
    let running = run(10).await;
    running.get("nue", "/invoices").await;
    running.get("nue", "/invoices/none").await;
    running.send("GET", "/nue/invoices", &[], "").await.unwrap();
    running.get("nue", "/elsewhere").await;
    let counted = json!({"list":2,"get":1,"other":1});
    assert_eq!(running.control("GET", "/nue/calls", "").await.json(), counted);
    assert_eq!(running.sandbox.calls("nue")[&Operation::List], 2);
    assert!(running.sandbox.calls("finexio").is_empty());
}

#[tokio::test]
async fn the_truth_is_served_byte_for_byte() {
    let running = run(50).await;
    for kind in ProviderKind::ALL {
        let served = running.control("GET", &format!("/{}/invoices", kind.name()), "").await;
        for record in running.sandbox.population(kind.name()) {
            assert!(served.text.contains(&record.json), "{}", record.json);
        }
    }
}

#[tokio::test]
async fn secrets_open_the_connections_as_described() {
    let running = run(10).await;
    let secret = |name| running.sandbox.secret(name, "http://h:1").unwrap();
    assert_eq!(secret("fusebill")["baseUrl"], "http://h:1/fusebill/v1");
    assert_eq!(secret("nue")["baseUrl"], "http://h:1/nue");
    assert_eq!(secret("nue-self-service")["customers"].as_array().unwrap().len(), 20);
    assert_eq!(secret("simplepin")["customers"][0], "string");
    assert_eq!(secret("finexio")["provider"], "finexio");
    assert!(running.sandbox.secret("nope", "").is_none());
}
