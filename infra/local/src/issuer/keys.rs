//! The issuer's key, what it signs, and the set of keys that anybody may ask for.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use super::AUDIENCE;

/// Public on purpose, and of use on loopback only: so `invoice-bridge token` works without
/// a running stack. Nothing deployed accepts what it signs; there the keys are the issuer's.
/// RSA, since API Gateway takes no other kind.
static KEY: &[u8] = include_bytes!("key.der");
const KEY_ID: &str = "invoice-bridge-local";

/// The issuer of tokens that `invoice-bridge token` prints: it knows of no running stack,
/// and so of no address.
pub const OFFLINE: &str = "https://invoice-bridge.local";

static PAIR: LazyLock<RsaKeyPair> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the key is part of this program, and a test reads it")]
    RsaKeyPair::from_pkcs8(KEY).expect("a key in PKCS #8")
});

/// What a token for the API says.
#[derive(Debug, Clone)]
pub struct Claims {
    /// Who calls.
    pub subject: String,
    /// The scopes of the token: `invoices/read invoices/write`.
    pub scope: String,
    /// The customers they are held to; none for an operator.
    pub customers: Vec<String>,
}

/// A token for the API, which a running stack accepts until it expires.
pub fn sign(issuer: &str, claims: &Claims, now: Timestamp, expires_in: SignedDuration) -> String {
    let mut body = json!({
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": claims.subject,
        "scope": claims.scope,
        "iat": now.as_second(),
        "exp": now.as_second().saturating_add(expires_in.as_secs()),
    });
    if let (false, Some(body)) = (claims.customers.is_empty(), body.as_object_mut()) {
        body.insert("customers".to_owned(), json!(claims.customers));
    }
    sign_claims(&body)
}

/// A JWT of any claims.
pub fn sign_claims(body: &Value) -> String {
    sign_parts(&json!({"alg": "RS256", "typ": "JWT", "kid": KEY_ID}), body)
}

pub(super) fn sign_parts(head: &Value, body: &Value) -> String {
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(head), encode(body));
    let mut signature = vec![0; PAIR.public().modulus_len()];
    // It fails where this machine gives no random numbers; what is not signed is refused.
    let _ = PAIR.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature);
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// The keys by which anybody can check what the issuer signed (RFC 7517).
pub fn key_set() -> Value {
    let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(PAIR.public());
    let encode = |bytes: Vec<u8>| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let (n, e) = (encode(n), encode(e));
    json!({"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": n, "e": e}]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_set_names_the_key_that_signs() {
        let token = sign_claims(&json!({"sub": "ann"}));
        let head = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let head: Value = serde_json::from_slice(&head).unwrap();
        let keys = key_set();
        assert_eq!((&head["kid"], &head["alg"]), (&keys["keys"][0]["kid"], &json!("RS256")));
        assert!(keys["keys"][0].get("d").is_none(), "{keys}");
    }
}
