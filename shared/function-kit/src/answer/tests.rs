//! Statuses and headers of what is sent back, and the one line of the log.

use serde_json::{Value, json};

use std::time::Duration;

use super::*;
use crate::reply::Reply;
use crate::testing::{Event, header, json};

fn call(event: Event) -> Call {
    Call::new(event.request())
}

async fn answered(call: &Call, outcome: Result<Answer, Problem>) -> Response<Body> {
    call.answer(async { Reply::from(outcome) }).await.0
}

#[tokio::test]
async fn an_answer_is_the_callers_own_and_names_its_request() {
    let call = call(Event::get("/invoices", ""));
    let response = answered(&call, Answer::json(&json!({"a": 1}))).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), Some("application/json"));
    assert_eq!(header(&response, "cache-control"), Some("private, max-age=0"));
    assert_eq!(header(&response, "x-request-id"), Some("r-1"));
    assert_eq!(json(&response), json!({"a": 1}));
}

#[tokio::test]
async fn what_the_caller_has_is_not_sent_again() {
    let tagged = |event: Event, value: Value| async move {
        let call = call(event);
        let answer = Answer::json(&value).unwrap().tagged(&call);
        answered(&call, Ok(answer)).await
    };
    let first = tagged(Event::get("/i", ""), json!({"a": 1})).await;
    let tag = header(&first, "etag").unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.len() == 34, "{tag}");
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".into()] {
        let event = Event::get("/i", "").header("if-none-match", &known);
        let response = tagged(event, json!({"a": 1})).await;
        assert_eq!(response.status(), 304, "{known}");
        assert_eq!(header(&response, "etag"), Some(tag.as_str()));
        assert_eq!(header(&response, "cache-control"), Some("private, max-age=0"));
        assert_eq!(header(&response, "x-request-id"), Some("r-1"));
        assert_eq!(header(&response, "content-type"), None);
        assert!(matches!(response.body(), Body::Empty));
    }
    for (known, value) in [(tag.as_str(), json!({"a": 2})), ("\"x\"", json!({"a": 1}))] {
        let event = Event::get("/i", "").header("if-none-match", known);
        assert_eq!(tagged(event, value).await.status(), 200, "{known}");
    }
}

#[tokio::test]
async fn the_next_page_is_the_same_question_with_its_cursor_replaced() {
    let query = "status=draft,active&customerIds=%5B%22nue:a%20b%22%5D&cursor=old&invoiceDate[gte]=2025-01-01&search=%C3%A9%3E";
    let call = call(Event::get("/invoices", query).stage("prod"));
    let answer = Answer::json(&json!({})).unwrap().with_next(&call, "a+b/c=");
    let response = answered(&call, Ok(answer)).await;
    let link = header(&response, "link").unwrap();
    let target = link
        .strip_prefix("</prod/invoices?")
        .and_then(|rest| rest.strip_suffix(">; rel=\"next\""))
        .unwrap();
    assert!(target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'>'), "{target}");
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(target.as_bytes()).into_owned().collect();
    let expected = [
        ("status", "draft,active"),
        ("customerIds", "[\"nue:a b\"]"),
        ("invoiceDate[gte]", "2025-01-01"),
        ("search", "é>"),
        ("cursor", "a+b/c="),
    ];
    assert_eq!(pairs, expected.map(|(name, value)| (name.into(), value.into())));
}

#[tokio::test]
async fn every_problem_has_its_status_and_names_the_request() {
    for code in Code::ALL {
        let call = call(Event::get("/invoices/{id}", "").parameter("id", "nue:a b"));
        let problem = Problem { retry_after: Some(7), ..Problem::new(*code, "because") };
        let response = answered(&call, Err(problem)).await;
        assert_eq!(response.status(), code.status(), "{code:?}");
        assert_eq!(header(&response, "content-type"), Some("application/problem+json"));
        assert_eq!(header(&response, "cache-control"), Some("no-store"));
        assert_eq!(header(&response, "x-request-id"), Some("r-1"));
        let body = json(&response);
        assert_eq!(body["code"], code.word());
        assert_eq!(body["status"], code.status());
        assert_eq!(body["instance"], "/invoices/nue:a%20b");
        assert_eq!(body["requestId"], "r-1");
        if *code == Code::Internal {
            assert_eq!(body["detail"], "request r-1");
        } else {
            assert_eq!(body["detail"], "because");
            assert_eq!(header(&response, "retry-after"), Some("7"));
        }
        let challenge = (*code == Code::Unauthenticated).then_some("Bearer");
        assert_eq!(header(&response, "www-authenticate"), challenge);
    }
}

