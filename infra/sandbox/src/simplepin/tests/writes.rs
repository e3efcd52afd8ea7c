//! Writes (simplepin R16, R17, R19).

use serde_json::{Value, json};

use super::own;
use crate::Operation;
use crate::Resource::Invoice;
use crate::testing::{Answer, RunningSandbox, run};

async fn status(running: &RunningSandbox, uuid: &str, status: &str, sent: bool) -> Answer {
    let path = format!("/invoice/update_status?uuid={uuid}");
    running.post("simplepin", &path, &json!({ "status": status, "sent": sent })).await
}

async fn update(running: &RunningSandbox, uuid: &str, body: &Value) -> Answer {
    running.post("simplepin", &format!("/v2/invoice/update?uuid={uuid}"), body).await
}

/// The uuid of the first invoice in this state.
fn in_state(running: &RunningSandbox, state: &str) -> String {
    let found = own(running).into_iter().find(|row| row["invoice_state"] == state).unwrap();
    found["uuid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_move_between_states_has_its_verdict() {
    let running = run(400).await;
    for (from, to, allowed) in [
        ("DRAFT", "SENT", true),
        ("DRAFT", "CANCELLED", true),
        ("SENT", "CANCELLED", true),
        ("CANCELLED", "SENT", true),
        ("SENT", "SENT", false),
        ("CANCELLED", "CANCELLED", false),
        ("PAID", "SENT", false),
        ("PAID", "CANCELLED", false),
    ] {
        let uuid = in_state(&running, from);
        let old = running.now("simplepin", Invoice, &uuid);
        let answer = status(&running, &uuid, to, to == "SENT").await;
        let new = running.now("simplepin", Invoice, &uuid);
        let operation = if to == "SENT" { Operation::Activate } else { Operation::Cancel };
        let applied = running.count("simplepin", Invoice, &uuid, operation).1;
        if allowed {
            assert_eq!(answer.status, 200, "{from} {to}: {}", answer.text);
            let body = answer.json();
            assert!(body["result_message"].is_string() && body["url"].is_string());
            assert_eq!((&body["uuid"], &new["invoice_state"]), (&old["uuid"], &json!(to)));
            assert_eq!(new["version"].as_i64(), old["version"].as_i64().map(|v| v + 1));
            let sent = new["sent_times"].as_i64().unwrap() - old["sent_times"].as_i64().unwrap();
            assert_eq!((sent, applied > 0), (i64::from(to == "SENT"), true));
        } else {
            assert_eq!((answer.status, &answer.json()["code"]), (403, &json!(403)), "{from} {to}");
            assert!(answer.text.contains(from), "{}", answer.text);
            assert_eq!(new, old);
        }
    }
}

#[tokio::test]
async fn a_status_that_is_no_move_is_refused() {
    let running = run(100).await;
    let uuid = in_state(&running, "DRAFT");
    for (word, sent) in [("SENT", false), ("CANCELLED", true), ("PAID", true), ("DRAFT", true)] {
        assert_eq!(status(&running, &uuid, word, sent).await.status, 400, "{word} {sent}");
    }
    let path = format!("/invoice/update_status?uuid={uuid}");
    let bare = running.post("simplepin", &path, &json!({"status": "SENT"})).await;
    assert_eq!(bare.status, 400);
    assert_eq!(status(&running, "none", "SENT", true).await.status, 404);
    let nameless = running
        .post("simplepin", "/invoice/update_status", &json!({"status": "SENT", "sent": true}))
        .await;
    assert_eq!(nameless.status, 400);
    assert_eq!(running.now("simplepin", Invoice, &uuid)["invoice_state"], "DRAFT");
}

#[tokio::test]
async fn an_invoice_is_updated_as_it_was_read_and_its_version_moves() {
    let running = run(400).await;
    let uuid = in_state(&running, "SENT");
    let read = running.get("simplepin", &format!("/v2/invoice/get?uuid={uuid}")).await.json();
    let mut body = read.clone();
    body["invoice_due_date"] = json!("2027-01-31");
    body["additional_description"] = json!("paid by \"wire\"");
    let answer = update(&running, &uuid, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut expected = body.clone();
    expected["version"] = json!(read["version"].as_i64().unwrap() + 1);
    assert_eq!(answer.json(), expected);
    let again = running.get("simplepin", &format!("/v2/invoice/get?uuid={uuid}")).await;
    assert_eq!(again.text, answer.text);
    // The version that was read first is stale now.
    let stale = update(&running, &uuid, &body).await;
    assert_eq!((stale.status, &stale.json()["code"]), (409, &json!(409)), "{}", stale.text);
    assert_eq!(running.count("simplepin", Invoice, &uuid, Operation::Update), (2, 1));
}

#[tokio::test]
async fn an_update_that_would_drop_or_overwrite_something_is_refused() {
    let running = run(400).await;
    let uuid = in_state(&running, "SENT");
    let read = running.get("simplepin", &format!("/v2/invoice/get?uuid={uuid}")).await.json();
    let before = running.now("simplepin", Invoice, &uuid);
    for (field, value) in [
        ("amount", json!(0.01)),
        ("invoice_state", json!("PAID")),
        ("customer_id", json!("CUST-1")),
        ("line_item_models", json!([])),
        ("nope", json!(1)),
        ("invoice_due_date", json!("31.01.2027")),
        ("version", Value::Null),
    ] {
        let mut body = read.clone();
        body[field] = value;
        let answer = update(&running, &uuid, &body).await;
        assert!(answer.status == 400 && answer.text.contains(field), "{field}: {}", answer.text);
    }
    assert_eq!(update(&running, &uuid, &json!({"email": "a@b.example"})).await.status, 400);
    assert_eq!(running.now("simplepin", Invoice, &uuid), before);
    let paid = in_state(&running, "PAID");
    let version = &running.now("simplepin", Invoice, &paid)["version"];
    let refused = update(&running, &paid, &json!({"version": version, "resend": true})).await;
    assert!(refused.status == 403 && refused.text.contains("PAID"), "{}", refused.text);
    assert_eq!(update(&running, "none", &json!({"version": 0})).await.status, 404);
}
