//! Stripe Invoicing and Billing. Its money is counted in units of its own
//! (`money.rs`); a listing is newest first and takes one status and one customer
//! a call, so that several make several parts (`query.rs`); what may be done
//! follows from one word (`rules.rs`). Every rule is numbered in
//! docs/providers/stripe.md.

mod assumptions;
mod client;
mod error;
mod line;
mod money;
mod probes;
mod query;
mod read;
mod rules;
mod units;
mod webhook;
mod wire;
mod write;

use invoice::{Action, Direction, Field, Include, Parameter as P, SortKey};

use crate::Capabilities;
use crate::capability::Applied::{ByBridge, ByProvider};
use crate::capability::IdSpelling;
use crate::capability::Sending::Single;
use crate::capability::Sorting::Descending;
use crate::provider::ProviderKind;

pub(crate) const KIND: ProviderKind =
    ProviderKind::new(&CAPABILITIES, client::connect, probes::ALL).telling(&webhook::WEBHOOKS);

const CAPABILITIES: Capabilities = Capabilities {
    provider: "stripe",
    title: "Stripe",
    ids: IdSpelling::Exact,
    direction: Direction::Receivable,
    customer_required: false,
    filters: &[
        // `customer`, one a call (stripe R4).
        (P::CustomerIds, ByProvider),
        // `status`, one a call (stripe R4).
        (P::Status, ByProvider),
        // Follows from the status in part only.
        (P::PaymentStatus, ByBridge),
        // No parameter (stripe R52).
        (P::InvoiceDate, ByBridge),
        // `due_date[..]` (stripe R5).
        (P::DueDate, ByProvider),
        // `created[..]` (stripe R5).
        (P::CreatedAt, ByProvider),
        // No parameter for it, nor for the ones below (stripe R52).
        (P::ActivatedAt, ByBridge),
        (P::Amount, ByBridge),
        (P::Balance, ByBridge),
        (P::Number, ByBridge),
        (P::Currency, ByBridge),
        (P::Search, ByBridge),
    ],
    // Newest first, and no other order (stripe R6).
    sorts: &[Descending(SortKey::CreatedAt)],
    includes: &[Include::Lines, Include::Payments],
    completed_one_by_one: &[Include::Lines, Include::Payments],
    writes: &[
        // `POST {id}/finalize` (stripe R30).
        (Action::Activate, Single),
        // `POST {id}/void` (stripe R31).
        (Action::Cancel, Single),
        // `DELETE {id}`, drafts alone (stripe R31).
        (Action::Delete, Single),
        // `POST {id}` (stripe R31).
        (Action::Update, Single),
    ],
    // The customer reads the memo, so that the why of an activation or a cancellation
    // is not written there (stripe R30).
    comments_kept: &[Action::Update],
    updatable: &[Field::DueDate, Field::InvoiceDate, Field::Comment, Field::CustomFields],
    // Live 100 calls a second, a test account 25; eight at once is modest (stripe R51).
    concurrency: 8,
    assumptions: assumptions::TABLE,
};
