//! One invoice, one id: whether an answer is the invoice that was asked for.

use invoice::Invoice;

use super::Provider;
use crate::{ErrorKind, ProviderError};

/// Whether `provider` takes both for the same id.
pub(crate) fn is_same(provider: &dyn Provider, one: &str, other: &str) -> bool {
    let ids = provider.capabilities().ids;
    ids.canonical(one) == ids.canonical(other)
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
