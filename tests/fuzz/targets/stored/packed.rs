//! Bodies: packed, altered, and unpacked.

use std::io::Read;

use flate2::read::GzDecoder;
use store::listing_cache::Packed;
use store::packing::pack;
use store::table::FakeTable;
use store::testing::packed;

use crate::drawn;
use crate::scenario::{listing_key, listings};

/// The most that deflate packs into one byte.
const TIGHTEST: usize = 1_032;

/// Bytes that say to be a body, or are one.
fn unpack_claimed(bytes: &[u8]) {
    let Some((claim, rest)) = bytes.split_first_chunk::<8>() else { return };
    let [a, b, c, d, e, f, g, h] = *claim;
    let (length, checksum) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
    let claimed = packed(rest.to_vec(), length, checksum);
    if let Some(text) = claimed.plain(b"end") {
        assert_eq!(text.len(), usize::try_from(length).unwrap() + 3, "it says another length");
        assert!(text.len() <= rest.len() * TIGHTEST + 3, "it is longer than it can be");
    }
    let _ = claimed.gzip(b"end");
}

/// What is packed unpacks to the same; anything else unpacks to itself, or to nothing.
pub fn unpack(bytes: &[u8]) {
    unpack_claimed(bytes);
    if let Some(text) = store::packing::unpack(bytes) {
        assert!(text.len() <= bytes.len() * TIGHTEST);
    }
    let (times, beginning) =
        bytes.split_first().map_or((1, bytes), |(times, rest)| (usize::from(*times % 16), rest));
    let beginning = beginning[..beginning.len().min(256)].repeat(times);
    let (body, ending) = beginning.split_at(beginning.len() / 2);
    let kept = Packed::new(body).unwrap();
    assert_eq!(kept.plain(ending).as_deref(), Some(beginning.as_slice()));
    let mut unzipped = Vec::new();
    GzDecoder::new(kept.gzip(ending).unwrap().as_slice()).read_to_end(&mut unzipped).unwrap();
    assert_eq!(unzipped, beginning);
    let text = String::from_utf8_lossy(&beginning);
    assert_eq!(store::packing::unpack(&pack(&text)).as_deref(), Some(&*text));
    if let Ok(text) = std::str::from_utf8(&beginning) {
        assert_eq!(store::packing::unpack(&drawn::packed(&beginning)).as_deref(), Some(text));
    }
}

/// A listing of another version is a miss, and one that is shown is as long as it says.
pub async fn look_up(table: &FakeTable) {
    let cache = listings(table);
    let key = table
        .keys()
        .into_iter()
        .find(|key| key.starts_with("listing#") && !key.ends_with("#lease"))
        .unwrap();
    let there = table.item(&key).unwrap();
    let found = cache.look_up(&listing_key()).await.unwrap();
    let Some(listing) = found.entry else { return };
    assert_eq!(there.get_number("version"), Some(1), "a listing of another version is shown");
    let body = &listing.entry.body;
    if let Some(plain) = body.plain(b"") {
        assert_eq!(
            Some(plain.len()),
            there.get_number("length").and_then(|length| usize::try_from(length).ok())
        );
    }
}
