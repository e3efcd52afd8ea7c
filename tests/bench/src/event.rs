//! Events of API Gateway (payload format 2.0), as an operator's calls make them.

use std::collections::HashMap;

use serde_json::{Value, json};

/// A call, as an event.
pub struct Call<'a> {
    /// The call's method.
    pub method: &'a str,
    /// The call's route, as the template writes it.
    pub route: &'a str,
    /// What fills the route's parameters, by their names.
    pub parameters: &'a [(&'a str, &'a str)],
    /// The call's query.
    pub query: &'a str,
    /// The call's headers, beside those that every call has.
    pub headers: &'a [(&'a str, &'a str)],
    /// The call's body.
    pub body: Option<&'a str>,
}

impl Call<'_> {
    /// The event.
    pub fn event(&self) -> String {
        let filled = |path: String, (name, value): &(&str, &str)| {
            path.replace(&format!("{{{name}}}"), value)
        };
        let path = self.parameters.iter().fold(self.route.to_owned(), filled);
        let key = format!("{} {}", self.method, self.route);
        let mut event = json!({
            "version": "2.0",
            "routeKey": key,
            "rawPath": path,
            "rawQueryString": self.query,
            "headers": {
                "accept": "application/json",
                "authorization": "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJiZW5jaCJ9.c2lnbmVk",
                "content-type": "application/json",
                "host": "api.example.com",
                "user-agent": "bench",
                "x-amzn-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
                "x-forwarded-for": "192.0.2.1",
                "x-forwarded-port": "443",
                "x-forwarded-proto": "https",
            },
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "bench",
                "authorizer": {"jwt": {
                    "claims": {"sub": "bench", "scope": "invoices/read invoices/write invoices/all"},
                    "scopes": ["invoices/read"],
                }},
                "domainName": "api.example.com",
                "domainPrefix": "api",
                "http": {
                    "method": self.method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1",
                    "userAgent": "bench",
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": key,
                "stage": "$default",
                "time": "02/Jan/2026:03:04:05 +0000",
                "timeEpoch": 1_767_323_045_000_u64,
            },
            "isBase64Encoded": false,
        });
        if let Some(Value::Object(headers)) = event.get_mut("headers") {
            let more = self.headers.iter();
            headers.extend(more.map(|(name, value)| ((*name).to_owned(), Value::from(*value))));
        }
        if let Value::Object(event) = &mut event {
            if !self.parameters.is_empty() {
                let parameters: HashMap<_, _> = self.parameters.iter().copied().collect();
                event.insert("pathParameters".to_owned(), json!(parameters));
            }
            if let Some(body) = self.body {
                event.insert("body".to_owned(), Value::from(body));
            }
        }
        event.to_string()
    }
}
