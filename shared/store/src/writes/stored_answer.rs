//! What a request came to, as it is kept: the answer, once all of it is settled, or what
//! is known of each invoice while something is open. Compressed, and split where an item
//! cannot hold it.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::stored_record::{RECORD_VERSION, StoredRecord};
use crate::packing::{pack, unpack};
use crate::table::Unreadable;
use crate::table::parted::{PartedBytes, parted};

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
    /// The headers, as a record keeps them.
    pub(super) fn headers_text(&self) -> String {
        // Texts alone: writing them cannot fail.
        serde_json::to_string(&self.headers).unwrap_or_default()
    }

    /// The body, as it is kept beside the record.
    pub(super) fn parted_body(&self, attempt: &str) -> PartedBytes {
        parted(pack(&self.body), 0, attempt)
    }

    /// The answer of a record whose bytes are these.
    pub(super) fn read(record: StoredRecord, bytes: &[u8]) -> Result<Self, Unreadable> {
        let headers = record.headers.and_then(|headers| invoice::json::read(&headers).ok());
        Ok(Self {
            status: record.status.ok_or(Unreadable(StoredRecord::STATUS.name()))?,
            headers: headers.ok_or(Unreadable(StoredRecord::HEADERS.name()))?,
            body: unpack(bytes).ok_or(Unreadable("body"))?,
        })
    }
}

/// Results, each as JSON, as they are kept beside a record with open ends. `beside` is
/// what else of size the record holds.
pub(super) fn parted_results(results: &[&RawValue], beside: usize, attempt: &str) -> PartedBytes {
    // Texts alone: writing them cannot fail.
    let results = serde_json::to_string(results).unwrap_or_default();
    parted(pack(&results), beside, attempt)
}

/// What version 2 kept of a request with open ends: the body that it was answered with.
#[derive(Deserialize)]
struct AnsweredV2 {
    results: Vec<Box<RawValue>>,
}

/// The results of a record of this version with open ends, whose bytes are these. What cannot be read is
/// asked again: the ledger knows what was sent.
pub(super) fn read_results(version: i64, bytes: &[u8]) -> Vec<Box<RawValue>> {
    let Some(text) = unpack(bytes) else { return Vec::new() };
    if version == RECORD_VERSION {
        return invoice::json::read(&text).unwrap_or_default();
    }
    let answered: Option<AnsweredV2> = invoice::json::read(&text).ok();
    answered.map(|answered| answered.results).unwrap_or_default()
}
