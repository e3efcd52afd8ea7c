//! What Stripe refuses, and in which words (stripe R50).

use serde::Deserialize;

use crate::account::{is_json, object};
use crate::error::Said;
use crate::transport::Reply;
use crate::wire::Text;
use crate::{ErrorKind, ProviderError};

/// Stripe's words for an error (stripe R50).
#[derive(Deserialize)]
struct Refusal {
    error: Words,
}

#[derive(Deserialize)]
struct Words {
    #[serde(default, rename = "type")]
    kind: Text,
    #[serde(default)]
    code: Text,
    #[serde(default)]
    message: Text,
    #[serde(default)]
    param: Text,
}

/// What Stripe says in an error (stripe R50). A refusal of state has no code, only a
/// sentence: the type stands for the code then.
fn said(words: Option<Words>, reply: &Reply) -> Said {
    let request_id = reply.header("request-id").map(str::to_owned);
    let Some(words) = words else { return Said { request_id, ..Said::default() } };
    let message = match (words.message.filled(), words.param.filled()) {
        (Some(message), Some(param)) => Some(format!("{message} {}", named(&param))),
        (message, _) => message,
    };
    Said { code: words.code.filled().or(words.kind.filled()), message, request_id }
}

/// What a refusal means: its status says so (stripe R56). A 404 that is not in
/// Stripe's form is not Stripe's.
pub(super) fn explain(reply: &Reply) -> (ErrorKind, Said) {
    let refusal = is_json(reply).then(|| object::<Refusal>(&reply.body)).flatten();
    let kind = match ErrorKind::of_status(reply.status.as_u16()) {
        ErrorKind::NotFound if refusal.is_none() => ErrorKind::BadResponse,
        kind => kind,
    };
    (kind, said(refusal.map(|refusal| refusal.error), reply))
}

/// What an error means that comes with a status of success: its words say so
/// (stripe R57).
pub(super) fn explain_success(reply: &Reply) -> Option<(ErrorKind, Said)> {
    let words = object::<Refusal>(&reply.body)?.error;
    let code = words.code.0.as_deref();
    let kind = match words.kind.0.as_deref() {
        _ if code == Some("resource_missing") => ErrorKind::NotFound,
        Some("idempotency_error") => ErrorKind::Conflict,
        Some("invalid_request_error" | "card_error") => ErrorKind::Rejected,
        _ => ErrorKind::Failed,
    };
    Some((kind, said(Some(words), reply)))
}

/// What was read; none where there is no such thing.
pub(super) fn if_there<T>(read: Result<T, ProviderError>) -> Result<Option<T>, ProviderError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a listing is refused because what its `parameter` names is not there: the
/// draft that a page ended in has been deleted since (stripe R7), or there is no such
/// customer (stripe R4).
pub(super) fn is_missing(error: &ProviderError, parameter: &str) -> bool {
    let said = &error.said;
    error.status == Some(400)
        && said.code.as_deref() == Some("resource_missing")
        && said.message.as_ref().is_some_and(|words| words.ends_with(&named(parameter)))
}

/// How a parameter is named behind the words that refuse it.
fn named(parameter: &str) -> String {
    format!("(`{parameter}`)")
}
