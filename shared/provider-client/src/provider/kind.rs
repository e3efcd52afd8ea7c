//! A kind of provider: what it can do, and how an account of it is opened.

use super::Provider;
use crate::secret::{ConnectionSecret, SecretFault};
use crate::{Capabilities, Transport};

/// Opens the account of a secret.
type Connect = fn(&ConnectionSecret, Transport) -> Result<Box<dyn Provider>, SecretFault>;

/// A kind of provider.
#[derive(Clone, Copy)]
pub struct ProviderKind {
    /// What it can do; holds its name.
    pub capabilities: &'static Capabilities,
    connect: Connect,
}

impl ProviderKind {
    pub(crate) const fn new(capabilities: &'static Capabilities, connect: Connect) -> Self {
        Self { capabilities, connect }
    }

    /// The account that `secret` opens. Sends nothing.
    pub(crate) fn connect(
        &self,
        secret: &ConnectionSecret,
        transport: &Transport,
    ) -> Result<Box<dyn Provider>, SecretFault> {
        (self.connect)(secret, transport.clone())
    }
}
