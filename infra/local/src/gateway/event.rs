//! The event a function receives: payload format 2.0, field by field.
//!
//! `aws_lambda_events` has a type for it, but writing that out would add the
//! fields of other formats that it also reads; the tests read ours with it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, header};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::router::Match;

/// A request on its way to a function.
#[derive(Debug)]
pub struct Incoming<'r> {
    /// The route that the request matches, and what its path filled in.
    pub matched: Match<'r>,
    /// Method, URI, version and headers.
    pub parts: &'r http::request::Parts,
    /// The path, decoded.
    pub path: &'r str,
    /// The body.
    pub body: &'r [u8],
    /// Who called.
    pub source_ip: String,
    /// The port they called, which links in answers have to name.
    pub port: u16,
    /// The request's id.
    pub request_id: &'r str,
    /// When it came.
    pub at: Timestamp,
    /// What the authorizer knows of the caller; null on an open route.
    pub authorizer: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'r> {
    version: &'static str,
    route_key: String,
    raw_path: &'r str,
    raw_query_string: &'r str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<&'r str>,
    headers: BTreeMap<&'r str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: Context<'r>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: &'r BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'r> {
    account_id: &'static str,
    api_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<&'r Value>,
    domain_name: &'r str,
    domain_prefix: &'r str,
    http: Call<'r>,
    request_id: &'r str,
    route_key: String,
    stage: &'static str,
    time: String,
    time_epoch: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Call<'r> {
    method: &'r str,
    path: &'r str,
    protocol: String,
    source_ip: &'r str,
    user_agent: &'r str,
}

impl Incoming<'_> {
    /// The event, as JSON.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let raw_query_string = self.parts.uri.query().unwrap_or_default();
        let (body, is_base64_encoded) = encode_body(&self.parts.headers, self.body);
        serde_json::to_vec(&Event {
            version: "2.0",
            route_key: self.matched.route.key(),
            raw_path: self.path,
            raw_query_string,
            cookies: cookies(&self.parts.headers),
            headers: self.headers(),
            query_string_parameters: query_parameters(raw_query_string),
            request_context: self.context(),
            path_parameters: &self.matched.parameters,
            body,
            is_base64_encoded,
        })
    }

    fn context(&self) -> Context<'_> {
        let text = |name| {
            self.parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        let domain_name = text(header::HOST);
        let zoned = self.at.to_zoned(jiff::tz::TimeZone::UTC);
        Context {
            account_id: "000000000000",
            api_id: "local",
            authorizer: self.authorizer.as_ref(),
            domain_name,
            domain_prefix: domain_name.split(['.', ':']).next().unwrap_or_default(),
            http: Call {
                method: self.parts.method.as_str(),
                path: self.path,
                protocol: format!("{:?}", self.parts.version),
                source_ip: &self.source_ip,
                user_agent: text(header::USER_AGENT),
            },
            request_id: self.request_id,
            route_key: self.matched.route.key(),
            stage: "$default",
            time: zoned.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            time_epoch: self.at.as_millisecond(),
        }
    }

    /// Names in lower case, duplicates joined, cookies apart, and what the
    /// gateway says of the connection.
    fn headers(&self) -> BTreeMap<&str, String> {
        let mut headers: BTreeMap<&str, String> = BTreeMap::new();
        for (name, value) in &self.parts.headers {
            if name == header::COOKIE {
                continue;
            }
            let value = String::from_utf8_lossy(value.as_bytes());
            headers
                .entry(name.as_str())
                .and_modify(|joined| {
                    joined.push(',');
                    joined.push_str(&value);
                })
                .or_insert_with(|| value.into_owned());
        }
        let forwarded_for = match headers.get("x-forwarded-for") {
            Some(given) => format!("{given}, {}", self.source_ip),
            None => self.source_ip.clone(),
        };
        headers.insert("x-forwarded-for", forwarded_for);
        headers.insert("x-forwarded-port", self.port.to_string());
        headers.insert("x-forwarded-proto", "http".to_owned());
        headers
    }
}

fn cookies(headers: &HeaderMap) -> Vec<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .map(str::trim)
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

