//! What `template.yaml` says: the one list of functions, routes, tables and queues.
//!
//! The local stack takes everything it runs from here, so that it cannot
//! drift from what is deployed.

mod cors;
mod document;
mod intrinsics;
mod messaging;
#[cfg(test)]
mod project;
mod routes;
mod stack;

pub use cors::Cors;
pub use document::Document;
pub use intrinsics::{ACCOUNT, REGION, function_arn};
#[cfg(test)]
pub use messaging::Redrive;
pub use messaging::{Mapping, Messaging, Queue, Rule, Schedule};
pub use routes::{Authorization, Route};
pub use stack::{Function, Stack, Table};

/// Something in the template that cannot be used, and where it stands.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("{at}: {what}")]
pub struct Fault {
    /// The place, as a dotted path: `Resources.ListFunction.Properties.Timeout`.
    at: String,
    /// What is wrong there, and what would be right.
    what: String,
}

impl Fault {
    fn new(at: impl Into<String>, what: impl Into<String>) -> Self {
        Self { at: at.into(), what: what.into() }
    }
}
