//! One invoice, one id: whether an answer is the invoice that was asked for.

use std::borrow::Cow;

use invoice::Invoice;

use super::Provider;
use crate::{ErrorKind, ProviderError};

/// `id` in lower case: the canonical spelling where case makes no difference.
pub(crate) fn in_lower_case(id: &str) -> Cow<'_, str> {
    if id.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(id.to_ascii_lowercase())
    } else {
        Cow::Borrowed(id)
    }
}

/// Whether `provider` takes both for the same id.
pub(crate) fn is_same(provider: &dyn Provider, one: &str, other: &str) -> bool {
    provider.canonical_id(one) == provider.canonical_id(other)
}

/// `invoice`, which answers for `id`, where it is that one.
///
/// # Errors
/// `OtherInvoice`.
pub(crate) fn asked_for(
    provider: &dyn Provider,
    id: &str,
    operation: &'static str,
    invoice: Invoice,
) -> Result<Invoice, ProviderError> {
    if is_same(provider, invoice.id.id(), id) {
        return Ok(invoice);
    }
    let name = provider.capabilities().provider;
    let detail = "it answered with another invoice than was asked for";
    let kind = ErrorKind::OtherInvoice;
    Err(ProviderError::new(kind, name, &invoice.connection, operation, detail))
}
