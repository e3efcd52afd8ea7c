//! A listing as it is kept.
//!
//! | attribute | what |
//! |---|---|
//! | `version` | of this table; another one is a miss, to old readers and new |
//! | `fetchedAt` | when the providers were asked, in milliseconds of the epoch |
//! | `generations` | what the connections' counters stood at before that |
//! | `tag`, `next` | the answer's entity tag; where it goes on, if it does |
//! | `sources` | JSON: the end of the body, but for its moments |
//! | `body`, or `parts` and `partsOf` | the rest of the body, compressed; or how many items it is split over, and by which writing |
//! | `length`, `checksum` | of the body before it was compressed |
//! | `seal` | a checksum of all of the above: what was altered is a miss |
//! | `expiresAt` | when DynamoDB may delete it |

use crc32fast::Hasher;
use jiff::Timestamp;

use super::packed::Packed;
use crate::table::parted::{Part, Parted, parted};
use crate::table::{EXPIRES_AT, Item, MOST_OF_ITEM};

/// The version of the entries written here.
const VERSION_NOW: i64 = 1;
const VERSION: &str = "version";
const FETCHED_AT: &str = "fetchedAt";
const GENERATIONS: &str = "generations";
const TAG: &str = "tag";
const NEXT: &str = "next";
const SOURCES: &str = "sources";
const LENGTH: &str = "length";
const CHECKSUM: &str = "checksum";
const SEAL: &str = "seal";

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
        expires_at: i64,
    ) -> Option<(Item, Vec<Part>)> {
        let stream = &self.body.stream;
        let beside =
            self.sources.len() + self.tag.len() + self.next.as_ref().map_or(0, String::len);
        if stream.len() + beside > MOST || beside > MOST_OF_ITEM / 4 {
            return None;
        }
        let item = Item::default()
            .number(VERSION, VERSION_NOW)
            .number(FETCHED_AT, self.fetched_at.as_millisecond())
            .text(GENERATIONS, generations)
            .text(TAG, &self.tag)
            .text_if(NEXT, self.next.as_deref())
            .text(SOURCES, &self.sources)
            .number(LENGTH, self.body.length.into())
            .number(CHECKSUM, self.body.checksum.into())
            .number(SEAL, self.seal(generations))
            .number(EXPIRES_AT, expires_at);
        let (item, parts) = parted(item, stream.clone(), beside, attempt);
        let expiring = |(number, part): Part| (number, part.number(EXPIRES_AT, expires_at));
        Some((item, parts.into_iter().map(expiring).collect()))
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
        if item.get_number(VERSION) != Some(VERSION_NOW) {
            return None;
        }
        let number = |name: &str| item.get_number(name);
        let text = |name: &str| item.get_text(name).map(str::to_owned);
        let packed = Packed {
            stream: Vec::new(),
            length: u32::try_from(number(LENGTH)?).ok()?,
            checksum: u32::try_from(number(CHECKSUM)?).ok()?,
        };
        let entry = Entry {
            fetched_at: Timestamp::from_millisecond(number(FETCHED_AT)?).ok()?,
            tag: text(TAG)?,
            next: text(NEXT),
            sources: text(SOURCES)?,
            body: packed,
        };
        let (seal, generations) = (number(SEAL)?, text(GENERATIONS)?);
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
