//! The content codings of answers (RFC 9110, 8.4), and the mark of order before
//! their text.
//!
//! gzip is asked for, and is read whether the answer came so because it was asked
//! or because its server never sends another. What comes in a coding that is not
//! read here is told as that, not as broken JSON.

use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, header};

use super::{MAX_BODY, TransportError};

/// The codings that are asked for; none at all (`identity`) is always allowed.
pub(super) const ACCEPTED: &str = "gzip";
/// More codings over each other than any server has use for.
const MOST_CODINGS: usize = 3;
/// The UTF-8 byte order mark, which is no part of a JSON text and may be passed
/// over (RFC 8259, 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Why a body cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodingError {
    /// The coding is none of those that are read.
    #[error("its answer is in the content coding `{0}`, which is not read here: gzip is")]
    Unknown(String),
    /// The body is not what its coding says.
    #[error("its answer says that it is gzip, and is none")]
    Broken,
}

/// The text of `body`, which came in the codings that `headers` name.
///
/// # Errors
/// `Coding` where a coding cannot be undone; `TooLarge` where the text is larger
/// than is held.
pub(super) fn decoded(headers: &HeaderMap, body: Bytes) -> Result<Bytes, TransportError> {
    let mut body = body;
    // An answer without a body may still name the coding of what it leaves out.
    if !body.is_empty() {
        for coding in codings(headers)?.iter().rev() {
            body = match coding.as_str() {
                "gzip" | "x-gzip" => gunzipped(&body)?,
                "identity" => body,
                _ => return Err(CodingError::Unknown(coding.clone()).into()),
            };
        }
    }
    let marked = body.starts_with(BYTE_ORDER_MARK);
    Ok(if marked { body.slice(BYTE_ORDER_MARK.len()..) } else { body })
}

/// The codings in the order in which they were applied.
fn codings(headers: &HeaderMap) -> Result<Vec<String>, CodingError> {
    let mut codings = Vec::new();
    for value in headers.get_all(header::CONTENT_ENCODING) {
        let text = value.to_str().map_err(|_| CodingError::Unknown("?".to_owned()))?;
        let named = text.split(',').map(|coding| coding.trim().to_ascii_lowercase());
        codings.extend(named.filter(|coding| !coding.is_empty()));
    }
    match codings.get(MOST_CODINGS) {
        Some(one_too_many) => Err(CodingError::Unknown(one_too_many.clone())),
        None => Ok(codings),
    }
}

/// Unfolds no further than what may be held: a few bytes can stand for gigabytes.
fn gunzipped(body: &[u8]) -> Result<Bytes, TransportError> {
    let mut text = Vec::new();
    let most = u64::try_from(MAX_BODY).unwrap_or(u64::MAX);
    let mut decoder = MultiGzDecoder::new(body).take(most.saturating_add(1));
    decoder.read_to_end(&mut text).map_err(|_| CodingError::Broken)?;
    if text.len() > MAX_BODY { Err(TransportError::TooLarge) } else { Ok(text.into()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::HeaderValue;

    use super::*;

    fn zipped(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read(codings: &[&str], body: impl Into<Bytes>) -> Result<Bytes, TransportError> {
        let header =
            |coding: &&str| (header::CONTENT_ENCODING, HeaderValue::from_str(coding).unwrap());
        let mut headers = HeaderMap::new();
        headers.extend(codings.iter().map(header));
        decoded(&headers, body.into())
    }

    #[test]
    fn every_spelling_of_gzip_is_unfolded() {
        let text = Bytes::from_static(b"{\"a\": 1}");
        for codings in [&["gzip"][..], &["GZIP"], &["x-gzip"], &["identity, gzip"], &["", "gzip"]] {
            assert_eq!(read(codings, zipped(&text)).unwrap(), text, "{codings:?}");
        }
        let twice = zipped(&zipped(&text));
        assert_eq!(read(&["gzip, gzip"], twice.clone()).unwrap(), text);
        assert_eq!(read(&["gzip", "gzip"], twice).unwrap(), text);
        assert_eq!(read(&[], text.clone()).unwrap(), text);
        let members = [zipped(b"{\"a\""), zipped(b": 1}")].concat();
        assert_eq!(read(&["gzip"], members).unwrap(), text);
    }

    #[test]
    fn a_coding_that_cannot_be_undone_is_named() {
        let error = |codings: &[&str], body: &'static [u8]| {
            read(codings, Bytes::from_static(body)).unwrap_err().to_string()
        };
        assert!(error(&["br"], b"x").contains("`br`"));
        assert!(error(&["gzip, zstd"], b"x").contains("`zstd`"));
        assert!(error(&["gzip"], b"{}").contains("and is none"));
        assert!(error(&["gzip,gzip,gzip,gzip"], b"x").contains("`gzip`"));
        assert_eq!(read(&["br"], Bytes::new()).unwrap(), Bytes::new(), "nothing to decode");
    }

    #[test]
    fn unfolding_ends_at_what_may_be_held() {
        let bomb = zipped(&vec![b' '; MAX_BODY + 1]);
        assert!(bomb.len() < MAX_BODY / 100);
        assert!(matches!(read(&["gzip"], bomb), Err(TransportError::TooLarge)));
        assert_eq!(read(&["gzip"], zipped(&vec![b' '; MAX_BODY])).unwrap().len(), MAX_BODY);
    }

    #[test]
    fn a_byte_order_mark_is_passed_over_however_the_text_came() {
        let marked = b"\xEF\xBB\xBF{}";
        assert_eq!(read(&[], Bytes::from_static(marked)).unwrap(), "{}");
        assert_eq!(read(&["gzip"], zipped(marked)).unwrap(), "{}");
    }
}
