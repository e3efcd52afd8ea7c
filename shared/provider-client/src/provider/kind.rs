//! A kind of provider: what it can do, and how an account of it is opened.

use super::Provider;
use crate::probe::Probe;
use crate::secret::{ConnectionSecret, SecretFault};
use crate::webhook::Webhooks;
use crate::{Capabilities, Transport};

/// Opens the account of a secret.
type Connect = fn(&ConnectionSecret, Transport) -> Result<Box<dyn Provider>, SecretFault>;

/// A kind of provider.
#[derive(Clone, Copy)]
pub struct ProviderKind {
    /// What it can do; holds its name.
    pub capabilities: &'static Capabilities,
    connect: Connect,
    /// The readings that show whether each of its assumptions holds at an account.
    pub probes: &'static [Probe],
    /// What it tells by itself, where it does.
    pub(crate) webhooks: Option<&'static Webhooks>,
}

impl ProviderKind {
    pub(crate) const fn new(
        capabilities: &'static Capabilities,
        connect: Connect,
        probes: &'static [Probe],
    ) -> Self {
        Self { capabilities, connect, probes, webhooks: None }
    }

    /// The kind with what it tells by itself.
    pub(crate) const fn telling(self, webhooks: &'static Webhooks) -> Self {
        Self { webhooks: Some(webhooks), ..self }
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
