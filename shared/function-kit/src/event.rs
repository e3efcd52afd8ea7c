//! What is put right in an event before `lambda_http` makes a request of it.
//!
//! It builds a URI of the event's parts and panics where that is none: the
//! caller would get the gateway's own bare 500. An HTTP API hands the path over
//! decoded (aws R26), and some clients send a query unencoded, as the
//! documentation prints it: `customerIds=["nue:1"]`. The host is not used.

use std::fmt::Write;

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::http::header;
use lambda_http::request::LambdaRequest;

/// Leaves nothing in `event` that a URI cannot hold.
pub(crate) fn normalize(event: &mut LambdaRequest) {
    let LambdaRequest::ApiGatewayV2(event) = event else {
        return;
    };
    let ApiGatewayV2httpRequest { raw_path, raw_query_string, headers, request_context, .. } =
        event;
    let path = raw_path.as_deref().unwrap_or_default();
    *raw_path = Some(encoded_path(path));
    if let Some(query) = raw_query_string {
        *query = encoded(query, |_, byte| in_query(byte));
    }
    headers.remove(header::HOST);
    request_context.domain_name = None;
}

/// A path as a URI holds it; one that is so already stays as it is.
pub(crate) fn encoded_path(path: &str) -> String {
    let path = encoded(path, |at, byte| in_path(byte) || (byte == b'%' && is_escape(path, at)));
    if path.starts_with('/') { path } else { format!("/{path}") }
}

fn encoded(text: &str, stays: impl Fn(usize, u8) -> bool) -> String {
    text.bytes().enumerate().fold(String::new(), |mut encoded, (at, byte)| {
        if stays(at, byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// RFC 3986, section 3.3.
fn in_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte)
}

/// Whether the `%` there may be the encoding of something: then it is taken for it.
fn is_escape(text: &str, at: usize) -> bool {
    let digits = text.as_bytes().get(at + 1..at + 3);
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

/// What `http::Uri` holds: more than RFC 3986 allows, and what is held is
/// handed on as it came.
fn in_query(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"#<>".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::{Request, RequestExt};
    use serde_json::json;

    fn request(path: &str, query: &str, host: &str) -> Request {
        let event = json!({
            "version": "2.0", "routeKey": "GET /invoices/{id}",
            "rawPath": path, "rawQueryString": query,
            "headers": {"host": host},
            "requestContext": {
                "http": {"method": "GET", "path": path}, "stage": "$default",
                "domainName": host, "timeEpoch": 0
            },
            "isBase64Encoded": false
        });
        let mut event: LambdaRequest = serde_json::from_value(event).unwrap();
        normalize(&mut event);
        event.into()
    }

    #[test]
    fn an_event_that_is_sound_stays_as_it_is() {
        let query = "a%5Bgte%5D=1&a[lt]=2&c=%7B%22x%22:1%7D&d=a+b&e='{|}^`\\";
        let request = request("/prod/invoices/nue:1", query, "api.example");
        assert_eq!(request.uri().query(), Some(query));
        assert_eq!(request.raw_http_path(), "/prod/invoices/nue:1");
    }

    #[test]
    fn what_no_uri_can_hold_is_encoded() {
        let query = "customerIds=[\"nue:1\"]&search=a b#c<é>";
        for host in ["api.example", "a b", "[", ""] {
            let request = request("/invoices/nue:a b?c#d é", query, host);
            assert_eq!(
                request.uri().query(),
                Some("customerIds=[%22nue:1%22]&search=a%20b%23c%3C%C3%A9%3E"),
                "{host}"
            );
            assert_eq!(request.raw_http_path(), "/invoices/nue:a%20b%3Fc%23d%20%C3%A9");
        }
        let percent = request("/invoices/nue:50%/5%0z/%41%", "", "h");
        assert_eq!(percent.raw_http_path(), "/invoices/nue:50%25/5%250z/%41%25");
        assert_eq!(request("", "", "h").raw_http_path(), "/");
        assert_eq!(request("@h:99999999", "", "h").uri().path(), "/@h:99999999");
    }
}
