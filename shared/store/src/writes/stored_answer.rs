//! What a request came to, as it is kept: the answer, once all of it is settled, or what
//! is known of each invoice while something is open. Compressed, and split where an item
//! cannot hold it.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::attributes::{HEADERS, RECORD_VERSION, STATUS, VERSION};
use crate::packing::{pack, unpack};
use crate::table::Item;
use crate::table::parted::{Part, parted};

/// An answer, as it is given again to who asks again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, each with its value.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl StoredAnswer {
    /// What the record says of the answer, and the parts to put before it.
    pub(super) fn item(&self, attempt: &str) -> (Item, Vec<Part>) {
        // Texts alone: writing them cannot fail.
        let headers = serde_json::to_string(&self.headers).unwrap_or_default();
        let item = Item::default().number(STATUS, i64::from(self.status)).text(HEADERS, headers);
        parted(item, pack(&self.body), 0, attempt)
    }

    /// The answer of a record whose bytes are these; none where they are of none.
    pub(super) fn read(item: &Item, bytes: &[u8]) -> Option<Self> {
        Some(Self {
            status: u16::try_from(item.get_number(STATUS)?).ok()?,
            headers: invoice::json::read(item.get_text(HEADERS)?).ok()?,
            body: unpack(bytes)?,
        })
    }
}

/// Results, each as JSON, as a record with open ends keeps them: what the record says,
/// and the parts to put before it. `beside` is what else of size the record holds.
pub(super) fn results_item(
    results: &[&RawValue],
    beside: usize,
    attempt: &str,
) -> (Item, Vec<Part>) {
    // Texts alone: writing them cannot fail.
    let results = serde_json::to_string(results).unwrap_or_default();
    parted(Item::default(), pack(&results), beside, attempt)
}

/// What version 2 kept of a request with open ends: the body that it was answered with.
#[derive(Deserialize)]
struct AnsweredV2 {
    results: Vec<Box<RawValue>>,
}

/// The results of a record with open ends, whose bytes are these. What cannot be read is
/// asked again: the ledger knows what was sent.
pub(super) fn read_results(item: &Item, bytes: &[u8]) -> Vec<Box<RawValue>> {
    let Some(text) = unpack(bytes) else { return Vec::new() };
    if item.get_number(VERSION) == Some(RECORD_VERSION) {
        return invoice::json::read(&text).unwrap_or_default();
    }
    let answered: Option<AnsweredV2> = invoice::json::read(&text).ok();
    answered.map(|answered| answered.results).unwrap_or_default()
}
