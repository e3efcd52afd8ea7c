use serde_json::{Value, json};

use super::*;
use crate::Transport;

const SAMPLE: &str = include_str!("../../../../../../infra/sandbox/samples/simplepin-invoice.json");

fn mapped(object: &RawValue, includes: &[Include]) -> Result<Value, ProviderError> {
    let account = Account::new(
        &CAPABILITIES,
        "pin".parse().unwrap(),
        "https://api.example".parse().unwrap(),
        Transport::new().unwrap(),
        |_| unreachable!("nothing is sent"),
    );
    let view = View { includes: includes.to_vec(), ..View::default() };
    invoice(&account, "get", object, &view).map(|it| serde_json::to_value(it).unwrap())
}

fn mapped_json(object: Value, includes: &[Include]) -> Value {
    let object = RawValue::from_string(object.to_string()).unwrap();
    mapped(&object, includes).unwrap()
}

#[test]
fn the_sample_maps_field_by_field() {
    let list: Vec<&RawValue> = serde_json::from_str(SAMPLE).unwrap();
    assert_eq!(
        mapped(list[0], &[]).unwrap(),
        json!({
            "id": "pin:string",
            "connection": "pin",
            "provider": "simplepin",
            "direction": "receivable",
            "number": "string",
            "customer": {"id": "pin:string", "name": "string", "email": "string"},
            "supplier": null,
            "status": "draft",
            "providerStatus": "DRAFT",
            "paymentStatus": "paid",
            "providerPaymentStatus": "PAID",
            "currency": "AED",
            "amounts": {
                "total": "1.01", "withoutTax": null, "tax": null, "discount": null,
                "shipping": null, "paid": null, "credited": null, "writtenOff": null,
                "balance": "0.00"
            },
            "dates": {
                "invoice": "2025-03-01", "due": "2025-03-31",
                "periodStart": "2025-03-01", "periodEnd": "2025-03-31", "target": null
            },
            "timestamps": {
                "created": "2025-03-01T09:30:00Z", "modified": null,
                "activated": null, "canceled": null
            },
            "terms": null,
            "billToContactId": null,
            "payment": {
                "method": "string", "paymentId": null, "hostedUrl": null,
                "records": [], "schedule": []
            },
            "documents": {"pdfUrl": null},
            "tracking": {
                "poNumbers": [], "poDates": [], "accountNumber": null,
                "reconciliationId": null, "externalIds": {"simplepinId": "0"},
                "accountingStatus": null, "taxStatus": null
            },
            "comments": [{"text": "string", "createdAt": null, "author": null}],
            "customFields": {},
            "availableActions": {"activate": {"resultingStatus": "active"}}
        })
    );
}

#[test]
fn what_is_asked_for_beside_it_is_there_or_null() {
    let list: Vec<&RawValue> = serde_json::from_str(SAMPLE).unwrap();
    let all = mapped(list[0], Include::ALL).unwrap();
    for absent in ["lines", "assets", "orders", "payments"] {
        assert_eq!(all[absent], Value::Null, "{absent}");
        assert!(all.get(absent).is_some(), "{absent}");
    }
    assert_eq!(all["raw"], serde_json::from_str::<Value>(list[0].get()).unwrap());
}

#[test]
fn lines_are_shown_when_asked_for_and_odd_ones_fail_nothing() {
    let invoice =
        |lines: Value| json!({"uuid": "a", "currency_code": "USD", "line_item_models": lines});
    let lines = json!([{"id": 7, "name": "Service", "quantity": 2, "rate": 1.5, "amount": 3},
                       {"quantity": "many"}]);
    let shown = mapped_json(invoice(lines.clone()), &[Include::Lines]);
    let first = &shown["lines"][0];
    assert_eq!(
        [&first["id"], &first["name"], &first["quantity"], &first["unitPrice"], &first["amount"]],
        ["7", "Service", "2", "1.50", "3.00"]
    );
    assert_eq!(shown["lines"][1]["quantity"], Value::Null);
    assert_eq!(mapped_json(invoice(lines), &[]).get("lines"), None);
    for odd in [json!(5), json!([5]), Value::Null] {
        let shown = mapped_json(invoice(odd), &[Include::Lines]);
        assert_eq!(shown.get("lines"), Some(&Value::Null));
    }
}

