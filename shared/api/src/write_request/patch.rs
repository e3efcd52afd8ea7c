//! The body of an update: a JSON merge patch (RFC 7396).

use std::collections::BTreeMap;

use invoice::{Change, Code, Patch, Problem};
use serde_json::value::RawValue;

use super::reader::{comment, date, flag, text, texts};
use super::{Intent, Reader};

/// Reads a JSON merge patch (RFC 7396) over an invoice's writable fields.
/// Amounts and all else that the bridge cannot change anywhere are faults.
///
/// # Errors
/// `invalid_request` where it is no JSON object; else `unsupported_field`
/// with every fault, each with a pointer to its field.
pub fn read_patch(body: &[u8]) -> Result<Patch, Problem> {
    read(Reader::open(body)?, body)
}

/// Reads the body of `PATCH /invoices/{id}`: a merge patch, and beside its fields
/// `dryRun`, which is none of the invoice's.
///
/// # Errors
/// As of [`read_patch`].
pub fn read_update(body: &[u8]) -> Result<Intent<Patch>, Problem> {
    let mut reader = Reader::open(body)?;
    let mut fields = std::mem::take(&mut reader.fields);
    let dry_run = reader.option(&mut fields, "dryRun", flag).unwrap_or_default();
    reader.fields = fields;
    let patch = read(reader, body)?;
    Ok(if dry_run { Intent::DryRun(patch) } else { Intent::Execute(patch) })
}

fn read(mut reader: Reader, body: &[u8]) -> Result<Patch, Problem> {
    let mut dates = reader.object("dates");
    let mut tracking = reader.object("tracking");
    let mut patch = Patch {
        due: reader.change(&mut dates, "/dates", "due", date),
        invoice_date: reader.change(&mut dates, "/dates", "invoice", date),
        po_numbers: reader.change(&mut tracking, "/tracking", "poNumbers", texts),
        ..Patch::default()
    };
    let mut fields = std::mem::take(&mut reader.fields);
    patch.bill_to_contact_id = reader.change(&mut fields, "", "billToContactId", text);
    patch.terms = reader.change(&mut fields, "", "terms", text);
    patch.comment = match reader.change(&mut fields, "", "comment", comment) {
        Change::Set(text) => Some(text),
        Change::Keep => None,
        Change::Clear => {
            reader.fault(
                "/comment",
                Code::InvalidRequest,
                "comments are added, never cleared: write a text",
            );
            None
        }
    };
    // From the bytes, not from the tree: numbers keep every digit.
    patch.custom_fields = fields
        .remove("customFields")
        .map(|_| custom_fields(body))
        .unwrap_or_else(|| Some(BTreeMap::new()))
        .unwrap_or_else(|| {
            reader.fault("/customFields", Code::InvalidRequest, "expected an object");
            BTreeMap::new()
        });
    reader.no_others("/dates", dates);
    reader.no_others("/tracking", tracking);
    reader.no_others("", fields);
    if let (Change::Set(due), Change::Set(invoice)) = (&patch.due, &patch.invoice_date)
        && due < invoice
    {
        reader.fault(
            "/dates/due",
            Code::InvalidRequest,
            "the due date must not come before the invoice date",
        );
    }
    if reader.faults.is_empty() && patch.fields().is_empty() {
        reader.fault(
            "",
            Code::InvalidRequest,
            "nothing to change: name at least one writable field",
        );
    }
    reader.unprocessable()?;
    Ok(patch)
}

fn custom_fields(body: &[u8]) -> Option<BTreeMap<String, Box<RawValue>>> {
    let whole: BTreeMap<String, &RawValue> = invoice::json::read_slice(body).ok()?;
    invoice::json::read(whole.get("customFields")?.get()).ok()
}
