use std::collections::BTreeSet;

use http::{HeaderMap, StatusCode};

use super::super::asking::question;
use super::super::assumptions::{AMOUNT_TEXTS, IN, TABLE};
use super::super::error;
use super::*;
use crate::account::Account;
use crate::error::Said;
use crate::transport::Reply;
use crate::{ErrorKind, ProviderError, Transport};

/// What has been seen of an account that has refused these.
fn without(refused: &[&'static Assumption]) -> Assumptions {
    let seen = Assumptions::new(TABLE);
    for one in refused {
        let words = format!("no {}", one.named_by.first().unwrap());
        let said = Said { message: Some(words), ..Said::default() };
        let name = "acme".parse().unwrap();
        let error = ProviderError::new(ErrorKind::Rejected, "nue", &name, "list", "no");
        assert!(seen.drop_named(&name, &[*one], &ProviderError { said, ..error }));
    }
    seen
}

fn put(query: &str, seen: &Assumptions) -> Option<GraphqlFilter> {
    let question = question(query);
    asked(&question, question.customers.as_ref(), seen)
}

fn conditions(query: &str) -> Value {
    Value::Array(put(query, &without(&[&VARIABLES])).unwrap().conditions)
}

fn text_of(query: &Query) -> &str {
    let fields: Vec<&String> = query.body.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["query"], "there are no variables");
    query.body["query"].as_str().unwrap()
}

