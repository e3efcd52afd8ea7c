//! The key that a write is sent under, for providers that take one.

use std::collections::BTreeMap;
use std::fmt;

use invoice::{Digest, Invoice, Reference};

/// The key that a write is sent under. A key is made from the lock on the invoice, and
/// kept with it: what may have been sent is sent again under the same key only, so that
/// a provider that remembers keys does nothing twice, even where reading cannot tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendKey(String);

impl SendKey {
    /// The key of what the holder of a lock, in this `attempt`, sends for `invoice`.
    pub fn of(attempt: &str, invoice: &Reference) -> Self {
        Self(Digest::of(&[attempt, &invoice.to_string()]).to_string())
    }

    /// The key of one call for all of these invoices.
    pub fn of_call(keys: &BTreeMap<Reference, Self>, call: &[Invoice]) -> Self {
        let keys: Vec<&str> =
            call.iter().filter_map(|one| keys.get(&one.id)).map(|key| key.0.as_str()).collect();
        match keys.as_slice() {
            [one] => Self((*one).to_owned()),
            several => Self(Digest::of(several).to_string()),
        }
    }

    /// The key as it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A key that was kept.
impl From<String> for SendKey {
    fn from(kept: String) -> Self {
        Self(kept)
    }
}

impl fmt::Display for SendKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_of_the_attempt_and_the_invoice_and_fits_a_header() {
        let one: Reference = "stripe:in_1".parse().unwrap();
        let two: Reference = "stripe:in_2".parse().unwrap();
        let key = SendKey::of("a", &one);
        assert_eq!(key, SendKey::of("a", &one));
        assert_ne!(key, SendKey::of("b", &one));
        assert_ne!(key, SendKey::of("a", &two));
        assert!(key.as_str().len() <= 255 && key.as_str().is_ascii());
    }
}
