//! SimplePin: invoices of one customer at a time [seed 002]. Its host is not
//! published: `baseUrl` is part of the secret.

mod client;
mod list;
mod wire;

use invoice::{Direction, Include, Parameter as P, SortKey};

use crate::Capabilities;
use crate::capability::Applied::{ByGateway, ByProvider};
use crate::registry::ProviderKind;

pub(crate) const KIND: ProviderKind = ProviderKind::new(&CAPABILITIES, client::connect);

const CAPABILITIES: Capabilities = Capabilities {
    provider: "simplepin",
    title: "SimplePin",
    direction: Direction::Receivable,
    // `customer_id` is required [seed 002].
    customer_required: true,
    // Customer, dates and search are the list model's; NONE is the only
    // `filter_type` known [seed 002]. That the dates are the invoice's, both
    // included, is [assumed]. An object tells neither its last change, nor its
    // activation, nor a purchase order [seed 002].
    filters: &[
        (P::CustomerIds, ByProvider),
        (P::Status, ByGateway),
        (P::PaymentStatus, ByGateway),
        (P::InvoiceDate, ByProvider),
        (P::DueDate, ByGateway),
        (P::CreatedAt, ByGateway),
        (P::Amount, ByGateway),
        (P::Balance, ByGateway),
        (P::Number, ByGateway),
        (P::ExternalId, ByGateway),
        (P::Currency, ByGateway),
        (P::Search, ByProvider),
    ],
    // INVOICE_NUMBER, with `ascending` [seed 002].
    sorts: &[SortKey::Number],
    // `line_item_models`, of `get` alone [vendor].
    includes: &[Include::Lines],
    // Activating, canceling and updating exist [vendor]; we do not send them yet.
    writes: &[],
    // No limit is published; modest, as customers are read side by side [assumed].
    concurrency: 8,
};
