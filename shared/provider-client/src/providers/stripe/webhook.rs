//! What Stripe tells by itself. An event holds the whole object as it was then (stripe
//! R63): only its ids are read.

use serde::Deserialize;

use crate::webhook::{FixedForm, Named, Scheme, Webhooks};

/// Signed with a time (stripe R62); or through a relay that signs as Standard Webhooks do.
pub(super) const WEBHOOKS: Webhooks = Webhooks {
    schemes: &[Scheme::HmacTimestamped, Scheme::StandardWebhooks],
    header: Some("stripe-signature"),
    fixed: FixedForm::Plain,
    named,
};

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    object: String,
    id: Option<String>,
    /// The invoice that a credit note, or a payment of an invoice, is about; its id, or
    /// the object itself where it was expanded.
    invoice: Option<Invoice>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Invoice {
    Id(String),
    Expanded { id: String },
}

fn named(body: &[u8]) -> Named {
    let event: Option<Event> =
        std::str::from_utf8(body).ok().and_then(|t| invoice::json::read(t).ok());
    let Some(Event { kind, data: Data { object } }) = event else { return Named::default() };
    let of_invoice = object.invoice.map(|invoice| match invoice {
        Invoice::Id(id) | Invoice::Expanded { id } => id,
    });
    match object.object.as_str() {
        "invoice" if kind == "invoice.deleted" => object.id.map(Named::gone),
        "invoice" => object.id.map(Named::changed),
        "credit_note" | "invoice_payment" => of_invoice.map(Named::changed),
        _ => None,
    }
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_invoice_of_each_kind_of_event() {
        let event = |kind: &str, object: &str| {
            named(format!(r#"{{"type": "{kind}", "data": {{"object": {object}}}}}"#).as_bytes())
        };
        let invoice = r#"{"object": "invoice", "id": "in_1", "total": 5}"#;
        assert_eq!(event("invoice.finalized", invoice), Named::changed("in_1"));
        assert_eq!(event("invoice.deleted", invoice), Named::gone("in_1"));
        for (object, id) in [
            (r#"{"object": "credit_note", "id": "cn_1", "invoice": "in_2"}"#, "in_2"),
            (
                r#"{"object": "invoice_payment", "invoice": {"id": "in_3", "object": "invoice"}}"#,
                "in_3",
            ),
        ] {
            assert_eq!(event("x", object), Named::changed(id), "{object}");
        }
        assert_eq!(
            event("charge.succeeded", r#"{"object": "charge", "id": "ch_1"}"#),
            Named::default()
        );
        for unreadable in ["", "[]", "{", "{\"type\": 5}"] {
            assert_eq!(named(unreadable.as_bytes()), Named::default(), "{unreadable}");
        }
    }
}
