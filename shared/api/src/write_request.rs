//! Reading the bodies of writes: every fault at once, nothing half done.

mod bulk;
mod filter;
mod patch;
mod reader;
#[cfg(test)]
mod tests;

pub use bulk::{BulkAction, BulkWrite, Intent, MAX_WRITES, Selection};
pub use patch::{read_patch, read_update};
use reader::Reader;
