//! A row's body: the invoice as JSON, compressed. Rows are read by the page, so every
//! kilobyte of them counts.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use invoice::Invoice;

/// The most bytes that a body unpacks to: more was not packed by us.
const MOST: u64 = 64_000_000;

/// The invoice's JSON, compressed.
pub(crate) fn pack(text: &str) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(text.as_bytes()).ok()?;
    encoder.finish().ok()
}

/// The invoice of a body; none where it was packed by another version.
pub(crate) fn unpack(packed: &[u8]) -> Option<Invoice> {
    let mut text = String::new();
    DeflateDecoder::new(packed).take(MOST).read_to_string(&mut text).ok()?;
    invoice::json::read(&text).ok()
}
