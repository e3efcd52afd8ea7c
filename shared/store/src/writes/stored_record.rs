//! The record of a request's key, as it is kept.

use super::attributes::{ATTEMPT, OWNER, STATE, State, VERSION};
use crate::table::{EXPIRES_AT, Item, Milliseconds, Seconds, Stored, Unreadable, stored};

/// The version of the records written here. What version 2 kept of a request with open
/// ends was the body of its answer; what is kept now is what is known of each invoice.
pub(super) const RECORD_VERSION: i64 = 3;
/// The versions of records that are read.
const VERSIONS_READ: [i64; 2] = [2, RECORD_VERSION];

stored! {
    /// The record of a request with a key. Once the request is done, what it came to
    /// stands beside, compressed (`parted`).
    pub(super) struct StoredRecord {
        /// The version of the record.
        version: i64 = VERSION(VERSION),
        /// The hash of the request that the key was used for.
        request: String = REQUEST("request"),
        /// Whose key it is, in all tries.
        owner: String = OWNER(OWNER),
        /// How far the request has come.
        state: State = STATE(STATE),
        /// The try that is at it, or was.
        attempt: String = ATTEMPT(ATTEMPT),
        /// When the request cannot be running any more.
        running_until: Milliseconds = RUNNING_UNTIL("runningUntil"),
        /// When the key may be used for another request.
        expires_at: Seconds = EXPIRES_AT(EXPIRES_AT),
        /// Whether what is done has open ends.
        open: Option<bool> = OPEN("open"),
        /// The invoices that the request's filter matched, packed.
        selection: Option<Vec<u8>> = SELECTION("selection"),
        /// The HTTP status of the answer.
        status: Option<u16> = STATUS("status"),
        /// The answer's headers, as JSON.
        headers: Option<String> = HEADERS("headers"),
    }
}

impl StoredRecord {
    /// What `item` says; none where it is of a version that is not known here.
    pub fn of_known_version(item: &Item) -> Option<Result<Self, Unreadable>> {
        let version = Self::VERSION.read(item).ok()?;
        VERSIONS_READ.contains(&version).then(|| Self::from_item(item))
    }
}
