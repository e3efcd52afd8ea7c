//! What is kept in DynamoDB: the one table and, in it, listings, what became of writes,
//! and the work that events ask for. Knows the AWS SDK; knows no provider, and nothing
//! of Lambda.

pub mod event_work;
pub mod listing_cache;
pub mod packing;
pub mod table;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod writes;
