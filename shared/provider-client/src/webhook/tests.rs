//! Proofs by each scheme, and every way in which one can be false.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use serde_json::{Value, json};

use super::*;

const SECRET: &str = "a-secret-of-ours-01";
const OTHER: &str = "a-secret-of-ours-02";
const BODY: &[u8] = br#"{"id": 1}"#;

fn now() -> Timestamp {
    Timestamp::from_second(1_795_682_235).unwrap()
}

fn opened(provider: &str, webhook: &Value) -> Result<Option<Webhook>, SecretFault> {
    let secret = json!({"provider": provider, "webhook": webhook}).to_string();
    Webhook::open(&ConnectionSecret::parse(&"acme".parse().unwrap(), &secret).unwrap())
}

fn open(provider: &str, webhook: &Value) -> Webhook {
    opened(provider, webhook).unwrap().unwrap()
}

fn refused(
    webhook: &Webhook,
    headers: &[(&str, &str)],
    body: &[u8],
    token: Option<&str>,
) -> Option<Refusal> {
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let header = move |asked: &str| {
        headers.iter().find(|(name, _)| name == asked).map(|(_, value)| value.clone())
    };
    webhook.verify(Delivery { header: &header, body, token, at: now() }).err()
}

fn tag(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn stamped(secret: &str, time: i64, body: &[u8]) -> String {
    let message = [format!("{time}.").as_bytes(), body].concat();
    format!("t={time},v1={}", hex(&tag(secret.as_bytes(), &message)))
}

/// Signed by a server that nobody here wrote, byte for byte as it came.
#[test]
fn what_a_stranger_signed_is_believed_and_one_byte_less_is_not() {
    let recorded: Value = serde_json::from_str(include_str!("tests/stripe-signed.json")).unwrap();
    // Its secret is shorter than ours have to be: it is put in without being read.
    let mut webhook = open("stripe", &json!({"secrets": [SECRET]}));
    webhook.secret.secrets = vec![recorded["meta"]["secret"].as_str().unwrap().into()];
    for delivery in recorded["deliveries"].as_array().unwrap() {
        let signature = delivery["headers"]["Stripe-Signature"].as_str().unwrap();
        let body = delivery["body_raw"].as_str().unwrap().as_bytes();
        let headers = [("stripe-signature", signature)];
        assert_eq!(refused(&webhook, &headers, body, None), None);
        let id = serde_json::from_slice::<Value>(body).unwrap()["data"]["object"]["id"].clone();
        assert_eq!(webhook.named(body), Named::changed(id.as_str().unwrap()));
        for at in [0, body.len() / 2, body.len() - 1] {
            let mut flipped = body.to_vec();
            flipped[at] ^= 1;
            assert_eq!(refused(&webhook, &headers, &flipped, None), Some(Refusal::Wrong), "{at}");
        }
        assert_eq!(refused(&webhook, &headers, &body[1..], None), Some(Refusal::Wrong));
    }
}

#[test]
fn a_time_may_be_five_minutes_off_and_no_more() {
    let webhook = open("stripe", &json!({"secrets": [SECRET]}));
    for (seconds, refusal) in
        [(-300, None), (300, None), (-301, Some(Refusal::Old)), (301, Some(Refusal::Old))]
    {
        let time = (now() + SignedDuration::from_secs(seconds)).as_second();
        let headers = [("stripe-signature", stamped(SECRET, time, BODY))];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(refused(&webhook, &headers, BODY, None), refusal, "{seconds} s");
    }
}

#[test]
fn a_signature_that_cannot_be_read_is_refused_whatever_is_in_it() {
    let webhook = open("stripe", &json!({"secrets": [SECRET]}));
    let good = stamped(SECRET, now().as_second(), BODY);
    let (time, v1) = good.split_once(',').unwrap();
    for (value, refusal) in [
        (String::new(), Refusal::Malformed),
        (time.to_owned(), Refusal::Malformed),
        (v1.to_owned(), Refusal::Malformed),
        (format!("{time},{time},{v1}"), Refusal::Malformed),
        (format!("{time},v1=zz"), Refusal::Malformed),
        (format!("{time},v1="), Refusal::Wrong),
        (format!("t=99999999999999999999,{v1}"), Refusal::Malformed),
        (format!("t=-5,{v1}"), Refusal::Malformed),
        (format!("{time},{}", v1.replace("v1", "v0")), Refusal::Malformed),
        (format!("{time},v1={}", "0".repeat(64)), Refusal::Wrong),
    ] {
        let headers = [("stripe-signature", value.as_str())];
        assert_eq!(refused(&webhook, &headers, BODY, None), Some(refusal), "{value}");
    }
    assert_eq!(refused(&webhook, &[], BODY, None), Some(Refusal::Missing));
    // Beside one that is wrong, the right one counts.
    let both = format!("{time},v1={},{v1},v0=x", "0".repeat(64));
    assert_eq!(refused(&webhook, &[("stripe-signature", &both)], BODY, None), None);
}

#[test]
fn of_several_secrets_each_proves() {
    let webhook = open("stripe", &json!({"secrets": [SECRET, OTHER]}));
    for (secret, refusal) in
        [(SECRET, None), (OTHER, None), ("another-secret-03", Some(Refusal::Wrong))]
    {
        let value = stamped(secret, now().as_second(), BODY);
        assert_eq!(
            refused(&webhook, &[("stripe-signature", &value)], BODY, None),
            refusal,
            "{secret}"
        );
    }
}

#[test]
fn standard_webhooks_are_signed_with_their_id_and_time() {
    let key = b"24 bytes that nobody has";
    let webhook = open(
        "nue",
        &json!({
            "scheme": "standard-webhooks", "secrets": [format!("whsec_{}", base64(key))],
        }),
    );
    let time = now().as_second().to_string();
    let signature = base64(&tag(key, &[b"msg_1.", time.as_bytes(), b".", BODY].concat()));
    let signed = format!("v1a,x v1,{} v1,{signature}", base64(b"wrong"));
    let headers = [
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", time.as_str()),
        ("webhook-signature", signed.as_str()),
    ];
    assert_eq!(refused(&webhook, &headers, BODY, None), None);
    for changed in [("webhook-id", "msg_2"), ("webhook-timestamp", "1795682236")] {
        let headers = headers.map(|one| if one.0 == changed.0 { changed } else { one });
        assert_eq!(refused(&webhook, &headers, BODY, None), Some(Refusal::Wrong), "{changed:?}");
    }
    let old =
        headers.map(|one| if one.0 == "webhook-timestamp" { (one.0, "1795680000") } else { one });
    assert_eq!(refused(&webhook, &old, BODY, None), Some(Refusal::Old));
    for missing in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let headers: Vec<(&str, &str)> =
            headers.into_iter().filter(|one| one.0 != missing).collect();
        assert_eq!(refused(&webhook, &headers, BODY, None), Some(Refusal::Missing), "{missing}");
    }
}