fn names(used: &[&'static Assumption]) -> Vec<&'static str> {
    let named = used.iter().map(|one| one.name);
    named.filter(|name| !name.starts_with("Invoice.")).collect()
}

#[test]
fn a_question_is_written_into_the_query() {
    let question = question(
        "customerIds=acme:c1&status=active&invoiceDate[gte]=2025-01-01&invoiceDate[lt]=2025-02-01\
         &sort=-dueDate",
    );
    let seen = without(&[&VARIABLES]);
    let asked = asked(&question, question.customers.as_ref(), &seen).unwrap();
    let query = asked.rows(question.sort, 50, 51, &seen);
    let start = "query { Invoice(where: {_and: [{customer: {id: {_eq: \"c1\"}}}, \
                 {status: {_eq: \"Active\"}}, \
                 {invoiceDate: {_gte: \"2025-01-01\", _lte: \"2025-01-31\"}}]}, \
                 order_by: [{dueDate: desc_nulls_last}, {id: asc}], limit: 51, offset: 50) { id ";
    assert!(text_of(&query).starts_with(start), "{}", text_of(&query));
    assert_eq!(names(&query.used), ["order_by", "limit", "offset"]);
    let plain = GraphqlFilter::default().rows(None, 0, 500, &seen);
    let start = "query { Invoice(where: {}, order_by: [{createdDate: asc_nulls_last}, {id: asc}], \
                 limit: 500, offset: 0) {";
    assert!(text_of(&plain).starts_with(start), "{}", text_of(&plain));
    assert_eq!(names(&plain.used), ["order_by", "limit", "offset", "limit of 500"]);
}

#[test]
fn the_foundation_is_the_form_of_the_seed() {
    let all: Vec<&'static Assumption> =
        TABLE.iter().filter(|one| !one.named_by.is_empty()).collect();
    let seen = without(&all);
    let query = put("status=draft", &seen).unwrap().rows(None, 0, 51, &seen);
    assert_eq!(
        text_of(&query),
        "query { Invoice(where: {_and: [{status: {_eq: \"Draft\"}}]}) { id amount amountWithoutTax \
         balance createdDate customerId dueDate endDate invoiceDate name invoicePdf paymentStatus \
         startDate status taxAmount } }"
    );
    assert_eq!((query.limit, query.used), (None, vec![]));
}

#[test]
fn without_any_part_of_paging_all_comes_at_once() {
    for one in [&ORDER_BY, &LIMIT, &OFFSET] {
        let seen = without(&[&VARIABLES, one]);
        let query = GraphqlFilter::default().rows(None, 50, 51, &seen);
        let text = text_of(&query);
        assert_eq!(query.limit, None, "{}", one.name);
        assert!(!text.contains("limit") && !text.contains("offset"), "{text}");
        assert_eq!(text.contains("order_by"), one.name != "order_by", "{text}");
    }
}

#[test]
fn a_field_that_is_refused_is_left_out_alone() {
    let field = |wanted| super::super::assumptions::fields().find(|(name, _)| *name == wanted);
    let (_, comments) = field("comments").unwrap();
    let seen = without(&[&VARIABLES, comments]);
    let query = GraphqlFilter::default().rows(None, 0, 1, &seen);
    assert!(!text_of(&query).contains(" comments "));
    assert_eq!(
        text_of(&query).split_whitespace().filter(|word| *word == "lastModifiedDate").count(),
        1
    );
    let can_tell = |query: &str| can_tell(&question(query), &seen);
    assert!(can_tell("status=draft&modifiedAt[gte]=2025-01-01&sort=modifiedAt"));
    assert!(!can_tell("search=acme"));
    assert!(!shows_all(&seen));
}

#[test]
fn a_size_of_page_that_is_refused_is_halved_to_the_default() {
    assert_eq!(page_size(Reading::Whole, &without(&[])), 498);
    assert_eq!(page_size(Reading::Few(50), &without(&[])), 50);
    assert_eq!(page_size(Reading::Whole, &without(&[&LARGE_PAGES])), 98);
}

/// The condition, and whether it is all that is asked.
const CONDITIONS: &[(&str, &str, bool)] = &[
    ("customerIds=a,acme:b,elsewhere:c", r#"{"customer": {"id": {"_in": ["a", "b"]}}}"#, true),
    ("status=draft", r#"{"status": {"_eq": "Draft"}}"#, true),
    (
        "status=pending_activation",
        r#"{"status": {"_in": ["Pending Activation", "PendingActivation"]}}"#,
        true,
    ),
    ("status=writtenoff", r#"{"paymentStatus": {"_eq": "WrittenOff"}}"#, true),
    // Nue knows no `overdue`: the other word is all that can hold.
    ("paymentStatus=paid,overdue", r#"{"paymentStatus": {"_eq": "Paid"}}"#, true),
    ("dueDate=2025-01-31", r#"{"dueDate": {"_gte": "2025-01-31", "_lte": "2025-01-31"}}"#, true),
    (
        "createdAt=2025-01-31",
        r#"{"createdDate": {"_gte": "2025-01-31T00:00:00Z", "_lte": "2025-02-01T00:00:00Z"}}"#,
        false,
    ),
    (
        "modifiedAt[gt]=2025-01-31T12:00:00.5Z",
        r#"{"lastModifiedDate": {"_gte": "2025-01-31T12:00:00.5Z"}}"#,
        false,
    ),
    (
        "activatedAt[lte]=2025-01-31T12:00:00Z",
        r#"{"activatedTime": {"_lte": "2025-01-31T12:00:00Z"}}"#,
        true,
    ),
    // Exact, however many digits.
    ("amount[gte]=0.123456789012345678", r#"{"amount": {"_gte": "0.123456789012345678"}}"#, true),
    ("balance[lt]=-1", r#"{"balance": {"_lte": "-1"}}"#, false),
    ("number=INV-1,INV-2", r#"{"name": {"_in": ["INV-1", "INV-2"]}}"#, true),
    ("externalId=x", r#"{"externalInvoiceId": {"_eq": "x"}}"#, true),
    ("currency=eur", r#"{"currencyIsoCode": {"_eq": "EUR"}}"#, true),
];

#[test]
fn every_filter_has_its_condition() {
    for (query, condition, is_exact) in CONDITIONS {
        let condition: Value = serde_json::from_str(condition).unwrap();
        assert_eq!(conditions(query), json!([condition]), "{query}");
        let by_provider = put(query, &without(&[])).unwrap().by_provider;
        let asked = question(query).filter.asked();
        assert_eq!(by_provider.into_iter().eq(asked), *is_exact, "{query}");
    }
}

#[test]
fn what_is_not_certain_is_left_to_us() {
    for query in [
        "status=unknown,active",
        "status=pending_activation,paid",
        "paymentStatus=unknown",
        "number=INV-*7",
        "externalId=[empty],x",
        "currency=[empty],EUR",
        "poNumber=PO-1",
        "search=acme",
    ] {
        let asked = put(query, &without(&[])).unwrap();
        assert!(asked.conditions.is_empty() && asked.by_provider.is_empty(), "{query}");
    }
    for query in ["customerIds=a,b", "status=draft,active", "number=a,b"] {
        let asked = put(query, &without(&[&IN])).unwrap();
        assert!(asked.conditions.is_empty() && asked.by_provider.is_empty(), "{query}");
    }
    let asked = put("amount[gte]=1&status=draft", &without(&[&AMOUNT_TEXTS])).unwrap();
    assert_eq!(asked.by_provider, BTreeSet::from([P::Status]));
}

#[test]
fn a_question_that_no_invoice_can_answer_is_not_put() {
    for query in ["customerIds=elsewhere:c", "paymentStatus=overdue", "status=unpaid,disputed"] {
        assert!(put(query, &without(&[])).is_none(), "{query}");
    }
}

#[test]
fn what_a_caller_says_stays_a_value() {
    let seen = without(&[&VARIABLES]);
    for hostile in [r#"a"}}){id}#"#, "\\\"", "a\u{0}\n\u{2028}b", "\"\"\"", "$where", "ü\u{1f600}"]
    {
        let encoded: String = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
        let customers = BTreeSet::from([hostile.to_owned()]);
        let question = question(&format!("number={encoded}"));
        let number = question.filter.number.is_some();
        assert!(number, "{hostile:?}");
        let query = asked(&question, Some(&customers), &seen).unwrap().rows(None, 0, 1, &seen);
        let text = serde_json::to_string(hostile).unwrap();
        let written = format!(
            "query {{ Invoice(where: {{_and: [{{customer: {{id: {{_eq: {text}}}}}}}, \
             {{name: {{_eq: {text}}}}}]}}, order_by:"
        );
        assert!(text_of(&query).starts_with(&written), "{}", text_of(&query));
    }
}

fn answer(body: &'static str) -> Result<usize, ProviderError> {
    let base = "https://nue.example".parse().unwrap();
    let account = Account::new(
        &super::super::CAPABILITIES,
        "acme".parse().unwrap(),
        base,
        Transport::new().unwrap(),
        error::explain,
    );
    let reply = Reply { status: StatusCode::OK, headers: HeaderMap::new(), body: body.into() };
    rows(&account, "list", &reply).map(|rows| rows.len())
}

#[test]
fn a_refused_query_keeps_its_words() {
    let body = r#"{"data": null, "errors": [{"message": "no such operator",
                   "extensions": {"code": "validation-failed"}}]}"#;
    let error = answer(body).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Rejected);
    assert_eq!(error.said.message.as_deref(), Some("no such operator"));
    assert_eq!(error.said.code.as_deref(), Some("validation-failed"));
}

#[test]
fn an_answer_is_rows_or_a_failure() {
    assert_eq!(answer(r#"{"data": {"Invoice": [{}, {}]}, "errors": []}"#).unwrap(), 2);
    for body in ["{}", r#"{"data": {}}"#, r#"{"data": null}"#, "[]", ""] {
        let error = answer(body).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadResponse, "{body}");
    }
}

#[test]
fn values_stand_beside_the_query_while_variables_are_taken() {
    let question = question("status=active");
    let seen = without(&[]);
    let asked = asked(&question, None, &seen).unwrap();
    let query = asked.rows(None, 50, 51, &seen);
    let text = query.body["query"].as_str().unwrap();
    assert!(text.starts_with(
        "query ($where: Invoice_bool_exp!, $limit: Int, $offset: Int) { Invoice(where: $where, "
    ));
    let where_active = json!({ "_and": [{ "status": { "_eq": "Active" } }] });
    let expected = json!({ "where": where_active, "limit": 51, "offset": 50 });
    assert_eq!(query.body["variables"], expected);
    assert_eq!(names(&query.used), ["order_by", "limit", "offset", "variables"]);
}

#[test]
fn several_invoices_are_one_query() {
    let seen = without(&[&VARIABLES]);
    let text = |ids: &[&str]| text_of(&by_id(ids, &seen).unwrap()).to_owned();
    assert!(text(&["a", "b"]).starts_with(
        r#"query { Invoice(where: {_and: [{id: {_in: ["a", "b"]}}]}, limit: 2, offset: 0) {"#
    ));
    assert!(text(&["a"]).starts_with(
        r#"query { Invoice(where: {_and: [{id: {_eq: "a"}}]}, limit: 1, offset: 0) {"#
    ));
    assert!(by_id(&["a", "b"], &without(&[&IN])).is_none());
    assert!(by_id(&["a"], &without(&[&IN])).is_some());
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
