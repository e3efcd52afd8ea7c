//! The HTTP contract: how a query string, the body of a write, a merge patch and a
//! cursor are read, and what each fault in them is told as. Pure: no I/O, no clock,
//! no async; knows no provider and no Lambda.

mod cache_directives;
mod cursor;
mod idempotency_key;
mod query;
mod repeated_members;
mod write_request;

pub use cache_directives::CacheDirectives;
pub use cursor::{Binding, CursorError, open_cursor, seal_cursor};
pub use idempotency_key::{IdempotencyKey, InvalidKey};
pub use query::{
    ChangesQuery, DEFAULT_LIMIT, ListQuery, MAX_LIMIT, SummaryQuery, ViewQuery,
    expect_no_parameters,
};
pub use write_request::{
    BulkAction, BulkWrite, Intent, MAX_WRITES, Selection, read_patch, read_update,
};
