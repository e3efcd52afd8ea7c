//! What Nue tells by itself: that an invoice was activated (nue R49). How it signs is
//! not known (nue R50): the path holds a token.

use serde::Deserialize;

use crate::webhook::{FixedForm, Named, Scheme, Webhooks};

pub(super) const WEBHOOKS: Webhooks = Webhooks {
    schemes: &[Scheme::Path, Scheme::Hmac, Scheme::StandardWebhooks],
    header: None,
    fixed: FixedForm::Plain,
    named,
};

/// Where the invoice stands is assumed (nue R49): in `data`, or at the top. An event
/// that names it elsewhere tells only that something has changed.
#[derive(Deserialize)]
struct Event {
    data: Option<Payload>,
    invoice: Option<Invoice>,
}

#[derive(Deserialize)]
struct Payload {
    invoice: Option<Invoice>,
}

#[derive(Deserialize)]
struct Invoice {
    id: String,
}

fn named(body: &[u8]) -> Named {
    let event: Option<Event> =
        std::str::from_utf8(body).ok().and_then(|t| invoice::json::read(t).ok());
    let invoice =
        event.and_then(|event| event.data.and_then(|data| data.invoice).or(event.invoice));
    invoice.map(|invoice| Named::changed(invoice.id)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_invoice_wherever_it_is_assumed_to_stand() {
        for event in [
            r#"{"event": "invoice.activated", "data": {"invoice": {"id": "c52f"}}}"#,
            r#"{"event": "invoice.activated", "invoice": {"id": "c52f"}, "invoiceItems": []}"#,
        ] {
            assert_eq!(named(event.as_bytes()), Named::changed("c52f"), "{event}");
        }
        assert_eq!(named(br#"{"event": "order.created", "id": "o1"}"#), Named::default());
    }
}
