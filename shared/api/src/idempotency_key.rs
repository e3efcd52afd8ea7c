//! The key by which a caller names a request, so that asking it again does not
//! do it again: `Idempotency-Key`, IETF draft-ietf-httpapi-idempotency-key-header-07.

use std::fmt;
use std::str::FromStr;

use http::{HeaderMap, HeaderName};
use invoice::{Code, Problem};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const LONGEST: usize = 255;

/// A caller's name for a request.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The key is the caller's secret: the log names none.
impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(..)")
    }
}

impl IdempotencyKey {
    /// The key that these headers carry.
    ///
    /// # Errors
    /// `invalid_request`, when it is malformed: it is never taken for none.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let mut values = headers.get_all(HEADER).iter();
        let key = match (values.next(), values.next()) {
            (None, _) => return Ok(None),
            (Some(value), None) => value.to_str().map_err(|_| InvalidKey::Malformed),
            (Some(_), Some(_)) => Err(InvalidKey::Several),
        };
        let key = key.and_then(str::parse);
        key.map(Some)
            .map_err(|why| Problem::new(Code::InvalidRequest, format!("`Idempotency-Key`: {why}")))
    }

    /// The key's characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a header names no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// The header's value is no key.
    #[error(
        "expected 1 to 255 ASCII characters in double quotes, or bare and then without spaces and commas"
    )]
    Malformed,
    /// The request names itself more than once. API Gateway joins the values of a
    /// header that comes twice with a comma (aws R6).
    #[error(
        "expected one key, and there is more than one: a comma outside double quotes parts keys"
    )]
    Several,
}

impl FromStr for IdempotencyKey {
    type Err = InvalidKey;

    /// Reads a header's value: a string of RFC 8941, section 3.3.3, in double quotes,
    /// which may hold spaces and commas; or, as most clients send it, the bare
    /// characters, of which a space or a comma is none.
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let text = text.trim_matches([' ', '\t']);
        let key = match text.strip_prefix('"') {
            Some(rest) => unquoted(rest)?,
            None if text.contains(',') => return Err(InvalidKey::Several),
            None if text.contains(' ') => return Err(InvalidKey::Malformed),
            None => text.to_owned(),
        };
        let is_printable = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        let sound = (1..=LONGEST).contains(&key.len()) && key.bytes().all(is_printable);
        if sound { Ok(Self(key)) } else { Err(InvalidKey::Malformed) }
    }
}

/// What stands before the closing quote, with which it must end.
fn unquoted(text: &str) -> Result<String, InvalidKey> {
    let mut key = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' if rest.as_str().is_empty() => return Ok(key),
            '"' if rest.as_str().trim_start_matches([' ', '\t']).starts_with(',') => {
                return Err(InvalidKey::Several);
            }
            '"' => return Err(InvalidKey::Malformed),
            '\\' => match rest.next() {
                Some(escaped @ ('"' | '\\')) => key.push(escaped),
                _ => return Err(InvalidKey::Malformed),
            },
            c => key.push(c),
        }
    }
    Err(InvalidKey::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(key: &str) -> HeaderMap {
        HeaderMap::from_iter([(HEADER, http::HeaderValue::from_bytes(key.as_bytes()).unwrap())])
    }

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
        assert_eq!(key("\"month end, 2026-11\"").as_deref(), Some("month end, 2026-11"));
        let longest = "k".repeat(255);
        assert_eq!(key(&longest).as_deref(), Some(longest.as_str()));
        assert_eq!(key(&format!("\"{longest}\"")).as_deref(), Some(longest.as_str()));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = "k".repeat(256);
        let quoted = format!("\"{long}\"");
        for text in [
            "", " ", "\"\"", "\"", "\"a", "\"a\"b", "\"a\\b\"", "\"a\\", "a b", "\"a\tb\"", "é",
            "a\u{7f}", &long, &quoted,
        ] {
            assert_eq!(key(text), None, "{text:?}");
        }
    }

    #[test]
    fn two_keys_are_refused_as_two() {
        for text in ["a,b", "a, b", ",a", "a,", "\"a\", \"b\"", "\"a\" ,b", "\"a\",", "a,\"b\""] {
            let refused = text.parse::<IdempotencyKey>().unwrap_err();
            assert_eq!(refused, InvalidKey::Several, "{text:?}");
        }
        let mut twice = headers("k-1");
        twice.append(HEADER, "k-1".parse().unwrap());
        let problem = IdempotencyKey::of(&twice).unwrap_err();
        assert_eq!(problem.code, Code::InvalidRequest);
        assert!(problem.detail.contains("more than one"), "{}", problem.detail);
    }

    #[test]
    fn a_malformed_key_is_not_taken_for_none() {
        assert_eq!(IdempotencyKey::of(&HeaderMap::new()).unwrap(), None);
        let sent = |key: &str| IdempotencyKey::of(&headers(key));
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
