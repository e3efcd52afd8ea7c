//! What the self-service edition says when it refuses.

use http::StatusCode;

use crate::ErrorKind;
use crate::error::Said;
use crate::providers::nue::error;
use crate::transport::Reply;

/// Like Nue's own, but the edition has its own licence, which the account may
/// lack (nue-self-service R8); that it is then a 403 is assumed (nue-self-service R9).
pub(super) fn explain(reply: &Reply) -> (ErrorKind, Said) {
    let (kind, said) = error::explain(reply);
    if reply.status == StatusCode::FORBIDDEN { (ErrorKind::NotEnabled, said) } else { (kind, said) }
}
