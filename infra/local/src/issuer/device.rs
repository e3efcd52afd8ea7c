//! The device flow, for programs without a browser of their own (RFC 8628).

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;

use super::fields::Fields;
use super::grants::{CODE_LIFETIME, Device};
use super::personas::Persona;
use super::{DEVICE, Issuer, page};

/// Seconds between two questions of a device.
const INTERVAL: u32 = 1;

/// Letters that nobody takes for one another, and that spell no word.
const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Gives a device its two codes.
pub async fn begin(State(issuer): State<Arc<Issuer>>, form: String) -> Response {
    let fields = Fields::parse(&form);
    let Some(client) = fields.text("client_id") else {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_client"}))).into_response();
    };
    let user_code = user_code();
    let device_code = issuer.grants.keep_device(Device {
        user_code: user_code.clone(),
        client,
        scope: fields.text("scope"),
        at: Timestamp::now(),
        approved: None,
    });
    let at = issuer.at(DEVICE);
    Json(json!({
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": at,
        "verification_uri_complete": format!("{at}?user_code={user_code}"),
        "expires_in": CODE_LIFETIME.as_secs(),
        "interval": INTERVAL,
    }))
    .into_response()
}

/// Shows the personas, and where the code goes that the device shows.
pub async fn ask(RawQuery(query): RawQuery) -> Response {
    let fields = Fields::parse(&query.unwrap_or_default());
    let code = page::escaped(fields.get("user_code").unwrap_or_default());
    let field = format!(
        "<label>The code that your device shows\
         <input name=\"user_code\" value=\"{code}\" required autocomplete=\"off\"></label>"
    );
    page::personas(DEVICE, "your device", &field)
}

/// Approves the device whose code was typed.
pub async fn answer(State(issuer): State<Arc<Issuer>>, form: String) -> Response {
    let fields = Fields::parse(&form);
    let code = fields.get("user_code").unwrap_or_default().trim().to_uppercase();
    let persona = fields.get("persona").and_then(Persona::find);
    let approved =
        persona.is_some_and(|persona| issuer.grants.approve(&code, persona, Timestamp::now()));
    if approved {
        page::sentence("Signed in", "Your device goes on by itself; this page can be closed.")
    } else {
        let text = "No device shows this code, or it waited for too long. Have it ask again.";
        (StatusCode::BAD_REQUEST, page::sentence("There is no such code", text)).into_response()
    }
}

/// Eight letters with a hyphen, 34 bits: guessed by nobody in ten minutes.
fn user_code() -> String {
    let random = uuid::Uuid::new_v4();
    // The bytes of a random UUID but for those that say its version.
    let bytes = random.as_bytes().iter().take(4).chain(random.as_bytes().iter().skip(9).take(4));
    let letters = bytes.filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()));
    let mut code: String = letters.copied().map(char::from).collect();
    code.insert(4, '-');
    code
}
