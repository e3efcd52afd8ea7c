//! What Fusebill says when it refuses.

use serde::Deserialize;

use crate::ErrorKind;
use crate::account::{is_json, object};
use crate::error::Said;
use crate::transport::Reply;
use crate::wire::Text;

/// An error as Fusebill tells it (fusebill R3).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refusal {
    #[serde(default)]
    http_status_code: Text,
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Fault {
    #[serde(default)]
    key: Text,
    #[serde(default)]
    value: Text,
}

impl Refusal {
    fn said(self) -> Said {
        let mut said = Said::default();
        for fault in self.errors {
            said.code = said.code.or(fault.key.filled());
            said.message = match (said.message, fault.value.filled()) {
                (Some(before), Some(value)) => Some(format!("{before}; {value}")),
                (before, value) => before.or(value),
            };
        }
        said
    }
}

/// A 404 that is not in Fusebill's form (fusebill R3) is not Fusebill's.
pub(super) fn explain(reply: &Reply) -> (ErrorKind, Said) {
    let refusal = is_json(reply).then(|| object::<Refusal>(&reply.body)).flatten();
    let kind = match ErrorKind::of_status(reply.status.as_u16()) {
        ErrorKind::NotFound if refusal.is_none() => ErrorKind::BadResponse,
        kind => kind,
    };
    (kind, refusal.map(Refusal::said).unwrap_or_default())
}

/// An error that comes with a status of success means what its own `HttpStatusCode`
/// says, as is assumed (fusebill R5).
pub(super) fn explain_success(reply: &Reply) -> Option<(ErrorKind, Said)> {
    let refusal: Refusal = object(&reply.body)?;
    let status = refusal.http_status_code.0.as_deref().and_then(|code| code.parse().ok());
    let kind = match status {
        Some(status @ 400..=599) => ErrorKind::of_status(status),
        _ if refusal.errors.is_empty() => return None,
        _ => ErrorKind::Failed,
    };
    Some((kind, refusal.said()))
}
