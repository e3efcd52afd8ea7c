//! The requests that write, as data, and what their answers show (nue R25).

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use invoice::{Change, Invoice, Patch, Write};
use jiff::civil::Date;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{CAPABILITIES, error, graphql, wire};
use crate::account::Account;
use crate::error::Fate;
use crate::provider::{View, Written};
use crate::transport::{Reply, Request};
use crate::{ErrorKind, ProviderError};

/// The body of a call on several invoices. Never with a `graphqlFilter`: what
/// it would mean beside ids is not stated (nue R26).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Bulk<'a> {
    invoice_ids: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_comment: Option<Comment<'a>>,
}

#[derive(Debug, Serialize)]
struct Comment<'a> {
    comment: &'a str,
}

/// The fields to change. Beside `dueDate`, `billToContactId` and that custom
/// fields can be, all is assumed (nue R35): the others' names are those they are read
/// by, a comment is given as to the other calls, and null empties.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<Option<Date>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_date: Option<Option<Date>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_to_contact_id: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    po_numbers: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_comment: Option<Comment<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    custom_fields: &'a BTreeMap<String, Box<RawValue>>,
}

impl<'a> Fields<'a> {
    fn of(patch: &'a Patch) -> Self {
        Self {
            due_date: member(&patch.due, |date| *date),
            invoice_date: member(&patch.invoice_date, |date| *date),
            bill_to_contact_id: member(&patch.bill_to_contact_id, String::as_str),
            po_numbers: member(&patch.po_numbers, |numbers| one_text(numbers)),
            invoice_comment: patch.comment.as_deref().map(|comment| Comment { comment }),
            custom_fields: &patch.custom_fields,
        }
    }
}

/// What stays is left out, and what is emptied is null.
fn member<'a, T, U>(change: &'a Change<T>, write: impl FnOnce(&'a T) -> U) -> Option<Option<U>> {
    match change {
        Change::Keep => None,
        Change::Clear => Some(None),
        Change::Set(value) => Some(Some(write(value))),
    }
}

/// The numbers as the one text they are kept in: one by itself, several as a
/// list encoded the way `comments` is (nue R20, R35).
fn one_text(numbers: &[String]) -> String {
    match numbers {
        [one] if !one.trim_start().starts_with('[') => one.clone(),
        several => serde_json::Value::from(several).to_string(),
    }
}

/// The request that does `write` to `invoices`; none where there is nothing to
/// do it to.
pub(super) fn request(
    account: &Account,
    write: &Write,
    invoices: &[Invoice],
) -> Result<Option<Request>, ProviderError> {
    let Some(first) = invoices.first() else {
        return Ok(None);
    };
    let operation = write.action().word();
    let (method, call) = match write {
        Write::Activate { .. } => (Method::POST, "invoices:activate"),
        Write::Cancel { .. } => (Method::POST, "invoices:cancel"),
        Write::Delete => (Method::DELETE, "invoices"),
        Write::Update(patch) => {
            let url = account.url(operation, &["billing", "invoices", first.id.id()])?;
            return Ok(Some(Request::write(Method::PATCH, url).json(&Fields::of(patch))));
        }
    };
    let invoice_date = match write {
        Write::Activate { invoice_date, .. } => *invoice_date,
        _ => None,
    };
    let body = Bulk {
        invoice_ids: invoices.iter().map(|invoice| invoice.id.id()).collect(),
        invoice_date,
        invoice_comment: write.comment().map(|comment| Comment { comment }),
    };
    let url = account.url(operation, &["billing", call])?;
    Ok(Some(Request::write_of(invoices.len(), method, url).json(&body)))
}

/// What an answer of success shows of the invoices that were written: nobody
/// states its body but that of an update. Taken is what is plainly the invoice
/// as it now is; all else has to be read.
pub(super) fn shown(
    account: &Account,
    operation: &'static str,
    reply: &Reply,
    invoices: &[Invoice],
) -> Result<Vec<Written>, ProviderError> {
    let mut ids: BTreeSet<&str> = invoices.iter().map(|invoice| invoice.id.id()).collect();
    let mut written: Vec<Written> = Vec::new();
    for row in rows(account, operation, reply)? {
        if !is_whole(row) {
            continue;
        }
        let view = View::default();
        let Ok(invoice) = wire::invoice(account, &CAPABILITIES, operation, row, &view) else {
            continue;
        };
        let id = invoice.id.id().to_owned();
        if ids.remove(id.as_str()) {
            written.push(Written { id, invoice });
        } else {
            // Shown twice, it may be shown in two states.
            written.retain(|written| written.id != id);
        }
    }
    Ok(written)
}

/// The invoices of an answer: one, a list, or either as `data` (nue R28).
/// A failure that comes with a status of success (nue R11) may have come half way.
fn rows<'a>(
    account: &Account,
    operation: &'static str,
    reply: &'a Reply,
) -> Result<Vec<&'a RawValue>, ProviderError> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        data: Option<&'a RawValue>,
        errors: Option<Vec<IgnoredAny>>,
    }
    if reply.body.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let whole: &RawValue = account.json(operation, &reply.body)?;
    let envelope = Some(whole.get()).filter(|text| text.starts_with('{'));
    let envelope: Option<Envelope<'_>> = envelope.and_then(|it| invoice::json::read(it).ok());
    let errors = envelope.as_ref().and_then(|envelope| envelope.errors.as_ref());
    if errors.is_some_and(|errors| !errors.is_empty()) {
        let detail = format!("it answered errors to `{operation}`");
        return Err(ProviderError {
            status: Some(reply.status.as_u16()),
            said: error::said(&reply.body),
            fate: Fate::Finished,
            ..account.error(ErrorKind::Rejected, operation, detail)
        });
    }
    let inner = envelope.and_then(|envelope| envelope.data).unwrap_or(whole);
    Ok(match inner.get().as_bytes().first() {
        Some(b'[') => invoice::json::read(inner.get()).unwrap_or_default(),
        Some(b'{') => vec![inner],
        _ => Vec::new(),
    })
}

/// Whether a row has every key of an invoice: one that is cut short would have
/// us say that the rest is not there.
fn is_whole(row: &RawValue) -> bool {
    let keys: Option<BTreeMap<String, IgnoredAny>> = invoice::json::read(row.get()).ok();
    keys.is_some_and(|keys| graphql::fields().all(|field| keys.contains_key(field)))
}

#[cfg(test)]
mod tests;
