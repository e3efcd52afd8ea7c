//! The check of a token: its signature by the issuer's keys, then its claims.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::rsa::PublicKeyComponents;
use ring::signature::RSA_PKCS1_2048_8192_SHA256;
use serde_json::{Map, Value};

use crate::issuer::{AUDIENCE, OFFLINE, key_set};

/// The claims of a token of `issuer` that is in order, or else what is wrong with it, in
/// the words of API Gateway where it is known to have some. `invoice-bridge token` signs
/// with the same key, and knows of no running stack: its tokens are taken, too.
pub fn verify(
    token: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<Map<String, Value>, &'static str> {
    const MALFORMED: &str = "the token is malformed";
    let (signed, signature) = token.rsplit_once('.').ok_or(MALFORMED)?;
    let (head, body) = signed.split_once('.').ok_or(MALFORMED)?;
    let decode = |part: &str| -> Option<Map<String, Value>> {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    };
    let (head, claims) = decode(head).zip(decode(body)).ok_or(MALFORMED)?;
    if head.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err("signing method is invalid: the local stack signs with RS256");
    }
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| MALFORMED)?;
    let key = key(head.get("kid")).ok_or("the token is signed with a key that is not known")?;
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
        .map_err(|_| "the token has an invalid signature")?;
    check(&claims, issuer, now.as_second())?;
    Ok(claims)
}

/// The key of this id among those that the issuer publishes.
fn key(id: Option<&Value>) -> Option<PublicKeyComponents<Vec<u8>>> {
    let set = key_set();
    let key = set.get("keys")?.as_array()?.iter().find(|key| key.get("kid") == id)?;
    let part = |name| BASE64_URL_SAFE_NO_PAD.decode(key.get(name)?.as_str()?).ok();
    Some(PublicKeyComponents { n: part("n")?, e: part("e")? })
}

fn check(claims: &Map<String, Value>, issuer: &str, now: i64) -> Result<(), &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| {
        claims.get(name).map(|value| value.as_f64().ok_or("a time in the token is not a number"))
    };
    let seconds = |name: &str| time(name).transpose();
    if ![Some(issuer), Some(OFFLINE)].contains(&text("iss")) {
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
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;
    use crate::issuer::{Claims, sign, sign_claims};

    const ISSUER: &str = "http://127.0.0.1:9000";

    fn claims() -> Claims {
        Claims {
            subject: "ann".to_owned(),
            scope: "invoices/read".to_owned(),
            customers: vec!["nue:1".to_owned()],
        }
    }

    fn signed(claims: &Claims) -> String {
        sign(ISSUER, claims, now(), SignedDuration::from_hours(1))
    }

    fn now() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    #[test]
    fn a_signed_token_is_accepted_until_it_expires() {
        let token = signed(&claims());
        let found = verify(&token, ISSUER, now()).unwrap();
        assert_eq!((&found["sub"], &found["customers"]), (&json!("ann"), &json!(["nue:1"])));
        let later = now() + SignedDuration::from_hours(1);
        assert_eq!(verify(&token, ISSUER, later), Err("the token has expired"));
    }

    #[test]
    fn an_operators_token_names_no_customers() {
        let operator = Claims { customers: Vec::new(), ..claims() };
        let token = signed(&operator);
        assert!(!verify(&token, ISSUER, now()).unwrap().contains_key("customers"));
    }

    #[test]
    fn another_stacks_token_is_refused_and_one_of_no_stack_taken() {
        let refused = verify(&signed(&claims()), "http://127.0.0.1:9001", now());
        assert_eq!(refused, Err("the token has an invalid issuer"));
        let offline = sign(OFFLINE, &claims(), now(), SignedDuration::from_hours(1));
        assert!(verify(&offline, ISSUER, now()).is_ok());
    }

    #[test]
    fn refuses_what_was_altered() {
        let token = signed(&claims());
        let (part, tag) = token.rsplit_once('.').unwrap();
        let other = signed(&Claims { subject: "bob".to_owned(), ..claims() });
        let swapped = format!("{part}.{}", other.rsplit_once('.').unwrap().1);
        let refused = verify(&swapped, ISSUER, now());
        assert_eq!(refused, Err("the token has an invalid signature"));
        for garbled in ["", "abc", "a.b.c", part, tag] {
            let refused = verify(garbled, ISSUER, now());
            assert_eq!(refused, Err("the token is malformed"), "{garbled}");
        }
    }

    #[test]
    fn refuses_claims_that_do_not_fit() {
        let end = now().as_second() + 60;
        let good = json!({"iss": ISSUER, "aud": ["x", AUDIENCE], "exp": end});
        assert!(verify(&sign_claims(&good), ISSUER, now()).is_ok());
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
            assert_eq!(verify(&sign_claims(&body), ISSUER, now()), Err(expected));
        }
    }

    #[test]
    fn no_other_method_and_no_other_key_will_do() {
        let (_, rest) =
            signed(&claims()).split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let refused = |head: Value| {
            let head = BASE64_URL_SAFE_NO_PAD.encode(head.to_string());
            verify(&format!("{head}.{rest}"), ISSUER, now()).unwrap_err()
        };
        for alg in ["none", "HS256"] {
            let why = refused(json!({"alg": alg, "kid": "invoice-bridge-local"}));
            assert!(why.starts_with("signing method"), "{why}");
        }
        let why = refused(json!({"alg": "RS256", "kid": "another"}));
        assert_eq!(why, "the token is signed with a key that is not known");
    }
}
