//! Cursors: opaque, bound to their query and their caller, and checked.
//!
//! A cursor holds positions only. The check finds accidents and mix-ups; it is
//! no signature, and need not be: whoever forges one gains nothing, since
//! query and scope are applied afresh to every page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use invoice::{Digest, Scope};

/// Changes whenever old cursors can no longer be read.
const VERSION: u8 = 2;
const CHECK_BYTES: usize = 12;
/// Longer ones could not travel in a URL.
const MAX_LENGTH: usize = 6000;

/// What a cursor belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Binding<'a> {
    /// The canonical query, without page size and cursor.
    pub query: &'a str,
    /// Whose invoices the caller may see.
    pub scope: &'a Scope,
}

/// Why a text is no cursor of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Cut short, altered, or of another version of the service.
    #[error("the cursor is damaged or out of date: start again without it")]
    Damaged,
    /// Whole, but made for something else.
    #[error("the cursor was made for another query or another caller: ask the query it came from")]
    Foreign,
}

/// Seals positions into a cursor. Nothing when they cannot be written, or
/// would be too long to travel in a URL.
pub fn seal_cursor(positions: &impl Serialize, binding: Binding<'_>) -> Option<String> {
    let payload = serde_json::to_vec(positions).ok()?;
    let mut bytes = vec![VERSION];
    bytes.extend(check(&[&[VERSION], payload.as_slice()]));
    bytes.extend(owner(binding));
    bytes.extend(payload);
    let text = URL_SAFE_NO_PAD.encode(bytes);
    (text.len() <= MAX_LENGTH).then_some(text)
}

/// Opens a cursor.
///
/// # Errors
/// When it is damaged, or belongs to another query or caller.
pub fn open_cursor<T: DeserializeOwned>(
    text: &str,
    binding: Binding<'_>,
) -> Result<T, CursorError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Damaged)?;
    let (version, rest) = bytes.split_first().ok_or(CursorError::Damaged)?;
    let (sum, rest) = rest.split_at_checked(CHECK_BYTES).ok_or(CursorError::Damaged)?;
    let (owned_by, payload) = rest.split_at_checked(CHECK_BYTES).ok_or(CursorError::Damaged)?;
    if *version != VERSION || sum != check(&[&[VERSION], payload]) {
        return Err(CursorError::Damaged);
    }
    if owned_by != owner(binding) {
        return Err(CursorError::Foreign);
    }
    invoice::json::read_slice(payload).map_err(|_| CursorError::Damaged)
}

fn owner(binding: Binding<'_>) -> Vec<u8> {
    check(&[binding.query.as_bytes(), binding.scope.canonical().as_bytes()])
}

fn check(parts: &[&[u8]]) -> Vec<u8> {
    Digest::of(parts).bytes().iter().copied().take(CHECK_BYTES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &Scope = &Scope::All;

    #[test]
    fn opens_what_it_sealed() {
        let binding = Binding { query: "status=draft", scope: ALL };
        let text = seal_cursor(&("nue", 42), binding).unwrap();
        assert_eq!(open_cursor::<(String, u32)>(&text, binding), Ok(("nue".into(), 42)));
    }

    #[test]
    fn refuses_every_cut_and_every_changed_character() {
        let binding = Binding { query: "q", scope: ALL };
        let text = seal_cursor(&"positions", binding).unwrap();
        for end in 0..text.len() {
            assert!(open_cursor::<String>(&text[..end], binding).is_err(), "cut at {end}");
            let mut altered = text.clone();
            let other = if &text[end..=end] == "A" { "B" } else { "A" };
            altered.replace_range(end..=end, other);
            assert!(open_cursor::<String>(&altered, binding).is_err(), "altered at {end}");
        }
    }

    #[test]
    fn refuses_another_query_and_another_caller() {
        let binding = Binding { query: "q", scope: ALL };
        let text = seal_cursor(&1, binding).unwrap();
        let foreign = |query, scope| open_cursor::<i32>(&text, Binding { query, scope });
        let other = Scope::Customers(["nue:a".parse().unwrap()].into());
        assert_eq!(foreign("r", ALL), Err(CursorError::Foreign));
        assert_eq!(foreign("q", &other), Err(CursorError::Foreign));
    }
}