#[test]
fn a_signature_of_the_body_alone_is_believed() {
    let webhook = open(
        "nue",
        &json!({
            "scheme": "hmac", "header": "X-Xero-Signature", "secrets": [SECRET],
        }),
    );
    let value = base64(&tag(SECRET.as_bytes(), BODY));
    assert_eq!(refused(&webhook, &[("x-xero-signature", &value)], BODY, None), None);
    assert_eq!(
        refused(&webhook, &[("x-xero-signature", &value)], b"{}", None),
        Some(Refusal::Wrong)
    );
    assert_eq!(
        refused(&webhook, &[("x-xero-signature", "%")], BODY, None),
        Some(Refusal::Malformed)
    );
}

#[test]
fn what_is_fixed_is_compared_whole() {
    let basic = open("finexio", &json!({"username": "bridge", "secrets": [SECRET, OTHER]}));
    let credentials = |text: &str| format!("Basic {}", base64(text.as_bytes()));
    for (value, refusal) in [
        (credentials(&format!("bridge:{SECRET}")), None),
        (credentials(&format!("bridge:{OTHER}")), None),
        (credentials(&format!("bridge:{}", &SECRET[1..])), Some(Refusal::Wrong)),
        (credentials(&format!("other:{SECRET}")), Some(Refusal::Wrong)),
        (credentials("other:"), Some(Refusal::Wrong)),
        (credentials(SECRET), Some(Refusal::Malformed)),
        (format!("Bearer {SECRET}"), Some(Refusal::Malformed)),
    ] {
        assert_eq!(refused(&basic, &[("authorization", &value)], BODY, None), refusal, "{value}");
    }
    let header = open("fusebill", &json!({"secrets": [SECRET]}));
    for (value, refusal) in [
        (credentials(SECRET), None),
        (base64(SECRET.as_bytes()), None),
        (SECRET.to_owned(), Some(Refusal::Wrong)),
        (String::new(), Some(Refusal::Wrong)),
    ] {
        assert_eq!(refused(&header, &[("authorization", &value)], BODY, None), refusal, "{value}");
    }
    let path = open("simplepin", &json!({"secrets": [SECRET]}));
    for (token, refusal) in [
        (Some(SECRET), None),
        (Some(&SECRET[1..]), Some(Refusal::Wrong)),
        (Some(""), Some(Refusal::Missing)),
        (None, Some(Refusal::Missing)),
    ] {
        assert_eq!(refused(&path, &[], BODY, token), refusal, "{token:?}");
    }
}

