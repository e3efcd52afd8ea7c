//! Which invoices of a part a walk has had, as far as a cursor knows them again.

use std::collections::{HashSet, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use invoice::{Digest, Invoice};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The most invoices a cursor knows again: more than one page shows, so that all
/// of a page may leave at once, and few enough to travel in an address.
pub(super) const MAX_KNOWN: usize = 256;

/// The beginning of an id's digest: long enough that no two of a cursor's
/// invoices and a page's are taken for each other.
pub(super) type Mark = [u8; 6];

/// The last invoices had of a part, in the order in which they were met.
#[derive(Debug, Clone, Default)]
pub(super) struct Had {
    order: VecDeque<Mark>,
    known: HashSet<Mark>,
}

impl Had {
    /// What `invoice` is known again by, however long its id.
    pub fn mark(invoice: &Invoice) -> Mark {
        let digest = Digest::of(&[invoice.id.id()]);
        let mut mark = Mark::default();
        mark.iter_mut().zip(digest.bytes()).for_each(|(to, from)| *to = *from);
        mark
    }

    pub fn contains(&self, mark: &Mark) -> bool {
        self.known.contains(mark)
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Notes that an invoice was met: again, where it is known.
    pub fn meet(&mut self, mark: Mark) {
        self.known.insert(mark);
        self.order.push_back(mark);
    }

    /// Where in `page` all that a full cursor knows ends, in its order: the page
    /// has been had up to there, also what the cursor had no place for.
    pub fn end_of_repetition(&self, page: &[Mark]) -> Option<usize> {
        if self.order.len() < MAX_KNOWN {
            return None;
        }
        let last = self.latest(MAX_KNOWN);
        let begin = page.windows(last.len()).position(|run| run == last)?;
        begin.checked_add(last.len())
    }

    /// The record shortened to at most so many invoices.
    pub fn shortened(&self, most: usize) -> Self {
        self.latest(most).into_iter().collect()
    }

    /// The last so many that were met, each once.
    fn latest(&self, most: usize) -> Vec<Mark> {
        let mut seen = HashSet::new();
        let latest = self.order.iter().rev().filter(|mark| seen.insert(**mark));
        let mut latest: Vec<Mark> = latest.take(most).copied().collect();
        latest.reverse();
        latest
    }
}

impl FromIterator<Mark> for Had {
    fn from_iter<T: IntoIterator<Item = Mark>>(marks: T) -> Self {
        let mut had = Self::default();
        marks.into_iter().for_each(|mark| had.meet(mark));
        had
    }
}

impl Serialize for Had {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.latest(MAX_KNOWN).concat()))
    }
}

impl<'de> Deserialize<'de> for Had {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(D::Error::custom)?;
        let (marks, rest) = bytes.as_chunks();
        if !rest.is_empty() || marks.len() > MAX_KNOWN {
            return Err(D::Error::custom("no list of marks"));
        }
        Ok(marks.iter().copied().collect())
    }
}
