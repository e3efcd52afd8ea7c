//! Bytes that one item cannot hold, split over several: the item names how many parts
//! there are and which writing put them, so that those of two writings never mix.

use super::{Attribute, Item, MOST_OF_ITEM};

/// The bytes, or one part of them.
const BODY: Attribute<Vec<u8>> = Attribute::new("body");
/// How many items the bytes are split over; none, where they stand in the item.
const PARTS: Attribute<usize> = Attribute::new("parts");
/// The writing that put the parts.
const PARTS_OF: Attribute<String> = Attribute::new("partsOf");

/// The most items that bytes are split over: 38 MB, of an answer that Lambda returns up to
/// 6 MB of (aws R1). An item that names more was not written by us.
const MOST_PARTS: usize = 100;

/// A part, and its number, from 1.
pub type Part = (usize, Item);

/// Bytes, as they are stored.
#[derive(Debug)]
pub struct PartedBytes {
    /// What the item itself says of them.
    pub item: Item,
    /// The parts to put before it.
    pub parts: Vec<Part>,
}

/// Where the bytes of an item stand.
#[derive(Debug, PartialEq, Eq)]
pub enum Parted {
    /// In the item itself.
    Here(Vec<u8>),
    /// In items of their own.
    Apart {
        /// How many there are.
        parts: usize,
        /// The writing that put them.
        of: String,
    },
}

/// How `bytes` are stored. `beside` is what else of size stands in the item, in bytes;
/// `attempt` names this writing.
pub fn parted(bytes: Vec<u8>, beside: usize, attempt: &str) -> PartedBytes {
    let item = Item::default();
    if bytes.len() + beside <= MOST_OF_ITEM {
        return PartedBytes { item: item.set(BODY, bytes), parts: Vec::new() };
    }
    let parts: Vec<Part> = (1..)
        .zip(bytes.chunks(MOST_OF_ITEM))
        .map(|(number, part)| (number, Item::default().set(BODY, part.to_vec())))
        .collect();
    PartedBytes { item: item.set(PARTS, parts.len()).set(PARTS_OF, attempt), parts }
}

impl Parted {
    /// Where the bytes of `item` stand; none where it has none, or names more parts than any has.
    pub fn read(item: &mut Item) -> Option<Self> {
        match (PARTS.read(item), PARTS_OF.read(item)) {
            (Ok(parts), Ok(of)) => (parts <= MOST_PARTS).then_some(Self::Apart { parts, of }),
            _ => item.take_bytes(BODY.name()).map(Self::Here),
        }
    }
}

/// The bytes of a part.
pub fn part_of(mut item: Item) -> Option<Vec<u8>> {
    item.take_bytes(BODY.name())
}
