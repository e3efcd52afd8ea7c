//! What may be done to an invoice, decided before anything is sent.

use invoice::{Action, Code, ConnectionName, Fault, Field, Invoice, Patch, Problem, Write};

use super::After;
use crate::{Capabilities, ErrorKind, ProviderError};

/// Why `write` cannot be done to `invoice`, by what its mapping says may be
/// done now and by the fields its provider can change.
pub(crate) fn refusal(
    capabilities: &Capabilities,
    write: &Write,
    invoice: &Invoice,
) -> Option<Problem> {
    let action = write.action();
    if !invoice.available_actions.contains_key(&action) {
        let status = invoice.provider_status.as_deref().unwrap_or(invoice.status.word());
        let detail = format!(
            "invoice `{}` is `{status}` at {}: {} is not possible now",
            invoice.id,
            capabilities.title,
            action.word()
        );
        return Some(Problem {
            available_actions: Some(invoice.available_actions.clone()),
            ..Problem::new(Code::StateConflict, detail)
        });
    }
    match write {
        Write::Update(patch) => unsupported_fields(capabilities, patch, capabilities.updatable),
        _ => None,
    }
}

/// The fields of `patch` that are not among `writable`, each as a fault.
pub(crate) fn unsupported_fields(
    capabilities: &Capabilities,
    patch: &Patch,
    writable: &[Field],
) -> Option<Problem> {
    let can: Vec<&str> = writable.iter().map(|field| field.word()).collect();
    let faults: Vec<Fault> = patch
        .fields()
        .into_iter()
        .filter(|field| !writable.contains(field))
        .map(|field| Fault {
            pointer: field.word().to_owned(),
            code: Code::UnsupportedField,
            detail: format!(
                "{} cannot change `{}` on this invoice; it can change: {}",
                capabilities.title,
                field.word(),
                if can.is_empty() { "nothing".to_owned() } else { can.join(", ") }
            ),
        })
        .collect();
    if faults.is_empty() { None } else { Some(Problem::of_faults(Code::UnsupportedField, faults)) }
}

/// The refusal of an operation that the provider does not have.
pub fn unsupported_operation(
    capabilities: &Capabilities,
    connection: &ConnectionName,
    action: Action,
) -> Problem {
    let can: Vec<&str> = capabilities.writes.iter().map(|(action, _)| action.word()).collect();
    let can = match can.as_slice() {
        [] => "its invoices can only be read".to_owned(),
        calls => format!("it can {}", calls.join(", ")),
    };
    let (title, action) = (capabilities.title, action.word());
    let detail = format!(
        "connection `{connection}`: {title} has no call to {action} an invoice; {can}; \
         {action} it in {title} itself"
    );
    Problem::new(Code::UnsupportedOperation, detail)
}

/// What a provider without the call answers should it be asked all the same.
pub(crate) fn unsupported(
    capabilities: &Capabilities,
    connection: &ConnectionName,
    write: &Write,
) -> ProviderError {
    let action = write.action().word();
    let detail = format!("{} has no call to {action} an invoice", capabilities.title);
    let kind = ErrorKind::UnsupportedOperation;
    ProviderError::new(kind, capabilities.provider, connection, action, detail)
}

/// What reading an invoice again tells of a write.
pub(crate) fn after(
    write: &Write,
    now: Result<Invoice, ProviderError>,
) -> Result<After, ProviderError> {
    match now {
        Ok(now) if write.is_shown_by(&now) => Ok(After::Done(Some(Box::new(now)))),
        // In the state asked for, with another date: by whom cannot be told.
        Ok(now) if write.is_state_of(&now) => Ok(After::Unclear),
        Ok(now) => Ok(After::NotDone(Box::new(now))),
        Err(error) if error.kind == ErrorKind::NotFound => match write {
            Write::Delete => Ok(After::Done(None)),
            _ => Ok(After::Unclear),
        },
        Err(error) => Err(error),
    }
}
