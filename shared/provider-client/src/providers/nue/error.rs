//! What Nue says when it refuses.

use serde_json::{Map, Value};

use crate::ErrorKind;
use crate::account::{is_json, object};
use crate::error::Said;
use crate::transport::Reply;

/// A missing or wrong key is a 401 (nue R3); no error body is stated.
pub(in crate::providers) fn explain(reply: &Reply) -> (ErrorKind, Said) {
    let said = if is_json(reply) { said(&reply.body) } else { Said::default() };
    (ErrorKind::of_status(reply.status.as_u16()), said)
}

/// An error in the REST calls' form that comes with a status of success: it says which
/// status it means, or has words and nothing of what was asked for (nue R37). GraphQL's
/// `errors` are read where its answers are.
pub(in crate::providers) fn explain_success(reply: &Reply) -> Option<(ErrorKind, Said)> {
    let answer: Map<String, Value> = object(&reply.body)?;
    if ["id", "data", "errors", "invoices"].iter().any(|name| answer.contains_key(*name)) {
        return None;
    }
    let status = answer.get("statusCode").and_then(Value::as_u64).and_then(|it| it.try_into().ok());
    let said = said(&reply.body);
    let kind = match status {
        Some(status @ 400..=599) => ErrorKind::of_status(status),
        _ => said.message.as_ref().map(|_| ErrorKind::Failed)?,
    };
    Some((kind, said))
}

/// The words of a refusal: `message`, as is assumed (nue R37), or GraphQL's `errors` (nue R11)
/// with the code its specification's customs put into `extensions` (nue R37).
pub(super) fn said(body: &[u8]) -> Said {
    let body: Value = invoice::json::read_slice(body).unwrap_or_default();
    let errors = body.get("errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let words: Vec<&str> = errors.iter().filter_map(words).collect();
    let code = errors.first().and_then(|error| error.pointer("/extensions/code"));
    Said {
        code: code.and_then(Value::as_str).map(str::to_owned),
        message: if words.is_empty() {
            self::words(&body).map(str::to_owned)
        } else {
            Some(words.join("; "))
        },
        request_id: None,
    }
}

fn words(error: &Value) -> Option<&str> {
    error
        .as_str()
        .or_else(|| error.get("message").and_then(Value::as_str))
        .or_else(|| error.get("error").and_then(Value::as_str))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, StatusCode, header};

    use super::*;

    fn reply(status: u16, kind: &'static str, body: &'static str) -> Reply {
        let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind))];
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter(headers),
            body: body.into(),
        }
    }

    #[test]
    fn every_form_of_refusal_keeps_its_meaning_and_its_words() {
        let json = "application/json; charset=utf-8";
        for (status, kind, body, means, message) in [
            (
                401,
                json,
                r#"{"statusCode":401,"message":"Unauthorized"}"#,
                ErrorKind::Credentials,
                Some("Unauthorized"),
            ),
            (
                404,
                json,
                r#"{"message":"Invoice not found"}"#,
                ErrorKind::NotFound,
                Some("Invoice not found"),
            ),
            (
                400,
                json,
                r#"{"errors":[{"message":"no"},"nor"]}"#,
                ErrorKind::Rejected,
                Some("no; nor"),
            ),
            (500, json, r#"{"error":"Internal"}"#, ErrorKind::Failed, Some("Internal")),
            (429, json, r#"{"errors":[]}"#, ErrorKind::RateLimited, None),
            (429, json, "[]", ErrorKind::RateLimited, None),
            (502, "text/html", "<html>", ErrorKind::Failed, None),
        ] {
            let (kind, said) = explain(&reply(status, kind, body));
            assert_eq!(kind, means, "{body}");
            assert_eq!(said.message.as_deref(), message, "{body}");
        }
    }

    #[test]
    fn the_code_of_a_graphql_error_is_kept() {
        let said =
            said(br#"{"errors":[{"message":"x","extensions":{"code":"validation-failed"}}]}"#);
        assert_eq!(said.code.as_deref(), Some("validation-failed"));
    }
}
