//! A listing as it is kept: one item, and its body beside, compressed (`parted`). An item
//! of another version is a miss, to old readers and new.

use crc32fast::Hasher;
use jiff::Timestamp;

use super::packed::Packed;
use crate::table::parted::{Parted, PartedBytes, parted};
use crate::table::{EXPIRES_AT, Item, MOST_OF_ITEM, Milliseconds, Seconds, Stored, stored};

/// The version of the entries written here.
const VERSION_NOW: i64 = 1;

stored! {
    /// A listing, but for its body.
    pub(super) struct StoredListing {
        /// The version of the entry.
        version: i64 = VERSION("version"),
        /// When the providers were asked.
        fetched_at: Milliseconds = FETCHED_AT("fetchedAt"),
        /// What the connections' counters stood at before that.
        generations: String = GENERATIONS("generations"),
        /// The answer's entity tag.
        tag: String = TAG("tag"),
        /// Where the listing goes on, if it does.
        next: Option<String> = NEXT("next"),
        /// The end of the body, as JSON, but for its moments.
        sources: String = SOURCES("sources"),
        /// The length of the body before it was compressed.
        length: u32 = LENGTH("length"),
        /// The checksum of the body before it was compressed.
        checksum: u32 = CHECKSUM("checksum"),
        /// The checksum of all of it: what was altered is a miss.
        seal: i64 = SEAL("seal"),
        /// When DynamoDB may delete it.
        expires_at: Seconds = EXPIRES_AT(EXPIRES_AT),
    }
}

/// Beyond it an answer is not kept: Lambda could not return it (6 MB, of which
/// base64 takes a quarter: aws R1).
const MOST: usize = 4_500_000;

/// A listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When the providers were asked: of several moments the first. To the
    /// millisecond.
    pub fetched_at: Timestamp,
    /// The answer's entity tag.
    pub tag: String,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// The end of the body, as JSON: what became of each connection.
    pub sources: String,
    /// The rest of the body.
    pub body: Packed,
}

/// An entry that has been read, but for parts of its body.
pub(crate) struct Record {
    entry: Entry,
    seal: i64,
    /// What the connections' counters stood at before it was read.
    pub generations: String,
    pub body: Parted,
}

impl Entry {
    /// The items it is kept as: itself, and the parts to put before it. None
    /// where it is too large to be kept.
    pub(crate) fn items(
        &self,
        generations: &str,
        attempt: &str,
        expires_at: Timestamp,
    ) -> Option<PartedBytes> {
        let stream = &self.body.stream;
        let beside =
            self.sources.len() + self.tag.len() + self.next.as_ref().map_or(0, String::len);
        if stream.len() + beside > MOST || beside > MOST_OF_ITEM / 4 {
            return None;
        }
        let listing = StoredListing {
            version: VERSION_NOW,
            fetched_at: self.fetched_at.into(),
            generations: generations.to_owned(),
            tag: self.tag.clone(),
            next: self.next.clone(),
            sources: self.sources.clone(),
            length: self.body.length,
            checksum: self.body.checksum,
            seal: self.seal(generations),
            expires_at: expires_at.into(),
        };
        let body = parted(stream.clone(), beside, attempt);
        let expiring = |part: Item| part.set(StoredListing::EXPIRES_AT, expires_at);
        let parts = body.parts.into_iter().map(|(number, part)| (number, expiring(part)));
        Some(PartedBytes { item: listing.into_item().and(body.item), parts: parts.collect() })
    }

    /// Of all that is kept, in order; lengths first, so that nothing can flow
    /// from one into the next.
    fn seal(&self, generations: &str) -> i64 {
        let mut hash = Hasher::new();
        let mut add = |bytes: &[u8]| {
            hash.update(&bytes.len().to_be_bytes());
            hash.update(bytes);
        };
        add(&self.fetched_at.as_millisecond().to_be_bytes());
        add(generations.as_bytes());
        add(self.tag.as_bytes());
        add(self.next.as_deref().unwrap_or_default().as_bytes());
        add(self.sources.as_bytes());
        add(&self.body.length.to_be_bytes());
        add(&self.body.checksum.to_be_bytes());
        add(&self.body.stream);
        hash.finalize().into()
    }
}

impl Record {
    /// Reads an item. None where it is not all there, or of another version.
    pub fn read(mut item: Item) -> Option<Self> {
        if StoredListing::VERSION.read(&item) != Ok(VERSION_NOW) {
            return None;
        }
        let listing = StoredListing::from_item(&item).ok()?;
        let packed =
            Packed { stream: Vec::new(), length: listing.length, checksum: listing.checksum };
        let entry = Entry {
            fetched_at: listing.fetched_at.0,
            tag: listing.tag,
            next: listing.next,
            sources: listing.sources,
            body: packed,
        };
        let (seal, generations) = (listing.seal, listing.generations);
        let body = Parted::read(&mut item)?;
        let sound = !matches!(body, Parted::Apart { parts, .. } if parts > MOST / MOST_OF_ITEM + 1);
        sound.then_some(Self { entry, seal, generations, body })
    }

    /// When it was read from the providers.
    pub fn fetched_at(&self) -> Timestamp {
        self.entry.fetched_at
    }

    /// The entry with its whole body. None where it is not what was kept.
    pub fn whole(self, stream: Vec<u8>) -> Option<Entry> {
        let body = Packed { stream, ..self.entry.body };
        let entry = Entry { body, ..self.entry };
        (entry.seal(&self.generations) == self.seal).then_some(entry)
    }
}
