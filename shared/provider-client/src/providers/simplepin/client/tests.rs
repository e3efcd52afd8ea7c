use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use invoice::{CustomerId, Filter, Parameter, Patch, Range, Sort, SortKey, StatusFilter};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::super::body;
use super::super::query::ListModel;
use super::*;
use crate::error::Fate;
use crate::provider::{PartOrder, Reading};
use crate::transport::Reply;

fn secret(fields: Value) -> ConnectionSecret {
    ConnectionSecret::parse(&"pin".parse().unwrap(), &fields.to_string()).unwrap()
}

fn simplepin(customers: Value) -> SimplePin {
    let mut fields = json!({"baseUrl": "https://pin.example/api/",
                            "authorization": "a", "token": "t"});
    if !customers.is_null() {
        fields["customers"] = customers;
    }
    open(&secret(fields), Transport::new().unwrap()).unwrap()
}

fn question(customers: Option<&[&str]>, filter: Filter) -> Question {
    Question {
        filter,
        customers: customers.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
        sort: None,
        view: View::default(),
        reading: Reading::Few(50),
    }
}

fn parts(simplepin: &SimplePin, customers: Option<&[&str]>) -> Vec<String> {
    let plan = simplepin.plan(&question(customers, Filter::default()));
    plan.unwrap().parts.iter().map(|part| part.key().to_string()).collect()
}

#[test]
fn every_customer_is_a_part_those_named_before_the_roster() {
    let roster = simplepin(json!(["c", "a"]));
    assert_eq!(parts(&roster, None), ["a", "c"]);
    assert_eq!(parts(&roster, Some(&["z", "b"])), ["b", "z"]);
    assert_eq!(parts(&roster, Some(&[])), [""; 0]);
    assert_eq!(parts(&roster, Some(&["", " ", "b"])), ["b"]);
}

#[test]
fn without_any_customer_the_refusal_says_what_would_help() {
    for roster in [Value::Null, json!([])] {
        let asked = question(None, Filter::default());
        let error = simplepin(roster).plan(&asked).unwrap_err();
        assert_eq!(error.kind, ErrorKind::CustomerRequired);
        assert!(error.detail.contains("`customerIds`"), "{}", error.detail);
        assert!(error.detail.contains("`customers`"), "{}", error.detail);
    }
}

#[test]
fn the_provider_is_trusted_with_customers_dates_and_words_alone() {
    let day = "2025-03-01".parse().unwrap();
    let filter = Filter {
        customer_ids: Some([CustomerId::Anywhere("a".into())].into()),
        invoice_date: Range { lower: std::ops::Bound::Included(day), ..Range::default() },
        due_date: Range { lower: std::ops::Bound::Included(day), ..Range::default() },
        search: Some("tyres".into()),
        currency: Some(Default::default()),
        ..Filter::default()
    };
    let plan = simplepin(Value::Null).plan(&question(Some(&["a"]), filter));
    assert_eq!(
        plan.unwrap().by_provider,
        [Parameter::CustomerIds, Parameter::InvoiceDate, Parameter::Search].into()
    );
    let bare = simplepin(json!(["a"])).plan(&question(None, Filter::default()));
    assert_eq!(bare.unwrap().by_provider, [].into());
}

#[test]
fn a_question_no_invoice_can_answer_has_no_parts() {
    let status = Some(StatusFilter {
        lifecycle: [invoice::Status::PendingActivation].into(),
        ..StatusFilter::default()
    });
    let filter = Filter { status, ..Filter::default() };
    let plan = simplepin(json!(["a"])).plan(&question(None, filter)).unwrap();
    assert_eq!(plan.parts, []);
}

#[test]
fn an_order_by_number_is_asked_of_every_part() {
    let mut asked = question(Some(&["a", "b"]), Filter::default());
    asked.sort = Some(Sort { key: SortKey::Number, descending: true });
    let plan = simplepin(Value::Null).plan(&asked).unwrap();
    assert!(plan.parts.iter().all(|part| part.order == PartOrder::Requested));
    assert_eq!(plan.parts.len(), 2);
}

#[test]
fn ids_stay_values_in_the_address() {
    let simplepin = simplepin(Value::Null);
    let asked = question(None, Filter::default());
    let list =
        simplepin.list_request("a&customer_id=b#/../c d", &ListModel::new(&asked, 50, 1)).unwrap();
    assert_eq!(
        list.url().as_str(),
        "https://pin.example/api/v2/invoice/list?customer_id=a%26customer_id%3Db%23%2F..%2Fc+d"
    );
    let body: Value = serde_json::from_slice(list.body().unwrap()).unwrap();
    assert_eq!((&body["first"], &body["count"]), (&json!(49), &json!(52)));
    let get = simplepin.get_request("a&invoice_id=1").unwrap();
    assert_eq!(
        get.url().as_str(),
        "https://pin.example/api/v2/invoice/get?uuid=a%26invoice_id%3D1"
    );
}