#[test]
fn a_secret_says_all_that_is_wrong_and_shows_nothing() {
    let faults = |provider: &str, webhook: Value| opened(provider, &webhook).unwrap_err().faults;
    for (provider, webhook, fields) in [
        ("stripe", json!({}), &["webhook.secrets"][..]),
        ("stripe", json!({"secrets": []}), &["webhook.secrets"]),
        ("stripe", json!({"secrets": ["s3cr3t"]}), &["webhook.secrets"]),
        ("stripe", json!({"secrets": vec![SECRET; 5]}), &["webhook.secrets"]),
        ("stripe", json!({"scheme": "path", "secrets": [SECRET]}), &["webhook.scheme"]),
        ("stripe", json!({"secret": SECRET}), &["webhook.secret`", "webhook.secrets"]),
        ("finexio", json!({"secrets": [SECRET]}), &["webhook.username"]),
        ("finexio", json!({"username": "a:b", "secrets": [SECRET]}), &["webhook.username"]),
        (
            "simplepin",
            json!({"username": "a", "secrets": ["with / a slash in it"]}),
            &["webhook.secrets", "webhook.username"],
        ),
        ("nue", json!({"scheme": "hmac", "secrets": [SECRET]}), &["webhook.header"]),
        (
            "nue",
            json!({"scheme": "hmac", "header": "a b", "secrets": [SECRET]}),
            &["webhook.header"],
        ),
        (
            "nue",
            json!({"scheme": "standard-webhooks", "secrets": ["whsec_not base64 at all"]}),
            &["webhook.secrets"],
        ),
        ("nue", json!("s3cr3t"), &["webhook"]),
        ("nue-self-service", json!({"secrets": [SECRET]}), &["webhook"]),
    ] {
        let found = faults(provider, webhook.clone());
        assert_eq!(found.len(), fields.len(), "{webhook}: {found:?}");
        for (fault, field) in found.iter().zip(fields) {
            assert!(fault.contains(field), "{webhook}: {fault}");
            assert!(!fault.contains("s3cr3t") && !fault.contains(SECRET), "{fault}");
        }
    }
    assert!(!format!("{:?}", open("stripe", &json!({"secrets": [SECRET]}))).contains(SECRET));
    let none = json!({"provider": "stripe"}).to_string();
    let none = ConnectionSecret::parse(&"acme".parse().unwrap(), &none).unwrap();
    assert!(Webhook::open(&none).unwrap().is_none());
}
