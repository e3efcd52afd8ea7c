//! The key of a request.

use std::sync::atomic::AtomicBool;

/// What a ledger has of the key its request carries.
#[derive(Debug)]
pub(super) struct Keyed {
    /// Of the key: in all tries while it is kept, the same.
    pub owner: String,
    /// The key itself, hashed.
    pub hash: String,
    /// Whether an earlier try may have sent anything: else there is nothing to
    /// recall.
    pub resumed: bool,
    /// Whether anything may have been sent for it.
    pub sent: AtomicBool,
}
