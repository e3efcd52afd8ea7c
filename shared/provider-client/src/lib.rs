//! The providers, behind one seam. Knows HTTP; knows neither Lambda nor AWS.

pub mod account;
pub mod assumptions;
pub mod capability;
mod circuit;
pub mod connection;
pub mod error;
pub mod https;
mod identity;
mod limits;
pub mod listing;
pub mod lookup;
mod note;
mod numbered;
pub mod probe;
pub mod provider;
pub mod provider_calls;
mod providers;
pub mod registry;
pub mod retry;
pub mod secret;
pub mod transport;
mod wire;
pub mod writing;

pub use assumptions::{Assumption, Assumptions, Holds};
pub use capability::Capabilities;
pub use connection::Connection;
pub use error::{ErrorKind, ProviderError};
pub use provider::Provider;
pub use provider_calls::ProviderCalls;
pub use registry::{PROVIDERS, connect};
pub use secret::{ConnectionSecret, SecretFault};
pub use transport::{Deadline, Transport};
