//! The watch for secrets: the values of every connection's secret, and the
//! forms they travel in.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

/// What is no secret in a secret; of its webhooks, the secrets are looked at apart.
const PUBLIC: [&str; 4] = ["provider", "baseUrl", "customers", "webhook"];

/// What must never be seen.
#[derive(Debug, Clone, Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// Adds the values of one connection's secret.
    pub fn add(&mut self, secret: &Value) {
        let fields = secret.as_object().unwrap().iter();
        let mut values: Vec<&str> = fields
            .filter(|(name, _)| !PUBLIC.contains(&name.as_str()))
            .map(|(_, value)| value.as_str().unwrap())
            .collect();
        let webhook = secret.pointer("/webhook/secrets").and_then(Value::as_array);
        values.extend(webhook.into_iter().flatten().map(|value| value.as_str().unwrap()));
        assert!(!values.is_empty());
        for value in &values {
            assert!(value.len() >= 8, "too short to be told from other words");
            self.add_value(value);
        }
        if let (Some(name), Some(password)) = (secret.get("username"), secret.get("password")) {
            let pair = format!("{}:{}", name.as_str().unwrap(), password.as_str().unwrap());
            self.add_value(&pair);
        }
    }

    fn add_value(&mut self, value: &str) {
        self.0.push(value.to_owned());
        for encoded in [BASE64_STANDARD.encode(value), BASE64_URL_SAFE_NO_PAD.encode(value)] {
            // Without the padding, which a longer text would not have there.
            self.0.push(encoded.trim_end_matches('=').to_owned());
        }
    }

    /// Fails when `text`, which `who` said, has one of them.
    pub fn must_not_be_in(&self, text: &str, who: &str) {
        assert!(!self.0.is_empty(), "nothing is watched for");
        for secret in &self.0 {
            assert!(!text.contains(secret), "{who} tells the secret {secret}: {text}");
        }
    }
}

#[test]
fn the_watch_finds_what_it_is_for() {
    let mut secrets = Secrets::default();
    secrets.add(&serde_json::json!({
        "provider": "finexio", "baseUrl": "http://127.0.0.1:1", "customers": ["c"],
        "username": "the-user-name", "password": "the-password"
    }));
    let finds =
        |text: &str| std::panic::catch_unwind(|| secrets.must_not_be_in(text, "a test")).is_err();
    let basic = BASE64_STANDARD.encode("the-user-name:the-password");
    for text in ["{\"detail\":\"the-password\"}", "x the-user-name", &format!("Basic {basic}")] {
        assert!(finds(text), "{text}");
    }
    assert!(!finds("finexio at http://127.0.0.1:1 of the user name c"));
}
