use std::collections::BTreeMap;

use http::{HeaderMap, StatusCode};

use super::super::asking::question;
use super::*;
use crate::Transport;

fn conditions(query: &str) -> Value {
    Value::Array(asked(&question(query)).unwrap().conditions)
}

fn ours(query: &str) -> bool {
    let asked = asked(&question(query)).unwrap();
    asked.conditions.is_empty() && asked.by_provider.is_empty()
}

#[test]
fn selects_every_key_of_an_invoice() {
    let sample = include_str!("../../../../../../infra/sandbox/samples/nue-invoice.json");
    let sample: BTreeMap<String, Value> = serde_json::from_str(sample).unwrap();
    let mut selected: Vec<&str> = FIELDS.split_whitespace().collect();
    selected.sort_unstable();
    assert_eq!(selected, sample.keys().collect::<Vec<_>>());
    assert_eq!(selected.len(), 52);
}

#[test]
fn a_question_becomes_variables_of_one_fixed_query() {
    let question = question(
        "customerIds=acme:c1&status=active&invoiceDate[gte]=2025-01-01&invoiceDate[lt]=2025-02-01\
         &sort=-dueDate",
    );
    let query = asked(&question).unwrap().query(question.sort, 50, 51);
    assert_eq!(
        query.body["variables"],
        json!({
            "where": {"_and": [
                {"customer": {"id": {"_eq": "c1"}}},
                {"status": {"_eq": "Active"}},
                {"invoiceDate": {"_gte": "2025-01-01", "_lte": "2025-01-31"}},
            ]},
            "order_by": [{"dueDate": "desc_nulls_last"}, {"id": "asc"}],
            "limit": 51,
            "offset": 50,
        })
    );
    let plain = Asked::default().query(None, 0, 1).body;
    assert_eq!(plain["query"], query.body["query"]);
    assert_eq!(
        plain["variables"],
        json!({"where": {}, "order_by": [{"createdDate": "asc_nulls_last"}, {"id": "asc"}],
               "limit": 1, "offset": 0})
    );
}

#[test]
fn every_filter_has_its_condition() {
    for (query, condition) in [
        ("customerIds=a,acme:b,elsewhere:c", json!({"customer": {"id": {"_in": ["a", "b"]}}})),
        (
            "status=pending_activation,paid",
            json!({"_or": [{"status": {"_in": ["Pending Activation", "PendingActivation"]}},
                           {"paymentStatus": {"_eq": "Paid"}}]}),
        ),
        ("status=writtenoff", json!({"paymentStatus": {"_eq": "WrittenOff"}})),
        // Nue knows no `overdue`: the other word is all that can hold.
        ("paymentStatus=paid,overdue", json!({"paymentStatus": {"_eq": "Paid"}})),
        ("dueDate=2025-01-31", json!({"dueDate": {"_gte": "2025-01-31", "_lte": "2025-01-31"}})),
        (
            "createdAt=2025-01-31",
            json!({"createdDate": {"_gte": "2025-01-31T00:00:00Z", "_lt": "2025-02-01T00:00:00Z"}}),
        ),
        (
            "modifiedAt[gt]=2025-01-31T12:00:00.5Z",
            json!({"lastModifiedDate": {"_gt": "2025-01-31T12:00:00.5Z"}}),
        ),
        (
            "activatedAt[lte]=2025-01-31T12:00:00Z",
            json!({"activatedTime": {"_lte": "2025-01-31T12:00:00Z"}}),
        ),
        // Exact, however many digits.
        ("amount[gt]=0.123456789012345678", json!({"amount": {"_gt": "0.123456789012345678"}})),
        ("balance[gte]=-1", json!({"balance": {"_gte": "-1"}})),
        ("number=INV-1,INV-2", json!({"name": {"_in": ["INV-1", "INV-2"]}})),
        ("number=INV-*7", json!({"name": {"_like": "INV-%7"}})),
        (
            "externalId=[empty],x",
            json!({"_or": [{"externalInvoiceId": {"_in": ["", "x"]}},
                           {"externalInvoiceId": {"_is_null": true}}]}),
        ),
        ("currency=eur", json!({"currencyIsoCode": {"_eq": "EUR"}})),
    ] {
        assert_eq!(conditions(query), json!([condition]), "{query}");
        let question = question(query);
        let by_provider = asked(&question).unwrap().by_provider;
        assert!(by_provider.into_iter().eq(question.filter.asked()), "{query}");
    }
}

