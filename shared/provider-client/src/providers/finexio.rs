//! Finexio: accounts payable. The company is the payer (`originating_..`), the
//! supplier is paid (`receiving_..`) (finexio R16). Lists by page only (finexio R6):
//! filters and orders are ours. It has no life-cycle calls (finexio R17).

mod assumptions;
mod client;
mod error;
mod probes;
mod query;
mod read;
mod webhook;
mod wire;

use invoice::{Direction, Parameter as P};

use crate::Capabilities;
use crate::capability::Applied::ByBridge;
use crate::capability::IdSpelling;
use crate::provider::ProviderKind;

pub(crate) const KIND: ProviderKind =
    ProviderKind::new(&CAPABILITIES, client::connect, probes::ALL).telling(&webhook::WEBHOOKS);

const CAPABILITIES: Capabilities = Capabilities {
    provider: "finexio",
    title: "Finexio",
    ids: IdSpelling::Exact,
    direction: Direction::Payable,
    customer_required: false,
    // "No filter, no sort" (finexio R6); an object has no activation, no purchase
    // order and no balance (finexio R11).
    filters: &[
        (P::CustomerIds, ByBridge),
        (P::Status, ByBridge),
        (P::PaymentStatus, ByBridge),
        (P::InvoiceDate, ByBridge),
        (P::DueDate, ByBridge),
        (P::CreatedAt, ByBridge),
        (P::ModifiedAt, ByBridge),
        (P::Amount, ByBridge),
        (P::Number, ByBridge),
        (P::Currency, ByBridge),
        (P::Search, ByBridge),
    ],
    sorts: &[],
    includes: &[],
    completed_one_by_one: &[],
    writes: &[],
    comments_kept: &[],
    updatable: &[],
    // No limit is published; modest, as pages are read side by side (finexio R15).
    concurrency: 8,
    assumptions: assumptions::TABLE,
};
