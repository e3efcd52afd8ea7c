use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use invoice::Status;

use super::super::query::Selection;
use super::super::read::{Group, repeats};
use super::*;
use crate::provider::PartKind;
use crate::providers::nue::asking::question;
use crate::providers::nue::pages::Listed;
use crate::transport::Reply;

fn client(secret: &str) -> NueSelfService {
    let secret = ConnectionSecret::parse(&"acme".parse().unwrap(), secret).unwrap();
    open(&secret, Transport::new().unwrap()).unwrap()
}

fn without_roster() -> NueSelfService {
    client(r#"{"apiKey": "k"}"#)
}

#[test]
fn customers_are_those_named_else_the_roster_else_an_error_that_helps() {
    let roster = client(r#"{"apiKey": "k", "customers": ["r"]}"#);
    let named = |provider: &NueSelfService, query: &str| {
        let plan = provider.plan(&question(query)).unwrap();
        plan.parts.iter().map(|part| part.key().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(named(&roster, ""), ["from r"]);
    assert_eq!(named(&roster, "customerIds=b,a"), ["from a"]);
    assert_eq!(named(&roster, "customerIds=elsewhere:a"), [""; 0]);
    assert_eq!(named(&without_roster(), "customerIds=b"), ["from b"]);
    for provider in [without_roster(), client(r#"{"apiKey": "k", "customers": []}"#)] {
        let error = provider.plan(&question("")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::CustomerRequired);
        for help in ["`customerIds`", "`customers`"] {
            assert!(error.detail.contains(help), "{}", error.detail);
        }
    }
}

#[test]
fn one_call_is_what_the_guide_shows() {
    let question = question("status=paid&includes=orders,assets,payments,raw");
    let word = asked(&question.filter).unwrap().word;
    let group = Group { customers: &["001&a", "002"], word, view: &question.view };
    let request = without_roster().request("list", &group, 1).unwrap();
    let pairs: Vec<_> = request.url().query_pairs().into_owned().collect();
    let pairs: Vec<_> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(request.url().path(), "/invoices");
    assert_eq!(
        pairs,
        [("customerIds", r#"["001&a","002"]"#), ("includes", "assets,orders"), ("status", "Paid")]
    );
}

#[test]
fn one_payment_word_is_theirs_and_all_else_ours() {
    use Parameter::{PaymentStatus, Status};
    for (query, word, theirs) in [
        ("", None, &[][..]),
        ("status=partiallypaid", Some("PartiallyPaid"), &[Status]),
        ("paymentStatus=paid", Some("Paid"), &[PaymentStatus]),
        ("paymentStatus=paid,overdue", Some("Paid"), &[PaymentStatus]),
        ("status=paid&paymentStatus=paid", Some("Paid"), &[Status, PaymentStatus]),
        ("status=paid&paymentStatus=applied", Some("Applied"), &[PaymentStatus]),
        ("status=paid,applied", None, &[]),
        ("status=active", None, &[]),
        ("status=active,paid", None, &[]),
        ("paymentStatus=unknown", None, &[]),
        ("number=INV-1", None, &[]),
    ] {
        let asked = asked(&question(query).filter).unwrap();
        assert_eq!(asked.word, word, "{query}");
        assert!(asked.by_provider.iter().eq(theirs), "{query}");
    }
    assert_eq!(asked(&question("paymentStatus=overdue").filter), None);
    assert_eq!(asked(&question("status=unpaid").filter), None);
}

#[test]
fn many_customers_are_asked_for_in_several_calls() {
    let ids: BTreeSet<String> = (0..250).map(|at| format!("001KS00000Dv{at:06}")).collect();
    let groups: Vec<_> = groups(&ids).collect();
    let sizes: Vec<_> = groups.iter().map(|(_, group)| group.len()).collect();
    assert_eq!(sizes, [100, 100, 50]);
    assert_eq!(groups[1].0.key(), "from 001KS00000Dv000100");
    let group = Group { customers: &groups[0].1, word: None, view: &View::default() };
    let request = without_roster().request("list", &group, 2);
    assert!(request.unwrap().url().as_str().len() < 4_000);
}

#[test]
fn a_missing_licence_is_told_from_a_wrong_key() {
    for (status, kind) in [
        (401, ErrorKind::Credentials),
        (403, ErrorKind::NotEnabled),
        (404, ErrorKind::NotFound),
        (500, ErrorKind::Failed),
    ] {
        let json = HeaderValue::from_static("application/json");
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter([(header::CONTENT_TYPE, json)]),
            body: Bytes::from_static(br#"{"message": "no"}"#),
        };
        let (found, said) = explain(&reply);
        assert_eq!(found, kind, "{status}");
        assert_eq!(said.message.as_deref(), Some("no"));
    }
}

#[test]
fn rows_come_bare_or_in_an_envelope() {
    let provider = without_roster();
    let count = |body: &'static str| {
        Listed::read(&provider.account, "list", body.as_bytes()).map(|listed| listed.rows.len())
    };
    assert_eq!(count(r#"[{"id": "a"}, {"id": "b"}]"#).unwrap(), 2);
    assert_eq!(count(r#"{"data": [{"id": "a"}]}"#).unwrap(), 1);
    for body in ["{}", "", "5", r#"{"data": {}}"#] {
        assert_eq!(count(body).unwrap_err().kind, ErrorKind::BadResponse, "{body}");
    }
}

#[test]
fn rows_that_moved_onto_a_short_second_page_do_not_make_it_the_first() {
    let row = |at: usize| serde_json::value::to_raw_value(&at).unwrap();
    let all: Vec<_> = (0..102).map(row).collect();
    let all: Vec<&serde_json::value::RawValue> = all.iter().map(AsRef::as_ref).collect();
    let first = &all[..100];
    assert!(repeats(first, first));
    assert!(repeats(first, &all[1..100]), "one has gone in between");
    assert!(repeats(&all[..1], &all[..1]));
    for second in [&all[99..101], &all[99..100], &all[100..], &all[..0]] {
        assert!(!repeats(first, second), "{second:?}");
    }
}

#[tokio::test]
async fn without_a_roster_no_invoice_can_be_looked_for() {
    let deadline = Deadline::after(std::time::Duration::from_secs(1));
    let error = without_roster().get("a", &View::default(), deadline).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind, ErrorKind::CustomerRequired);
    assert!(error.detail.contains("`customers`") && !error.detail.contains("`customerIds`"));
}

#[test]
fn the_life_cycle_is_never_asked_for() {
    for status in Status::ALL {
        let asked = asked(&question(&format!("status={}", status.word())).filter).unwrap();
        assert_eq!(asked, Selection::default(), "{status:?}");
    }
}
