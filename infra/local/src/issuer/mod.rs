//! A small OpenID issuer, so that signing in on this machine is the real thing: discovery,
//! the authorization code flow with PKCE, refresh tokens, the device flow, client
//! credentials, and the keys that the gateway's authorizer checks signatures against.
//!
//! Nobody has a password here: whoever signs in picks a persona.

mod authorize;
mod device;
mod fields;
mod grants;
mod keys;
mod page;
mod personas;
mod token;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use function_kit::configuration::TokenScopes;
use http::{HeaderValue, StatusCode, header};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::gateway::is_from_this_machine;
use grants::Grants;

pub use keys::{Claims, OFFLINE, key_set, sign, sign_claims};

/// The audience of the tokens for the API.
pub const AUDIENCE: &str = "invoice-bridge";
/// The client that the console is, on this machine.
pub const CONSOLE_CLIENT: &str = "invoice-bridge-console";

const DISCOVERY: &str = "/.well-known/openid-configuration";
const AUTHORIZE: &str = "/oauth2/authorize";
const TOKEN: &str = "/oauth2/token";
const KEYS: &str = "/oauth2/jwks";
const DEVICE_AUTHORIZATION: &str = "/oauth2/device_authorization";
const DEVICE: &str = "/oauth2/device";
const LOGOUT: &str = "/oauth2/logout";

/// The device flow's name as a grant (RFC 8628, section 3.4).
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The issuer of one running stack.
#[derive(Debug)]
pub struct Issuer {
    url: String,
    scopes: TokenScopes,
    lifetime: SignedDuration,
    grants: Grants,
}

impl Issuer {
    /// An issuer at `url`, which is the API's own address. Its access tokens are good for
    /// `lifetime`, and their scopes are called as the stack's template calls them.
    pub fn new(url: String, scopes: TokenScopes, lifetime: SignedDuration) -> Self {
        Self { url, scopes, lifetime, grants: Grants::default() }
    }

    /// Everything that the issuer answers.
    pub fn router(self) -> Router {
        Router::new()
            .route(DISCOVERY, get(discovery))
            .route(KEYS, get(async || Json(key_set())))
            .route(AUTHORIZE, get(authorize::ask).post(authorize::answer))
            .route(LOGOUT, get(authorize::log_out))
            .route(TOKEN, post(token::give))
            .route(DEVICE_AUTHORIZATION, post(device::begin))
            .route(DEVICE, get(device::ask).post(device::answer))
            .layer(middleware::from_fn(guard))
            .with_state(Arc::new(self))
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

/// Lets pages and programs of this machine in, and tells browsers that those pages may
/// read the answer: a token opens the stack for whoever has it.
async fn guard(request: Request, next: Next) -> Response {
    if !is_from_this_machine(request.headers(), None) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

/// What a client asks first (OpenID Connect Discovery 1.0, section 3).
async fn discovery(State(issuer): State<Arc<Issuer>>) -> Json<Value> {
    let TokenScopes { read, write, operator } = &issuer.scopes;
    Json(json!({
        "issuer": issuer.url,
        "authorization_endpoint": issuer.at(AUTHORIZE),
        "token_endpoint": issuer.at(TOKEN),
        "device_authorization_endpoint": issuer.at(DEVICE_AUTHORIZATION),
        "end_session_endpoint": issuer.at(LOGOUT),
        "jwks_uri": issuer.at(KEYS),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "offline_access", read, write, operator],
        "claims_supported": ["sub", "name", "customers"],
        "authorization_response_iss_parameter_supported": true,
    }))
}
