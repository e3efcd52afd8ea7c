//! The objects that `includes` adds to an invoice. The shapes are assumed (nue R45): the vendor
//! names the three and shows none of them.

use rust_decimal::Decimal;
use serde_json::json;

use super::object::Invoice;

/// What may be included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Related {
    Assets,
    Orders,
    PaymentApplications,
}

/// Reads `includes`, of which an edition allows some.
pub(super) fn read(text: Option<&str>, allowed: &[Related]) -> Result<Vec<Related>, String> {
    let words = text.unwrap_or("").split(',').filter(|word| !word.is_empty());
    let related = words.map(|word| {
        let related = match word {
            "assets" => Some(Related::Assets),
            "orders" => Some(Related::Orders),
            "paymentApplications" => Some(Related::PaymentApplications),
            _ => None,
        };
        related
            .filter(|related| allowed.contains(related))
            .ok_or_else(|| format!("includes: {word:?} cannot be included"))
    });
    related.collect()
}

impl Related {
    /// The key and its array, following from the invoice alone.
    fn json(self, invoice: &Invoice) -> String {
        let number = invoice.name.trim_start_matches("INV-");
        match self {
            Related::Assets => {
                let asset = json!([{
                    "id": format!("asset-{number}"), "name": format!("AST-{number}"),
                    "customerId": invoice.customer_id, "status": "Active",
                }]);
                format!(r#""assets":{asset}"#)
            }
            Related::Orders => {
                let order = json!([{
                    "id": format!("order-{number}"), "orderNumber": format!("ORD-{number}"),
                    "customerId": invoice.customer_id, "status": "Activated",
                }]);
                format!(r#""orders":{order}"#)
            }
            Related::PaymentApplications => {
                let paid = invoice.amount.0 - invoice.balance.0;
                if paid <= Decimal::ZERO || invoice.status == "Canceled" {
                    return r#""paymentApplications":[]"#.to_owned();
                }
                format!(
                    r#""paymentApplications":[{{"id":"pa-{number}","invoiceId":"{}","amount":{paid}}}]"#,
                    invoice.id
                )
            }
        }
    }
}

/// Adds what is included to an invoice's JSON.
pub(super) fn add(mut json: String, invoice: &Invoice, related: &[Related]) -> String {
    for one in related {
        json.truncate(json.len().saturating_sub(1));
        json.push(',');
        json.push_str(&one.json(invoice));
        json.push('}');
    }
    json
}
