//! Where the page of the API's document signs in: an OAuth 2.0 token endpoint for client
//! credentials (RFC 6749, section 4.4). A token opens this machine's stack alone, and
//! `invoice-bridge token` makes one for anybody, so no client is asked for a secret.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::gateway::{Claims, sign};

/// Where tokens are given; Amazon Cognito has the same path.
const PATH: &str = "/oauth2/token";
const EXPIRES_IN: SignedDuration = SignedDuration::from_hours(1);

/// Gives tokens; one that asks for no scope has `usual`, an operator's.
pub fn router(usual: String) -> Router {
    Router::new().route(PATH, post(token)).with_state(Arc::new(usual))
}

async fn token(State(usual): State<Arc<String>>, headers: HeaderMap, form: String) -> Response {
    let fields: Vec<_> = url::form_urlencoded::parse(form.as_bytes()).collect();
    let field = |wanted: &str| {
        let found = fields.iter().find(|(name, value)| name == wanted && !value.is_empty());
        found.map(|(_, value)| value.to_string())
    };
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error })));
    match field("grant_type").as_deref() {
        Some("client_credentials") => {}
        Some(_) => return refused("unsupported_grant_type").into_response(),
        None => return refused("invalid_request").into_response(),
    }
    let Some(subject) = client(&headers).or_else(|| field("client_id")) else {
        return refused("invalid_client").into_response();
    };
    let scope = field("scope").unwrap_or_else(|| usual.to_string());
    let claims = Claims { subject, scope: scope.clone(), customers: Vec::new() };
    let answer = json!({
        "access_token": sign(&claims, Timestamp::now(), EXPIRES_IN),
        "token_type": "Bearer",
        "expires_in": EXPIRES_IN.as_secs(),
        "scope": scope,
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// The client that `Authorization: Basic` names (section 2.3.1).
fn client(headers: &HeaderMap) -> Option<String> {
    let basic = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(BASE64_STANDARD.decode(basic).ok()?).ok()?;
    let (id, _) = pair.split_once(':')?;
    (!id.is_empty()).then(|| id.to_owned())
}
