//! Nue's self-service edition [seed 000]: the invoices of named customers, all
//! at once. It has no pages, no order and no writes.

mod assumptions;
mod client;

use invoice::{Direction, Include, Parameter as P};

use crate::Capabilities;
use crate::capability::Applied::{ByGateway, ByProvider};
use crate::registry::ProviderKind;

pub(crate) const KIND: ProviderKind = ProviderKind::new(&CAPABILITIES, client::connect);

const CAPABILITIES: Capabilities = Capabilities {
    provider: "nue-self-service",
    title: "Nue Self-Service",
    direction: Direction::Receivable,
    // `customerIds` is required [seed 000].
    customer_required: true,
    // `status` is the payment's, one word [seed 000]: a listing's `status` goes
    // there only when it is one such word. Of several words all are ours.
    filters: &[
        (P::CustomerIds, ByProvider),
        (P::Status, ByGateway),
        (P::PaymentStatus, ByProvider),
        (P::InvoiceDate, ByGateway),
        (P::DueDate, ByGateway),
        (P::CreatedAt, ByGateway),
        (P::ModifiedAt, ByGateway),
        (P::ActivatedAt, ByGateway),
        (P::Amount, ByGateway),
        (P::Balance, ByGateway),
        (P::Number, ByGateway),
        (P::PoNumber, ByGateway),
        (P::ExternalId, ByGateway),
        (P::Currency, ByGateway),
        (P::Search, ByGateway),
    ],
    sorts: &[],
    // `includes=assets,orders` [seed 000].
    includes: &[Include::Assets, Include::Orders],
    writes: &[],
    updatable: &[],
    // No limit is published [assumed].
    concurrency: 8,
    assumptions: assumptions::TABLE,
};