#[test]
fn what_is_not_certain_is_left_to_us() {
    for query in [
        "status=unknown,active",
        "paymentStatus=unknown",
        "number=INV_*",
        "number=100%*",
        "number=a\\*",
        "currency=[empty],EUR",
        "poNumber=PO-1",
        "search=acme",
    ] {
        assert!(ours(&query.replace('%', "%25")), "{query}");
    }
}

#[test]
fn a_question_that_no_invoice_can_answer_is_not_put() {
    for query in ["customerIds=elsewhere:c", "paymentStatus=overdue", "status=unpaid,disputed"] {
        assert!(asked(&question(query)).is_none(), "{query}");
    }
}

#[test]
fn what_a_caller_says_stays_a_value() {
    let hostile = r#"a"}}){id}#"#;
    let encoded: String = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
    let question = question(&format!("customerIds={encoded}&number={encoded}"));
    let body = asked(&question).unwrap().query(None, 0, 1).body;
    assert_eq!(body["query"], Asked::default().query(None, 0, 1).body["query"]);
    assert_eq!(
        body["variables"]["where"]["_and"],
        json!([{"customer": {"id": {"_eq": hostile}}}, {"name": {"_eq": hostile}}])
    );
}

#[test]
fn rows_that_end_at_a_round_number_may_have_been_cut() {
    for (rows, cut) in [(0, false), (7, false), (10, true), (25, true), (51, false), (500, true)] {
        assert_eq!(may_be_cut(rows), cut, "{rows}");
    }
}

fn answer(query: &str, body: &'static str) -> Result<usize, ProviderError> {
    let base = "https://nue.example".parse().unwrap();
    let account = Account::new(
        &super::super::CAPABILITIES,
        "acme".parse().unwrap(),
        base,
        Transport::new().unwrap(),
        refusal::explain,
    );
    let reply = Reply { status: StatusCode::OK, headers: HeaderMap::new(), body: body.into() };
    let query = asked(&question(query)).unwrap().query(None, 0, 1);
    query.rows(&account, "list", &reply).map(|rows| rows.len())
}

#[test]
fn a_refused_query_says_what_of_it_was_assumed() {
    let body = r#"{"data": null, "errors": [{"message": "no such operator",
                   "extensions": {"code": "validation-failed"}}]}"#;
    let error = answer("number=a*,b&status=draft", body).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Rejected);
    assert_eq!(error.said.message.as_deref(), Some("no such operator"));
    assert_eq!(error.said.code.as_deref(), Some("validation-failed"));
    for named in ["`limit`", "`Invoice_bool_exp`", "`_like`", "`_or`"] {
        assert!(error.detail.contains(named), "{named}: {}", error.detail);
    }
    for unused in ["`_in`", "`_gt`", "`_eq`"] {
        assert!(!error.detail.contains(unused), "{unused}: {}", error.detail);
    }
}

#[test]
fn an_answer_is_rows_or_a_failure() {
    assert_eq!(answer("", r#"{"data": {"Invoice": [{}, {}]}, "errors": []}"#).unwrap(), 2);
    for body in ["{}", r#"{"data": {}}"#, r#"{"data": null}"#, "[]", ""] {
        let error = answer("", body).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadResponse, "{body}");
    }
}

#[test]
fn several_invoices_are_one_query() {
    let variables = |ids: &[&str]| by_id(ids).body["variables"].clone();
    let two = variables(&["a", "b"]);
    assert_eq!(two["where"], json!({"_and": [{"id": {"_in": ["a", "b"]}}]}));
    assert_eq!((&two["limit"], &two["offset"]), (&json!(2), &json!(0)));
    assert_eq!(variables(&["a"])["where"], json!({"_and": [{"id": {"_eq": "a"}}]}));
}

#[test]
fn an_id_is_a_uuid_as_nue_writes_it() {
    assert!(is_id("c52f7158-b164-44fa-93c5-e4b16420c371"));
    for other in [
        "",
        "nope",
        "C52F7158-b164-44fa-93c5-e4b16420c371",
        "c52f7158-b164-44fa-93c5-e4b16420c37",
        "c52f7158-b164-44fa-93c5-e4b16420c3711",
        "c52f7158_b164-44fa-93c5-e4b16420c371",
        "c52f7158-b164-44fa-93c5-e4b16420c37g",
        "c52f7158-b164-44fa-93c5-e4b16420c3é",
    ] {
        assert!(!is_id(other), "{other}");
    }
}
