//! What API Gateway sends as a request, and a response as API Gateway reads it.
//!
//! `lambda_http` does both in its adapter, which looks a body of bytes through, once it is
//! base64, for what JSON escapes: base64 has nothing of that, and a listing's body is most of
//! what an answer is (tests/bench/RESULTS.md).

use aws_smithy_types::base64;
use lambda_http::http::HeaderMap;
use lambda_http::request::LambdaRequest;
use lambda_http::{Body, Context, Request, RequestExt, Response};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::event;

/// The request that an event is.
pub(crate) fn request(mut event: LambdaRequest, context: Context) -> Request {
    event::normalize(&mut event);
    Request::from(event).with_lambda_context(context)
}

/// A response in the payload format 2.0 of an HTTP API. No header of ours stands twice,
/// and none sets a cookie.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayResponse {
    status_code: u16,
    #[serde(serialize_with = "texts")]
    headers: HeaderMap,
    body: GatewayBody,
    is_base64_encoded: bool,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum GatewayBody {
    Text(String),
    /// A JSON text.
    Base64(Box<RawValue>),
}

impl From<Response<Body>> for GatewayResponse {
    fn from(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = match body {
            Body::Text(text) => GatewayBody::Text(text),
            Body::Binary(bytes) => base64_text(&bytes),
            _ => GatewayBody::Text(String::new()),
        };
        Self {
            status_code: parts.status.as_u16(),
            headers: parts.headers,
            is_base64_encoded: matches!(body, GatewayBody::Base64(_)),
            body,
        }
    }
}

/// Bytes as a JSON text of base64.
fn base64_text(bytes: &[u8]) -> GatewayBody {
    let text = ["\"", &base64::encode(bytes), "\""].concat();
    // It is one, always.
    RawValue::from_string(text).map_or(GatewayBody::Text(String::new()), GatewayBody::Base64)
}

/// All of them are texts: the bridge wrote them.
fn texts<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    let text =
        |value: &lambda_http::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    serializer.collect_map(headers.iter().map(|(name, value)| (name.as_str(), text(value))))
}

#[cfg(test)]
mod tests {
    use lambda_http::tower::Service;
    use lambda_http::{Adapter, LambdaEvent, service_fn};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::Event;

    /// Bytes are compressed, as ours are: others `lambda_http` would make a text of.
    fn response(body: Body) -> Response<Body> {
        let response = Response::builder().status(200).header("etag", "\"a\"");
        let response = response.header("content-type", "application/json");
        let response = match body {
            Body::Binary(_) => response.header("content-encoding", "gzip"),
            _ => response,
        };
        response.body(body).unwrap()
    }

    fn bodies() -> Vec<Body> {
        let bytes: Vec<u8> = (0..=255).collect();
        let binaries = (1..9).map(|cut| Body::Binary(bytes[cut..].repeat(cut)));
        let texts = ["{\"a\": \"é\\n\u{1}\"}", "-"].map(|text| Body::Text(text.to_owned()));
        binaries.chain(texts).chain([Body::Empty]).collect()
    }

    /// `lambda_http`'s own adapter is the measure.
    #[tokio::test]
    async fn a_response_says_what_lambda_https_own_adapter_would() {
        for body in bodies() {
            let ours = serde_json::to_string(&GatewayResponse::from(response(body.clone())));
            let mut adapter = Adapter::from(service_fn(async |_: Request| {
                Ok::<_, std::convert::Infallible>(response(body.clone()))
            }));
            let event = LambdaEvent::new(Event::get("/invoices", "").event(), Context::default());
            let theirs = serde_json::to_string(&adapter.call(event).await.unwrap());
            let [ours, mut theirs] =
                [ours, theirs].map(|text| serde_json::from_str::<Value>(&text.unwrap()).unwrap());
            let object = theirs.as_object_mut().unwrap();
            assert_eq!(object.remove("cookies"), Some(json!([])));
            assert_eq!(object.remove("multiValueHeaders"), Some(json!({})));
            assert_eq!(ours, theirs);
        }
    }
}
