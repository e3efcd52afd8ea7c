//! Names for what should not be told, or is too long to be a name.

use std::fmt::{self, Write as _};

use sha2::Sha256;

/// SHA-256 of several parts. Printed as 64 digits of hex, or as many of them as
/// the precision says, two for each byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of these parts in this order, each with its length before it: no part can
    /// flow into the next, and no two lists are one text.
    pub fn of<T: AsRef<[u8]>>(parts: &[T]) -> Self {
        let mut hash = <Sha256 as sha2::Digest>::new();
        for part in parts.iter().map(AsRef::as_ref) {
            sha2::Digest::update(&mut hash, part.len().to_be_bytes());
            sha2::Digest::update(&mut hash, part);
        }
        Self(sha2::Digest::finalize(hash).into())
    }

    /// The digest's 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = f.precision().map_or(self.0.len(), |digits| digits / 2);
        let digits = self.0.iter().take(bytes).flat_map(|byte| [byte >> 4, byte & 0xf]);
        digits
            .filter_map(|digit| char::from_digit(u32::from(digit), 16))
            .try_for_each(|digit| f.write_char(digit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_of_its_parts_with_their_lengths() {
        assert_ne!(Digest::of(&["ab", "c"]), Digest::of(&["a", "bc"]));
        assert_ne!(Digest::of(&["ab"]), Digest::of(&["ab", ""]));
        // `printf '\0\0\0\0\0\0\0\2ab' | sha256sum`
        let known = "9caccc24b5d7e06c21c0277b6530d66664273e11f326515c58eaa3691afccfff";
        assert_eq!(Digest::of(&["ab"]).to_string(), known);
        assert_eq!(format!("{:.8}", Digest::of(&["ab"])), known[..8]);
    }
}
