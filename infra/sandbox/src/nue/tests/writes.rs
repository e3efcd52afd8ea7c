//! Writes (nue R25).

use jiff::civil::Date;
use serde_json::{Value, json};

use super::{ask, text, truth};
use crate::Resource::Invoice;
use crate::testing::{Answer, RunningSandbox, field, run};
use crate::{Bulk, Operation, Rules};

const ACTIVATE: &str = "/billing/invoices:activate";
const CANCEL: &str = "/billing/invoices:cancel";
const SAMPLE: &str = "c52f7158-b164-44fa-93c5-e4b16420c371";

async fn delete(running: &RunningSandbox, body: &Value) -> Answer {
    running.call("nue", "DELETE", "/billing/invoices", &body.to_string()).await
}

async fn patch(running: &RunningSandbox, id: &str, body: &Value) -> Answer {
    let path = format!("/billing/invoices/{id}");
    running.call("nue", "PATCH", &path, &body.to_string()).await
}

/// The ids of the invoices in this state.
fn in_state(running: &RunningSandbox, status: &str) -> Vec<String> {
    truth(running, |row| row["status"] == status)
}

fn unpaid(row: &Value) -> bool {
    ["NotTransferred", "Transferred", "TransferError"].contains(&text(row, "paymentStatus"))
        && row["balance"] == row["amount"]
}

