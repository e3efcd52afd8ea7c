//! A function's answer, turned into an HTTP response by the rules of payload
//! format 2.0.

use axum::body::Body;
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The gateway's own answers.
pub fn message(status: StatusCode, text: &str) -> Response {
    let body = Value::Object(Map::from_iter([("message".to_owned(), text.into())]));
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// An answer that names its status. `multiValueHeaders` belongs to format 1.0
/// and is not read, as API Gateway does not.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: StatusText,
    #[serde(default)]
    headers: Option<Map<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

/// API Gateway takes the status as a number or as text.
#[derive(Deserialize)]
#[serde(try_from = "Value")]
struct StatusText(StatusCode);

impl TryFrom<Value> for StatusText {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let text = match &value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let status = text.parse().map_err(|_| format!("statusCode is {value}"))?;
        Ok(Self(status))
    }
}

/// The response, or why the answer cannot be one.
pub fn response(answer: &[u8]) -> Result<Response, String> {
    let value: Value = serde_json::from_slice(answer)
        .map_err(|error| format!("the answer is not JSON: {error}"))?;
    if value.get("statusCode").is_none() {
        return Ok(inferred(value));
    }
    let answer: Answer = serde_json::from_value(value)
        .map_err(|error| format!("the answer is malformed: {error}"))?;
    let body = match answer.body {
        None => Vec::new(),
        Some(text) if answer.is_base64_encoded == Some(true) => BASE64_STANDARD
            .decode(text)
            .map_err(|error| format!("the body says base64 and is not: {error}"))?,
        Some(text) => text.into_bytes(),
    };
    let is_empty = body.is_empty();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = answer.status_code.0;
    for (name, value) in answer.headers.into_iter().flatten() {
        let (name, value) = header_of(&name, &value)?;
        // The gateway frames the response itself.
        if ![header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION].contains(&name)
        {
            response.headers_mut().insert(name, value);
        }
    }
    for cookie in answer.cookies.into_iter().flatten() {
        let value = HeaderValue::from_str(&cookie)
            .map_err(|_| format!("the cookie {cookie:?} is not a header value"))?;
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    if !is_empty {
        let text = HeaderValue::from_static("text/plain;charset=UTF-8");
        response.headers_mut().entry(header::CONTENT_TYPE).or_insert(text);
    }
    Ok(response)
}

/// Without a status the whole answer is the body of a 200.
fn inferred(value: Value) -> Response {
    let body = match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let mut response = Response::new(Body::from(body));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn header_of(name: &str, value: &Value) -> Result<(HeaderName, HeaderValue), String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => {
            return Err(format!("the header {name} is {value}, where text is needed"));
        }
    };
    let value = HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| format!("the header {name} has control characters"))?;
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("{name:?} is not a header's name"))?;
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn takes_status_headers_cookies_and_body() {
        let answer = br#"{"statusCode": 207, "headers": {"ETag": "\"1\"", "x-n": 5, "content-length": "999"},
            "multiValueHeaders": {"x-old": ["1"]}, "cookies": ["a=1", "b=2"], "body": "aGk=", "isBase64Encoded": true}"#;
        let response = response(answer).unwrap();
        let headers = response.headers();
        assert_eq!(response.status(), 207);
        assert_eq!(
            (headers["etag"].as_bytes(), headers["x-n"].as_bytes()),
            (&b"\"1\""[..], &b"5"[..])
        );
        assert!(!headers.contains_key("x-old") && !headers.contains_key("content-length"));
        assert_eq!(headers.get_all("set-cookie").iter().count(), 2);
        assert_eq!(headers["content-type"], "text/plain;charset=UTF-8");
        assert_eq!(text(response).await, "hi");
    }

    #[tokio::test]
    async fn infers_a_response_from_anything_else() {
        let object = response(br#"{"ok": true}"#).unwrap();
        assert_eq!(
            (object.status().as_u16(), object.headers()["content-type"].as_bytes()),
            (200, &b"application/json"[..])
        );
        assert_eq!(text(object).await, r#"{"ok":true}"#);
        assert_eq!(text(response(br#""hello""#).unwrap()).await, "hello");
    }

    #[test]
    fn refuses_what_is_no_answer() {
        let cases: [(&[u8], &str); 5] = [
            (b"<html>", "the answer is not JSON"),
            (br#"{"statusCode": "soon"}"#, "the answer is malformed"),
            (br#"{"statusCode": 200, "body": {"a": 1}}"#, "the answer is malformed"),
            (
                br#"{"statusCode": 200, "body": "%", "isBase64Encoded": true}"#,
                "the body says base64",
            ),
            (br#"{"statusCode": 200, "headers": {"x y": "1"}}"#, "\"x y\" is not"),
        ];
        for (answer, expected) in cases {
            let error = response(answer).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn keeps_an_empty_answer_empty() {
        let response =
            response(br#"{"statusCode": 304, "headers": {"etag": "1"}, "body": null}"#).unwrap();
        assert_eq!(response.status(), 304);
        assert!(!response.headers().contains_key("content-type"));
    }
}
