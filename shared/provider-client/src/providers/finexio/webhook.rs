//! What Finexio tells by itself: payments that changed, once an hour (finexio R20).

use serde::Deserialize;

use crate::webhook::{FixedForm, Named, Scheme, Webhooks};

/// With a user and a password of our choice (finexio R21).
pub(super) const WEBHOOKS: Webhooks =
    Webhooks { schemes: &[Scheme::Basic], header: None, fixed: FixedForm::Plain, named };

/// A payment names its invoices where the registration asks for them (finexio R22);
/// elsewhere it names none, and no more than that something has changed is taken from it.
#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    invoice_ids: Vec<String>,
}

fn named(body: &[u8]) -> Named {
    let event: Option<Event> =
        std::str::from_utf8(body).ok().and_then(|t| invoice::json::read(t).ok());
    let ids = event.map(|event| event.invoice_ids).unwrap_or_default();
    Named { changed: ids.into_iter().collect(), ..Named::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_invoices_of_a_payment_where_they_are_sent() {
        let event = r#"{"object_type": "payment", "object_id": "pmt_1", "event": "payment.changed", "invoice_ids": ["inv_1", "inv_2"]}"#;
        let both =
            Named { changed: ["inv_1", "inv_2"].map(str::to_owned).into(), ..Named::default() };
        assert_eq!(named(event.as_bytes()), both);
        let thin =
            r#"{"object_type": "payment", "object_id": "pmt_1", "event": "payment.changed"}"#;
        assert_eq!(named(thin.as_bytes()), Named::default());
    }
}
