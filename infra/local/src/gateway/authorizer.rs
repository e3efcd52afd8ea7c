//! The authorizers, JWT and IAM: who calls, and whether they may.

use http::{HeaderMap, header};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::token;
use crate::template::{ACCOUNT, Authorization};

/// Who a caller without a token is, unless tokens are required.
pub const OPERATOR: &str = "local-operator";

/// Decides over each request before its function sees it.
#[derive(Debug)]
pub struct Authorizer {
    /// Refuse a request without a token, or a signature, as the cloud does.
    pub require_token: bool,
    /// The scopes of a caller without a token: an operator's, as the template names them.
    pub operator_scope: String,
    /// Whose tokens are good: the local issuer's address.
    pub issuer: String,
}

/// How a signed request says so (Signature Version 4).
const SIGNED: &str = "AWS4-HMAC-SHA256 ";

/// Why a request goes no further; the text is the `www-authenticate` header.
#[derive(Debug, PartialEq)]
pub enum Refusal {
    /// 401.
    Unauthorized(String),
    /// 403.
    Forbidden(String),
    /// 403, as IAM refuses: without a word.
    Unsigned,
}

impl Authorizer {
    /// What the function is told of the caller (`requestContext.authorizer`).
    pub fn admit(
        &self,
        route: &Authorization,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Option<Value>, Refusal> {
        let scopes = match route {
            Authorization::Open => return Ok(None),
            Authorization::Signature => return self.principal(headers).map(Some),
            Authorization::Token { scopes } => scopes,
        };
        let claims = self.claims(headers, now)?;
        let granted = granted_scopes(&claims);
        if !scopes.is_empty() && !scopes.iter().any(|scope| granted.contains(scope)) {
            return Err(Refusal::Forbidden(format!(
                "Bearer scope=\"{}\" error=\"insufficient_scope\" error_description=\"the token does not have any of the route's scopes\"",
                scopes.join(" ")
            )));
        }
        let claims: Map<String, Value> = claims
            .iter()
            .map(|(name, value)| (name.clone(), Value::String(go_text(value))))
            .collect();
        let scopes = if scopes.is_empty() { Value::Null } else { json!(granted) };
        Ok(Some(json!({"jwt": {"claims": claims, "scopes": scopes}})))
    }

    /// The account's principal who signed. The signature is not checked, and no
    /// policy is asked: this machine has neither principals nor policies.
    fn principal(&self, headers: &HeaderMap) -> Result<Value, Refusal> {
        let signature = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let signed = signature.is_some_and(|text| text.starts_with(SIGNED));
        if !signed && (self.require_token || signature.is_some()) {
            return Err(Refusal::Unsigned);
        }
        Ok(json!({"iam": {
            "accessKey": "AKIALOCAL",
            "accountId": ACCOUNT,
            "callerId": "AIDALOCAL",
            "cognitoIdentity": null,
            "principalOrgId": null,
            "userArn": format!("arn:aws:iam::{ACCOUNT}:user/{OPERATOR}"),
            "userId": "AIDALOCAL",
        }}))
    }

    fn claims(&self, headers: &HeaderMap, now: Timestamp) -> Result<Map<String, Value>, Refusal> {
        let Some(header) = headers.get(header::AUTHORIZATION) else {
            if self.require_token {
                return Err(Refusal::Unauthorized("Bearer".to_owned()));
            }
            let claims = [("sub", OPERATOR), ("scope", self.operator_scope.as_str())];
            return Ok(claims
                .map(|(name, value)| (name.to_owned(), Value::from(value)))
                .into_iter()
                .collect());
        };
        let text = header.to_str().unwrap_or_default();
        // API Gateway takes the token with or without its scheme.
        let token = match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token,
            _ => text,
        };
        token::verify(token.trim(), &self.issuer, now).map_err(|reason| {
            let challenge =
                format!("Bearer scope=\"\" error=\"invalid_token\" error_description=\"{reason}\"");
            Refusal::Unauthorized(challenge)
        })
    }
}

