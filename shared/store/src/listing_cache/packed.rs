//! A body as it is stored: compressed all but its end, so that the end can be
//! written anew for every answer without the rest being touched.
//!
//! What is stored is a deflate stream (RFC 1951) that has been flushed and not
//! ended: it stops at a byte's edge. Made into a gzip member (RFC 1952), it is
//! followed by the ending in blocks that are not compressed, and the checksum
//! of both. One member, as browsers want it: they read no second one.

use crc32fast::Hasher;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// No file name, no time, no system: the same body is the same bytes.
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// Of 1 to 9, for what is stored. Fifty invoices are a quarter smaller than with 1, in twice
/// the time, and every KB is a write unit of DynamoDB's; from 4 on little is gained.
const DENSE: u32 = 3;
/// For a caller who waits.
const QUICK: u32 = 1;
/// The most an uncompressed block holds: its length has sixteen bits.
const MOST_OF_BLOCK: usize = 0xffff;
/// Deflate packs at most so tightly; what claims more was not written by us.
const TIGHTEST: usize = 1_032;

/// The beginning of a body, compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The deflate stream, not ended.
    pub(crate) stream: Vec<u8>,
    /// Of what was compressed.
    pub(crate) length: u32,
    /// Of what was compressed.
    pub(crate) checksum: u32,
}

impl Packed {
    /// Compresses `text` densely, to be stored. None where it is too long to be (4 GB).
    pub fn new(text: &[u8]) -> Option<Self> {
        Self::compressed(text, DENSE)
    }

    /// Compresses `text` in half the time that [`Self::new`] takes, for a caller who
    /// waits. None where it is too long to be (4 GB).
    pub fn quick(text: &[u8]) -> Option<Self> {
        Self::compressed(text, QUICK)
    }

    fn compressed(text: &[u8], effort: u32) -> Option<Self> {
        let length = u32::try_from(text.len()).ok()?;
        let mut deflate = Compress::new(Compression::new(effort), false);
        let mut stream = Vec::with_capacity(text.len() / 4 + 64);
        let mut left = text;
        loop {
            let before = deflate.total_in();
            deflate.compress_vec(left, &mut stream, FlushCompress::Sync).ok()?;
            let taken = usize::try_from(deflate.total_in() - before).ok()?;
            left = left.get(taken..)?;
            // It has flushed once it leaves room that it could have filled.
            if left.is_empty() && stream.len() < stream.capacity() {
                break;
            }
            stream.reserve(stream.capacity().max(64));
        }
        stream.shrink_to_fit();
        Some(Self { stream, length, checksum: crc32fast::hash(text) })
    }

    /// The whole body with this ending, as a gzip member. None where it is too
    /// long to be.
    pub fn gzip(&self, ending: &[u8]) -> Option<Vec<u8>> {
        let mut whole = Vec::with_capacity(self.stream.len() + ending.len() + 32);
        whole.extend(GZIP_HEADER);
        whole.extend(&self.stream);
        let mut blocks = ending.chunks(MOST_OF_BLOCK).peekable();
        if blocks.peek().is_none() {
            whole.extend([1, 0, 0, 0xff, 0xff]);
        }
        while let Some(block) = blocks.next() {
            let length = u16::try_from(block.len()).ok()?;
            whole.push(u8::from(blocks.peek().is_none()));
            whole.extend(length.to_le_bytes());
            whole.extend((!length).to_le_bytes());
            whole.extend(block);
        }
        let mut checksum = Hasher::new_with_initial(self.checksum);
        checksum.update(ending);
        whole.extend(checksum.finalize().to_le_bytes());
        let length = self.length.checked_add(u32::try_from(ending.len()).ok()?)?;
        whole.extend(length.to_le_bytes());
        Some(whole)
    }

    /// The whole body with this ending. None where the stream is not what was
    /// compressed.
    pub fn plain(&self, ending: &[u8]) -> Option<Vec<u8>> {
        let length = usize::try_from(self.length).ok()?;
        if length > self.stream.len().saturating_mul(TIGHTEST) {
            return None;
        }
        // One more than is awaited, to meet what is too long.
        let mut text = Vec::with_capacity(length + ending.len() + 1);
        let mut inflate = Decompress::new(false);
        let status = inflate.decompress_vec(&self.stream, &mut text, FlushDecompress::Sync).ok()?;
        let sound = status != Status::StreamEnd
            && text.len() == length
            && crc32fast::hash(&text) == self.checksum;
        if !sound {
            return None;
        }
        text.extend(ending);
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    fn unzipped(gzip: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        // Of one member alone: what follows it would be left.
        let mut rest = gzip;
        GzDecoder::new(&mut rest).read_to_end(&mut text).unwrap();
        text
    }

    proptest! {
        #[test]
        fn both_forms_are_the_beginning_and_the_ending(
            beginning in prop::collection::vec(any::<u8>(), 0..5_000),
            times in 0_usize..30,
            ending in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let beginning = beginning.repeat(times);
            let whole = [&beginning[..], &ending].concat();
            for packed in [Packed::new(&beginning), Packed::quick(&beginning)].map(Option::unwrap) {
                prop_assert_eq!(&packed.plain(&ending).unwrap(), &whole);
                prop_assert_eq!(&unzipped(&packed.gzip(&ending).unwrap()), &whole);
            }
        }

        #[test]
        fn a_stream_that_was_altered_or_cut_is_never_read(
            at in any::<prop::sample::Index>(), to in any::<u8>(),
        ) {
            let text: Vec<u8> = (0..20_000_u32).flat_map(|n| (n % 251).to_string().into_bytes()).collect();
            let packed = Packed::new(&text).unwrap();
            let at = at.index(packed.stream.len());
            let cut = Packed { stream: packed.stream[..at].to_vec(), ..packed.clone() };
            // All that an end cut off may lack is the mark of the flush.
            prop_assert!(cut.plain(b"").is_none_or(|read| read == text));
            let mut altered = packed.clone();
            altered.stream[at] = to;
            prop_assert!(altered.plain(b"").is_none_or(|read| read == text));
        }
    }

    #[test]
    fn an_ending_longer_than_a_block_is_carried_whole() {
        let packed = Packed::new(b"beginning").unwrap();
        for length in [0, 1, MOST_OF_BLOCK, MOST_OF_BLOCK + 1, 3 * MOST_OF_BLOCK] {
            let ending = vec![b'x'; length];
            let whole = unzipped(&packed.gzip(&ending).unwrap());
            assert_eq!(whole, [&b"beginning"[..], &ending].concat(), "{length}");
        }
    }
}
