//! Stripe's writes: one invoice a call, as a form (stripe R1, R55); what a state
//! refuses is refused in the words that the stand-in recorded (stripe R50).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::exchange::{Call, Operation, Reply};
use crate::provider::{Manner, Resource, Written};

use super::api::{Refused, Stripe, distorted};
use super::object::Invoice;

/// A request with an `Idempotency-Key`, and its outcome.
pub(super) struct Kept {
    request: String,
    status: u16,
    body: String,
}

/// The operation that a call would carry out.
pub(super) fn operation(call: &Call) -> Option<Operation> {
    let (method, segments) = call.route();
    match (method, segments.as_slice()) {
        ("POST", ["v1", "invoices", _, "finalize"]) => Some(Operation::Activate),
        ("POST", ["v1", "invoices", _, "void"]) => Some(Operation::Cancel),
        ("DELETE", ["v1", "invoices", _]) => Some(Operation::Delete),
        ("POST", ["v1", "invoices", _]) => Some(Operation::Update),
        _ => None,
    }
}

impl Stripe {
    /// Carries a write out, or answers what came of the first with its key. Keys
    /// count for POST alone (stripe R40).
    pub(super) fn carry_out(&mut self, call: &Call, manner: Manner) -> Result<Written, Refused> {
        let key = call.header("idempotency-key").filter(|_| call.method == http::Method::POST);
        let request = format!("{:?} {}", call.segments, call.body);
        if let Some(kept) = key.and_then(|key| self.kept.get(key)) {
            if kept.request != request {
                return Err(Refused {
                    status: 400,
                    code: Some("idempotency_error"),
                    message: "Keys for idempotent requests can only be used with the same parameters they were first used with.".to_owned(),
                    param: None,
                });
            }
            let reply = Reply::text(kept.status, kept.body.clone());
            return Ok(Written::nothing(reply.with("idempotent-replayed", "true")));
        }
        let written = self.written(call, manner)?;
        if let Some(key) = key {
            let (status, body) = (written.reply.status, written.reply.body.clone());
            self.kept.insert(key.to_owned(), Kept { request, status, body });
        }
        Ok(written)
    }

    fn written(&mut self, call: &Call, manner: Manner) -> Result<Written, Refused> {
        let id = call.segments.get(2).cloned().unwrap_or_default();
        let operation = operation(call).unwrap_or(Operation::Other);
        let param = if call.segments.len() > 3 { "id" } else { "invoice" };
        let mut invoice =
            self.invoices.get(&id).cloned().ok_or_else(|| Refused::missing(&id, param))?;
        let now = Timestamp::now().as_second();
        match operation {
            Operation::Activate => finalize(&mut invoice, now)?,
            Operation::Cancel => void(&mut invoice, now)?,
            Operation::Delete => {
                if invoice.text("status") != "draft" {
                    return Err(Refused::state("You can only delete draft invoices."));
                }
                self.invoices.remove(std::slice::from_ref(&id));
                let gone = json!({ "id": id, "object": "invoice", "deleted": true });
                return Ok(Written::applied(
                    Reply::json(200, &gone),
                    vec![(Resource::Invoice, id)],
                ));
            }
            _ => update(&mut invoice, &call.body)?,
        }
        let reply = Reply::json(200, &distorted(&invoice, manner.distortion));
        self.invoices.change(&id, |kept| *kept = invoice);
        Ok(Written::applied(reply, vec![(Resource::Invoice, id)]))
    }
}

/// A draft of nothing is paid at once (stripe R30).
fn finalize(invoice: &mut Invoice, now: i64) -> Result<(), Refused> {
    if invoice.text("status") != "draft" {
        let words = "This invoice is already finalized, you can't re-finalize a non-draft invoice.";
        return Err(Refused::state(words));
    }
    let paid = invoice.number("total") == Some(0);
    invoice.set("status", if paid { "paid" } else { "open" });
    let id = invoice.text("id").to_owned();
    invoice.set("number", format!("F-{}", id.get(3..11).unwrap_or_default()));
    invoice.set("effective_at", now);
    invoice.set("hosted_invoice_url", format!("https://invoice.stripe.com/i/{id}"));
    invoice.turned("finalized_at", now);
    if paid {
        invoice.turned("paid_at", now);
    }
    Ok(())
}

fn void(invoice: &mut Invoice, now: i64) -> Result<(), Refused> {
    if !matches!(invoice.text("status"), "open" | "uncollectible") {
        let words = "You can only pass in open invoices. This invoice isn't open.";
        return Err(Refused::state(words));
    }
    if invoice.number("amount_paid") > Some(0) {
        return Err(Refused::state("Invoices with `paid` payments cannot be voided."));
    }
    invoice.set("status", "void");
    invoice.turned("voided_at", now);
    Ok(())
}

fn update(invoice: &mut Invoice, form: &str) -> Result<(), Refused> {
    let is_draft = invoice.text("status") == "draft";
    let mut changed = invoice.clone();
    for (name, value) in url::form_urlencoded::parse(form.as_bytes()) {
        let metadata = name.strip_prefix("metadata[").and_then(|name| name.strip_suffix(']'));
        match (name.as_ref(), metadata) {
            (_, Some(entry)) => {
                if let Some(Value::Object(entries)) = changed.object.get_mut("metadata") {
                    if value.is_empty() {
                        entries.remove(entry);
                    } else {
                        entries.insert(entry.to_owned(), value.as_ref().into());
                    }
                }
            }
            ("due_date" | "effective_at" | "description" | "footer", None) if !is_draft => {
                let words = "Finalized invoices can't be updated in this way";
                return Err(Refused { param: Some(name.into_owned()), ..Refused::state(words) });
            }
            ("due_date", None) if invoice.text("collection_method") != "send_invoice" => {
                // In words of our own (stripe R61).
                let words =
                    "You can only specify `due_date` if `collection_method` is `send_invoice`.";
                return Err(Refused {
                    param: Some("due_date".to_owned()),
                    ..Refused::state(words)
                });
            }
            ("due_date" | "effective_at", None) => {
                let second = value.parse::<i64>().ok();
                changed.set(&name, second.map_or(Value::Null, Value::from));
            }
            ("description" | "footer", None) => changed.set(&name, value.as_ref()),
            (other, None) => return Err(Refused::unknown(other)),
        }
    }
    *invoice = changed;
    Ok(())
}