/// The scopes of a token: `scope`, or else `scp`, as text or as a list.
fn granted_scopes(claims: &Map<String, Value>) -> Vec<String> {
    match claims.get("scope").or_else(|| claims.get("scp")) {
        Some(Value::Array(all)) => {
            all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// A claim as API Gateway passes it on: always text, in the notation of Go.
fn go_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_text).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key}:{}", go_text(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        Value::Null => "<nil>".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use jiff::SignedDuration;

    use super::*;
    use crate::issuer::{Claims, sign};

    const ISSUER: &str = "http://127.0.0.1:9000";

    fn now() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    fn route(scopes: &[&str]) -> Authorization {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        Authorization::Token { scopes }
    }

    fn bearer(scope: &str, customers: &[&str]) -> HeaderMap {
        let claims = Claims {
            subject: "ann".to_owned(),
            scope: scope.to_owned(),
            customers: customers.iter().map(|one| (*one).to_owned()).collect(),
        };
        let token = sign(ISSUER, &claims, now(), SignedDuration::from_hours(1));
        HeaderMap::from_iter([(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap())])
    }

    const SCOPES: &str = "invoices/all invoices/read invoices/write";

    fn authorizer(require_token: bool) -> Authorizer {
        Authorizer { require_token, operator_scope: SCOPES.to_owned(), issuer: ISSUER.to_owned() }
    }

    static OPEN: LazyLock<Authorizer> = LazyLock::new(|| authorizer(false));
    static CLOSED: LazyLock<Authorizer> = LazyLock::new(|| authorizer(true));

    #[test]
    fn a_caller_without_a_token_is_the_operator_unless_tokens_are_required() {
        let admitted = OPEN.admit(&route(&["invoices/write"]), &HeaderMap::new(), now());
        let jwt = admitted.unwrap().unwrap();
        assert_eq!(jwt["jwt"]["claims"], json!({"sub": OPERATOR, "scope": SCOPES}));
        let refused = CLOSED.admit(&route(&[]), &HeaderMap::new(), now());
        assert_eq!(refused, Err(Refusal::Unauthorized("Bearer".to_owned())));
        assert_eq!(CLOSED.admit(&Authorization::Open, &HeaderMap::new(), now()), Ok(None));
    }

    #[test]
    fn claims_are_text() {
        let headers = bearer("invoices/read", &["nue:1", "fusebill:2"]);
        let jwt = CLOSED.admit(&route(&["invoices/read"]), &headers, now()).unwrap().unwrap();
        let claims = &jwt["jwt"]["claims"];
        assert_eq!(claims["customers"], "[nue:1 fusebill:2]");
        assert_eq!(claims["iat"], now().as_second().to_string());
        assert_eq!(jwt["jwt"]["scopes"], json!(["invoices/read"]));
        let jwt = CLOSED.admit(&route(&[]), &headers, now()).unwrap().unwrap();
        assert_eq!(jwt["jwt"]["scopes"], Value::Null);
        assert_eq!(go_text(&json!({"a": [true, null], "b": 1.5})), "map[a:[true <nil>] b:1.5]");
    }

    #[test]
    fn a_scope_that_is_missing_is_forbidden() {
        let refused =
            CLOSED.admit(&route(&["invoices/write"]), &bearer("invoices/read", &[]), now());
        let Err(Refusal::Forbidden(challenge)) = refused else { panic!("{refused:?}") };
        assert!(
            challenge.starts_with("Bearer scope=\"invoices/write\" error=\"insufficient_scope\""),
            "{challenge}"
        );
    }

    #[test]
    fn whoever_signs_is_a_principal_of_the_account() {
        let asked = |authorizer: &Authorizer, value: Option<&str>| {
            let headers = value.map(|value| (header::AUTHORIZATION, value.parse().unwrap()));
            let headers = HeaderMap::from_iter(headers);
            authorizer.admit(&Authorization::Signature, &headers, now())
        };
        let signed = "AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=00";
        for (authorizer, value) in [(&CLOSED, Some(signed)), (&OPEN, Some(signed)), (&OPEN, None)] {
            let admitted = asked(authorizer, value).unwrap().unwrap();
            let arn = format!("arn:aws:iam::{ACCOUNT}:user/{OPERATOR}");
            assert_eq!(admitted["iam"]["userArn"], arn, "{value:?}");
        }
        for (authorizer, value) in
            [(&CLOSED, None), (&OPEN, Some("Bearer x")), (&CLOSED, Some("AWS4"))]
        {
            assert_eq!(asked(authorizer, value), Err(Refusal::Unsigned), "{value:?}");
        }
    }

    #[test]
    fn a_bad_token_is_refused_even_where_none_is_needed() {
        let headers =
            HeaderMap::from_iter([(header::AUTHORIZATION, "Bearer x.y".parse().unwrap())]);
        let refused = OPEN.admit(&route(&[]), &headers, now());
        let expected = "Bearer scope=\"\" error=\"invalid_token\" error_description=\"the token is malformed\"";
        assert_eq!(refused, Err(Refusal::Unauthorized(expected.to_owned())));
    }
}
