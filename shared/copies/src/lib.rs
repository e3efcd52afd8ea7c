//! Copies of invoices, for the connections that their owner names, in a table of DynamoDB.
//!
//! A copy answers every filter and every order at a cost that does not grow with the
//! account. The provider stays the truth: a copy says how old it is, and whatever moves
//! money reads and writes at the provider.

mod changes;
mod counted;
mod error;
mod filter;
mod index;
mod key;
mod open_writes;
mod packed;
mod pages;
mod purge;
mod row;
mod run;
mod scan;
mod state;
mod store;
mod synced;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use changes::{Change, ChangeKind, Changes, Since};
pub use counted::{Counted, Counts};
pub use error::CopyError;
pub use row::Cause;
pub use run::{Progress, Run, RunError};
pub use state::{CompleteRun, FailedRun, SyncState};
pub use store::{CopyStore, Observation, Observed, Outcome};
pub use synced::{CopyFacts, SyncedProvider};
