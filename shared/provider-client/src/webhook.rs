//! Webhooks: how it is proved that a provider sent one, and which invoices it names.
//!
//! Nothing else of a webhook is believed: whatever it says of an invoice, the invoice
//! is read at its provider. Which proofs a provider has, and where its payloads name
//! invoices, stands in the provider's folder.

mod proof;
mod secret;

use std::collections::BTreeSet;
use std::fmt;

use proof::{Proof, Sent};
pub use proof::{Refusal, Scheme};
use secret::WebhookSecret;

use crate::registry::kind_named;
use crate::secret::{ConnectionSecret, SecretFault};

/// What a provider tells by itself.
#[derive(Debug)]
pub struct Webhooks {
    /// The schemes by which its webhooks can be proved; the first is meant where the
    /// secret names none.
    pub schemes: &'static [Scheme],
    /// The header that its signature, or its fixed value, stands in.
    pub header: Option<&'static str>,
    /// The form that a fixed value is sent in.
    pub fixed: FixedForm,
    /// The invoices that a payload names.
    pub named: fn(&[u8]) -> Named,
}

/// The form in which a header carries a fixed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixedForm {
    /// As it is.
    Plain,
    /// In Base64, perhaps as HTTP's Basic credentials.
    Base64,
}

/// The invoices that a webhook names, by the provider's own ids. Where it names none,
/// something of the connection has changed and nobody knows what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The invoices that were made or changed.
    pub changed: BTreeSet<String>,
    /// The invoices that are said to be gone.
    pub gone: BTreeSet<String>,
}

impl Named {
    /// One invoice that was made or changed.
    pub fn changed(id: impl Into<String>) -> Self {
        Self { changed: BTreeSet::from([id.into()]), ..Self::default() }
    }

    /// One invoice that is said to be gone.
    pub fn gone(id: impl Into<String>) -> Self {
        Self { gone: BTreeSet::from([id.into()]), ..Self::default() }
    }
}

/// A webhook as it came.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// A header's value, by its name in small letters; none where there is none, or
    /// it is no text.
    pub header: &'a (dyn Fn(&str) -> Option<String> + Send + Sync),
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// The token that its path ends with.
    pub token: Option<&'a str>,
    /// When it came.
    pub at: jiff::Timestamp,
}

/// A connection's webhooks: by its secret, and what its provider tells.
pub struct Webhook {
    webhooks: &'static Webhooks,
    secret: WebhookSecret,
}

/// Nothing of the secret is printed.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("scheme", &self.secret.scheme).finish_non_exhaustive()
    }
}

impl Webhook {
    /// The webhooks of the connection that `secret` opens; none where the secret has no
    /// `webhook`.
    ///
    /// # Errors
    /// When its `webhook` cannot be used: every fault at once.
    pub fn open(secret: &ConnectionSecret) -> Result<Option<Self>, SecretFault> {
        let webhooks = secret.provider().and_then(kind_named).and_then(|kind| kind.webhooks);
        let secret = WebhookSecret::parse(secret, webhooks)?;
        Ok(secret.zip(webhooks).map(|(secret, webhooks)| Self { webhooks, secret }))
    }

    /// The scheme by which its webhooks are proved.
    pub fn scheme(&self) -> Scheme {
        self.secret.scheme
    }

    /// Whether the provider sent `delivery`.
    ///
    /// # Errors
    /// Why that is not proved; for the log, and for nobody else.
    pub fn verify(&self, delivery: Delivery<'_>) -> Result<(), Refusal> {
        let sent = Sent::read(&self.secret, delivery)?;
        let proofs = self.secret.secrets.iter().map(|secret| {
            Proof { secret, scheme: self.secret.scheme, fixed: self.webhooks.fixed }.holds(&sent)
        });
        // Every secret is tried, whichever is right.
        let is_proved = proofs.fold(false, |any, holds| any | holds);
        if is_proved { Ok(()) } else { Err(Refusal::Wrong) }
    }

    /// The invoices that a payload names.
    pub fn named(&self, body: &[u8]) -> Named {
        (self.webhooks.named)(body)
    }
}

#[cfg(test)]
mod tests;
