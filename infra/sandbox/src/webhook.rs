//! What each provider tells by itself when an invoice changes, in its own form, and every
//! way in which somebody else could try to.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::exchange::Operation;
use crate::options::ProviderKind;
use crate::provider::Record;

/// How far back a webhook is dated that is too old.
const OLD: SignedDuration = SignedDuration::from_mins(10);

/// A webhook, as it is sent to whoever listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// The path, below the listener's address.
    pub path: String,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: String,
}

/// How true a webhook is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Manner {
    /// As the provider sends it.
    #[default]
    True,
    /// Proved by a secret that is not the connection's.
    Forged,
    /// Proved long ago; forged where no time is a part of the proof.
    Old,
    /// One byte of it, or of its proof, is another.
    Flipped,
    /// Without any proof.
    Unproved,
}

/// What a webhook is about.
pub(crate) struct Told<'a> {
    pub(crate) id: &'a str,
    /// What was done; none where somebody only says that something was.
    pub(crate) operation: Option<Operation>,
    /// The invoice as it is now; none where it is gone.
    pub(crate) record: Option<Record>,
}

/// The secret by which a connection's webhooks are proved.
fn key(connection: &str) -> String {
    format!("sandbox-webhook-secret-{connection}")
}

/// The part of a connection's secret that its webhooks are proved by; none where its
/// provider sends none (nue-self-service R13).
pub(crate) fn secret(kind: ProviderKind, connection: &str) -> Option<Value> {
    match kind {
        ProviderKind::NueSelfService => None,
        ProviderKind::Finexio => Some(json!({"username": "bridge", "secrets": [key(connection)]})),
        _ => Some(json!({"secrets": [key(connection)]})),
    }
}

/// The webhook of one change; none where the provider tells of no such change.
pub(crate) fn delivery(
    kind: ProviderKind,
    connection: &str,
    told: &Told<'_>,
    manner: Manner,
) -> Option<Delivery> {
    let now = Timestamp::now();
    let body = payload(kind, told, now)?.to_string();
    let mut proving = Proving { connection, manner, now, body };
    let (path, headers) = match kind {
        ProviderKind::NueSelfService => return None,
        // A token in the path (nue R50, simplepin R36).
        ProviderKind::Nue | ProviderKind::SimplePin => (proving.token(), Vec::new()),
        // The key in Base64 (fusebill R63).
        ProviderKind::Fusebill => {
            let value = format!("Basic {}", BASE64_STANDARD.encode(proving.shown()));
            (String::new(), vec![("authorization", value)])
        }
        // A user and a password of our choice (finexio R21).
        ProviderKind::Finexio => {
            let value = format!("bridge:{}", proving.shown());
            let value = format!("Basic {}", BASE64_STANDARD.encode(value));
            (String::new(), vec![("authorization", value)])
        }
        // A time, and a tag over it and the body (stripe R62).
        ProviderKind::Stripe => (String::new(), vec![("stripe-signature", proving.signature())]),
    };
    let headers = headers.into_iter().filter(|_| manner != Manner::Unproved);
    let json = ("content-type".to_owned(), "application/json; charset=utf-8".to_owned());
    let mut all = vec![json];
    all.extend(headers.map(|(name, value)| (name.to_owned(), value)));
    Some(Delivery {
        path: format!("/webhooks/{connection}{path}"),
        headers: all,
        body: proving.body,
    })
}

fn payload(kind: ProviderKind, told: &Told<'_>, now: Timestamp) -> Option<Value> {
    let invoice = told.record.as_ref().map(|record| record.json.as_str());
    let invoice: Value =
        invoice.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let id = told.id;
    match kind {
        ProviderKind::NueSelfService => None,
        // Of nothing but activations (nue R49).
        ProviderKind::Nue => matches!(told.operation, None | Some(Operation::Activate))
            .then(|| json!({"event": "invoice.activated", "data": {"invoice": {"id": id}, "invoiceItems": []}})),
        ProviderKind::SimplePin => Some(json!({
            "id": now.as_millisecond(), "event_code": "INV-UPDATED", "create_date": now.as_millisecond(),
            "invoice_id": id, "invoice_version": 2, "customer_name": "Ada",
        })),
        // Nobody states what is in it (fusebill R64).
        ProviderKind::Fusebill => Some(json!({"event": "changed"})),
        ProviderKind::Finexio => Some(json!({
            "object_type": "payment", "object_id": "pmt_1", "event": "payment.changed", "invoice_ids": [id],
        })),
        ProviderKind::Stripe => {
            let gone = json!({"object": "invoice", "id": id});
            let (event, object) = match told.record {
                Some(_) => ("invoice.updated", invoice),
                None => ("invoice.deleted", gone),
            };
            Some(json!({
                "id": format!("evt_{}", now.as_nanosecond()), "object": "event", "type": event,
                "created": now.as_second(), "livemode": false, "data": {"object": object},
            }))
        }
    }
}

/// What a webhook shows of the secret, truly or not.
struct Proving<'a> {
    connection: &'a str,
    manner: Manner,
    now: Timestamp,
    body: String,
}

impl Proving<'_> {
    fn secret(&self) -> String {
        match self.manner {
            Manner::Forged => key("another"),
            _ => key(self.connection),
        }
    }

    /// The secret as it is shown where it is shown itself.
    fn shown(&self) -> String {
        match self.manner {
            Manner::Old => key("another"),
            Manner::Flipped => flipped(&self.secret()),
            _ => self.secret(),
        }
    }

    fn token(&self) -> String {
        match self.manner {
            Manner::Unproved => String::new(),
            _ => format!("/{}", self.shown()),
        }
    }

    fn signature(&mut self) -> String {
        let at = if self.manner == Manner::Old { self.now - OLD } else { self.now }.as_second();
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret().as_bytes());
        let tag = hmac::sign(&key, format!("{at}.{}", self.body).as_bytes());
        let mut signature = format!("t={at},v1=");
        for byte in tag.as_ref() {
            // Writing to a String cannot fail.
            let _ = write!(signature, "{byte:02x}");
        }
        if self.manner == Manner::Flipped {
            self.body = flipped(&self.body);
        }
        signature
    }
}

/// The text with one bit of one letter turned over.
fn flipped(text: &str) -> String {
    let middle = text.len() / 2;
    let turn = |(at, c): (usize, char)| {
        let is_it = at >= middle && c.is_ascii_lowercase();
        (is_it, if is_it && c != 'z' { char::from(u8::try_from(c).unwrap_or(b'a') ^ 1) } else { c })
    };
    let mut is_done = false;
    text.char_indices()
        .map(|one| {
            let (is_it, turned) = turn(one);
            let c = if is_done { one.1 } else { turned };
            is_done |= is_it && turned != one.1;
            c
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_is_flipped_and_no_more() {
        for text in ["sandbox-webhook-secret-nue", "{\"id\":\"in_1\",\"object\":\"zz\"}"] {
            let other = flipped(text);
            let differing = text.bytes().zip(other.bytes()).filter(|(a, b)| a != b).count();
            assert_eq!((differing, other.len()), (1, text.len()), "{other}");
        }
    }
}
