//! The Self-Service edition (nue-self-service R1).

use std::collections::BTreeSet;

use crate::exchange::{Call, Distortion, array};
use crate::store::Store;

use super::api::distorted;
use super::object::Invoice;
use super::population::PAYMENT_STATUSES;
use super::related::{self, Related};

const INCLUDES: [Related; 2] = [Related::Assets, Related::Orders];

/// Answers the invoices of some customers: a bare array (nue-self-service R6), all of them.
/// Parameters the seed does not name are ignored (nue-self-service R12).
pub(super) fn list(
    invoices: &Store<Invoice>,
    call: &Call,
    distortion: Distortion,
) -> Result<String, String> {
    let included = related::read(call.parameter("includes"), &INCLUDES)?;
    let text = call.parameter("customerIds").ok_or("customerIds is required")?;
    let customers: BTreeSet<String> = serde_json::from_str(text)
        .map_err(|_| "customerIds must be a JSON-encoded array of ids".to_owned())?;
    let status = call.parameter("status").map(payment_status).transpose()?;
    let mut places: Vec<usize> = customers
        .iter()
        .flat_map(|customer| invoices.of_customer(customer).iter().copied())
        .collect();
    places.sort_unstable();
    let rows = invoices
        .at(&places)
        .filter(|invoice| status.is_none_or(|status| invoice.payment_status == status));
    Ok(array(rows.enumerate().map(|(at, invoice)| {
        let distortion = if at == 0 { distortion } else { Distortion::None };
        let (invoice, shape) = distorted(invoice, distortion);
        related::add(invoice.json(shape), &invoice, &included)
    })))
}

/// One of the 13 words, in any case: the seed writes them in lower case.
fn payment_status(word: &str) -> Result<&'static str, String> {
    PAYMENT_STATUSES
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(word))
        .ok_or_else(|| format!("status {word:?} is not a payment status"))
}
