//! The error that an answer of failure, or a missing one, becomes: its kind, the provider's
//! words, and what is known of what was sent.

use std::collections::BTreeMap;

use http::{StatusCode, header};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Account;
use crate::client::circuit::OpenCircuit;
use crate::error::{Fate, Said};
use crate::limits::{ASSUMED_WAIT, Barred, Refused};
use crate::transport::{Reply, TransportError};
use crate::{ErrorKind, ProviderError};

impl Account {
    pub(super) fn limited(&self, operation: &'static str, refused: Refused) -> ProviderError {
        let Refused::Barred(Barred { wait, window }) = refused else {
            return self.error(ErrorKind::Timeout, operation, "no time was left to ask");
        };
        let why = match window {
            Some(window) => format!("its limit of calls a {window} is used up"),
            None => "it asked to be left alone".to_owned(),
        };
        let detail =
            format!("{why}: nothing was sent; ask again in {} s", wait.as_secs_f64().ceil());
        let retry_after = Some(wait);
        ProviderError { retry_after, ..self.error(ErrorKind::RateLimited, operation, detail) }
    }

    pub(super) fn open(&self, operation: &'static str, open: OpenCircuit) -> ProviderError {
        let OpenCircuit { failures, wait } = open;
        let seconds = wait.as_secs_f64().ceil();
        let detail = format!(
            "it failed {failures} times in a row and is left alone: nothing was sent; it is asked again in {seconds} s"
        );
        let retry_after = Some(wait);
        ProviderError { retry_after, ..self.error(ErrorKind::CircuitOpen, operation, detail) }
    }

    pub(super) fn refused(&self, operation: &'static str, reply: &Reply) -> ProviderError {
        let (kind, said) = (self.explain)(reply);
        let status = reply.status.as_u16();
        if reply.status.is_client_error() && (kind == ErrorKind::BadResponse || is_foreign(reply)) {
            return self.refused_by_another(operation, status);
        }
        let fate = fate_of(status, &said);
        let detail = format!("it answered {status} to `{operation}`");
        let detail = if reply.status == StatusCode::UNAUTHORIZED && is_page(reply) {
            format!(
                "{detail} with a page to be looked at: it refuses the secret's key, or a proxy on \
                 the way wants credentials of its own"
            )
        } else {
            detail
        };
        ProviderError {
            status: Some(status),
            said,
            retry_after: match kind {
                ErrorKind::RateLimited => self.wait_after(reply).or(Some(ASSUMED_WAIT)),
                _ => reply.retry_after(),
            },
            fate,
            ..self.error(kind, operation, detail)
        }
    }

    /// A 404 or a 403 that is not in the provider's form says nothing of what was asked
    /// for: it is the page of a proxy on the way, or of another server at the address.
    /// A write that a proxy answers for may have been carried out or not.
    fn refused_by_another(&self, operation: &'static str, status: u16) -> ProviderError {
        let detail = format!(
            "it answered {status} to `{operation}`, and not in its own form: a proxy's page, or \
             the secret's `baseUrl` is not the address of its API"
        );
        ProviderError {
            status: Some(status),
            fate: Fate::Unclear,
            ..self.error(ErrorKind::BadResponse, operation, detail)
        }
    }

    pub(super) fn refused_with_success(
        &self,
        operation: &'static str,
        reply: &Reply,
        kind: ErrorKind,
        said: Said,
    ) -> ProviderError {
        let status = reply.status.as_u16();
        let detail = format!("it answered {status} to `{operation}`, with an error");
        // Only a refusal says that nothing was done.
        let is_failure = matches!(kind, ErrorKind::Failed | ErrorKind::BadResponse);
        ProviderError {
            status: Some(status),
            said,
            retry_after: reply.retry_after(),
            fate: if is_failure { Fate::Finished } else { Fate::NotAccepted },
            ..self.error(kind, operation, detail)
        }
    }

    pub(super) fn unanswered(
        &self,
        operation: &'static str,
        error: TransportError,
    ) -> ProviderError {
        let (kind, fate) = match error {
            TransportError::NotSent(_) => (ErrorKind::Unreachable, Fate::NotAccepted),
            TransportError::AnswerLost(_) => (ErrorKind::Unreachable, Fate::Unclear),
            TransportError::Timeout { sent: false } => (ErrorKind::Timeout, Fate::NotAccepted),
            TransportError::Timeout { sent: true } => (ErrorKind::Timeout, Fate::Unclear),
            TransportError::ReadOnly => (ErrorKind::Rejected, Fate::NotAccepted),
            TransportError::TooLarge | TransportError::Coding(_) => {
                (ErrorKind::BadResponse, Fate::Unclear)
            }
        };
        let detail = error.to_string();
        ProviderError { fate, source: Some(Box::new(error)), ..self.error(kind, operation, detail) }
    }
}

/// The fate of a request that was answered with `status`, which is none
/// of success. 502, 503 and 504 are a proxy's as often as not, whatever comes
/// with them: what stands behind it may be at the request still. So it is of any
/// other failure that comes without the provider's own words.
fn fate_of(status: u16, said: &Said) -> Fate {
    let is_its_own = said.message.is_some() || said.code.is_some();
    match status {
        408 | 425 if !is_its_own => Fate::Unclear,
        400..=499 => Fate::NotAccepted,
        502..=504 => Fate::Unclear,
        500..=599 if is_its_own => Fate::Finished,
        _ => Fate::Unclear,
    }
}

/// Whether an answer says that it is JSON; what is not (a proxy's HTML page)
/// has no provider's words in it.
pub(crate) fn is_json(reply: &Reply) -> bool {
    let kind = reply.header(header::CONTENT_TYPE.as_str());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
}

/// Whether a refusal cannot be an API's own: a 404 that is no JSON object, or any that is
/// a page to be looked at; but for a 401 and a 429, which a page can come with, too: whoever
/// says it, has let nothing pass.
fn is_foreign(reply: &Reply) -> bool {
    match reply.status {
        StatusCode::NOT_FOUND => {
            !is_json(reply) || object::<BTreeMap<String, IgnoredAny>>(&reply.body).is_none()
        }
        StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS => false,
        status => status.is_client_error() && is_page(reply),
    }
}

/// Whether an answer is a page to be looked at.
fn is_page(reply: &Reply) -> bool {
    let kind = reply.header(header::CONTENT_TYPE.as_str()).unwrap_or_default();
    kind.to_ascii_lowercase().contains("html")
}

/// The JSON object that `body` is; none where it is anything else, an array above all,
/// which would be read by position.
pub(crate) fn object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Option<T> {
    invoice::json::read_slice(body).ok()
}
