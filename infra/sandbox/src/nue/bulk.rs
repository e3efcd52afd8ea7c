//! The body of a call on several invoices (nue R25).

use std::collections::HashSet;

use jiff::civil::Date;
use serde::Deserialize;

use crate::exchange::Operation;
use crate::store::Store;

use super::api::select;
use super::graphql;
use super::object::Invoice;

/// The body as it is written. A key that is not known is refused (nue R41).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    invoice_ids: Option<Vec<String>>,
    graphql_filter: Option<String>,
    invoice_date: Option<Date>,
    invoice_comment: Option<Comment>,
}

/// A comment to add.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Comment {
    pub(super) comment: String,
}

/// What a bulk asks for.
#[derive(Debug)]
pub(super) struct Bulk {
    /// The ids named or selected, each once, in order.
    pub(super) ids: Vec<String>,
    pub(super) date: Option<Date>,
    pub(super) comment: Option<String>,
}

/// Reads a bulk. Which keys a call takes is as the seed shows them: a date for
/// activating alone, a comment for all but deleting, a filter for all but
/// canceling. Ids and a filter together are refused: nobody states what both
/// mean.
pub(super) fn read(
    text: &str,
    operation: Operation,
    invoices: &Store<Invoice>,
) -> Result<Bulk, String> {
    let body: Body =
        serde_json::from_str(text).map_err(|error| format!("the body is not valid: {error}"))?;
    let stray = |key: &str| Err(format!("{key} is not a parameter of this call"));
    if body.invoice_date.is_some() && operation != Operation::Activate {
        return stray("invoiceDate");
    }
    if body.invoice_comment.is_some() && operation == Operation::Delete {
        return stray("invoiceComment");
    }
    if body.graphql_filter.is_some() && operation == Operation::Cancel {
        return stray("graphqlFilter");
    }
    let ids = match (body.invoice_ids, body.graphql_filter) {
        (Some(_), Some(_)) => {
            return Err("invoiceIds and graphqlFilter cannot be given together".to_owned());
        }
        (Some(ids), None) if !ids.is_empty() => once(ids),
        (None, Some(filter)) => {
            let rows = select(invoices, &graphql::filter(&filter)?, &[]);
            invoices.at(&rows).map(|invoice| invoice.id.to_string()).collect()
        }
        _ => return Err("invoiceIds is required".to_owned()),
    };
    Ok(Bulk {
        ids,
        date: body.invoice_date,
        comment: body.invoice_comment.map(|comment| comment.comment),
    })
}

/// An id named twice is one invoice (nue R41).
fn once(ids: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(id.clone())).collect()
}
