//! What SimplePin says when it refuses.

use serde::Deserialize;

use crate::account::{is_json, object};
use crate::error::Said;
use crate::transport::Reply;
use crate::wire::Text;
use crate::{ErrorKind, ProviderError};

/// What comes with an error is stated nowhere: words are taken where JSON has them
/// under a usual name, as is assumed (simplepin R25).
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    code: Text,
    #[serde(default)]
    message: Text,
    /// As in the answer to `update_status` (simplepin R16).
    #[serde(default)]
    result_message: Text,
}

impl Refusal {
    fn said(self) -> Said {
        Said {
            code: self.code.filled(),
            message: self.message.filled().or(self.result_message.filled()),
            request_id: None,
        }
    }
}

/// 401, 403 and 404 are listed (simplepin R23).
pub(super) fn explain(reply: &Reply) -> (ErrorKind, Said) {
    let words = is_json(reply).then(|| object::<Refusal>(&reply.body)).flatten();
    (ErrorKind::of_status(reply.status.as_u16()), words.unwrap_or_default().said())
}

/// An object that names no invoice and has an error's words or code is an error,
/// whatever the status; a code that is a status says which (simplepin R25).
pub(super) fn explain_success(reply: &Reply) -> Option<(ErrorKind, Said)> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(default)]
        uuid: Text,
    }
    let named: Named = object(&reply.body)?;
    if named.uuid.filled().is_some() {
        return None;
    }
    let refusal: Refusal = object(&reply.body)?;
    let kind = match refusal.code.0.as_deref().and_then(|code| code.parse().ok()) {
        Some(status @ 400..=599) => ErrorKind::of_status(status),
        _ if refusal.message.0.is_none() => return None,
        _ => ErrorKind::Failed,
    };
    Some((kind, refusal.said()))
}

/// What a 404 to a listing means is not stated. It may be an unknown customer,
/// or a `baseUrl` that leads elsewhere: an empty list would hide the second.
pub(super) fn not_listed(error: ProviderError) -> ProviderError {
    match error.kind {
        ErrorKind::NotFound => ProviderError {
            detail: "it answered 404 to `list`: it does not know the customer, or the secret's \
                     `baseUrl` is not the address of its API"
                .to_owned(),
            ..error
        },
        _ => error,
    }
}
