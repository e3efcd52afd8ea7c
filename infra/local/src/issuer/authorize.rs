//! The authorization endpoint: a page to pick a persona at, and the way back with a code
//! (RFC 6749, section 4.1; RFC 7636; OpenID Connect Core 1.0, section 3.1).

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use url::{Host, Url};

use super::fields::Fields;
use super::grants::{Code, Session};
use super::personas::Persona;
use super::{AUTHORIZE, Issuer, page};

/// Who signed in last, in the browser: one who comes again is not asked again.
const COOKIE: &str = "persona";

/// A request that may be answered: what is wrong with any other is shown, or sent back.
#[derive(Debug)]
struct Asked {
    client: String,
    redirect: Url,
    challenge: String,
    fields: Fields,
}

impl Asked {
    fn read(issuer: &Issuer, query: &str) -> Result<Self, Box<Response>> {
        let fields = Fields::parse(query);
        let wrong = |text: &str| {
            let page = page::sentence("This cannot be signed in to", text);
            Box::new((StatusCode::BAD_REQUEST, page).into_response())
        };
        let client = fields.text("client_id").ok_or_else(|| wrong("client_id is missing."))?;
        let redirect = fields.get("redirect_uri").and_then(loopback).ok_or_else(|| {
            wrong("redirect_uri has to be an address of this machine, such as http://127.0.0.1:9000/.")
        })?;
        let refused = |error: &str| Box::new(back(issuer, &redirect, &fields, "error", error));
        if fields.get("response_type") != Some("code") {
            return Err(refused("unsupported_response_type"));
        }
        let is_s256 = fields.get("code_challenge_method") == Some("S256");
        let challenge = fields.text("code_challenge").filter(|_| is_s256);
        let challenge = challenge.ok_or_else(|| refused("invalid_request"))?;
        Ok(Self { client, redirect, challenge, fields })
    }

    /// Sends a code to the client, and remembers the persona in the browser.
    fn grant(self, issuer: &Issuer, persona: &'static Persona) -> Response {
        let session = Session {
            persona,
            scope: persona.granted(self.fields.get("scope"), &issuer.scopes),
            client: self.client,
            at: Timestamp::now(),
        };
        let code = issuer.grants.keep_code(Code {
            session,
            redirect: self.fields.text("redirect_uri").unwrap_or_default(),
            challenge: self.challenge,
            nonce: self.fields.text("nonce"),
        });
        let mut response = back(issuer, &self.redirect, &self.fields, "code", &code);
        set_cookie(&mut response, persona.id, 8 * 60 * 60);
        response
    }
}

/// Shows the personas, or goes back at once with the one that the browser remembers.
pub async fn ask(
    State(issuer): State<Arc<Issuer>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.unwrap_or_default();
    let asked = match Asked::read(&issuer, &query) {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    let prompt = asked.fields.get("prompt");
    let remembered = remembered(&headers).filter(|_| prompt.is_none_or(|prompt| prompt == "none"));
    match remembered {
        Some(persona) => asked.grant(&issuer, persona),
        None if prompt == Some("none") => {
            back(&issuer, &asked.redirect, &asked.fields, "error", "login_required")
        }
        None => page::personas(&format!("{AUTHORIZE}?{query}"), &asked.client, ""),
    }
}

/// Takes the persona that was picked.
pub async fn answer(
    State(issuer): State<Arc<Issuer>>,
    RawQuery(query): RawQuery,
    form: String,
) -> Response {
    let asked = match Asked::read(&issuer, &query.unwrap_or_default()) {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    match Fields::parse(&form).get("persona").and_then(Persona::find) {
        Some(persona) => asked.grant(&issuer, persona),
        None => back(&issuer, &asked.redirect, &asked.fields, "error", "access_denied"),
    }
}

/// Forgets who signed in (OpenID Connect RP-Initiated Logout 1.0).
pub async fn log_out(RawQuery(query): RawQuery) -> Response {
    let fields = Fields::parse(&query.unwrap_or_default());
    let after = fields.get("post_logout_redirect_uri").and_then(loopback);
    let mut response = match after {
        Some(mut after) => {
            if let Some(state) = fields.get("state") {
                after.query_pairs_mut().append_pair("state", state);
            }
            see(after.as_str())
        }
        None => page::sentence("Signed out", "Nobody is signed in at this machine’s stack."),
    };
    set_cookie(&mut response, "", 0);
    response
}

/// The way back to the client, with its own state (and RFC 9207's `iss`).
fn back(issuer: &Issuer, redirect: &Url, asked: &Fields, name: &str, value: &str) -> Response {
    let mut to = redirect.clone();
    to.query_pairs_mut().append_pair(name, value).append_pair("iss", &issuer.url);
    if let Some(state) = asked.get("state") {
        to.query_pairs_mut().append_pair("state", state);
    }
    see(to.as_str())
}

/// 303: what was posted is not posted again.
fn see(to: &str) -> Response {
    let location = HeaderValue::from_str(to).ok().map(|to| [(header::LOCATION, to)]);
    (StatusCode::SEE_OTHER, location.map(HeaderMap::from_iter).unwrap_or_default()).into_response()
}

fn set_cookie(response: &mut Response, value: &str, seconds: u32) {
    let cookie =
        format!("{COOKIE}={value}; Path=/oauth2; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

fn remembered(headers: &HeaderMap) -> Option<&'static Persona> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|one| one.to_str().ok());
    let mut pairs = cookies.flat_map(|all| all.split("; ")).filter_map(|one| one.split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).and_then(|(_, value)| Persona::find(value))
}

/// An address of this machine: a code goes nowhere else. Any port and path, as of native
/// clients (RFC 8252, section 7.3).
fn loopback(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    (is_loopback && matches!(url.scheme(), "http" | "https")).then_some(url)
}
