//! The providers there are. Adding one is its folder, its `mod` line in
//! `providers.rs` and its line here.

use crate::provider::ProviderKind;
use crate::secret::{ConnectionSecret, SecretFault};
use crate::{Provider, Transport, providers};

/// All of them, in the order of the documentation.
pub const PROVIDERS: &[ProviderKind] = &[
    providers::nue::KIND,
    providers::nue_self_service::KIND,
    providers::simplepin::KIND,
    providers::fusebill::KIND,
    providers::finexio::KIND,
    providers::stripe::KIND,
];

/// The kind of provider of this name; none where we know none.
pub fn kind_named(name: &str) -> Option<&'static ProviderKind> {
    PROVIDERS.iter().find(|kind| kind.capabilities.provider == name)
}

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
    let Some(kind) = kind_named(&name) else {
        let known: Vec<&str> = PROVIDERS.iter().map(|kind| kind.capabilities.provider).collect();
        return Err(reader.fail(format!("`provider` must be one of {}", known.join(", "))));
    };
    kind.connect(secret, transport)
}