#[tokio::test]
async fn a_head_has_the_headers_of_get_and_no_body() {
    let of = |method: &str| call(Event::get("/invoices", "").method(method));
    let answer = || Answer::json(&json!({"data": []}));
    for faulty in [false, true] {
        let outcome = |call: &Call| match faulty {
            false => answer().map(|answer| answer.tagged(call)),
            true => Err(Problem::new(Code::Unavailable, "no table")),
        };
        let (get, head) = (of("GET"), of("HEAD"));
        let (got, headed) =
            (answered(&get, outcome(&get)).await, answered(&head, outcome(&head)).await);
        assert_eq!((headed.status(), headed.headers()), (got.status(), got.headers()));
        assert!(matches!(headed.body(), Body::Empty), "{:?}", headed.body());
        assert!(!matches!(got.body(), Body::Empty));
    }
}

#[tokio::test]
async fn what_form_is_read_is_told_in_headers_too() {
    for (method, types) in
        [("POST", "application/json"), ("PATCH", "application/merge-patch+json, application/json")]
    {
        let call = call(Event::post("/invoices", "x").method(method));
        let problem = Problem::new(Code::UnsupportedMediaType, "no");
        let response = answered(&call, Err(problem)).await;
        assert_eq!(response.status(), 415);
        assert_eq!(header(&response, "accept"), Some(types));
        assert_eq!(header(&response, "accept-encoding"), Some("identity"));
    }
}

#[tokio::test(start_paused = true)]
async fn work_that_does_not_end_is_answered_before_the_gateway_gives_up() {
    let call = call(Event::get("/invoices", ""));
    let began = tokio::time::Instant::now();
    let (response, _) = call.answer(std::future::pending()).await;
    assert_eq!(response.status(), 503);
    assert_eq!(
        (&json(&response)["code"], &json(&response)["retryable"]),
        (&"unavailable".into(), &true.into())
    );
    assert_eq!(header(&response, "retry-after"), Some("5"));
    assert!(began.elapsed() < Duration::from_secs(29));
}

#[tokio::test]
async fn a_handler_that_panics_is_answered_in_our_words() {
    let call = call(Event::get("/invoices", ""));
    let (response, _) = call.answer(async { panic!("of words that nobody sees") }).await;
    assert_eq!(response.status(), 500);
    assert_eq!(json(&response)["code"], "internal");
    assert!(!json(&response).to_string().contains("nobody"));
}

#[tokio::test]
async fn without_a_gateways_id_the_request_has_lambdas() {
    let mut request = Event::get("/invoices", "").request();
    if let Some(lambda_http::request::RequestContext::ApiGatewayV2(context)) =
        request.extensions_mut().get_mut()
    {
        context.request_id = None;
    }
    let call = Call::new(request);
    let response = answered(&call, Answer::json(&json!({}))).await;
    assert_eq!(header(&response, "x-request-id"), Some("lambda-1"));
}

#[test]
fn an_answer_that_was_stored_is_given_again_and_marked() {
    let call = Call::new(Event::get("/invoices", "").request());
    let first = Answer::json(&json!({"note": "é \u{1F9FE} \\ \""})).unwrap().tagged(&call);
    let first = first.with_status(StatusCode::MULTI_STATUS);
    let again = Answer::replayed(&first.stored()).unwrap();
    let (first, again) = (first.into_response(&call), again.into_response(&call));
    assert_eq!((first.status(), first.body()), (again.status(), again.body()));
    for name in ["content-type", "cache-control", "etag"] {
        assert!(header(&first, name).is_some(), "{name}");
        assert_eq!(header(&first, name), header(&again, name));
    }
    assert_eq!(header(&first, "idempotency-replayed"), None);
    assert_eq!(header(&again, "idempotency-replayed"), Some("true"));
}
