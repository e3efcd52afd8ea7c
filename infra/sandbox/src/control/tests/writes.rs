//! What the control routes tell about writes, and how they set their rules.

use serde_json::json;

use crate::testing::run;
use crate::{Bulk, Operation, Resource, Rules};

const SAMPLE: &str = "c52f7158-b164-44fa-93c5-e4b16420c371";

#[tokio::test]
async fn what_was_done_is_told_by_invoice_and_operation() {
    let running = run(300).await;
    let body = json!({ "invoiceIds": [SAMPLE] });
    for _ in 0..2 {
        running.post("nue", "/billing/invoices:cancel", &body).await;
    }
    running.call("nue", "PATCH", "/billing/invoices/none", r#"{"dueDate":null}"#).await;
    let expected = json!({
        "invoices": [
            {"resource": "invoice", "id": SAMPLE, "operations": {"cancel": {"requested": 2, "applied": 1}}},
            {"resource": "invoice", "id": "none", "operations": {"update": {"requested": 1, "applied": 0}}},
        ],
        "posted": {},
    });
    assert_eq!(running.control("GET", "/nue/writes", "").await.json(), expected);
    let drafts = running.sandbox.population("fusebill").into_iter();
    let mut drafts = drafts.filter(|one| one.resource == Resource::Draft);
    let ready = drafts.find(|one| one.json.contains(r#""status":"Ready""#)).unwrap().id;
    running.call("fusebill", "POST", &format!("/v1/Invoices?draftInvoiceId={ready}"), "").await;
    let told = running.control("GET", "/fusebill/writes", "").await.json();
    let counts = json!({"activate": {"requested": 1, "applied": 1}});
    assert_eq!(told["invoices"], json!([{"resource": "draft", "id": ready, "operations": counts}]));
    let posted = told["posted"][&ready].as_str().unwrap();
    assert!(running.sandbox.record("fusebill", Resource::Posted, posted).is_some());
    let counts: Vec<_> = running.sandbox.writes("nue").counts().map(|(.., op, _)| op).collect();
    assert_eq!(counts, [Operation::Cancel, Operation::Update]);
    assert_eq!(running.control("GET", "/nope/writes", "").await.status, 404);
}

#[tokio::test]
async fn one_invoice_is_told_as_it_is_now() {
    let running = run(300).await;
    let path = format!("/nue/invoices/{SAMPLE}");
    let first = running.control("GET", &path, "").await.json();
    assert_eq!(
        (&first["resource"], &first["invoice"]["status"]),
        (&json!("invoice"), &json!("Active"))
    );
    let body = json!({ "invoiceIds": [SAMPLE] });
    running.post("nue", "/billing/invoices:cancel", &body).await;
    let told = running.control("GET", &path, "").await;
    assert_eq!(told.json()["invoice"]["status"], "Canceled");
    let record = running.sandbox.record("nue", Resource::Invoice, SAMPLE).unwrap();
    assert!(told.text.contains(&record.json), "{}", told.text);
    running.call("nue", "DELETE", "/billing/invoices", &body.to_string()).await;
    assert_eq!(running.control("GET", &path, "").await.status, 404);
    assert!(running.sandbox.record("nue", Resource::Invoice, SAMPLE).is_none());
}

#[tokio::test]
async fn an_id_of_two_invoices_needs_the_resource() {
    let running = run(300).await;
    let ask = async |query: &str| {
        running.control("GET", &format!("/fusebill/invoices/162281{query}"), "").await
    };
    let both = ask("").await;
    assert!(both.status == 400 && both.text.contains("resource=draft"), "{}", both.text);
    assert!(ask("?resource=draft").await.json()["invoice"]["draftCharges"].is_array());
    assert_eq!(ask("?resource=posted").await.json()["invoice"]["invoiceNumber"], 283);
    assert_eq!(ask("?resource=nope").await.status, 400);
    assert_eq!(ask("?resource=invoice").await.status, 404);
    let only = running.control("GET", "/fusebill/invoices/123456", "").await.json();
    assert_eq!(only["resource"], "posted");
}

#[tokio::test]
async fn rules_are_set_told_and_refused_where_foreign() {
    let running = run(10).await;
    let off = json!({"bulk": "atomic", "latestOnly": false, "writeOffs": false});
    assert_eq!(running.control("GET", "/nue/rules", "").await.json(), off);
    let put = running.control("PUT", "/nue/rules", r#"{"bulk":"partial"}"#).await;
    assert_eq!(put.status, 204, "{}", put.text);
    let on = json!({"bulk": "partial", "latestOnly": false, "writeOffs": false});
    assert_eq!(running.control("GET", "/nue/rules", "").await.json(), on);
    for (path, body, about) in [
        ("/nue/rules", r#"{"writeOffs":true}"#, "writeOffs"),
        ("/fusebill/rules", r#"{"latestOnly":true}"#, "latestOnly"),
        ("/simplepin/rules", r#"{"bulk":"partial"}"#, "bulk"),
        ("/nue/rules", r#"{"bulk":"some"}"#, "atomic"),
        ("/nue/rules", r#"{"buulk":"atomic"}"#, "buulk"),
    ] {
        let answer = running.control("PUT", path, body).await;
        assert!(answer.status == 400 && answer.text.contains(about), "{body}: {}", answer.text);
    }
    let rules = Rules { bulk: Bulk::Partial, latest_only: true, write_offs: false };
    running.sandbox.set_rules("nue", rules).unwrap();
    assert_eq!(running.control("GET", "/nue/rules", "").await.json()["latestOnly"], true);
}
