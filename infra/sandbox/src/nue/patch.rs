//! The fields of an invoice that can be written (nue R33, R35).

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::cell::Json;

use super::bulk::Comment;
use super::object::Invoice;
use super::predicate::column;

const COMMENT: &str = "invoiceComment";

/// The body: field names and what they become.
type Fields = BTreeMap<String, Box<RawValue>>;

/// The invoice with the body's fields changed. Amounts are frozen (nue R34),
/// and so is everything that is not listed here (nue R44); nothing else follows
/// from a change, not even a due date from an invoice date (nue R44).
pub(super) fn patched(invoice: &Invoice, body: &str) -> Result<Invoice, String> {
    let fields: Fields =
        serde_json::from_str(body).map_err(|error| format!("the body is not valid: {error}"))?;
    if fields.is_empty() {
        return Err("there is no field to update".to_owned());
    }
    let mut changed = invoice.clone();
    for (name, value) in &fields {
        set(&mut changed, name, value)?;
    }
    changed.touch();
    // As the other calls take one (nue R35).
    if let Some(raw) = fields.get(COMMENT) {
        let Comment { comment } = value(COMMENT, raw)?;
        changed.remark(Some(&comment));
    }
    Ok(changed)
}

fn set(invoice: &mut Invoice, name: &str, raw: &RawValue) -> Result<(), String> {
    match name {
        COMMENT => {}
        "name" => invoice.name = value(name, raw)?,
        "invoiceDate" => invoice.invoice_date = value(name, raw)?,
        "dueDate" => invoice.due_date = value(name, raw)?,
        "billToContactId" => invoice.bill_to_contact_id = value(name, raw)?,
        "poNumbers" => invoice.po_numbers = value(name, raw)?,
        "poDates" => invoice.po_dates = value(name, raw)?,
        "externalInvoiceId" => invoice.external_invoice_id = value(name, raw)?,
        "customFields" => invoice.custom_fields = custom(invoice.custom_fields.as_ref(), raw)?,
        other => {
            column(other)?;
            return Err(format!("field {other:?} cannot be updated"));
        }
    }
    Ok(())
}

fn value<T: DeserializeOwned>(name: &str, raw: &RawValue) -> Result<T, String> {
    serde_json::from_str(raw.get())
        .map_err(|error| format!("field {name:?} cannot be {}: {error}", raw.get()))
}

/// The custom fields that are given replace those of the same name, and the
/// others stay; null takes all away. Both are assumed (nue R44).
fn custom(present: Option<&Json>, raw: &RawValue) -> Result<Option<Json>, String> {
    let Some(given) = value::<Option<Fields>>("customFields", raw)? else {
        return Ok(None);
    };
    let mut all: Fields =
        present.and_then(|json| serde_json::from_str(&json.0).ok()).unwrap_or_default();
    all.extend(given);
    let text = serde_json::to_string(&all).map_err(|error| error.to_string())?;
    Ok(Some(Json(text.into())))
}
