//! What has been asked of the table: for tests and for the log, which hold that a page
//! costs the same however large the account is.

use std::ops::Sub;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::row::Item;

/// Counts of what a store and its clones have asked.
#[derive(Debug, Default)]
pub struct Counted {
    queries: AtomicU64,
    evaluated: AtomicU64,
    gets: AtomicU64,
    bytes: AtomicU64,
    written: AtomicU64,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Calls of `Query`.
    pub queries: u64,
    /// Rows of indexes that were looked at, whether they passed or not.
    pub evaluated: u64,
    /// Rows that were read whole.
    pub gets: u64,
    /// Bytes that the names and values came to which were sent of the rows. DynamoDB is paid
    /// for whole rows, of an index or of the table (aws R29).
    pub bytes: u64,
    /// Rows that were written.
    pub written: u64,
}

/// The counts since an earlier moment.
impl Sub for Counts {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            queries: self.queries - earlier.queries,
            evaluated: self.evaluated - earlier.evaluated,
            gets: self.gets - earlier.gets,
            bytes: self.bytes - earlier.bytes,
            written: self.written - earlier.written,
        }
    }
}

impl Counted {
    /// The counts by now.
    pub fn now(&self) -> Counts {
        Counts {
            queries: self.queries.load(Ordering::Relaxed),
            evaluated: self.evaluated.load(Ordering::Relaxed),
            gets: self.gets.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            written: self.written.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn queried(&self, evaluated: usize, items: &[Item]) {
        self.queries.fetch_add(1, Ordering::Relaxed);
        self.evaluated.fetch_add(u64::try_from(evaluated).unwrap_or_default(), Ordering::Relaxed);
        self.bytes.fetch_add(items.iter().map(size).sum(), Ordering::Relaxed);
    }

    pub(crate) fn got(&self, item: &Item) {
        self.gets.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(size(item), Ordering::Relaxed);
    }

    pub(crate) fn wrote(&self, rows: usize) {
        self.written.fetch_add(u64::try_from(rows).unwrap_or_default(), Ordering::Relaxed);
    }
}

/// The size of an item, near enough to how DynamoDB counts it.
fn size(item: &Item) -> u64 {
    let of = |(name, value): (&String, &AttributeValue)| {
        let value = match value {
            AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
            AttributeValue::B(bytes) => bytes.as_ref().len(),
            AttributeValue::M(map) => {
                return u64::try_from(name.len()).unwrap_or_default() + size(map);
            }
            _ => 1,
        };
        u64::try_from(name.len().saturating_add(value)).unwrap_or_default()
    };
    item.iter().map(of).sum()
}
