//! Fusebill's calls that change an invoice, as data.

use http::Method;
use invoice::{Change, Patch, Write};
use serde_json::{Map, Value, json};

use super::resource::Resource;
use crate::note::with_comment;

/// A call, below the account's address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: Vec<&'a str>,
    pub(super) parameter: Option<(&'static str, &'a str)>,
    pub(super) body: Option<Value>,
}

/// The call that does `write` to the invoice we call `id`, whose note is `note`; none
/// where there is no such call.
///
/// A comment is sent by an update alone: the calls that post and cancel have no
/// place for one (fusebill R39, R42), and it stays in our own record of the write.
pub(super) fn call<'a>(write: &Write, id: &'a str, note: Option<&str>) -> Option<Call<'a>> {
    let (resource, [collection, theirs]) = Resource::find(id)?;
    match (write, resource) {
        // The body is empty: with one, only some of its charges are posted
        // (fusebill R39).
        (Write::Activate { .. }, Resource::Drafts) => Some(Call {
            method: Method::POST,
            path: vec!["Invoices"],
            parameter: Some(("draftInvoiceId", theirs)),
            body: None,
        }),
        (Write::Cancel { .. }, Resource::Drafts) => Some(Call {
            method: Method::POST,
            path: vec!["draftInvoices", "Cancel", theirs],
            parameter: None,
            body: Some(json!({})),
        }),
        (Write::Update(patch), _) => Some(Call {
            method: Method::PATCH,
            path: vec![collection],
            parameter: None,
            body: Some(changes(theirs, patch, note)),
        }),
        _ => None,
    }
}

/// What a `PATCH` says. There is one note, so a comment is added to what stands there,
/// as it was just read. Terms need `netTermsSet` beside them (fusebill R48); that null clears
/// a purchase order is assumed (fusebill R49).
fn changes(id: &str, patch: &Patch, note: Option<&str>) -> Value {
    let mut changes = Map::new();
    // A number where it is one of theirs (fusebill R9); what is none stays as it was listed.
    let number = id.parse::<u64>().ok().filter(|number| number.to_string() == id);
    changes.insert("id".to_owned(), number.map_or_else(|| id.into(), Value::from));
    if let Some(comment) = &patch.comment {
        changes.insert("notes".to_owned(), with_comment(note, comment).into());
    }
    match &patch.po_numbers {
        Change::Keep => {}
        Change::Clear => drop(changes.insert("poNumber".to_owned(), Value::Null)),
        Change::Set(numbers) => {
            let number = numbers.first().map(String::as_str);
            changes.insert("poNumber".to_owned(), number.into());
        }
    }
    if let Change::Set(terms) = &patch.terms {
        changes.insert("netTermsSet".to_owned(), true.into());
        changes.insert("netTerms".to_owned(), terms.as_str().into());
    }
    changes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(body: Value) -> Write {
        Write::Update(Box::new(api::read_patch(body.to_string().as_bytes()).unwrap()))
    }

    fn sent(write: &Write, id: &str) -> Option<(String, Option<Value>)> {
        let call = call(write, id, Some("kept"))?;
        let query = call.parameter.map(|(name, value)| format!("?{name}={value}"));
        let path = format!("{} /{}", call.method, call.path.join("/"));
        Some((path + &query.unwrap_or_default(), call.body))
    }

    #[test]
    fn a_draft_is_posted_with_an_empty_body_and_canceled_by_its_path() {
        let comment = Some("approved".to_owned());
        let activate = Write::Activate { invoice_date: None, comment: comment.clone() };
        let cancel = Write::Cancel { comment };
        assert_eq!(
            sent(&activate, "draft.77"),
            Some(("POST /Invoices?draftInvoiceId=77".to_owned(), None))
        );
        assert_eq!(
            sent(&cancel, "draft.77"),
            Some(("POST /draftInvoices/Cancel/77".to_owned(), Some(json!({}))))
        );
    }

    #[test]
    fn an_update_names_the_invoice_and_what_changes_alone() {
        for (asked, body) in [
            (json!({ "comment": "hello" }), json!({ "id": 77, "notes": "kept\nhello" })),
            (json!({ "comment": "kept" }), json!({ "id": 77, "notes": "kept" })),
            (
                json!({ "tracking": { "poNumbers": ["PO-1"] }, "terms": "Net30" }),
                json!({ "id": 77, "poNumber": "PO-1", "netTermsSet": true, "netTerms": "Net30" }),
            ),
            (json!({ "tracking": { "poNumbers": null } }), json!({ "id": 77, "poNumber": null })),
        ] {
            let write = patch(asked);
            let draft = sent(&write, "draft.77");
            assert_eq!(draft, Some(("PATCH /DraftInvoices".to_owned(), Some(body.clone()))));
            let posted = sent(&write, "77");
            assert_eq!(posted, Some(("PATCH /Invoices".to_owned(), Some(body))));
        }
    }

    #[test]
    fn what_has_no_call_is_not_made_up() {
        let activate = Write::Activate { invoice_date: None, comment: None };
        let cancel = Write::Cancel { comment: None };
        for (write, id) in [
            (&activate, "77"),
            (&cancel, "77"),
            (&Write::Delete, "77"),
            (&Write::Delete, "draft.77"),
            (&activate, "draft."),
            (&cancel, ""),
        ] {
            assert_eq!(sent(write, id), None, "{write:?} {id}");
        }
    }
}
