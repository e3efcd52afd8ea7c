//! One invoice, by its reference.

use invoice::{Code, Invoice, Problem, Reference, Scope};
use provider_client::provider::View;
use provider_client::{Deadline, ErrorKind};

use crate::connection::{Connection, find};

/// Reads the invoice `reference`, with all of `view`.
///
/// # Errors
/// `connection_not_found`, `invoice_not_found` (also for an invoice of a
/// customer outside `scope`: its being there is not told), or what the
/// provider failed with.
pub async fn get(
    connections: &[Connection],
    reference: &Reference,
    view: &View,
    scope: &Scope,
    deadline: Deadline,
) -> Result<Invoice, Problem> {
    let not_found =
        || Problem::new(Code::InvoiceNotFound, format!("there is no invoice `{reference}`"));
    if !scope.reaches(reference.connection()) {
        return Err(not_found());
    }
    let provider =
        find(&connections.iter().collect::<Vec<_>>(), reference.connection())?.provider.clone()?;
    let mut invoice =
        provider.get(reference.id(), view, deadline).await.map_err(|error| match error.kind {
            ErrorKind::NotFound => not_found(),
            _ => Problem::from(&error),
        })?;
    if !scope.allows(invoice.customer.id.as_ref()) {
        return Err(not_found());
    }
    scope.redact(&mut invoice);
    Ok(invoice)
}
