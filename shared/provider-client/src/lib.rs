//! The providers, behind one seam. Knows HTTP; knows neither Lambda nor AWS.

pub mod assumptions;
pub mod capability;
mod client;
pub mod error;
mod note;
pub mod probe;
pub mod provider;
mod providers;
pub mod registry;
pub mod secret;
mod send_key;
pub mod webhook;
mod wire;

use client::limits;
pub use client::{account, https, provider_calls, retry, transport};

pub use assumptions::{Assumption, Assumptions, Holds};
pub use capability::Capabilities;
pub use error::{ErrorKind, ProviderError};
pub use provider::{Provider, rules};
use provider::{identity, numbered};
pub use provider_calls::ProviderCalls;
pub use registry::{PROVIDERS, connect, kind_named};
pub use secret::{ConnectionSecret, SecretFault};
pub use send_key::SendKey;
pub use transport::{Deadline, Transport};
