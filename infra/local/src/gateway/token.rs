//! The local stack's own tokens: JWTs signed with HS256.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use serde_json::{Map, Value, json};

/// Public on purpose, and of use on loopback only: it lets `invoice-bridge
/// token` work without a running stack. Nothing deployed accepts it; there the
/// keys are the issuer's.
const KEY: &[u8] = b"invoice-bridge local stack: this key is public and opens nothing else";
const ISSUER: &str = "https://invoice-bridge.local";
const AUDIENCE: &str = "invoice-bridge";

/// What a token says.
#[derive(Debug, Clone)]
pub struct Claims {
    /// Who calls.
    pub subject: String,
    /// The scopes of the token: `invoices/read invoices/write`.
    pub scope: String,
    /// The customers they are held to; none for an operator.
    pub customers: Vec<String>,
}

/// A token that the running stack accepts until it expires.
pub fn sign(claims: &Claims, now: Timestamp, expires_in: SignedDuration) -> String {
    let mut body = json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": claims.subject,
        "scope": claims.scope,
        "iat": now.as_second(),
        "exp": now.as_second().saturating_add(expires_in.as_secs()),
    });
    if let (false, Some(body)) = (claims.customers.is_empty(), body.as_object_mut()) {
        body.insert("customers".to_owned(), json!(claims.customers));
    }
    sign_parts(&json!({"alg": "HS256", "typ": "JWT"}), &body)
}

fn sign_parts(head: &Value, body: &Value) -> String {
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(head), encode(body));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY), signed.as_bytes());
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
}

/// The claims of a token that is in order, or else what is wrong with it, in
/// the words of API Gateway where it is known to have some.
pub fn verify(token: &str, now: Timestamp) -> Result<Map<String, Value>, &'static str> {
    const MALFORMED: &str = "the token is malformed";
    let (signed, tag) = token.rsplit_once('.').ok_or(MALFORMED)?;
    let (head, body) = signed.split_once('.').ok_or(MALFORMED)?;
    let decode = |part: &str| -> Option<Map<String, Value>> {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    };
    let (head, claims) = decode(head).zip(decode(body)).ok_or(MALFORMED)?;
    if head.get("alg").and_then(Value::as_str) != Some("HS256") {
        return Err("signing method is invalid: the local stack signs with HS256");
    }
    let tag = BASE64_URL_SAFE_NO_PAD.decode(tag).map_err(|_| MALFORMED)?;
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, KEY), signed.as_bytes(), &tag)
        .map_err(|_| "the token has an invalid signature")?;
    check(&claims, now.as_second())?;
    Ok(claims)
}

fn check(claims: &Map<String, Value>, now: i64) -> Result<(), &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| {
        claims.get(name).map(|value| value.as_f64().ok_or("a time in the token is not a number"))
    };
    let seconds = |name: &str| time(name).transpose();
    if text("iss") != Some(ISSUER) {
        return Err("the token has an invalid issuer");
    }
    let audience_fits = match claims.get("aud") {
        Some(Value::Array(all)) => all.iter().any(|one| one == AUDIENCE),
        Some(one) => one == AUDIENCE,
        None => text("client_id") == Some(AUDIENCE),
    };
    if !audience_fits {
        return Err("the token does not have a valid audience");
    }
    // Exact for every second a token can name.
    let now = f64::from(i32::try_from(now).unwrap_or(i32::MAX));
    if seconds("exp")?.is_none_or(|end| end <= now) {
        return Err("the token has expired");
    }
    if seconds("nbf")?.is_some_and(|start| start > now)
        || seconds("iat")?.is_some_and(|at| at > now)
    {
        return Err("the token is not valid yet");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            subject: "ann".to_owned(),
            scope: "invoices/read".to_owned(),
            customers: vec!["nue:1".to_owned()],
        }
    }

    fn now() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    #[test]
    fn a_signed_token_is_accepted_until_it_expires() {
        let token = sign(&claims(), now(), SignedDuration::from_hours(1));
        let found = verify(&token, now()).unwrap();
        assert_eq!((&found["sub"], &found["customers"]), (&json!("ann"), &json!(["nue:1"])));
        let later = now() + SignedDuration::from_hours(1);
        assert_eq!(verify(&token, later), Err("the token has expired"));
    }

    #[test]
    fn an_operators_token_names_no_customers() {
        let operator = Claims { customers: Vec::new(), ..claims() };
        let token = sign(&operator, now(), SignedDuration::from_hours(1));
        assert!(!verify(&token, now()).unwrap().contains_key("customers"));
    }

    #[test]
    fn refuses_what_was_altered() {
        let token = sign(&claims(), now(), SignedDuration::from_hours(1));
        let (signed, tag) = token.rsplit_once('.').unwrap();
        let other = sign(
            &Claims { subject: "bob".to_owned(), ..claims() },
            now(),
            SignedDuration::from_hours(1),
        );
        let swapped = format!("{signed}.{}", other.rsplit_once('.').unwrap().1);
        assert_eq!(verify(&swapped, now()), Err("the token has an invalid signature"));
        for garbled in ["", "abc", "a.b.c", signed, tag] {
            assert_eq!(verify(garbled, now()), Err("the token is malformed"), "{garbled}");
        }
    }

    #[test]
    fn refuses_claims_that_do_not_fit() {
        let end = now().as_second() + 60;
        let head = json!({"alg": "HS256"});
        let good = json!({"iss": ISSUER, "aud": ["x", AUDIENCE], "exp": end});
        assert!(verify(&sign_parts(&head, &good), now()).is_ok());
        let cases = [
            (json!({"iss": "x", "aud": AUDIENCE, "exp": end}), "the token has an invalid issuer"),
            (
                json!({"iss": ISSUER, "aud": "x", "exp": end}),
                "the token does not have a valid audience",
            ),
            (json!({"iss": ISSUER, "aud": AUDIENCE}), "the token has expired"),
            (
                json!({"iss": ISSUER, "aud": AUDIENCE, "exp": "soon"}),
                "a time in the token is not a number",
            ),
            (
                json!({"iss": ISSUER, "aud": AUDIENCE, "exp": end, "nbf": end}),
                "the token is not valid yet",
            ),
        ];
        for (body, expected) in cases {
            assert_eq!(verify(&sign_parts(&head, &body), now()), Err(expected));
        }
        let none = sign_parts(&json!({"alg": "none"}), &good);
        assert!(verify(&none, now()).unwrap_err().starts_with("signing method"));
    }
}
