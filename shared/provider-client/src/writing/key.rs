//! The key that a write is sent under, for providers that take one.

use std::fmt;

use invoice::{Digest, Invoice, Reference};

/// The key that a write is sent under, made from the lock on its invoices: of its
/// owner, who is the same in every try of one request, and of what is locked. What is
/// sent again for the same request is sent under the same key, so that a provider that
/// remembers keys does nothing twice; another request has another key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendKey(String);

impl SendKey {
    /// The key of what `owner` sends for `invoices` by one call.
    pub fn of(owner: &str, invoices: &[&Reference]) -> Self {
        let references = invoices.iter().map(ToString::to_string);
        let parts: Vec<String> = std::iter::once(owner.to_owned()).chain(references).collect();
        Self(Digest::of(&parts).to_string())
    }

    pub(super) fn of_call(owner: &str, call: &[Invoice]) -> Self {
        Self::of(owner, &call.iter().map(|invoice| &invoice.id).collect::<Vec<_>>())
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
    fn a_key_is_the_owners_and_the_invoices_and_fits_a_header() {
        let one: Reference = "stripe:in_1".parse().unwrap();
        let two: Reference = "stripe:in_2".parse().unwrap();
        let key = SendKey::of("a", &[&one]);
        assert_eq!(key, SendKey::of("a", &[&one]));
        for other in [SendKey::of("b", &[&one]), SendKey::of("a", &[&two]), SendKey::of("a", &[])] {
            assert_ne!(key, other);
        }
        assert!(key.to_string().len() <= 255 && key.to_string().is_ascii());
    }
}
