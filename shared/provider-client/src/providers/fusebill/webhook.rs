//! What Fusebill tells by itself: with a key of the webhook in a header (fusebill R63).
//! What its messages hold is not known (fusebill R64): none names an invoice, and all
//! that is taken from one is that something has changed.

use crate::webhook::{FixedForm, Named, Scheme, Webhooks};

/// Which header is not stated anywhere; `Authorization` is assumed (fusebill R63), and
/// the secret may name another.
pub(super) const WEBHOOKS: Webhooks = Webhooks {
    schemes: &[Scheme::Header, Scheme::Path],
    header: Some("authorization"),
    fixed: FixedForm::Base64,
    named: |_| Named::default(),
};
