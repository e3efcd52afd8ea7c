//! Nue's self-service edition (nue-self-service R1): the invoices of named customers, all
//! at once. It has no pages, no order and no writes
//! (nue-self-service R10).

mod assumptions;
mod client;
mod error;
mod probes;
mod query;
mod read;

use invoice::{Direction, Include, Parameter as P};

use crate::Capabilities;
use crate::capability::Applied::{ByBridge, ByProvider};
use crate::capability::IdSpelling;
use crate::provider::ProviderKind;

pub(crate) const KIND: ProviderKind =
    ProviderKind::new(&CAPABILITIES, client::connect, probes::ALL);

const CAPABILITIES: Capabilities = Capabilities {
    provider: "nue-self-service",
    title: "Nue Self-Service",
    // As those of Nue's other edition.
    ids: IdSpelling::AnyCase,
    direction: Direction::Receivable,
    // `customerIds` is required (nue-self-service R1).
    customer_required: true,
    // `status` is the payment's, one word (nue-self-service R3): a listing's `status` goes
    // there only when it is one such word. Of several words all are ours.
    filters: &[
        (P::CustomerIds, ByProvider),
        (P::Status, ByBridge),
        (P::PaymentStatus, ByProvider),
        (P::InvoiceDate, ByBridge),
        (P::DueDate, ByBridge),
        (P::CreatedAt, ByBridge),
        (P::ModifiedAt, ByBridge),
        (P::ActivatedAt, ByBridge),
        (P::Amount, ByBridge),
        (P::Balance, ByBridge),
        (P::Number, ByBridge),
        (P::PoNumber, ByBridge),
        (P::ExternalId, ByBridge),
        (P::Currency, ByBridge),
        (P::Search, ByBridge),
    ],
    sorts: &[],
    // `includes=assets,orders` (nue-self-service R4).
    includes: &[Include::Assets, Include::Orders],
    completed_one_by_one: &[],
    writes: &[],
    comments_kept: &[],
    updatable: &[],
    // No limit is published (nue-self-service R11).
    concurrency: 8,
    assumptions: assumptions::TABLE,
};
