//! The five billing providers' invoice APIs, simulated over HTTP.
//!
//! The sandbox is the truth that tests compare with. It keeps each provider's
//! contract, errors and limits, holds a deterministic population, and
//! misbehaves on command. It shares no code with the product: it is an
//! independent witness. What its writes did is told by [`Sandbox::writes`].
//!
//! Each rule that the sandbox keeps stands on the provider's page in `docs/providers`, with how
//! well it is known, and comments cite it by its number. What nobody states and the
//! sandbox chooses for itself is on the page as its choice.

mod cell;
mod connection;
mod control;
mod credentials;
mod draw;
mod exchange;
mod fault;
mod finexio;
mod fusebill;
mod http_surface;
mod nue;
mod options;
mod predicate;
mod provider;
mod record;
mod sandbox;
mod simplepin;
mod store;
mod stripe;
mod webhook;
mod writes;

#[cfg(test)]
mod population_tests;
#[cfg(test)]
mod testing;

pub use credentials::Credentials;
pub use exchange::Operation;
pub use fault::{Fault, FaultKind, InvalidFault};
pub use options::{Bulk, Options, ProviderKind, RateLimit, Rules};
pub use provider::{Record, Resource};
pub use sandbox::{Refused, Sandbox};
pub use webhook::{Delivery, Manner as WebhookManner};
pub use writes::{Count, Writes};
