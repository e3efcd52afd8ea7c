//! Writes (fusebill R39, R42, R44, R45).

use serde_json::{Value, json};

use super::{get, text, truth};
use crate::Resource::{Draft, Posted};
use crate::testing::{Answer, RunningSandbox, run};
use crate::{Operation, RateLimit, Rules};

async fn call(running: &RunningSandbox, method: &str, path: &str, body: &str) -> Answer {
    running.call("fusebill", method, &format!("/v1{path}"), body).await
}

/// The drafts in this state.
fn drafts(running: &RunningSandbox, status: &str) -> Vec<Value> {
    let mut drafts = truth(running, Draft);
    drafts.retain(|draft| draft["status"] == status);
    drafts
}

fn id(row: &Value) -> String {
    row["id"].to_string()
}

/// A refusal in the seed's shape.
fn refused(answer: &Answer, status: u16, about: &str) {
    let body = answer.json();
    assert_eq!((answer.status, &body["HttpStatusCode"]), (status, &json!(status)), "{body}");
    assert_eq!((&body["ErrorId"], &body["Errors"][0]["Key"]), (&json!(0), &json!("Api Error")));
    let value = body["Errors"][0]["Value"].as_str().unwrap();
    assert!(value.contains(about), "{value}");
}

#[tokio::test]
async fn posting_a_ready_draft_makes_a_new_invoice_and_the_draft_is_gone() {
    let running = run(300).await;
    let old = truth(&running, Posted);
    let mut used: Vec<Value> = [old.clone(), truth(&running, Draft)].concat();
    let before = used.clone();
    for draft in drafts(&running, "Ready") {
        let path = format!("/invoices?draftinvoiceid={}", id(&draft));
        let answer = call(&running, "POST", &path, "").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let posted = answer.json();
        assert!(used.iter().all(|row| row["id"] != posted["id"]), "{} was in use", posted["id"]);
        assert!(used.iter().all(|row| row["invoiceNumber"] != posted["invoiceNumber"]));
        used.push(posted.clone());
        for same in
            ["poNumber", "notes", "customerId", "subtotal", "taxes", "terms", "effectiveTimestamp"]
        {
            assert_eq!(posted[same], draft[same], "{same}");
        }
        assert_eq!(posted["invoiceAmount"], draft["total"]);
        assert_eq!(posted["outstandingBalance"], draft["total"]);
        assert_eq!(posted["invoiceCustomer"], draft["customer"]);
        let charges = |row: &Value, key: &str| row[key].as_array().unwrap().len();
        assert_eq!(charges(&posted, "charges"), charges(&draft, "draftCharges"));
        assert_eq!(running.sandbox.writes("fusebill").posted()[&id(&draft)], id(&posted));
        assert_eq!(running.count("fusebill", Draft, &id(&draft), Operation::Activate), (1, 1));
        refused(&get(&running, &format!("/DraftInvoices/{}", id(&draft))).await, 404, "");
        assert_eq!(get(&running, &format!("/Invoices/{}", id(&posted))).await.text, answer.text);
    }
    assert!(used.len() > before.len() + 10);
    let after = truth(&running, Posted);
    assert_eq!(after[..old.len()], old, "an invoice that was posted before has changed");
}

#[tokio::test]
async fn a_posted_draft_is_found_by_reading_and_by_nothing_else() {
    let running = run(300).await;
    let ready = drafts(&running, "Ready");
    let draft = ready.iter().find(|draft| draft["poNumber"].is_string()).unwrap();
    let since = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    running.fault("fusebill", json!({"kind": "applyThenDrop", "operation": "activate"})).await;
    let path = format!("/v1/Invoices?draftInvoiceId={}", id(draft));
    assert!(running.bytes("fusebill", "POST", &path, "").await.is_empty());
    let po_number = text(draft, "poNumber");
    let customer = &draft["customerId"];
    let query = format!("poNumber:{po_number};createdTimestamp:{since}%7C");
    let found =
        get(&running, &format!("/customers/{customer}/invoices?query={query}")).await.json();
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found[0]["invoiceAmount"], draft["total"]);
    let posted = running.sandbox.writes("fusebill").posted()[&id(draft)].clone();
    assert_eq!(id(&found[0]), posted);
    // The vendor's invoice does not say which draft it was.
    let charge = draft["draftCharges"][0]["id"].to_string();
    assert!(!found[0].to_string().contains(&id(draft)) && !found[0].to_string().contains(&charge));
}