#[test]
fn a_lines_price_is_shown_by_either_of_its_names() {
    for (line, price) in [
        (json!({"unit_price": 2.25}), json!("2.25")),
        (json!({"rate": 1.5}), json!("1.50")),
        // The vendor's own name before the one that is assumed.
        (json!({"unit_price": 2.25, "rate": 1.5}), json!("2.25")),
        (json!({"unit_price": null, "rate": 1.5}), json!("1.50")),
        (json!({"unit_price": 0, "rate": 1.5}), json!("0.00")),
        (json!({"price": 1.5}), Value::Null),
    ] {
        let invoice = json!({"uuid": "a", "currency_code": "USD", "line_item_models": [line]});
        let shown = mapped_json(invoice, &[Include::Lines]);
        assert_eq!(shown["lines"][0]["unitPrice"], price, "{line}");
    }
}

#[test]
fn states_and_payments_are_told_as_far_as_they_are_certain() {
    let (paid, unpaid) = (json!("PAID"), json!("UNPAID"));
    for (state, paid, charged, expected) in [
        ("DRAFT", &unpaid, Value::Null, ["draft", "unpaid", "100.00"]),
        ("SENT", &unpaid, Value::Null, ["active", "unpaid", "100.00"]),
        ("SENT", &unpaid, json!("2025-03-02"), ["active", "unpaid", ""]),
        ("SENT", &json!("PARTIALLY_PAID"), Value::Null, ["active", "partially_paid", ""]),
        ("SENT", &json!("SETTLING"), Value::Null, ["active", "unknown", ""]),
        ("SENT", &Value::Null, Value::Null, ["active", "unknown", ""]),
        ("SENT", &paid, Value::Null, ["active", "paid", "0.00"]),
        ("PAID", &paid, json!("2025-03-02"), ["active", "paid", "0.00"]),
        ("PAID", &Value::Null, Value::Null, ["active", "paid", "0.00"]),
        ("PAID", &unpaid, Value::Null, ["active", "unknown", ""]),
        ("CANCELLED", &unpaid, Value::Null, ["canceled", "unpaid", ""]),
        ("CANCELLED", &paid, Value::Null, ["canceled", "paid", ""]),
        ("Quarantined", &paid, Value::Null, ["unknown", "paid", ""]),
    ] {
        let shown = mapped_json(
            json!({"uuid": "a", "invoice_state": state, "paid": paid, "amount": 100,
                   "currency_code": "EUR", "charge_date": charged}),
            &[],
        );
        let found = [&shown["status"], &shown["paymentStatus"], &shown["amounts"]["balance"]]
            .map(|value| value.as_str().unwrap_or_default());
        assert_eq!(found, expected, "{state} {paid} {charged}");
        assert_eq!(shown["providerStatus"], state);
        assert_eq!(shown["providerPaymentStatus"], *paid);
    }
}

#[test]
fn a_trace_of_a_payment_leaves_the_balance_open_and_forbids_nothing() {
    let sent = |kind: Value| {
        let object = json!({"uuid": "a", "invoice_state": "SENT", "paid": "UNPAID", "amount": 5,
                            "last_tx_type": kind});
        mapped_json(object, &[])
    };
    let shown = sent(json!("SALE"));
    assert_eq!(shown["amounts"]["balance"], Value::Null);
    assert_eq!(shown["availableActions"]["cancel"], json!({"resultingStatus": "canceled"}));
    let untouched = sent(Value::Null);
    assert_eq!(untouched["availableActions"]["cancel"], json!({"resultingStatus": "canceled"}));
}

#[test]
fn odd_fields_are_null_and_a_missing_uuid_is_an_error_that_names_it() {
    let shown = mapped_json(
        json!({"uuid": "a", "amount": null, "invoice_date": "03/01/2025", "creation_date": "soon",
               "currency_code": "XQX", "customer_id": {}, "id": null, "email": ""}),
        &[],
    );
    for path in [
        "/amounts/total",
        "/dates/invoice",
        "/timestamps/created",
        "/currency",
        "/customer/id",
        "/customer/email",
        "/amounts/balance",
    ] {
        assert_eq!(shown.pointer(path), Some(&Value::Null), "{path}");
    }
    assert_eq!(shown["tracking"]["externalIds"], json!({}));
    for object in ["{}", r#"{"uuid": ""}"#, r#"{"uuid": null}"#] {
        let object = RawValue::from_string(object.to_owned()).unwrap();
        let error = mapped(&object, &[]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadResponse);
        assert!(error.detail.contains("`uuid`"), "{}", error.detail);
    }
}

#[test]
fn amounts_keep_every_place_that_was_sent() {
    let object = RawValue::from_string(
        r#"{"uuid": "a", "amount": 1234567890123.10000000000001, "currency_code": "USD"}"#
            .to_owned(),
    )
    .unwrap();
    let shown = mapped(&object, &[]).unwrap();
    assert_eq!(shown["amounts"]["total"], "1234567890123.10000000000001");
}
