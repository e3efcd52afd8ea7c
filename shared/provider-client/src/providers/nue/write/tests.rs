use http::{HeaderMap, StatusCode};
use invoice::Direction;
use jiff::civil::date;
use serde_json::{Value, json};

use super::*;
use crate::Transport;

const SAMPLE: &str = include_str!("../../../../../../infra/sandbox/samples/nue-invoice.json");
const SAMPLE_ID: &str = "c52f7158-b164-44fa-93c5-e4b16420c371";

fn account() -> Account {
    Account::new(
        &CAPABILITIES,
        "acme".parse().unwrap(),
        "https://nue.example".parse().unwrap(),
        Transport::new().unwrap(),
        error::explain,
    )
}

fn invoices(ids: &[&str]) -> Vec<Invoice> {
    let unknown =
        |id: &&str| Invoice::unknown(account().reference(*id), "nue", Direction::Receivable);
    ids.iter().map(unknown).collect()
}

/// Method, path and body of the request, as sent.
fn sent(write: &Write, ids: &[&str]) -> Option<(String, String)> {
    let request = request(&account(), write, &invoices(ids)).unwrap()?;
    let method = format!("{request:?}");
    let method = ["POST", "DELETE", "PATCH"].iter().find(|word| method.contains(*word)).unwrap();
    let body = String::from_utf8(request.body().unwrap().to_vec()).unwrap();
    Some((format!("{method} {}", request.url().path()), body))
}

fn update(patch: Patch) -> Write {
    Write::Update(Box::new(patch))
}

