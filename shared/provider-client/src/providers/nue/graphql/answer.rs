//! What GraphQL answers: rows, or a refusal that comes with a success.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::account::Account;
use crate::providers::nue::error;
use crate::transport::Reply;
use crate::{ErrorKind, ProviderError};

/// Whether an answer is a failure: one may come with a status of success
/// (nue R11).
pub(in crate::providers::nue) fn refused(
    account: &Account,
    operation: &'static str,
    reply: &Reply,
) -> Result<(), ProviderError> {
    let answer: Refusal<'_> = account.json(operation, &reply.body)?;
    if answer.errors.is_none_or(|errors| errors.is_empty()) {
        return Ok(());
    }
    Err(ProviderError {
        status: Some(reply.status.as_u16()),
        said: error::said(&reply.body),
        ..account.error(ErrorKind::Rejected, operation, "it refused a query")
    })
}

/// The rows of an answer.
pub(in crate::providers::nue) fn rows<'a>(
    account: &Account,
    operation: &'static str,
    reply: &'a Reply,
) -> Result<Vec<&'a RawValue>, ProviderError> {
    let answer: Answer<'_> = account.json(operation, &reply.body)?;
    answer.data.and_then(|data| data.invoices).ok_or_else(|| {
        let detail = "its answer has neither `errors` nor `data.Invoice`";
        account.error(ErrorKind::BadResponse, operation, detail)
    })
}

#[derive(Deserialize)]
struct Refusal<'a> {
    #[serde(borrow)]
    errors: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(rename = "Invoice", borrow)]
    invoices: Option<Vec<&'a RawValue>>,
}
