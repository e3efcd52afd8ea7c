//! Events of API Gateway: each makes a request, whose path and query say what the event said.

use function_kit::testing::request_of;
use lambda_http::request::LambdaRequest;
use lambda_http::{Body, RequestExt};
use serde_json::json;

/// An event of whatever bytes.
pub fn of_bytes(bytes: &[u8]) {
    let Ok(event) = serde_json::from_slice::<LambdaRequest>(bytes) else { return };
    // Of all kinds that there are, one is ours.
    if matches!(event, LambdaRequest::ApiGatewayV2(_)) {
        let _ = request_of(event);
    }
}

/// What a text comes to once its escapes are read.
fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let (mut decoded, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap());
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    decoded
}

/// An event with these parts.
pub fn of_parts(path: &str, query: &str, header: &str, body: &str) {
    let event = json!({
        "version": "2.0", "routeKey": "GET /invoices/{id}", "rawPath": path, "rawQueryString": query,
        "headers": {"host": header, "x-forwarded-host": header, "x-drawn": header},
        "cookies": [header],
        "requestContext": {
            "http": {"method": "GET", "path": path}, "stage": "$default", "domainName": header, "timeEpoch": 0
        },
        "pathParameters": {"id": path},
        "body": body,
        "isBase64Encoded": false,
    });
    let Ok(event) = serde_json::from_value::<LambdaRequest>(event) else { return };
    let request = request_of(event);
    let rooted = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    assert_eq!(decoded(request.raw_http_path()), decoded(&rooted), "{path:?}");
    // What stands in for the address is a URL: `.` and `..` are followed there.
    assert!(request.uri().path().starts_with('/'), "{path:?}");
    let asked = request.uri().query().unwrap_or_default();
    assert_eq!(decoded(asked), decoded(query), "{query:?}");
    match request.body() {
        Body::Text(text) => assert_eq!(text, body),
        Body::Empty => assert!(body.is_empty()),
        other => panic!("{body:?} is {other:?}"),
    }
}
