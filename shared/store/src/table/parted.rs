//! Bytes that one item cannot hold, split over several: the item names how many parts
//! there are and which writing put them, so that those of two writings never mix.

use super::{Item, MOST_OF_ITEM};

const BODY: &str = "body";
/// How many items the bytes are split over; none, where they stand in the item.
const PARTS: &str = "parts";
/// The writing that put the parts.
const PARTS_OF: &str = "partsOf";

/// A part, and its number, from 1.
pub type Part = (usize, Item);

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

/// `item` with `bytes`, and the parts to put before it. `beside` is what else of size
/// stands in the item, in bytes; `attempt` names this writing.
pub fn parted(item: Item, bytes: Vec<u8>, beside: usize, attempt: &str) -> (Item, Vec<Part>) {
    if bytes.len() + beside <= MOST_OF_ITEM {
        return (item.bytes(BODY, bytes), Vec::new());
    }
    let parts: Vec<Part> = (1..)
        .zip(bytes.chunks(MOST_OF_ITEM))
        .map(|(number, part)| (number, Item::default().bytes(BODY, part.to_vec())))
        .collect();
    let count = i64::try_from(parts.len()).unwrap_or(i64::MAX);
    (item.number(PARTS, count).text(PARTS_OF, attempt), parts)
}

impl Parted {
    /// Where the bytes of `item` stand; none where it has none.
    pub fn read(item: &mut Item) -> Option<Self> {
        match (item.get_number(PARTS), item.get_text(PARTS_OF)) {
            (Some(parts), Some(of)) => {
                Some(Self::Apart { parts: usize::try_from(parts).ok()?, of: of.to_owned() })
            }
            _ => item.take_bytes(BODY).map(Self::Here),
        }
    }
}

/// The bytes of a part.
pub fn part_of(mut item: Item) -> Option<Vec<u8>> {
    item.take_bytes(BODY)
}
