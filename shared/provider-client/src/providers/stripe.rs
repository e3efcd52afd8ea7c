//! Stripe Invoicing and Billing. Its money is counted in units of its own
//! (`money.rs`); a listing is newest first and takes one status and one customer
//! a call, so that several make several parts (`query.rs`); what may be done
//! follows from one word (`rules.rs`). Every rule is numbered in
//! docs/providers/stripe.md.

mod assumptions;
mod client;
mod line;
mod money;
mod query;
mod refusal;
mod rules;
mod wire;
mod write;

use invoice::{Action, Direction, Field, Include, Parameter as P, SortKey};

use crate::Capabilities;
use crate::capability::Applied::{ByBridge, ByProvider};
use crate::capability::Sending::Single;
use crate::capability::Sorting::Descending;
use crate::registry::ProviderKind;

pub(crate) const KIND: ProviderKind = ProviderKind::new(&CAPABILITIES, client::connect);

const CAPABILITIES: Capabilities = Capabilities {
    provider: "stripe",
    title: "Stripe",
    direction: Direction::Receivable,
    customer_required: false,
    filters: &[
        // `customer`, one a call [OpenAPI].
        (P::CustomerIds, ByProvider),
        // `status`, one a call [OpenAPI].
        (P::Status, ByProvider),
        // Follows from the status in part only.
        (P::PaymentStatus, ByBridge),
        // No parameter [OpenAPI].
        (P::InvoiceDate, ByBridge),
        // `due_date[..]` [OpenAPI].
        (P::DueDate, ByProvider),
        // `created[..]` [OpenAPI].
        (P::CreatedAt, ByProvider),
        // No parameter [OpenAPI].
        (P::ActivatedAt, ByBridge),
        (P::Amount, ByBridge),
        (P::Balance, ByBridge),
        (P::Number, ByBridge),
        (P::Currency, ByBridge),
        (P::Search, ByBridge),
    ],
    // Newest first, and no other order [OpenAPI].
    sorts: &[Descending(SortKey::CreatedAt)],
    includes: &[Include::Lines, Include::Payments],
    writes: &[
        // `POST {id}/finalize` [OpenAPI].
        (Action::Activate, Single),
        // `POST {id}/void` [OpenAPI].
        (Action::Cancel, Single),
        // `DELETE {id}`, drafts alone [OpenAPI].
        (Action::Delete, Single),
        // `POST {id}` [OpenAPI].
        (Action::Update, Single),
    ],
    updatable: &[Field::DueDate, Field::InvoiceDate, Field::Comment, Field::CustomFields],
    // Live 100 calls a second, a test account 25 [vendor]; eight is [assumed].
    concurrency: 8,
    assumptions: assumptions::TABLE,
};
