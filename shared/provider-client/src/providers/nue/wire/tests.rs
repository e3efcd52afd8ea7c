use serde_json::{Value, json};

use super::super::{CAPABILITIES, error};
use super::*;
use crate::Transport;

const SAMPLE: &str = include_str!("../../../../../../infra/sandbox/samples/nue-invoice.json");

fn read(json: &str, includes: &[Include]) -> Result<Invoice, ProviderError> {
    let account = Account::new(
        &CAPABILITIES,
        "acme".parse().unwrap(),
        "https://nue.example".parse().unwrap(),
        Transport::new().unwrap(),
        error::explain,
    );
    let view = View { includes: includes.to_vec(), ..View::default() };
    invoice(&account, &CAPABILITIES, "list", serde_json::from_str(json).unwrap(), &view)
}

fn with(field: &str, value: Value) -> Invoice {
    read(&json!({"id": "a", field: value}).to_string(), &[]).unwrap()
}

#[test]
fn every_field_of_the_sample_has_its_place() {
    let invoice = read(SAMPLE, &[Include::Raw, Include::Lines, Include::Assets]).unwrap();
    assert_eq!(invoice.raw.as_ref().unwrap().get(), SAMPLE.trim());
    let mut shown = serde_json::to_value(&invoice).unwrap();
    shown.as_object_mut().unwrap().remove("raw");
    assert_eq!(
        shown,
        json!({
            "id": "acme:c52f7158-b164-44fa-93c5-e4b16420c371",
            "connection": "acme",
            "provider": "nue",
            "direction": "receivable",
            "number": "INV-00000311",
            "customer": {"id": "acme:001KS00000DvZ1aYAD", "name": null, "email": null},
            "supplier": null,
            "status": "active",
            "providerStatus": "Active",
            "paymentStatus": "not_transferred",
            "providerPaymentStatus": "NotTransferred",
            "currency": null,
            "amounts": {
                "total": "226.33", "withoutTax": "226.33", "tax": "0", "discount": null,
                "shipping": "0", "paid": null, "credited": null, "writtenOff": null,
                "balance": "226.33",
            },
            "dates": {
                "invoice": "2025-07-01", "due": "2025-08-30", "periodStart": "2025-01-01",
                "periodEnd": "2025-06-30", "target": "2025-06-30",
            },
            "timestamps": {
                "created": "2025-06-30T09:33:52.471Z", "modified": "2025-06-30T09:58:12.87Z",
                "activated": "2025-06-30T09:39:21.165Z", "canceled": null,
            },
            "terms": null,
            "billToContactId": "003KS000005ImUIYAO",
            "payment": {
                "method": null, "paymentId": null, "hostedUrl": null, "records": [], "schedule": [],
            },
            "documents": {"pdfUrl": "https://app.example.invalid/view-invoice/c52f7158"},
            "tracking": {
                "poNumbers": [], "poDates": [], "accountNumber": null, "reconciliationId": null,
                "externalIds": {}, "accountingStatus": "Not Started",
                "taxStatus": "Not Calculated",
            },
            "comments": [{
                "text": "approve and activate the invoice",
                "createdAt": "2025-06-30T09:39:21Z",
                "author": "Test Administrator",
            }],
            "customFields": {},
            "availableActions": {
                "cancel": {"resultingStatus": "canceled"}, "update": {"resultingStatus": "active"},
            },
            "lines": null,
            "assets": null,
        })
    );
}

#[test]
fn lists_come_as_lists_or_encoded_or_as_one_text() {
    for (sent, numbers) in [
        (json!(["PO-1", 2]), &["PO-1", "2"][..]),
        (json!("[\"PO-1\", \"2\"]"), &["PO-1", "2"]),
        (json!("PO-1"), &["PO-1"]),
        (json!("7"), &["7"]),
        (json!(""), &[]),
        (json!({"a": 1}), &[]),
        (Value::Null, &[]),
    ] {
        assert_eq!(with("poNumbers", sent.clone()).tracking.po_numbers, numbers, "{sent}");
    }
    let dates = with("poDates", json!("[\"2025-01-31\", \"soon\"]")).tracking.po_dates;
    assert_eq!(dates, [jiff::civil::date(2025, 1, 31)]);
}

#[test]
fn comments_are_decoded_and_stand_oldest_first() {
    let encoded = r#"[{"comment":"b","createTime":"2025-06-02T00:00:00Z"},
                      {"comment":"a","createTime":"2025-06-01T00:00:00Z","createUserName":"x"}]"#;
    for sent in [json!(encoded), serde_json::from_str(encoded).unwrap()] {
        let comments = with("comments", sent).comments;
        let texts: Vec<_> = comments.iter().map(|comment| comment.text.as_str()).collect();
        assert_eq!(texts, ["a", "b"]);
        assert_eq!(comments[0].author.as_deref(), Some("x"));
    }
    let plain = with("comments", json!("just words")).comments;
    assert_eq!((plain[0].text.as_str(), plain[0].created_at), ("just words", None));
    assert_eq!(with("comments", json!(null)).comments, []);
}

#[test]
fn a_bare_cancellation_date_is_no_instant() {
    let canceled = |text| with("cancellationDate", json!(text)).timestamps.canceled;
    assert_eq!(canceled("2025-06-30"), None);
    let at = canceled("2025-06-30T09:33:52.471+02:00").unwrap();
    assert_eq!(at.to_string(), "2025-06-30T07:33:52.471Z");
}

#[test]
fn unknown_words_stay_beside_unknown() {
    let odd = with("status", json!("Quarantined"));
    assert_eq!(odd.status, invoice::Status::Unknown);
    assert_eq!(odd.provider_status.as_deref(), Some("Quarantined"));
    let odd = with("paymentStatus", json!("Overdue"));
    assert_eq!(odd.payment_status, invoice::PaymentStatus::Unknown);
    assert_eq!(odd.provider_payment_status.as_deref(), Some("Overdue"));
}

#[test]
fn related_things_are_there_when_asked_for() {
    let sent = r#"{"id": "a", "assets": [{"id": 1.50}], "orders": [], "paymentApplications": [{}],
                   "externalInvoiceId": "E-1", "customFields": {"a__c": 1.0},
                   "currencyIsoCode": "usd", "amount": 12.5}"#;
    let all = [Include::Assets, Include::Orders, Include::Payments];
    let invoice = read(sent, &all).unwrap();
    let assets = invoice.assets.flatten().unwrap();
    assert_eq!(assets[0].get(), r#"{"id": 1.50}"#);
    assert_eq!(invoice.orders.flatten().unwrap().len(), 0);
    assert_eq!(invoice.payments.flatten().unwrap().len(), 1);
    assert_eq!(invoice.tracking.external_ids["externalInvoiceId"], "E-1");
    assert_eq!(invoice.custom_fields.unwrap().get(), r#"{"a__c": 1.0}"#);
    assert_eq!(invoice.amounts.total.unwrap().to_string(), "12.50");
    let bare = read(sent, &[]).unwrap();
    assert!(bare.assets.is_none() && bare.orders.is_none() && bare.payments.is_none());
}

#[test]
fn an_invoice_without_an_id_is_none() {
    for json in ["{}", r#"{"id": null}"#, r#"{"id": ""}"#] {
        let error = read(json, &[]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadResponse);
        assert!(error.detail.contains("`id`"), "{}", error.detail);
    }
}
