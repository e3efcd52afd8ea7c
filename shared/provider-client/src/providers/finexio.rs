//! Finexio: accounts payable. The company is the payer (`originating_..`), the
//! supplier is paid (`receiving_..`). Lists by page only [vendor]: filters and
//! orders are ours. It has no life-cycle calls.

mod assumptions;
mod client;
mod wire;

use invoice::{Direction, Parameter as P};

use crate::Capabilities;
use crate::capability::Applied::ByGateway;
use crate::registry::ProviderKind;

pub(crate) const KIND: ProviderKind = ProviderKind::new(&CAPABILITIES, client::connect);

const CAPABILITIES: Capabilities = Capabilities {
    provider: "finexio",
    title: "Finexio",
    direction: Direction::Payable,
    customer_required: false,
    // "No filter, no sort" [vendor]; an object has no activation, no purchase
    // order and no balance [seed 004].
    filters: &[
        (P::CustomerIds, ByGateway),
        (P::Status, ByGateway),
        (P::PaymentStatus, ByGateway),
        (P::InvoiceDate, ByGateway),
        (P::DueDate, ByGateway),
        (P::CreatedAt, ByGateway),
        (P::ModifiedAt, ByGateway),
        (P::Amount, ByGateway),
        (P::Number, ByGateway),
        (P::Currency, ByGateway),
        (P::Search, ByGateway),
    ],
    sorts: &[],
    includes: &[],
    writes: &[],
    updatable: &[],
    // No limit is published; modest, as pages are read side by side [assumed].
    concurrency: 8,
    assumptions: assumptions::TABLE,
};
