//! The providers there are. Adding one is its folder, its `mod` line in
//! `providers.rs` and its line here.

use crate::providers;
use crate::secret::{ConnectionSecret, SecretFault};
use crate::webhook::Webhooks;
use crate::{Capabilities, Provider, Transport};

/// Opens the account of a secret.
type Connect = fn(&ConnectionSecret, Transport) -> Result<Box<dyn Provider>, SecretFault>;

/// A kind of provider.
#[derive(Clone, Copy)]
pub struct ProviderKind {
    /// What it can do; holds its name.
    pub capabilities: &'static Capabilities,
    connect: Connect,
    /// What it tells by itself, where it does.
    pub(crate) webhooks: Option<&'static Webhooks>,
}

impl ProviderKind {
    pub(crate) const fn new(capabilities: &'static Capabilities, connect: Connect) -> Self {
        Self { capabilities, connect, webhooks: None }
    }

    /// The kind with what it tells by itself.
    pub(crate) const fn telling(self, webhooks: &'static Webhooks) -> Self {
        Self { webhooks: Some(webhooks), ..self }
    }
}

/// All of them, in the order of the documentation.
pub const PROVIDERS: &[ProviderKind] = &[
    providers::nue::KIND,
    providers::nue_self_service::KIND,
    providers::simplepin::KIND,
    providers::fusebill::KIND,
    providers::finexio::KIND,
    providers::stripe::KIND,
];

/// The account that `secret` opens. Sends nothing.
///
/// # Errors
/// When the secret names no provider we know, or lacks one of its fields.
pub fn connect(
    secret: &ConnectionSecret,
    transport: &Transport,
) -> Result<Box<dyn Provider>, SecretFault> {
    let mut reader = secret.reader();
    let name = reader.text("provider");
    let Some(kind) = PROVIDERS.iter().find(|kind| kind.capabilities.provider == name) else {
        let known: Vec<&str> = PROVIDERS.iter().map(|kind| kind.capabilities.provider).collect();
        return Err(reader.fail(format!("`provider` must be one of {}", known.join(", "))));
    };
    (kind.connect)(secret, transport.clone())
}