#[tokio::test]
async fn activating_makes_drafts_active_and_answers_them() {
    let running = run(400).await;
    let ids = [in_state(&running, "Draft"), in_state(&running, "Pending Activation")].concat();
    let others = truth(&running, |row| !ids.contains(&text(row, "id").to_owned()));
    let before = running.truth("nue");
    let answer = running.post("nue", ACTIVATE, &json!({ "invoiceIds": ids })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    for (id, row) in ids.iter().zip(answer.json().as_array().unwrap()) {
        assert_eq!(row, &running.now("nue", Invoice, id));
        assert_eq!((&row["id"], &row["status"]), (&json!(id), &json!("Active")));
        assert_eq!(row["activatedTime"], row["lastModifiedDate"]);
        let old = before.iter().find(|old| old["id"] == *id).unwrap();
        assert!(text(row, "lastModifiedDate") > text(old, "lastModifiedDate"));
        for same in ["amount", "balance", "dueDate", "invoiceDate", "comments", "customerId"] {
            assert_eq!(row[same], old[same], "{same}");
        }
        assert_eq!(running.count("nue", Invoice, id, Operation::Activate), (1, 1));
    }
    for id in others {
        assert!(before.contains(&running.now("nue", Invoice, &id)), "{id} was changed");
    }
}

#[tokio::test]
async fn another_invoice_date_moves_the_due_date_by_the_same_term() {
    let running = run(400).await;
    let drafts = truth(&running, |row| row["status"] == "Draft" && !row["dueDate"].is_null());
    let old = running.now("nue", Invoice, &drafts[0]);
    let date = |row: &Value, name: &str| text(row, name).parse::<Date>().unwrap();
    let body = json!({
        "invoiceIds": [drafts[0]],
        "invoiceDate": "2025-07-01",
        "invoiceComment": { "comment": "say \"yes\", 東京" },
    });
    let new = running.post("nue", ACTIVATE, &body).await.json()[0].clone();
    assert_eq!(new["invoiceDate"], "2025-07-01");
    let term = |row: &Value| date(row, "dueDate") - date(row, "invoiceDate");
    assert_eq!(term(&new).get_days(), term(&old).get_days());
    assert_ne!(new["dueDate"], old["dueDate"]);
    let said = |row: &Value| -> Vec<Value> {
        serde_json::from_str(row["comments"].as_str().unwrap_or("[]")).unwrap()
    };
    let (before, after) = (said(&old), said(&new));
    assert_eq!(after[..before.len()], before);
    let added = after.last().unwrap();
    assert_eq!(added["comment"], "say \"yes\", 東京");
    assert!(
        added["createTime"].as_str().unwrap().ends_with('Z') && added["createUserName"].is_string()
    );
}

#[tokio::test]
async fn a_filter_activates_what_it_selects_and_readings_show_it() {
    let running = run(400).await;
    let query = r#"{ Invoice(where: {status: {_eq: "Draft"}}) { id } }"#;
    let listed = ask(&running, query, json!({})).await.json();
    let drafts = in_state(&running, "Draft");
    assert_eq!(listed["data"]["Invoice"].as_array().unwrap().len(), drafts.len());
    let body = json!({ "graphqlFilter": r#"{status: {_eq: "Draft"}}"# });
    let answer = running.post("nue", ACTIVATE, &body).await;
    let answered = answer.json();
    assert_eq!(field(&answered, "id"), drafts.iter().collect::<Vec<_>>());
    assert_eq!(ask(&running, query, json!({})).await.text, r#"{"data":{"Invoice":[]}}"#);
    assert_eq!(running.count("nue", Invoice, &drafts[3], Operation::Activate), (1, 1));
    // Nothing is a draft any more: nothing is touched.
    assert_eq!(running.post("nue", ACTIVATE, &body).await.text, "[]");
}

#[tokio::test]
async fn bodies_that_are_no_request_are_refused() {
    let running = run(60).await;
    let before = running.sandbox.population("nue").len();
    let filter = |text: &str| json!({ "graphqlFilter": text }).to_string();
    let draft = &in_state(&running, "Draft")[0];
    let table: Vec<(&str, &str, String, &str)> = vec![
        ("POST", ACTIVATE, "{".to_owned(), "not valid"),
        ("POST", ACTIVATE, "{}".to_owned(), "required"),
        ("POST", ACTIVATE, json!({"invoiceIds": []}).to_string(), "required"),
        (
            "POST",
            ACTIVATE,
            json!({"invoiceIds": [draft], "dueDate": "2025-01-01"}).to_string(),
            "dueDate",
        ),
        (
            "POST",
            ACTIVATE,
            json!({"invoiceIds": [draft], "invoiceDate": "soon"}).to_string(),
            "not valid",
        ),
        (
            "POST",
            ACTIVATE,
            json!({"invoiceIds": [draft], "graphqlFilter": "{}"}).to_string(),
            "together",
        ),
        (
            "DELETE",
            "/billing/invoices",
            json!({"invoiceIds": [draft], "graphqlFilter": "{}"}).to_string(),
            "together",
        ),
        ("POST", CANCEL, filter("{}"), "graphqlFilter"),
        (
            "POST",
            CANCEL,
            json!({"invoiceIds": [draft], "invoiceDate": "2025-01-01"}).to_string(),
            "invoiceDate",
        ),
        (
            "DELETE",
            "/billing/invoices",
            json!({"invoiceIds": [draft], "invoiceComment": {"comment": "x"}}).to_string(),
            "invoiceComment",
        ),
        ("POST", ACTIVATE, filter("{nope: {_eq: 1}}"), "nope"),
        ("POST", ACTIVATE, filter("{status: {_eq: \"Draft\"}"), "not a valid filter"),
        ("POST", ACTIVATE, filter("{}, limit: 1"), "more than a condition"),
        ("POST", ACTIVATE, filter("{}) { id } more: Invoice(where: {}"), "more than a condition"),
        ("POST", ACTIVATE, filter("{id: {_eq: $id}}"), "unbound"),
    ];
    for (method, path, body, expected) in table {
        let answer = running.call("nue", method, path, &body).await;
        assert_eq!(answer.status, 400, "{body}");
        let answered = answer.json();
        assert_eq!(answered["statusCode"], 400);
        let message = answered["message"].as_str().unwrap();
        assert!(message.contains(expected), "{body}: {message}");
    }
    assert_eq!(running.sandbox.population("nue").len(), before);
    let applied: u64 =
        running.sandbox.writes("nue").counts().map(|(.., count)| count.applied).sum();
    assert_eq!(applied, 0);
}

#[tokio::test]
async fn a_bulk_with_wrong_ones_changes_nothing_and_names_them() {
    let running = run(200).await;
    let before = running.truth("nue");
    let draft = in_state(&running, "Draft")[0].clone();
    let ids = json!([draft, SAMPLE, "none", draft]);
    let answer = running.post("nue", ACTIVATE, &json!({ "invoiceIds": ids })).await;
    assert_eq!(answer.status, 400);
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains(SAMPLE) && message.contains("none") && !message.contains(&draft));
    assert_eq!(running.truth("nue"), before);
    assert_eq!(running.count("nue", Invoice, &draft, Operation::Activate), (1, 0));
    assert_eq!(running.count("nue", Invoice, "none", Operation::Activate), (1, 0));
}

#[tokio::test]
async fn a_partial_bulk_changes_the_sound_ones_and_answers_them_alone() {
    let running = run(200).await;
    let rules = Rules { bulk: Bulk::Partial, ..Rules::default() };
    running.sandbox.set_rules("nue", rules).unwrap();
    let draft = in_state(&running, "Draft")[0].clone();
    let body = json!({ "invoiceIds": [SAMPLE, draft, "none"] });
    let answer = running.post("nue", ACTIVATE, &body).await;
    assert_eq!((answer.status, field(&answer.json(), "id")), (200, vec![&json!(draft)]));
    assert_eq!(running.count("nue", Invoice, &draft, Operation::Activate), (1, 1));
    assert_eq!(running.count("nue", Invoice, SAMPLE, Operation::Activate), (1, 0));
}

#[tokio::test]
async fn whether_an_invoice_is_canceled_follows_from_what_it_is() {
    let running = run(300).await;
    let (mut canceled, mut refused) = (0, 0);
    for old in running.truth("nue") {
        let id = text(&old, "id");
        let may = match text(&old, "status") {
            "Active" => unpaid(&old),
            status => status != "Canceled",
        };
        let body = json!({ "invoiceIds": [id], "invoiceComment": { "comment": "wrong" } });
        let answer = running.post("nue", CANCEL, &body).await;
        let new = running.now("nue", Invoice, id);
        if may {
            assert_eq!((answer.status, answer.json()), (200, json!([new])), "{old}");
            assert_eq!(
                (&new["status"], &new["paymentStatus"]),
                (&json!("Canceled"), &json!("Canceled"))
            );
            assert!(
                text(&new, "comments").contains("wrong") && new["cancellationDate"].is_string()
            );
            assert_eq!(new["amount"], old["amount"]);
            canceled += 1;
        } else {
            assert_eq!((answer.status, new), (400, old.clone()), "{old}");
            refused += 1;
        }
    }
    assert!(canceled > 50 && refused > 50, "{canceled} {refused}");
}

#[tokio::test]
async fn the_latest_invoice_alone_is_canceled_where_that_is_the_rule() {
    let running = run(400).await;
    let mut own = running.truth("nue");
    own.retain(|row| row["customerId"] == "001KS00000Dv002aYAD" && row["status"] != "Canceled");
    own.sort_by_key(|row| {
        (text(row, "invoiceDate").to_owned(), text(row, "createdDate").to_owned())
    });
    let drafts: Vec<&Value> = own.iter().filter(|row| row["status"] == "Draft").collect();
    let earlier = text(drafts[0], "id");
    let cancel = |id: String| {
        let running = &running;
        async move { running.post("nue", CANCEL, &json!({ "invoiceIds": [id] })).await }
    };
    let put = running.control("PUT", "/nue/rules", r#"{"latestOnly":true}"#).await;
    assert_eq!(put.status, 204, "{}", put.text);
    let refused = cancel(earlier.to_owned()).await;
    assert!(refused.status == 400 && refused.text.contains("latest"), "{}", refused.text);
    let last = own.last().unwrap();
    let answer = cancel(text(last, "id").to_owned()).await;
    let may = last["status"] != "Active" || unpaid(last);
    assert_eq!(answer.status == 200, may, "{last}: {}", answer.text);
    assert!(!answer.text.contains("latest"), "{}", answer.text);
    running.control("PUT", "/nue/rules", "{}").await;
    assert_eq!(cancel(earlier.to_owned()).await.status, 200);
}

#[tokio::test]
async fn only_canceled_invoices_are_deleted_and_then_gone() {
    let running = run(200).await;
    let canceled = in_state(&running, "Canceled");
    let wrong = delete(&running, &json!({ "invoiceIds": [canceled[0], SAMPLE] })).await;
    assert!(wrong.status == 400 && wrong.text.contains(SAMPLE), "{}", wrong.text);
    let old = running.now("nue", Invoice, &canceled[0]);
    let answer = delete(&running, &json!({ "invoiceIds": [canceled[0]] })).await;
    assert_eq!((answer.status, answer.json()), (200, json!([old])));
    assert_eq!(running.get("nue", &format!("/invoices/{}", canceled[0])).await.status, 404);
    let again = delete(&running, &json!({ "invoiceIds": [canceled[0]] })).await;
    assert!(again.status == 400 && again.text.contains("does not exist"), "{}", again.text);
    assert_eq!(running.count("nue", Invoice, &canceled[0], Operation::Delete), (3, 1));
    let body = json!({ "graphqlFilter": r#"{status: {_eq: "Canceled"}}"# });
    let rest = delete(&running, &body).await.json();
    assert_eq!(field(&rest, "id"), canceled[1..].iter().collect::<Vec<_>>());
    assert_eq!(running.truth("nue").len(), 200 - canceled.len());
}

#[tokio::test]
async fn updating_changes_header_fields_and_answers_the_whole_invoice() {
    let running = run(100).await;
    let old = running.now("nue", Invoice, SAMPLE);
    let body = json!({
        "dueDate": "2025-09-30", "billToContactId": null, "poNumbers": "PO-1", "name": "INV-9",
        "customFields": { "region__c": "EU", "weight__c": 1 },
    });
    let answer = patch(&running, SAMPLE, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.text, running.sandbox.record("nue", Invoice, SAMPLE).unwrap().json);
    let mut expected = old.clone();
    for (key, value) in body.as_object().unwrap() {
        expected[key] = value.clone();
    }
    expected["lastModifiedDate"] = answer.json()["lastModifiedDate"].clone();
    assert_eq!(answer.json(), expected);
    // As the seed has it, with every digit.
    assert!(answer.text.contains(r#""amount":226.330000000,"#), "{}", answer.text);
    let more = patch(&running, SAMPLE, &json!({ "customFields": { "region__c": null } })).await;
    assert_eq!(more.json()["customFields"], json!({ "region__c": null, "weight__c": 1 }));
    let none = patch(&running, SAMPLE, &json!({ "customFields": null })).await;
    assert_eq!(none.json()["customFields"], Value::Null);
    assert_eq!(running.count("nue", Invoice, SAMPLE, Operation::Update), (3, 3));
}

#[tokio::test]
async fn an_update_can_add_a_comment_to_those_there_are() {
    let running = run(5).await;
    let said = || running.now("nue", Invoice, SAMPLE)["comments"].as_str().unwrap().to_owned();
    let before: Vec<Value> = serde_json::from_str(&said()).unwrap();
    let comment = json!({ "invoiceComment": { "comment": "moved" } });
    assert_eq!(patch(&running, SAMPLE, &comment).await.status, 200);
    let after: Vec<Value> = serde_json::from_str(&said()).unwrap();
    assert_eq!(after[..before.len()], before);
    assert_eq!((after.len(), &after[before.len()]["comment"]), (before.len() + 1, &json!("moved")));
    for wrong in [json!("moved"), json!({"text": "moved"}), json!(null)] {
        let body = json!({ "dueDate": "2025-09-30", "invoiceComment": wrong });
        let answer = patch(&running, SAMPLE, &body).await;
        assert!(answer.status == 400 && answer.text.contains("invoiceComment"), "{}", answer.text);
    }
    assert_eq!(running.count("nue", Invoice, SAMPLE, Operation::Update), (4, 1));
}

#[tokio::test]
async fn what_is_frozen_is_not_updated_and_takes_the_rest_with_it() {
    let running = run(100).await;
    let before = running.truth("nue");
    for (body, expected) in [
        (json!({"dueDate": "2025-09-30", "amount": 1}), "amount"),
        (json!({"balance": 0}), "balance"),
        (json!({"status": "Active"}), "status"),
        (json!({"nope": 1}), "nope"),
        (json!({"dueDate": "30.09.2025"}), "dueDate"),
        (json!({"invoiceDate": null}), "invoiceDate"),
        (json!({"customFields": [1]}), "customFields"),
        (json!({}), "no field"),
        (json!([]), "not valid"),
    ] {
        let answer = patch(&running, SAMPLE, &body).await;
        assert!(answer.status == 400 && answer.text.contains(expected), "{body}: {}", answer.text);
    }
    let canceled = &in_state(&running, "Canceled")[0];
    let body = json!({ "dueDate": "2025-09-30" });
    let refused = patch(&running, canceled, &body).await;
    assert!(refused.status == 400 && refused.text.contains("Canceled"), "{}", refused.text);
    assert_eq!(patch(&running, "none", &body).await.status, 404);
    assert_eq!(running.truth("nue"), before);
    for status in ["Draft", "Pending Activation", "Active"] {
        let id = &in_state(&running, status)[0];
        assert_eq!(patch(&running, id, &body).await.status, 200, "{status}");
    }
}

#[tokio::test]
async fn self_service_has_no_writes_and_counts_who_tries() {
    let running = run(60).await;
    let before = running.truth("nue-self-service");
    let id = text(&before[3], "id").to_owned();
    let body = json!({ "invoiceIds": [id] });
    for (method, path, status) in [
        ("POST", ACTIVATE.to_owned(), 404),
        ("POST", CANCEL.to_owned(), 404),
        ("DELETE", "/billing/invoices".to_owned(), 404),
        ("PATCH", format!("/billing/invoices/{id}"), 404),
        ("DELETE", "/invoices".to_owned(), 405),
    ] {
        let answer = running.call("nue-self-service", method, &path, &body.to_string()).await;
        assert_eq!(
            (answer.status, &answer.json()["statusCode"]),
            (status, &json!(status)),
            "{path}"
        );
    }
    assert_eq!(running.truth("nue-self-service"), before);
    let calls = serde_json::to_value(running.sandbox.calls("nue-self-service")).unwrap();
    assert_eq!(calls, json!({"activate": 1, "cancel": 1, "delete": 1, "update": 1, "other": 1}));
    assert_eq!(running.count("nue-self-service", Invoice, &id, Operation::Cancel), (1, 0));
}
