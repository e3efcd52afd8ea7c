use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use invoice::{Code, Filter, Status, StatusFilter, Write};
use serde_json::value::RawValue;

use super::super::error::is_past_the_end;
use super::super::read::Listed;
use super::*;
use crate::ErrorKind;
use crate::error::Said;
use crate::numbered::NumberedPage;
use crate::provider::Reading;
use crate::transport::Reply;

fn finexio() -> Box<dyn Provider> {
    let fields = r#"{"username": "u", "password": "p"}"#;
    let secret = ConnectionSecret::parse(&"ap".parse().unwrap(), fields).unwrap();
    connect(&secret, Transport::new().unwrap()).unwrap()
}

fn parts(filter: Filter, customers: Option<&[&str]>) -> usize {
    let question = Question {
        filter,
        customers: customers.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
        sort: None,
        view: View::default(),
        reading: Reading::Whole,
    };
    let plan = finexio().plan(&question).unwrap();
    assert_eq!(plan.by_provider, [].into(), "it has no filter of its own");
    plan.parts.len()
}

#[test]
fn a_question_no_invoice_can_answer_has_no_parts() {
    let status = |lifecycle: &[Status], payment: &[invoice::PaymentStatus]| Filter {
        status: Some(StatusFilter {
            lifecycle: lifecycle.iter().copied().collect(),
            payment: payment.iter().copied().collect(),
        }),
        ..Filter::default()
    };
    use invoice::PaymentStatus::{Disputed, Paid, Unknown};
    assert_eq!(parts(Filter::default(), None), 1);
    assert_eq!(parts(Filter::default(), Some(&["somebody"])), 1);
    assert_eq!(parts(Filter::default(), Some(&[])), 0);
    assert_eq!(parts(status(&[Status::Draft], &[]), None), 0);
    assert_eq!(parts(status(&[Status::Draft, Status::Active], &[]), None), 1);
    assert_eq!(parts(status(&[Status::Draft], &[Paid]), None), 1);
    assert_eq!(parts(status(&[], &[Disputed]), None), 0);
    assert_eq!(parts(status(&[], &[Unknown]), None), 1);
    let both = Filter { payment_status: Some([Disputed].into()), ..status(&[Status::Active], &[]) };
    assert_eq!(parts(both, None), 0);
}

#[test]
fn every_refusal_is_explained_whatever_its_body() {
    let json = "application/json";
    for (status, kind, body, expected, message) in [
        (
            403,
            json,
            r#"{"detail": "Invalid username/password."}"#,
            ErrorKind::Credentials,
            Some("Invalid username/password."),
        ),
        (401, json, "{}", ErrorKind::Credentials, None),
        (404, json, r#"{"detail": "Not found."}"#, ErrorKind::NotFound, Some("Not found.")),
        (404, "text/html", "<h1>no</h1>", ErrorKind::BadResponse, None),
        (404, json, r#"{"message": "no Route matched"}"#, ErrorKind::BadResponse, None),
        (404, json, r#"["Not found."]"#, ErrorKind::BadResponse, None),
        (429, json, r#"{"detail": ["slow", "down"]}"#, ErrorKind::RateLimited, None),
        (500, json, "", ErrorKind::Failed, None),
        (502, "text/html", "<h1>Bad Gateway</h1>", ErrorKind::Failed, None),
    ] {
        let kind = HeaderValue::from_static(kind);
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]),
            body: Bytes::from_static(body.as_bytes()),
        };
        let (is, said) = explain(&reply);
        assert_eq!(is, expected, "{status} {body}");
        assert_eq!(said.message.as_deref(), message, "{status} {body}");
    }
}

#[test]
fn count_and_next_both_announce_more() {
    let object = RawValue::from_string("{}".to_owned()).unwrap();
    let first = NumberedPage::at(&Start::default(), PAGE);
    for (count, next, held, more) in [
        (0, None, 0, false),
        (2, None, 2, false),
        (250, Some("2"), 100, true),
        (250, None, 100, true),
        (100, Some("2"), 100, true),
        // It was added to between counting and reading.
        (99, None, 100, false),
        (u64::MAX, None, 100, true),
    ] {
        let link = next.map(|text: &str| RawValue::from_string(format!("\"{text}\"")).unwrap());
        let listed =
            Listed { count: Some(count), next: link.as_deref(), results: vec![&*object; held] };
        let page = first.page(&listed.envelope());
        assert_eq!(page.announces_more, more, "{count} {next:?} {held}");
    }
}

#[test]
fn only_the_providers_own_words_tell_a_page_past_the_end() {
    let error = |kind, message: Option<&str>| ProviderError {
        said: Said { message: message.map(str::to_owned), ..Said::default() },
        ..ProviderError::new(kind, "finexio", &"ap".parse().unwrap(), "list", "")
    };
    assert!(is_past_the_end(&error(ErrorKind::NotFound, Some("Invalid page."))));
    assert!(!is_past_the_end(&error(ErrorKind::NotFound, Some("Not found."))));
    assert!(!is_past_the_end(&error(ErrorKind::NotFound, None)));
    assert!(!is_past_the_end(&error(ErrorKind::Failed, Some("Invalid page."))));
}

#[tokio::test]
async fn it_is_never_written_to() {
    let finexio = finexio();
    assert_eq!(finexio.capabilities().writes, []);
    let id = "ap:inv_1".parse().unwrap();
    let invoice = Invoice::unknown(id, "finexio", invoice::Direction::Payable);
    for write in [Write::Delete, Write::Cancel { comment: None }] {
        let deadline = Deadline::after(std::time::Duration::ZERO);
        let written = finexio
            .write(
                &write,
                std::slice::from_ref(&invoice),
                &crate::SendKey::from("test".to_owned()),
                deadline,
            )
            .await;
        assert_eq!(written.unwrap_err().kind, ErrorKind::UnsupportedOperation);
        let problem = finexio.refusal(&write, &invoice).unwrap();
        assert_eq!(problem.code, Code::StateConflict);
        assert_eq!(problem.available_actions, Some([].into()));
    }
}
