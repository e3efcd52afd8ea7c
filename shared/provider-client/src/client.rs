//! What stands between every provider and its server: one HTTP client, and around it
//! retries, the limit of calls, the rate, the circuit, the record of calls.

pub mod account;
mod circuit;
pub mod https;
pub(crate) mod limits;
pub mod provider_calls;
pub mod retry;
pub mod transport;
