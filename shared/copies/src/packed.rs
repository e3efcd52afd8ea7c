//! A row's body: the invoice as JSON, compressed. Rows are read by the page, so every
//! kilobyte of them counts.

use std::cell::RefCell;
use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use invoice::Invoice;

/// The most bytes that a body unpacks to: more was not packed by us.
const MOST: usize = 64_000_000;

thread_local! {
    /// The inflater of this thread. Its window is larger than most rows, so it is made once
    /// rather than for each row of a page.
    static INFLATE: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

/// The invoice's JSON, compressed.
pub(crate) fn pack(text: &str) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(text.as_bytes()).ok()?;
    encoder.finish().ok()
}

/// The invoice of a body; none where it was packed by another version.
pub(crate) fn unpack(packed: &[u8]) -> Option<Invoice> {
    let text = INFLATE.with_borrow_mut(|inflate| inflated(inflate, packed, MOST))?;
    invoice::json::read_slice(&text).ok()
}

/// The bytes that were packed; none where they are not whole, or more than `most`.
fn inflated(inflate: &mut Decompress, packed: &[u8], most: usize) -> Option<Vec<u8>> {
    inflate.reset(false);
    let mut text = Vec::with_capacity(packed.len().saturating_mul(4).max(64));
    loop {
        let (taken, given) = (inflate.total_in(), text.len());
        let rest = packed.get(usize::try_from(taken).ok()?..)?;
        let status = inflate.decompress_vec(rest, &mut text, FlushDecompress::None).ok()?;
        if text.len() > most {
            return None;
        }
        let has_moved = inflate.total_in() > taken || text.len() > given;
        match status {
            Status::StreamEnd => return Some(text),
            _ if text.len() == text.capacity() => text.reserve(text.capacity()),
            // The inflater may have read all bytes while the end of the text is in its window yet.
            _ if has_moved => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_unpacks_to_itself_and_to_no_more_than_it_may() {
        let mut inflate = Decompress::new(false);
        for text in ["", "a", &"\u{e9}".repeat(50_000), "after a longer one"] {
            let packed = pack(text).unwrap();
            let mut unpacked = |packed, most| inflated(&mut inflate, packed, most);
            assert_eq!(unpacked(&packed, text.len()).as_deref(), Some(text.as_bytes()));
            assert_eq!(unpacked(packed.get(..packed.len() - 1).unwrap(), MOST), None);
            if let Some(less) = text.len().checked_sub(1) {
                assert_eq!(unpacked(&packed, less), None);
            }
        }
    }
}