#[test]
fn writes_name_the_invoice_in_the_address_alone() {
    let simplepin = simplepin(Value::Null);
    let sent = simplepin.status_request("activate", "a&uuid=b", body::SENT).unwrap();
    assert_eq!(
        sent.url().as_str(),
        "https://pin.example/api/invoice/update_status?uuid=a%26uuid%3Db"
    );
    assert_eq!(sent.body().unwrap(), r#"{"status":"SENT","sent":true}"#);
    let object = RawValue::from_string(r#"{"version": 3, "amount": 1.10}"#.to_owned()).unwrap();
    let patch = Patch { comment: Some("x".into()), ..Patch::default() };
    let updated = simplepin.update_request("a", &object, &patch).unwrap();
    assert_eq!(updated.url().as_str(), "https://pin.example/api/v2/invoice/update?uuid=a");
    assert_eq!(
        updated.body().unwrap(),
        r#"{"additional_description":"x","amount":1.10,"version":3}"#
    );
}

#[test]
fn an_invoice_that_cannot_be_returned_safely_is_an_error_and_nothing_happened() {
    let object = RawValue::from_string(r#"{"amount": 1.10}"#.to_owned()).unwrap();
    let error = simplepin(Value::Null).update_request("a", &object, &Patch::default()).unwrap_err();
    assert_eq!((error.kind, error.operation), (ErrorKind::BadResponse, "update"));
    assert_eq!(error.fate, Fate::NotAccepted);
    assert!(error.detail.contains("`version`"), "{}", error.detail);
}

#[test]
fn an_answer_of_success_that_is_none_leaves_open_what_was_done() {
    let simplepin = simplepin(Value::Null);
    let id = "pin:a1".parse().unwrap();
    let invoice = Invoice::unknown(id, "simplepin", invoice::Direction::Receivable);
    for (body, taken) in [
        (r#"{"result_message": "ok", "url": "https://x", "uuid": "A1"}"#, true),
        (r#"{"result_message": "ok"}"#, true),
        (r#"{"result_message": "ok", "uuid": "b2"}"#, false),
        (r#""ok""#, false),
        ("", false),
    ] {
        let body = Bytes::from_static(body.as_bytes());
        let reply = Reply { status: StatusCode::OK, headers: HeaderMap::new(), body };
        let answer = simplepin.taken("cancel", &invoice, &reply);
        assert_eq!(answer.is_ok(), taken, "{reply:?}");
        if let Err(error) = answer {
            assert_eq!((error.kind, error.fate), (ErrorKind::BadResponse, Fate::Unclear));
        }
    }
}

#[test]
fn a_secret_names_all_it_lacks() {
    let empty = secret(json!({"provider": "simplepin", "customers": "all"}));
    let fault = connect(&empty, Transport::new().unwrap()).err().unwrap();
    let fault = fault.to_string();
    for field in ["`authorization`", "`token`", "`baseUrl`", "`customers`"] {
        assert!(fault.contains(field), "{field}: {fault}");
    }
}

#[test]
fn every_refusal_is_explained_whatever_its_body() {
    let html = ("text/html", "<html><h1>Forbidden</h1></html>");
    let json = ("application/json;charset=UTF-8", r#"{"code": 40, "message": "no"}"#);
    for (status, (kind, body), expected, code, message) in [
        (401, ("", ""), ErrorKind::Credentials, None, None),
        (401, json, ErrorKind::Credentials, Some("40"), Some("no")),
        (403, html, ErrorKind::Credentials, None, None),
        (404, ("application/json", ""), ErrorKind::NotFound, None, None),
        (404, ("application/json", r#""no""#), ErrorKind::NotFound, None, None),
        (404, ("application/json", r#"{"message": {"a": 1}}"#), ErrorKind::NotFound, None, None),
        (
            400,
            ("application/json", r#"{"result_message": "bad"}"#),
            ErrorKind::Rejected,
            None,
            Some("bad"),
        ),
        (429, json, ErrorKind::RateLimited, Some("40"), Some("no")),
        (500, ("application/json", r#"{"message": "#), ErrorKind::Failed, None, None),
        (502, html, ErrorKind::Failed, None, None),
        (302, html, ErrorKind::BadResponse, None, None),
    ] {
        let kind = HeaderValue::from_static(kind);
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]),
            body: Bytes::from_static(body.as_bytes()),
        };
        let (is, said) = explain(&reply);
        assert_eq!(is, expected, "{status} {body}");
        assert_eq!(said.code.as_deref(), code, "{status} {body}");
        assert_eq!(said.message.as_deref(), message, "{status} {body}");
    }
}
