//! Events of API Gateway (payload format 2.0), made by hand.

use lambda_http::request::LambdaRequest;
use lambda_http::{Context, Request, RequestExt};
use serde_json::{Value, json};

/// An event; an operator's who may read, unless said otherwise.
#[derive(Debug, Clone)]
pub struct Event {
    json: Value,
    ends: u64,
}

impl Event {
    /// `GET` of a route as the template writes it, with a raw query string.
    pub fn get(route: &str, query: &str) -> Self {
        let json = json!({
            "version": "2.0",
            "routeKey": format!("GET {route}"),
            "rawPath": route,
            "rawQueryString": query,
            "headers": {"host": "api.example"},
            "requestContext": {
                "accountId": "1", "apiId": "a", "domainName": "api.example",
                "http": {"method": "GET", "path": route, "protocol": "HTTP/1.1",
                         "sourceIp": "192.0.2.1", "userAgent": "test"},
                "requestId": "r-1", "routeKey": format!("GET {route}"),
                "stage": "$default", "time": "", "timeEpoch": 0
            },
            "isBase64Encoded": false
        });
        let event = Self { json, ends: 0 };
        event.claims(&[("sub", "tester"), ("scope", "invoices/read invoices/all")])
    }

    /// `POST` to a route as the template writes it, with a body; an operator's
    /// who may write.
    pub fn post(route: &str, body: &str) -> Self {
        let event = Self::get(route, "").method("POST").route_key(&format!("POST {route}"));
        event.body(body).claims(&[("sub", "tester"), ("scope", "invoices/write invoices/all")])
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: &str) -> Self {
        put(&mut self.json, "", "body", body.into());
        self
    }

    /// With a body that the gateway hands over in Base64.
    #[must_use]
    pub fn encoded_body(self, base64: &str) -> Self {
        let mut event = self.body(base64);
        put(&mut event.json, "", "isBase64Encoded", true.into());
        event
    }

    /// From a caller whose token has these claims.
    #[must_use]
    pub fn claims(self, claims: &[(&str, &str)]) -> Self {
        let claims: Value = claims
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        self.authorizer(json!({"jwt": {"claims": claims, "scopes": null}}))
    }

    /// From a principal of the AWS account.
    #[must_use]
    pub fn iam(self, arn: &str) -> Self {
        self.authorizer(json!({"iam": {"accessKey": "AKID", "accountId": "1", "userArn": arn}}))
    }

    /// As the authorizer says.
    #[must_use]
    pub fn authorizer(mut self, authorizer: Value) -> Self {
        put(&mut self.json, "/requestContext", "authorizer", authorizer);
        self
    }

    /// From nobody knows whom.
    #[must_use]
    pub fn open(self) -> Self {
        self.authorizer(Value::Null)
    }

    /// With another method, to the same path.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        put(&mut self.json, "/requestContext/http", "method", method.into());
        self
    }

    /// With a parameter in the path.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        if self.json.get("pathParameters").is_none() {
            put(&mut self.json, "", "pathParameters", json!({}));
        }
        put(&mut self.json, "/pathParameters", name, value.into());
        let path = self.json.get("rawPath").and_then(Value::as_str).unwrap_or_default();
        let path = path.replace(&format!("{{{name}}}"), value);
        put(&mut self.json, "", "rawPath", path.into());
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        put(&mut self.json, "/headers", name, value.into());
        self
    }

    /// By the route of another key.
    #[must_use]
    pub fn route_key(mut self, key: &str) -> Self {
        put(&mut self.json, "/requestContext", "routeKey", key.into());
        self
    }

    /// Through a named stage, with which the path begins.
    #[must_use]
    pub fn stage(mut self, stage: &str) -> Self {
        let path = self.json.get("rawPath").and_then(Value::as_str).unwrap_or_default();
        let path = format!("/{stage}{path}");
        put(&mut self.json, "", "rawPath", path.into());
        put(&mut self.json, "/requestContext", "stage", stage.into());
        self
    }

    /// To a function that Lambda ends at this moment, in milliseconds of the
    /// epoch.
    #[must_use]
    pub fn ends_at(mut self, moment: u64) -> Self {
        self.ends = moment;
        self
    }

    /// The request, as a function's entry hands it to its handler.
    #[expect(clippy::expect_used, reason = "a test that cannot begin has failed")]
    pub fn request(self) -> Request {
        let event = serde_json::from_value(self.json);
        let event: LambdaRequest = event.expect("an event of API Gateway");
        let mut context = Context::default();
        context.request_id = "lambda-1".to_owned();
        context.deadline = self.ends;
        super::request_of(event).with_lambda_context(context)
    }
}

fn put(json: &mut Value, at: &str, name: &str, value: Value) {
    if let Some(Value::Object(object)) = json.pointer_mut(at) {
        object.insert(name.to_owned(), value);
    }
}
