//! The key by which a caller names a request, so that asking it again does not
//! do it again: `Idempotency-Key`, IETF draft-ietf-httpapi-idempotency-key-header-07.

use std::fmt;
use std::str::FromStr;

use invoice::{Code, Digest, Problem};
use lambda_http::http::HeaderName;

use super::WriteRequest;
use crate::call::Call;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const LONGEST: usize = 255;

/// A caller's name for a request.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// It is the caller's; the log names no key.
impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(..)")
    }
}

impl IdempotencyKey {
    /// The key that `call` carries.
    ///
    /// # Errors
    /// `invalid_request`, when it is malformed: it is never taken for none.
    pub fn of(call: &Call) -> Result<Option<Self>, Problem> {
        let Some(value) = call.headers.get(HEADER) else {
            return Ok(None);
        };
        let key = value.to_str().ok().and_then(|text| text.parse().ok());
        key.map(Some).ok_or_else(|| {
            let detail = "`Idempotency-Key`: expected 1 to 255 visible ASCII characters, in double quotes or bare";
            Problem::new(Code::InvalidRequest, detail)
        })
    }

    /// Whose key it is, and for which route: what its record is kept under.
    pub(super) fn record(&self, request: &WriteRequest<'_>) -> String {
        let caller = request.caller;
        let (method, path) = request.route;
        let scope = caller.scope.canonical();
        let whose = [caller.kind.word(), &caller.subject, &scope, method, path, &self.0];
        format!("idempotency#key#{}", Digest::of(&whose))
    }
}

/// A malformed key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 255 visible ASCII characters, in double quotes or bare")]
pub struct InvalidKey;

impl FromStr for IdempotencyKey {
    type Err = InvalidKey;

    /// Reads a header's value: a string of RFC 8941, section 3.3.3, in double
    /// quotes; or, as most clients send it, the bare characters.
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let text = text.trim_matches([' ', '\t']);
        let key = match text.strip_prefix('"') {
            Some(rest) => unquoted(rest)?,
            None => text.to_owned(),
        };
        let sound =
            (1..=LONGEST).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        if sound { Ok(Self(key)) } else { Err(InvalidKey) }
    }
}

/// What stands before the closing quote, with which it must end.
fn unquoted(text: &str) -> Result<String, InvalidKey> {
    let mut key = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' if rest.as_str().is_empty() => return Ok(key),
            '"' => return Err(InvalidKey),
            '\\' => match rest.next() {
                Some(escaped @ ('"' | '\\')) => key.push(escaped),
                _ => return Err(InvalidKey),
            },
            c => key.push(c),
        }
    }
    Err(InvalidKey)
}

/// What tells a request from another under the same key.
pub(super) fn request_hash(request: &WriteRequest<'_>) -> String {
    let (method, path) = request.route;
    let parts = [method.as_bytes(), path.as_bytes(), request.target.as_bytes(), request.body];
    Digest::of(&parts).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Event;

    fn key(text: &str) -> Option<String> {
        text.parse().ok().map(|IdempotencyKey(key)| key)
    }

    #[test]
    fn a_key_is_a_quoted_string_or_bare() {
        let uuid = "8e03978e-40d5-43e8-bc93-6894a57f9324";
        assert_eq!(key(uuid).as_deref(), Some(uuid));
        assert_eq!(key(&format!("\"{uuid}\"")).as_deref(), Some(uuid));
        assert_eq!(key(" \"a\\\"b\\\\c\" ").as_deref(), Some("a\"b\\c"));
        assert_eq!(key("a\"b").as_deref(), Some("a\"b"));
        let longest = "k".repeat(255);
        assert_eq!(key(&longest).as_deref(), Some(longest.as_str()));
        assert_eq!(key(&format!("\"{longest}\"")).as_deref(), Some(longest.as_str()));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = "k".repeat(256);
        let quoted = format!("\"{long}\"");
        for text in [
            "",
            " ",
            "\"\"",
            "\"",
            "\"a",
            "\"a\"b",
            "\"a\", \"b\"",
            "\"a\\b\"",
            "\"a\\",
            "a b",
            "\"a b\"",
            "é",
            "a\u{7f}",
            &long,
            &quoted,
        ] {
            assert_eq!(key(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_malformed_key_is_not_taken_for_none() {
        let of = |event: Event| IdempotencyKey::of(&Call::new(event.request()));
        assert_eq!(of(Event::get("/invoices", "")).unwrap(), None);
        let sent = |key: &str| of(Event::get("/invoices", "").header("idempotency-key", key));
        assert_eq!(sent("k-1").unwrap(), Some(IdempotencyKey("k-1".to_owned())));
        for malformed in ["", "\"a", "é"] {
            let problem = sent(malformed).unwrap_err();
            assert_eq!(problem.code, Code::InvalidRequest);
            assert!(problem.detail.starts_with("`Idempotency-Key`: expected"), "{malformed}");
        }
    }

    #[test]
    fn a_key_is_not_printed() {
        assert_eq!(format!("{:?}", IdempotencyKey("k-1".to_owned())), "IdempotencyKey(..)");
    }
}
