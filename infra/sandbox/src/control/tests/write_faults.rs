//! Faults on writes: what was done, and what of the answer arrived.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::testing::{RunningSandbox, run};
use crate::{Operation, Resource};

/// One write of every provider that has any.
struct Case {
    connection: &'static str,
    method: &'static str,
    path: String,
    body: String,
    resource: Resource,
    id: String,
    operation: Operation,
}

impl Case {
    /// How often it was asked for, and done.
    fn count(&self, running: &RunningSandbox) -> (u64, u64) {
        running.count(self.connection, self.resource, &self.id, self.operation)
    }

    async fn bytes(&self, running: &RunningSandbox) -> Vec<u8> {
        running.bytes(self.connection, self.method, &self.path, &self.body).await
    }
}

/// The first invoice whose object has this in it.
fn first(running: &RunningSandbox, connection: &str, resource: Resource, what: &str) -> String {
    let records = running.sandbox.population(connection).into_iter();
    let mut found = records.filter(|one| one.resource == resource && one.json.contains(what));
    found.next().unwrap().id
}

fn cases(running: &RunningSandbox) -> Vec<Case> {
    let nue = first(running, "nue", Resource::Invoice, r#""status":"Draft""#);
    let patched = first(running, "nue", Resource::Invoice, r#""status":"Active""#);
    let draft = first(running, "fusebill", Resource::Draft, r#""status":"Ready","poNumber""#);
    let cancelled = first(running, "fusebill", Resource::Draft, r#""status":"Pending","poNumber""#);
    let pin = first(running, "simplepin", Resource::Invoice, r#""invoice_state":"DRAFT""#);
    let case = |connection, method, path: String, body: Value, resource, id: &str, operation| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        Case { connection, method, path, body, resource, id: id.to_owned(), operation }
    };
    use Resource::{Draft, Invoice};
    vec![
        case(
            "nue",
            "POST",
            "/billing/invoices:activate".to_owned(),
            json!({ "invoiceIds": [nue] }),
            Invoice,
            &nue,
            Operation::Activate,
        ),
        case(
            "nue",
            "PATCH",
            format!("/billing/invoices/{patched}"),
            json!({ "dueDate": "2030-01-01" }),
            Invoice,
            &patched,
            Operation::Update,
        ),
        case(
            "fusebill",
            "POST",
            format!("/v1/Invoices?draftInvoiceId={draft}"),
            Value::Null,
            Draft,
            &draft,
            Operation::Activate,
        ),
        case(
            "fusebill",
            "POST",
            format!("/v1/draftInvoices/Cancel/{cancelled}"),
            Value::Null,
            Draft,
            &cancelled,
            Operation::Cancel,
        ),
        case(
            "simplepin",
            "POST",
            format!("/invoice/update_status?uuid={pin}"),
            json!({ "status": "SENT", "sent": true }),
            Invoice,
            &pin,
            Operation::Activate,
        ),
    ]
}

fn status(bytes: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let status = text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    status.unwrap_or_else(|| panic!("no status line: {text:?}")).parse().unwrap()
}

#[tokio::test]
async fn a_write_can_be_done_and_its_answer_never_sent() {
    let running = run(300).await;
    for case in cases(&running) {
        running.fault(case.connection, json!({"kind": "applyThenDrop", "times": 1})).await;
        assert_eq!(case.bytes(&running).await, b"", "{}", case.path);
        assert_eq!(case.count(&running), (1, 1), "{}", case.path);
    }
}

#[tokio::test]
async fn a_client_learns_of_a_dropped_answer_as_a_broken_connection() {
    let running = run(300).await;
    for case in cases(&running) {
        // A connection that was used before, as a pool has it.
        running.get(case.connection, "/").await;
        running.fault(case.connection, json!({"kind": "applyThenDrop", "times": 1})).await;
        let path = format!("/{}{}", case.connection, case.path);
        let headers = running.headers(case.connection);
        running.send(case.method, &path, &headers, &case.body).await.expect_err("an answer");
        assert_eq!(case.count(&running), (1, 1), "{}", case.path);
    }
}

#[tokio::test]
async fn a_write_can_be_done_and_its_answer_cut() {
    let running = run(300).await;
    for case in cases(&running) {
        running.fault(case.connection, json!({"kind": "applyThenCut", "times": 1})).await;
        let arrived = String::from_utf8(case.bytes(&running).await).unwrap();
        assert_eq!(case.count(&running), (1, 1), "{}", case.path);
        if case.operation == Operation::Cancel {
            // An answer without a body has no half: nothing of it arrives.
            assert_eq!(arrived, "");
            continue;
        }
        assert_eq!(status(arrived.as_bytes()), 200);
        let (head, body) = arrived.split_once("\r\n\r\n").unwrap();
        let promised = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let promised: usize = promised.unwrap().parse().unwrap();
        assert!(!body.is_empty() && body.len() < promised, "{} of {promised}", body.len());
    }
}

#[tokio::test]
async fn a_write_can_be_done_and_its_answer_never_come() {
    let running = run(300).await;
    for case in cases(&running) {
        running
            .fault(case.connection, json!({"kind": "applyThenHang", "delayMs": 300, "times": 1}))
            .await;
        let began = Instant::now();
        let done_early = async {
            while case.count(&running) != (1, 1) && began.elapsed() < Duration::from_secs(1) {
                tokio::task::yield_now().await;
            }
            began.elapsed()
        };
        let (arrived, done) = tokio::join!(case.bytes(&running), done_early);
        assert_eq!(arrived, b"", "{}", case.path);
        assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
        assert!(done < Duration::from_millis(300), "it was done only after {done:?}");
    }
}

#[tokio::test]
async fn a_write_can_be_done_and_answered_as_a_failure() {
    let running = run(300).await;
    for (case, failure) in cases(&running).iter().zip([500, 502, 503, 504, 500]) {
        let fault = json!({"kind": "applyThenStatus", "status": failure, "times": 1});
        running.fault(case.connection, fault).await;
        assert_eq!(status(&case.bytes(&running).await), failure);
        assert_eq!(case.count(&running), (1, 1), "{}", case.path);
    }
}

#[tokio::test]
async fn a_write_can_fail_before_anything_is_done() {
    let running = run(300).await;
    for case in cases(&running) {
        let before = running.truth(case.connection);
        running.fault(case.connection, json!({"kind": "dropBefore", "times": 1})).await;
        running
            .fault(
                case.connection,
                json!({"kind": "status", "status": 500, "times": 1, "operation": case.operation}),
            )
            .await;
        assert_eq!(case.bytes(&running).await, b"", "{}", case.path);
        assert_eq!(status(&case.bytes(&running).await), 500);
        assert_eq!(running.truth(case.connection), before, "{}", case.path);
        assert_eq!(case.count(&running), (2, 0));
        let healthy = if case.operation == Operation::Cancel { 204 } else { 200 };
        assert_eq!(status(&case.bytes(&running).await), healthy);
        assert_eq!(case.count(&running), (3, 1));
    }
}

#[tokio::test]
async fn a_write_can_be_done_after_its_answer_or_come_too_late() {
    let running = run(300).await;
    let mut drafts = running.truth("nue");
    drafts.retain(|row| row["status"] == "Draft");
    let late = json!({"kind": "statusThenApply", "status": 504, "delayMs": 300, "times": 1});
    for (draft, is_canceled_first) in drafts.iter().zip([false, true]) {
        let id = draft["id"].as_str().unwrap();
        let body = json!({ "invoiceIds": [id] });
        running.fault("nue", late.clone()).await;
        assert_eq!(running.post("nue", "/billing/invoices:activate", &body).await.status, 504);
        assert_eq!(running.now("nue", Resource::Invoice, id)["status"], "Draft");
        if is_canceled_first {
            assert_eq!(running.post("nue", "/billing/invoices:cancel", &body).await.status, 200);
        }
        let began = Instant::now();
        let count = loop {
            let writes = running.sandbox.writes("nue");
            let count = writes.count(Resource::Invoice, id, Operation::Activate);
            if count.applied + count.missed > 0 {
                break count;
            }
            assert!(began.elapsed() < Duration::from_secs(20));
            tokio::task::yield_now().await;
        };
        let missed = u64::from(is_canceled_first);
        assert_eq!((count.requested, count.applied, count.missed), (1, 1 - missed, missed));
    }
}

#[tokio::test]
async fn half_of_a_bulk_can_be_done() {
    let running = run(300).await;
    let mut drafts = running.truth("nue");
    drafts.retain(|row| row["status"] == "Draft");
    let ids: Vec<&str> = drafts[..5].iter().map(|row| row["id"].as_str().unwrap()).collect();
    running.fault("nue", json!({"kind": "halfBulk", "operation": "activate", "times": 2})).await;
    let path = "/billing/invoices:activate";
    let refused = running.post("nue", path, &json!({"invoiceIds": [ids[4], "none"]})).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let answer = running.post("nue", path, &json!({ "invoiceIds": ids })).await;
    assert_eq!((answer.status, &answer.json()["statusCode"]), (500, &json!(500)));
    for (at, id) in ids.iter().enumerate() {
        let active = running.now("nue", Resource::Invoice, id)["status"] == "Active";
        assert_eq!(active, at < 2, "{at}");
        let applied = running.count("nue", Resource::Invoice, id, Operation::Activate).1;
        assert_eq!(applied, u64::from(at < 2));
    }
    for (connection, body) in [
        ("fusebill", r#"{"kind":"halfBulk"}"#),
        ("nue", r#"{"kind":"halfBulk","operation":"update"}"#),
    ] {
        let answer = running.control("PUT", &format!("/{connection}/faults"), body).await;
        assert!(answer.status == 400 && answer.text.contains("bulk"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_fault_of_writes_spares_reads_and_strikes_the_operation_named() {
    let running = run(300).await;
    running.fault("nue", json!({"kind": "applyThenDrop", "operation": "cancel"})).await;
    running.fault("nue", json!({"kind": "dropBefore", "operation": "delete"})).await;
    assert_eq!(running.get("nue", "/invoices?limit=1").await.status, 200);
    let draft = first(&running, "nue", Resource::Invoice, r#""status":"Draft""#);
    let body = json!({ "invoiceIds": [draft] });
    assert_eq!(running.post("nue", "/billing/invoices:activate", &body).await.status, 200);
    let body = body.to_string();
    let silent = running.bytes("nue", "POST", "/billing/invoices:cancel", &body).await;
    assert_eq!(silent, b"");
    assert_eq!(running.now("nue", Resource::Invoice, &draft)["status"], "Canceled");
    assert_eq!(running.bytes("nue", "DELETE", "/billing/invoices", &body).await, b"");
    assert!(running.sandbox.record("nue", Resource::Invoice, &draft).is_some());
    assert_eq!(running.control("DELETE", "/nue/faults", "").await.status, 204);
    assert_eq!(running.call("nue", "DELETE", "/billing/invoices", &body).await.status, 200);
}

#[tokio::test]
async fn a_chance_strikes_the_same_writes_again_whatever_is_read_between() {
    let strikes = async |reads: usize| {
        let running = run(60).await;
        running
            .fault("nue", json!({"kind": "applyThenStatus", "status": 500, "probability": 0.5}))
            .await;
        let mut statuses = Vec::new();
        for day in 1..=28 {
            for _ in 0..reads {
                running.get("nue", "/invoices?limit=1").await;
            }
            let body = json!({ "dueDate": format!("2030-01-{day:02}") }).to_string();
            let path = "/billing/invoices/c52f7158-b164-44fa-93c5-e4b16420c371";
            statuses.push(running.call("nue", "PATCH", path, &body).await.status);
        }
        statuses
    };
    let (quiet, busy) = (strikes(0).await, strikes(2).await);
    assert_eq!(quiet, busy);
    assert!(quiet.contains(&200) && quiet.contains(&500), "{quiet:?}");
}

#[tokio::test]
async fn a_refusal_is_lost_as_well_as_an_answer() {
    let running = run(60).await;
    running.fault("nue", json!({"kind": "applyThenDrop", "times": 1})).await;
    let body = json!({ "invoiceIds": ["none"] }).to_string();
    let silent = running.bytes("nue", "POST", "/billing/invoices:cancel", &body).await;
    assert_eq!(silent, b"");
    assert_eq!(running.count("nue", Resource::Invoice, "none", Operation::Cancel), (1, 0));
}