/// Decoded, the values of a repeated name joined by commas.
fn query_parameters(raw: &str) -> BTreeMap<String, String> {
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .and_modify(|joined| {
                joined.push(',');
                joined.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    parameters
}

/// Text goes as it is and everything else as base64, told apart by the content
/// type alone. (Bytes that claim to be text and are not go as base64, too.)
fn encode_body(headers: &HeaderMap, body: &[u8]) -> (Option<String>, bool) {
    const TEXT: [&str; 3] = ["application/json", "application/javascript", "application/xml"];
    if body.is_empty() {
        return (None, false);
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let is_text = essence.starts_with("text/") || TEXT.contains(&essence.as_str());
    match std::str::from_utf8(body) {
        Ok(text) if is_text => (Some(text.to_owned()), false),
        _ => (Some(BASE64_STANDARD.encode(body)), true),
    }
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
    use http::Request;
    use serde_json::json;

    use super::*;
    use crate::gateway::Router;
    use crate::template::{Authorization, Route};

    fn event(request: http::request::Builder, body: &[u8]) -> Vec<u8> {
        let router = Router::new(vec![Route {
            method: Some("ANY".to_owned()),
            path: "/invoices/{id}".to_owned(),
            function: "F".to_owned(),
            authorization: Authorization::Open,
        }]);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let path = crate::gateway::router::decoded_path(parts.uri.path()).unwrap();
        Incoming {
            matched: router.find(&parts.method, parts.uri.path()).unwrap(),
            parts: &parts,
            path: &path,
            body,
            source_ip: "127.0.0.1".to_owned(),
            port: 9000,
            request_id: "r-1",
            at: "2026-01-02T03:04:05Z".parse().unwrap(),
            authorizer: Some(json!({"jwt": {"claims": {"sub": "x"}, "scopes": null}})),
        }
        .to_json()
        .unwrap()
    }

    #[test]
    fn is_the_documented_format() {
        let request = Request::post("/invoices/nue%3A1?sort=-date&sort=x&q=a%20b&a%5Bgte%5D=1")
            .header("Host", "127.0.0.1:9000")
            .header("User-Agent", "curl")
            .header("X-Two", "a")
            .header("X-Two", "b")
            .header("Cookie", "a=1; b=2")
            .header("Content-Type", "application/json");
        let event: Value = serde_json::from_slice(&event(request, b"{}")).unwrap();
        assert_eq!(
            event,
            json!({
                "version": "2.0",
                "routeKey": "ANY /invoices/{id}",
                "rawPath": "/invoices/nue:1",
                "rawQueryString": "sort=-date&sort=x&q=a%20b&a%5Bgte%5D=1",
                "cookies": ["a=1", "b=2"],
                "headers": {
                    "content-type": "application/json",
                    "host": "127.0.0.1:9000",
                    "user-agent": "curl",
                    "x-two": "a,b",
                    "x-forwarded-for": "127.0.0.1",
                    "x-forwarded-port": "9000",
                    "x-forwarded-proto": "http",
                },
                "queryStringParameters": {"sort": "-date,x", "q": "a b", "a[gte]": "1"},
                "pathParameters": {"id": "nue:1"},
                "requestContext": {
                    "accountId": "000000000000",
                    "apiId": "local",
                    "authorizer": {"jwt": {"claims": {"sub": "x"}, "scopes": null}},
                    "domainName": "127.0.0.1:9000",
                    "domainPrefix": "127",
                    "http": {
                        "method": "POST",
                        "path": "/invoices/nue:1",
                        "protocol": "HTTP/1.1",
                        "sourceIp": "127.0.0.1",
                        "userAgent": "curl",
                    },
                    "requestId": "r-1",
                    "routeKey": "ANY /invoices/{id}",
                    "stage": "$default",
                    "time": "02/Jan/2026:03:04:05 +0000",
                    "timeEpoch": 1_767_323_045_000_u64,
                },
                "body": "{}",
                "isBase64Encoded": false,
            })
        );
    }

    #[test]
    fn reads_as_the_type_the_functions_use() {
        let request = Request::get("/invoices/7?a=1").header("Host", "localhost:9000");
        let event: ApiGatewayV2httpRequest = serde_json::from_slice(&event(request, b"")).unwrap();
        assert_eq!(event.path_parameters["id"], "7");
        assert_eq!(event.raw_query_string.as_deref(), Some("a=1"));
        assert_eq!(event.body, None);
        let jwt = event.request_context.authorizer.unwrap().jwt.unwrap();
        assert_eq!((jwt.claims["sub"].as_str(), jwt.scopes), ("x", None));
    }

    #[test]
    fn sends_what_is_not_text_as_base64() {
        let cases: [(Option<&str>, &[u8], &str, bool); 5] = [
            (Some("application/json; charset=utf-8"), b"{}", "{}", false),
            (Some("text/csv"), b"a,b", "a,b", false),
            (Some("application/merge-patch+json"), b"{}", "e30=", true),
            (None, b"{}", "e30=", true),
            (Some("text/plain"), b"\xff", "/w==", true),
        ];
        for (content_type, body, expected, encoded) in cases {
            let mut headers = HeaderMap::new();
            if let Some(value) = content_type {
                headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            }
            assert_eq!(
                encode_body(&headers, body),
                (Some(expected.to_owned()), encoded),
                "{content_type:?}"
            );
        }
    }
}
