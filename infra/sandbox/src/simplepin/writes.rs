//! SimplePin's writes (simplepin R16, R17, R19).
//!
//! The codes the vendor lists are 200, 201, 401, 403 and 404. A state that does
//! not allow the change is a 403 here, with the reason in `message`; a version
//! that is not the present one is a 409; a body that makes no sense a 400. All
//! three are assumed (simplepin R33).

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::cell::IfPresent;
use crate::exchange::{Call, Operation, Reply};
use crate::provider::{Manner, Resource, Written};
use crate::record::Shape;
use crate::store::Keyed;

use super::api::{SimplePin, distorted};
use super::object::Invoice;

/// The body of `update_status`: InvoiceStatusModel.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewStatus {
    status: String,
    sent: bool,
}

/// A refusal, before it has the provider's shape.
type Refused = (u16, String);

/// The operation that a call would carry out. Which of two a change of status is, stands in its
/// body; with any other status it is neither.
pub(super) fn operation(call: &Call) -> Option<Operation> {
    let (method, segments) = call.route();
    match (method, segments.as_slice()) {
        ("POST", ["v2", "invoice", "update"]) => Some(Operation::Update),
        ("POST", ["invoice", "update_status"]) => {
            let wanted: NewStatus = serde_json::from_str(&call.body).ok()?;
            match wanted.status.as_str() {
                "SENT" => Some(Operation::Activate),
                "CANCELLED" => Some(Operation::Cancel),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether the path is that of a change of status, whatever the body.
pub(super) fn is_status_path(call: &Call) -> bool {
    call.route() == ("POST", vec!["invoice", "update_status"])
}

impl SimplePin {
    /// The invoice a call names: by `uuid`, or by `invoice_id` (simplepin R16).
    pub(super) fn meant(&self, call: &Call) -> Option<String> {
        if let Some(uuid) = call.parameter("uuid") {
            return Some(uuid.to_owned());
        }
        let id = call.parameter("invoice_id")?;
        let found = self.invoices.all().iter().find(|invoice| invoice.id.to_string() == id);
        Some(found.map_or_else(|| id.to_owned(), Keyed::id))
    }

    pub(super) fn carry_out(&mut self, call: &Call, manner: Manner) -> Result<Written, Refused> {
        let uuid = self.meant(call).ok_or((400, "uuid is required".to_owned()))?;
        let invoice = self.invoices.get(&uuid).ok_or((404, "no such invoice".to_owned()))?;
        let (changed, reply) = match operation(call) {
            Some(Operation::Update) => {
                let changed = updated(invoice, &call.body)?;
                let (shown, shape) = distorted(&changed, manner.distortion);
                (changed, Reply::text(200, shown.details(shape)))
            }
            _ => {
                let wanted = serde_json::from_str(&call.body)
                    .map_err(|error| (400, format!("the status model is not valid: {error}")))?;
                let changed = moved(invoice, &wanted)?;
                let reply = Reply::json(200, &result(&changed));
                (changed, reply)
            }
        };
        self.invoices.change(&uuid, |invoice| *invoice = changed);
        Ok(Written::applied(reply, vec![(Resource::Invoice, uuid)]))
    }
}

/// UpdateInvoiceResultModel (simplepin R16); its texts are assumed (simplepin R33).
fn result(invoice: &Invoice) -> Value {
    json!({
        "result_message": "Invoice updated",
        "url": format!("https://pay.example.invalid/invoice/{}", invoice.uuid),
        "uuid": invoice.uuid,
    })
}

/// The invoice in another state: DRAFT to SENT, both to CANCELLED, and back to
/// SENT, until PAID (simplepin R13, R17). That it cannot move to where it is, is assumed
/// (simplepin R33).
fn moved(invoice: &Invoice, wanted: &NewStatus) -> Result<Invoice, Refused> {
    let mut changed = invoice.clone();
    match (invoice.invoice_state.as_ref(), wanted.status.as_str(), wanted.sent) {
        ("DRAFT" | "CANCELLED", "SENT", true) => {
            changed.invoice_state = "SENT".into();
            changed.sent_times = IfPresent(Some(invoice.sent_times.0.unwrap_or(0) + 1));
        }
        ("DRAFT" | "SENT", "CANCELLED", false) => changed.invoice_state = "CANCELLED".into(),
        (_, "SENT", false) | (_, "CANCELLED", true) => {
            return Err((400, "sent goes with SENT alone".to_owned()));
        }
        (state, wanted, _) => {
            return Err((403, format!("the invoice is {state} and cannot become {wanted}")));
        }
    }
    changed.version += 1;
    Ok(changed)
}

/// The invoice with what the body changes. The body is the invoice as it was
/// read: what is not writable has to be as it is, so that nothing is dropped
/// unsaid (simplepin R34). A key left out stays as it is assumed (simplepin R34).
fn updated(invoice: &Invoice, body: &str) -> Result<Invoice, Refused> {
    let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(body)
        .map_err(|error| (400, format!("the invoice is not valid: {error}")))?;
    if invoice.invoice_state == "PAID" {
        return Err((403, "the invoice is PAID and cannot be updated".to_owned()));
    }
    let version = fields.get("version").ok_or((400, "version is required".to_owned()))?;
    if value::<i64>("version", version)? != invoice.version {
        let (sent, present) = (version.get(), invoice.version);
        let why = format!("version {sent} was sent and the invoice is at version {present}");
        return Err((409, why));
    }
    let present: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(&invoice.details(Shape::default())).unwrap_or_default();
    let mut changed = invoice.clone();
    for (name, raw) in &fields {
        if !set(&mut changed, name, raw)? && !same(present.get(name).map(AsRef::as_ref), raw) {
            return Err((400, format!("{name} cannot be changed")));
        }
    }
    changed.version += 1;
    Ok(changed)
}

/// Sets a field that can be written; false for any other. The list is assumed (simplepin R21).
fn set(invoice: &mut Invoice, name: &str, raw: &RawValue) -> Result<bool, Refused> {
    match name {
        "account_holder" => invoice.account_holder = value(name, raw)?,
        "additional_description" => invoice.additional_description = value(name, raw)?,
        "email" => invoice.email = value(name, raw)?,
        "invoice_date" => invoice.invoice_date = value(name, raw)?,
        "invoice_due_date" => invoice.invoice_due_date = value(name, raw)?,
        "invoice_reminder_schema" => invoice.invoice_reminder_schema = value(name, raw)?,
        "period_end_date" => invoice.period_end_date = value(name, raw)?,
        "period_start_date" => invoice.period_start_date = value(name, raw)?,
        "resend" => invoice.resend = value(name, raw)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn value<T: DeserializeOwned>(name: &str, raw: &RawValue) -> Result<T, Refused> {
    serde_json::from_str(raw.get())
        .map_err(|error| (400, format!("{name} cannot be {}: {error}", raw.get())))
}

/// Whether two values are one. Null is as good as absent; numbers are exact.
fn same(present: Option<&RawValue>, sent: &RawValue) -> bool {
    let present = present.map_or("null", RawValue::get);
    let numbers = (Decimal::from_str_exact(present), Decimal::from_str_exact(sent.get()));
    match numbers {
        (Ok(present), Ok(sent)) => present == sent,
        _ => {
            let read = |text| serde_json::from_str::<Value>(text).ok();
            read(present) == read(sent.get())
        }
    }
}
