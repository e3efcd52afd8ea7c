//! The token endpoint.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::fields::Fields;
use super::grants::Session;
use super::{Claims, DEVICE_GRANT, Issuer, sign, sign_claims};

/// Gives tokens for what the form has to offer (RFC 6749, section 5).
pub async fn give(State(issuer): State<Arc<Issuer>>, headers: HeaderMap, form: String) -> Response {
    let fields = Fields::parse(&form);
    let answer = match fields.get("grant_type") {
        None => Err("invalid_request"),
        Some(grant) => match client(&headers).or_else(|| fields.text("client_id")) {
            None => Err("invalid_client"),
            Some(client) => issuer.redeem(grant, client, &fields),
        },
    };
    match answer {
        Ok(tokens) => Json(tokens).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response(),
    }
}

impl Issuer {
    fn redeem(&self, grant: &str, client: String, fields: &Fields) -> Result<Value, &'static str> {
        let now = Timestamp::now();
        match grant {
            "authorization_code" => {
                let code = fields.get("code").ok_or("invalid_request")?;
                let code = self.grants.take_code(code, now).ok_or("invalid_grant")?;
                let verifier = fields.get("code_verifier").unwrap_or_default();
                let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
                let fits = code.challenge == challenge
                    && code.session.client == client
                    && fields.get("redirect_uri") == Some(code.redirect.as_str());
                let session = fits.then_some(code.session).ok_or("invalid_grant")?;
                Ok(self.begin_session(session, code.nonce, now))
            }
            "refresh_token" => {
                let token = fields.get("refresh_token").ok_or("invalid_request")?;
                let session = self.grants.session(token).filter(|one| one.client == client);
                let session = session.ok_or("invalid_grant")?;
                Ok(self.tokens(&session, None, Some(token), now))
            }
            DEVICE_GRANT => {
                let code = fields.get("device_code").ok_or("invalid_request")?;
                let device = self.grants.take_device(code, now)?;
                let persona = device.approved.ok_or("authorization_pending")?;
                let scope = persona.granted(device.scope.as_deref(), &self.scopes);
                let session = Session { persona, scope, client: device.client, at: now };
                Ok(self.begin_session(session, None, now))
            }
            "client_credentials" => Ok(self.of_client(client, fields.get("scope"), now)),
            _ => Err("unsupported_grant_type"),
        }
    }

    fn begin_session(&self, session: Session, nonce: Option<String>, now: Timestamp) -> Value {
        let refresh = self.grants.keep_session(session.clone());
        self.tokens(&session, nonce, Some(&refresh), now)
    }

    fn tokens(
        &self,
        session: &Session,
        nonce: Option<String>,
        refresh: Option<&str>,
        now: Timestamp,
    ) -> Value {
        let persona = session.persona;
        let claims = Claims {
            subject: persona.id.to_owned(),
            scope: session.scope.clone(),
            customers: persona.customers.iter().map(|one| (*one).to_owned()).collect(),
        };
        let mut answer = json!({
            "access_token": sign(&self.url, &claims, now, self.lifetime),
            "token_type": "Bearer",
            "expires_in": self.lifetime.as_secs(),
            "scope": session.scope,
            "refresh_token": refresh,
        });
        let is_openid = session.scope.split(' ').any(|scope| scope == "openid");
        if let (true, Some(answer)) = (is_openid, answer.as_object_mut()) {
            let id = sign_claims(&json!({
                "iss": self.url,
                "aud": session.client,
                "sub": persona.id,
                "name": persona.name,
                "nonce": nonce,
                "auth_time": session.at.as_second(),
                "iat": now.as_second(),
                "exp": now.as_second().saturating_add(self.lifetime.as_secs()),
            }));
            answer.insert("id_token".to_owned(), id.into());
        }
        answer
    }

    /// A token for a client itself (RFC 6749, section 4.4). It opens this machine's stack
    /// alone, and `invoice-bridge token` makes one for anybody: no client is asked for a
    /// secret, and one that asks for no scope has an operator's.
    fn of_client(&self, client: String, scope: Option<&str>, now: Timestamp) -> Value {
        let scopes = &self.scopes;
        let usual = || format!("{} {} {}", scopes.read, scopes.write, scopes.operator);
        let scope = scope.map_or_else(usual, str::to_owned);
        let claims = Claims { subject: client, scope: scope.clone(), customers: Vec::new() };
        json!({
            "access_token": sign(&self.url, &claims, now, self.lifetime),
            "token_type": "Bearer",
            "expires_in": self.lifetime.as_secs(),
            "scope": scope,
        })
    }
}

/// The client that `Authorization: Basic` names (section 2.3.1).
fn client(headers: &HeaderMap) -> Option<String> {
    let basic = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(BASE64_STANDARD.decode(basic).ok()?).ok()?;
    let (id, _) = pair.split_once(':')?;
    (!id.is_empty()).then(|| id.to_owned())
}