#[tokio::test]
async fn due_dates_count_from_the_posting() {
    let running = run(300).await;
    let ready = drafts(&running, "Ready");
    let draft = ready.iter().find(|draft| draft["terms"] == "Net30").unwrap();
    let path = format!("/Invoices?draftInvoiceId={}", id(draft));
    let posted = call(&running, "POST", &path, "{}").await.json();
    let at = |text: &Value| -> jiff::civil::DateTime { text.as_str().unwrap().parse().unwrap() };
    for schedule in posted["paymentSchedules"].as_array().unwrap() {
        let days = (at(&schedule["dueDateTimestamp"]).date()
            - at(&posted["postedTimestamp"]).date())
        .get_days();
        assert_eq!(i64::from(days), 30 + schedule["daysDueAfterTerm"].as_i64().unwrap());
        let open = schedule["outstandingBalance"] != 0;
        assert_eq!(schedule["status"], if open { "Due" } else { "Paid" });
    }
}

#[tokio::test]
async fn only_a_ready_draft_is_posted_and_only_once() {
    let running = run(300).await;
    let posted = truth(&running, Posted).len();
    for status in ["Pending", "Projected"] {
        let draft = &drafts(&running, status)[0];
        let path = format!("/Invoices?draftInvoiceId={}", id(draft));
        refused(&call(&running, "POST", &path, "").await, 409, status);
        assert_eq!(running.count("fusebill", Draft, &id(draft), Operation::Activate), (1, 0));
    }
    let ready = id(&drafts(&running, "Ready")[0]);
    let path = format!("/Invoices?draftInvoiceId={ready}");
    refused(&call(&running, "POST", &format!("{path}&preview=true"), "").await, 400, "Preview");
    refused(&call(&running, "POST", &path, r#"{"draftChargeIds":[1]}"#).await, 400, "empty");
    refused(&call(&running, "POST", "/Invoices", "").await, 400, "no invoice");
    assert_eq!(truth(&running, Posted).len(), posted);
    assert_eq!(call(&running, "POST", &path, "").await.status, 200);
    refused(&call(&running, "POST", &path, "").await, 404, &format!("id {ready} not found"));
    assert_eq!(running.count("fusebill", Draft, &ready, Operation::Activate), (4, 1));
    assert_eq!(truth(&running, Posted).len(), posted + 1);
}

#[tokio::test]
async fn a_draft_posted_by_two_at_once_is_posted_once() {
    let running = run(300).await;
    let posted = truth(&running, Posted).len();
    let ready = id(&drafts(&running, "Ready")[0]);
    let path = format!("/Invoices?draftInvoiceId={ready}");
    let (one, other) =
        tokio::join!(call(&running, "POST", &path, ""), call(&running, "POST", &path, ""));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    assert_eq!(truth(&running, Posted).len(), posted + 1);
    assert_eq!(running.count("fusebill", Draft, &ready, Operation::Activate), (2, 1));
}

#[tokio::test]
async fn a_cancelled_draft_is_gone_and_its_namesake_is_not() {
    let running = run(300).await;
    // 162281 is both a draft and a posted invoice.
    let posted = running.now("fusebill", Posted, "162281");
    let answer = call(&running, "POST", "/draftInvoices/CANCEL/162281", "{}").await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert!(answer.headers.get("content-type").is_none());
    assert!(running.sandbox.record("fusebill", Draft, "162281").is_none());
    assert_eq!(running.now("fusebill", Posted, "162281"), posted);
    let again = call(&running, "POST", "/draftInvoices/Cancel/162281", "").await;
    refused(&again, 404, "Draft Invoice with id 162281 not found.");
    assert_eq!(running.count("fusebill", Draft, "162281", Operation::Cancel), (2, 1));
    assert_eq!(running.count("fusebill", Posted, "162281", Operation::Cancel), (0, 0));
    let projected = id(&drafts(&running, "Projected")[0]);
    assert_eq!(
        call(&running, "POST", &format!("/draftinvoices/cancel/{projected}"), "").await.status,
        204
    );
}

#[tokio::test]
async fn a_ready_draft_is_updated_within_the_vendors_lengths() {
    let running = run(300).await;
    let ready = &drafts(&running, "Ready")[0];
    let patch =
        async |body: Value| call(&running, "PATCH", "/DraftInvoices", &body.to_string()).await;
    let body = json!({"id": ready["id"], "notes": "ü".repeat(500), "poNumber": "P".repeat(255),
        "netTerms": "Net90", "netTermsSet": true});
    let answer = patch(body.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let new = answer.json();
    assert_eq!(answer.text, running.sandbox.record("fusebill", Draft, &id(ready)).unwrap().json);
    assert_eq!(
        (&new["notes"], &new["poNumber"], &new["terms"]),
        (&body["notes"], &body["poNumber"], &json!("Net90"))
    );
    assert_eq!(new["total"], ready["total"]);
    assert!(text(&new, "modifiedTimestamp") > text(ready, "modifiedTimestamp"));
    let cleared = patch(json!({"id": ready["id"], "poNumber": null})).await.json();
    assert_eq!((&cleared["poNumber"], &cleared["notes"]), (&Value::Null, &body["notes"]));
    for (body, expected) in [
        (json!({"id": ready["id"], "notes": "n".repeat(501)}), "notes"),
        (json!({"id": ready["id"], "poNumber": "n".repeat(256)}), "poNumber"),
        (json!({"id": ready["id"], "netTerms": "Net30"}), "netTermsSet"),
        (json!({"id": ready["id"], "netTermsSet": true}), "netTerms"),
        (json!({"id": ready["id"], "netTerms": "Net31", "netTermsSet": true}), "Net31"),
        (json!({"id": ready["id"], "total": 1}), "total"),
        (json!({"notes": "x"}), "names no invoice"),
    ] {
        refused(&patch(body).await, 400, expected);
    }
    assert_eq!(running.now("fusebill", Draft, &id(ready)), cleared);
    refused(&patch(json!({"id": 1, "notes": "x"})).await, 404, "id 1 not found");
    let pending = &drafts(&running, "Pending")[0];
    refused(&patch(json!({"id": pending["id"], "notes": "x"})).await, 409, "Pending");
    assert_eq!(running.count("fusebill", Draft, &id(ready), Operation::Update), (8, 2));
}

#[tokio::test]
async fn other_terms_move_a_posted_invoices_due_dates() {
    let running = run(300).await;
    let patch = async |body: Value| call(&running, "PATCH", "/Invoices/", &body.to_string()).await;
    // The seed's invoice: Net10, posted 2017-06-12T19:48:51.
    let body = json!({"id": 123456, "netTerms": "Net30", "netTermsSet": true, "notes": "later"});
    let answer = patch(body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let new = answer.json();
    assert_eq!(new["paymentSchedules"][0]["dueDateTimestamp"], "2017-07-12T19:48:51");
    assert_eq!(new["paymentSchedules"][0]["status"], "Overdue");
    assert_eq!((&new["terms"], &new["notes"]), (&json!("Net30"), &json!("later")));
    assert_eq!((&new["invoiceAmount"], &new["outstandingBalance"]), (&json!(264), &json!(264)));
    assert_eq!(new, get(&running, "/Invoices/123456").await.json());
    refused(&patch(json!({"id": 123456, "poNumber": "x"})).await, 400, "poNumber");
    refused(&patch(json!({"id": 1, "notes": "x"})).await, 404, "id 1 not found");
    assert_eq!(running.now("fusebill", Posted, "123456"), new);
}

#[tokio::test]
async fn reversing_credits_an_untouched_invoice_and_never_twice() {
    let running = run(300).await;
    let reverse = async |id: &Value, option: &str| {
        let body = json!({"invoiceId": id, "reverseChargeOption": option, "reference": "wrong"});
        call(&running, "POST", "/Invoices/Reverse/", &body.to_string()).await
    };
    let answer = reverse(&json!(123456), "Full").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let new = running.now("fusebill", Posted, "123456");
    assert_eq!(answer.json(), new);
    assert_eq!((&new["sumOfCreditNotes"], &new["outstandingBalance"]), (&json!(264), &json!(0)));
    assert_eq!(new["paymentSchedules"][0]["status"], "Void");
    refused(&reverse(&json!(123456), "Full").await, 409, "reverse");
    let part_paid = truth(&running, Posted)
        .into_iter()
        .find(|row| row["totalPayments"] != 0 && row["outstandingBalance"] != 0)
        .unwrap();
    refused(&reverse(&part_paid["id"], "Full").await, 409, "reverse");
    refused(&reverse(&json!(162281), "Amount").await, 400, "not simulated");
    refused(&reverse(&json!(162281), "All").await, 400, "not known");
    refused(&reverse(&json!(1), "Full").await, 404, "id 1");
    assert_eq!(running.count("fusebill", Posted, "123456", Operation::Reverse), (2, 1));
    assert!(!running.sandbox.calls("fusebill").contains_key(&Operation::Cancel));
}

#[tokio::test]
async fn writing_off_takes_the_whole_balance_where_it_is_enabled() {
    let running = run(300).await;
    let write_off = async |amount: &str| {
        let body = format!(r#"{{"invoiceId":123456,"amount":{amount}}}"#);
        call(&running, "POST", "/invoices/writeoff", &body).await
    };
    refused(&write_off("264").await, 404, "not found");
    let rules = Rules { write_offs: true, ..Rules::default() };
    running.sandbox.set_rules("fusebill", rules).unwrap();
    refused(&write_off("263.999999").await, 409, "264");
    let answer = write_off("264.00").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let new = running.now("fusebill", Posted, "123456");
    assert_eq!((&new["totalWriteoffs"], &new["outstandingBalance"]), (&json!(264), &json!(0)));
    assert_eq!(new["paymentSchedules"][0]["status"], "WrittenOff");
    refused(&write_off("0").await, 409, "balance");
    assert_eq!(running.count("fusebill", Posted, "123456", Operation::WriteOff), (4, 1));
}

#[tokio::test]
async fn a_call_over_the_limit_changes_nothing() {
    let running = run(300).await;
    let ready = id(&drafts(&running, "Ready")[0]);
    let limit = RateLimit { per_minute: 1_000, per_day: 1 };
    running.sandbox.set_rate_limit("fusebill", Some(limit)).unwrap();
    get(&running, "/Invoices").await;
    let answer = call(&running, "POST", &format!("/Invoices?draftInvoiceId={ready}"), "").await;
    assert_eq!((answer.status, answer.header("x-rate-limit-remaining-day")), (429, "0"));
    assert_eq!(running.count("fusebill", Draft, &ready, Operation::Activate), (1, 0));
    running.sandbox.set_rate_limit("fusebill", None).unwrap();
    let answer = call(&running, "POST", &format!("/Invoices?draftInvoiceId={ready}"), "").await;
    assert_eq!((answer.status, answer.header("x-rate-limit-limit-day")), (200, "180000"));
}
