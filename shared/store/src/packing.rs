//! Texts, compressed.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

/// The text, compressed.
pub fn pack(text: &str) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail.
    let _ = packed.write_all(text.as_bytes());
    packed.finish().unwrap_or_default()
}

/// The most bytes that a text unpacks to: more was not packed by us.
const MOST: usize = 64_000_000;

/// The text again; none where it is not whole.
pub fn unpack(packed: &[u8]) -> Option<String> {
    unpack_at_most(packed, MOST)
}

fn unpack_at_most(packed: &[u8], most: usize) -> Option<String> {
    let mut text = String::new();
    // One more than may be, to meet what is too long.
    let limit = u64::try_from(most).ok()?.saturating_add(1);
    ZlibDecoder::new(packed).take(limit).read_to_string(&mut text).ok()?;
    (text.len() <= most).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_unpacks_to_itself_and_to_no_more_than_it_may() {
        let text = "\u{e9}".repeat(5_000);
        let packed = pack(&text);
        assert!(packed.len() < 100, "it unpacks to a hundred times its size");
        assert_eq!(unpack(&packed), Some(text.clone()));
        assert_eq!(unpack_at_most(&packed, text.len()), Some(text.clone()));
        assert_eq!(unpack_at_most(&packed, text.len() - 1), None);
        assert_eq!(unpack_at_most(&packed, 7), None);
        assert_eq!(unpack(packed.get(..packed.len() / 2).unwrap_or_default()), None);
    }
}
