//! What Finexio says when it refuses.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::account::{is_json, object};
use crate::error::Said;
use crate::transport::Reply;
use crate::{ErrorKind, ProviderError};

/// An error's words, in the framework's form (finexio R4).
#[derive(Deserialize)]
struct Refusal {
    detail: String,
}

/// A wrong password is a 403 (finexio R3). A 404 without a `detail` is not Finexio's.
pub(super) fn explain(reply: &Reply) -> (ErrorKind, Said) {
    let refusal = is_json(reply).then(|| object::<Refusal>(&reply.body)).flatten();
    let kind = match ErrorKind::of_status(reply.status.as_u16()) {
        ErrorKind::NotFound if refusal.is_none() => ErrorKind::BadResponse,
        kind => kind,
    };
    let message = refusal.map(|refusal| refusal.detail);
    (kind, Said { message, ..Said::default() })
}

/// An error that comes with a status of success means what its words say: those of the
/// vendor (finexio R3), and the framework's defaults, as is assumed (finexio R10).
pub(super) fn explain_success(reply: &Reply) -> Option<(ErrorKind, Said)> {
    #[derive(Deserialize)]
    struct Answer {
        id: Option<IgnoredAny>,
        results: Option<IgnoredAny>,
        detail: String,
    }
    let Answer { id: None, results: None, detail } = object(&reply.body)? else { return None };
    let kind = match detail.as_str() {
        "Not found." | "Invalid page." => ErrorKind::NotFound,
        "Invalid username/password."
        | "Authentication credentials were not provided."
        | "You do not have permission to perform this action." => ErrorKind::Credentials,
        throttled if throttled.starts_with("Request was throttled.") => ErrorKind::RateLimited,
        _ => ErrorKind::Failed,
    };
    Some((kind, Said { message: Some(detail), ..Said::default() }))
}

/// Whether a page lies past the end, in the framework's words (finexio R9). Any other 404 may be
/// a proxy's, and must not end a list.
pub(super) fn is_past_the_end(error: &ProviderError) -> bool {
    error.kind == ErrorKind::NotFound && error.said.message.as_deref() == Some("Invalid page.")
}