#[test]
fn each_write_has_its_call() {
    let comment = Some("say \"yes\"".to_owned());
    let dated = Some(date(2025, 7, 1));
    let [activate, cancel, delete] = [
        "POST /billing/invoices:activate",
        "POST /billing/invoices:cancel",
        "DELETE /billing/invoices",
    ];
    for (write, call, body) in [
        (
            Write::Activate { invoice_date: None, comment: None },
            activate,
            r#"{"invoiceIds":["a","b"]}"#,
        ),
        (
            Write::Activate { invoice_date: dated, comment: comment.clone() },
            activate,
            r#"{"invoiceIds":["a","b"],"invoiceDate":"2025-07-01","invoiceComment":{"comment":"say \"yes\""}}"#,
        ),
        (Write::Cancel { comment: None }, cancel, r#"{"invoiceIds":["a","b"]}"#),
        (
            Write::Cancel { comment },
            cancel,
            r#"{"invoiceIds":["a","b"],"invoiceComment":{"comment":"say \"yes\""}}"#,
        ),
        (Write::Delete, delete, r#"{"invoiceIds":["a","b"]}"#),
    ] {
        assert_eq!(sent(&write, &["a", "b"]), Some((call.to_owned(), body.to_owned())));
        assert_eq!(sent(&write, &[]), None);
    }
}

#[test]
fn an_update_holds_what_changes_and_nothing_else() {
    let fields = [("a__c", "1.10"), ("b__c", "null"), ("c__c", r#"{"x": "ü"}"#)];
    let fields = fields.map(|(name, raw)| (name.to_owned(), serde_json::from_str(raw).unwrap()));
    for (patch, body) in [
        (
            Patch { due: Change::Set(date(2025, 8, 30)), ..Patch::default() },
            r#"{"dueDate":"2025-08-30"}"#,
        ),
        (
            Patch {
                due: Change::Clear,
                invoice_date: Change::Set(date(2025, 7, 1)),
                bill_to_contact_id: Change::Clear,
                po_numbers: Change::Clear,
                ..Patch::default()
            },
            r#"{"dueDate":null,"invoiceDate":"2025-07-01","billToContactId":null,"poNumbers":null}"#,
        ),
        (
            Patch {
                bill_to_contact_id: Change::Set("003".to_owned()),
                comment: Some("moved".to_owned()),
                ..Patch::default()
            },
            r#"{"billToContactId":"003","invoiceComment":{"comment":"moved"}}"#,
        ),
        // Every digit as the caller wrote it.
        (
            Patch { custom_fields: fields.into(), ..Patch::default() },
            r#"{"customFields":{"a__c":1.10,"b__c":null,"c__c":{"x": "ü"}}}"#,
        ),
    ] {
        let expected = ("PATCH /billing/invoices/a%2Fb".to_owned(), body.to_owned());
        assert_eq!(sent(&update(patch), &["a/b"]), Some(expected));
    }
}

#[test]
fn purchase_orders_are_read_as_they_are_written() {
    for (numbers, text) in [
        (&["PO-1"][..], "PO-1"),
        (&["PO-1", "PO \"2\""], r#"["PO-1","PO \"2\""]"#),
        (&["[PO]"], r#"["[PO]"]"#),
        (&["7"], "7"),
    ] {
        let numbers: Vec<String> = numbers.iter().map(|&number| number.to_owned()).collect();
        assert_eq!(one_text(&numbers), text);
        let row = json!({"id": "a", "poNumbers": text}).to_string();
        let row = serde_json::from_str(&row).unwrap();
        let read = wire::invoice(&account(), &CAPABILITIES, "get", row, &View::default()).unwrap();
        assert_eq!(read.tracking.po_numbers, numbers);
    }
}

fn answered(body: &str, ids: &[&str]) -> Result<Vec<Written>, ProviderError> {
    let body = body.to_owned().into();
    let reply = Reply { status: StatusCode::OK, headers: HeaderMap::new(), body };
    shown(&account(), "activate", &reply, &invoices(ids))
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut sample: Value = serde_json::from_str(SAMPLE).unwrap();
    for (name, value) in changes {
        sample[name] = value.clone();
    }
    sample
}

#[test]
fn an_answer_shows_whole_invoices_of_those_written() {
    let (mine, other) = (with(&[]), with(&[("id", json!("other"))]));
    for body in [
        json!(mine),
        json!([mine, other]),
        json!({"data": [other, mine, 7, "x"], "errors": []}),
        json!({"data": mine, "errors": null}),
    ] {
        let written = answered(&body.to_string(), &["a", SAMPLE_ID]).unwrap();
        assert_eq!(written.len(), 1, "{body}");
        assert_eq!((&*written[0].id, written[0].invoice.id.id()), (SAMPLE_ID, SAMPLE_ID));
        assert_eq!(written[0].invoice.status, invoice::Status::Active);
        assert_eq!(written[0].invoice.amounts.total.unwrap().to_string(), "226.33");
    }
}

#[test]
fn what_an_answer_does_not_plainly_show_has_to_be_read() {
    let whole = with(&[]);
    let mut cut = whole.clone();
    cut.as_object_mut().unwrap().remove("balance");
    let draft = with(&[("status", json!("Draft"))]);
    for body in [
        json!({}),
        json!([]),
        json!(null),
        json!("ok"),
        json!({"success": true, "data": null}),
        json!({"invoiceIds": [SAMPLE_ID]}),
        json!([SAMPLE_ID]),
        json!([{"id": SAMPLE_ID, "status": "Active"}]),
        json!([cut]),
        json!([with(&[("id", json!("other"))])]),
        json!([with(&[("id", json!(null))])]),
        json!([whole, draft]),
        json!([whole, draft, whole]),
    ] {
        let written = answered(&body.to_string(), &[SAMPLE_ID]).unwrap();
        assert!(written.is_empty(), "{body}");
    }
    assert!(answered("", &[SAMPLE_ID]).unwrap().is_empty());
    assert!(answered(" \n", &[SAMPLE_ID]).unwrap().is_empty());
}

#[test]
fn a_failure_in_a_success_may_have_come_half_way() {
    let body = json!({"data": [with(&[])], "errors": [{"message": "one is locked"}]});
    let error = answered(&body.to_string(), &[SAMPLE_ID]).unwrap_err();
    assert_eq!((error.kind, error.fate), (ErrorKind::Rejected, Fate::Finished));
    assert_eq!((error.operation, error.status), ("activate", Some(200)));
    assert_eq!(error.said.message.as_deref(), Some("one is locked"));
    let error = answered("<html>", &[SAMPLE_ID]).unwrap_err();
    assert_eq!((error.kind, error.fate), (ErrorKind::BadResponse, Fate::Unclear));
}
