//! What GraphQL answers: rows, or a refusal that comes with a success.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::account::Account;
use crate::providers::nue::error;
use crate::transport::Reply;
use crate::{ErrorKind, ProviderError};

/// The rows of an answer. It may be a failure that comes with a status of success
/// (nue R11).
///
/// # Errors
/// What it was refused with, and `BadResponse` where it holds neither.
pub(in crate::providers::nue) fn rows(
    account: &Account,
    operation: &'static str,
    reply: &Reply,
) -> Result<Vec<Box<RawValue>>, ProviderError> {
    let answer = account.json::<Answer<'_>>(operation, &reply.body);
    // What is refused may come with data of any form.
    let errors = match &answer {
        Ok(answer) => answer.errors.as_ref().map(Vec::len),
        Err(_) => account.json::<Refusal<'_>>(operation, &reply.body)?.errors.map(|all| all.len()),
    };
    if errors.is_some_and(|errors| errors > 0) {
        return Err(ProviderError {
            status: Some(reply.status.as_u16()),
            said: error::said(&reply.body),
            ..account.error(ErrorKind::Rejected, operation, "it refused a query")
        });
    }
    answer?.data.and_then(|data| data.invoices).ok_or_else(|| {
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
    errors: Option<Vec<&'a RawValue>>,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "Invoice")]
    invoices: Option<Vec<Box<RawValue>>>,
}
