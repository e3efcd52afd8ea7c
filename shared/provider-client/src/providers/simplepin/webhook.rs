//! What SimplePin tells by itself. No proof of its own is named anywhere (simplepin
//! R36): the path holds a token.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::webhook::{FixedForm, Named, Scheme, Webhooks};

pub(super) const WEBHOOKS: Webhooks = Webhooks {
    schemes: &[Scheme::Path, Scheme::Hmac, Scheme::StandardWebhooks],
    header: None,
    fixed: FixedForm::Plain,
    named,
};

/// The invoice that an event is about (simplepin R37); a number, or its text.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    invoice_id: Option<&'a RawValue>,
}

fn named(body: &[u8]) -> Named {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let event: Option<Event<'_>> = invoice::json::read(text).ok();
    let id = event.and_then(|event| event.invoice_id).map(|id| id.get().trim_matches('"'));
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_id = |id: &&str| !id.is_empty() && *id != "null" && id.bytes().all(is_part);
    id.filter(is_id).map(Named::changed).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_invoice_whether_its_id_is_a_number_or_a_text() {
        let event =
            r#"{"id": 7, "event_code": "INV-PAID-CCARD", "invoice_id": 4711, "amount": 12.50}"#;
        assert_eq!(named(event.as_bytes()), Named::changed("4711"));
        assert_eq!(named(br#"{"invoice_id": "037be371-1b35"}"#), Named::changed("037be371-1b35"));
        for none in [r#"{"invoice_id": null}"#, r#"{"invoice_id": "../x"}"#, "{}", "x"] {
            assert_eq!(named(none.as_bytes()), Named::default(), "{none}");
        }
    }
}
