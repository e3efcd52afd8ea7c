//! Webhooks of every provider and scheme: what does not know the secret is not believed, and
//! any payload names what it names without a panic.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use provider_client::webhook::{Delivery, Scheme, Webhook};
use provider_client::{ConnectionSecret, PROVIDERS};
use serde_json::json;

/// Nobody draws it.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYq=";

fuzz_target!(|drawn: (u8, u8, Vec<(u8, &str)>, &str, &[u8])| {
    let (kind, scheme, headers, token, body) = drawn;
    let kind = &PROVIDERS[usize::from(kind) % PROVIDERS.len()];
    let scheme = Scheme::ALL[usize::from(scheme) % Scheme::ALL.len()].word();
    let secret = json!({
        "provider": kind.capabilities.provider,
        "webhook": {"scheme": scheme, "secrets": [SECRET]},
    });
    let Ok(secret) = ConnectionSecret::parse(&"a".parse().unwrap(), &secret.to_string()) else {
        return;
    };
    let Ok(Some(webhook)) = Webhook::open(&secret) else { return };
    const NAMES: [&str; 6] = [
        "stripe-signature",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "authorization",
        "x-fusebill-signature",
    ];
    let header = |name: &str| {
        let named = |(place, _): &&(u8, &str)| NAMES[usize::from(*place) % NAMES.len()] == name;
        headers.iter().find(named).map(|(_, value)| (*value).to_owned())
    };
    let delivery =
        Delivery { header: &header, body, token: Some(token), at: Timestamp::UNIX_EPOCH };
    assert!(webhook.verify(delivery).is_err(), "believed without the secret");
    let named = webhook.named(body);
    assert!(named.changed.iter().chain(&named.gone).all(|id| !id.is_empty()), "{named:?}");
});
