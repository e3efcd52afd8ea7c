//! Nue. Listings and several invoices at once go by GraphQL (nue R4), which
//! filters, sorts and pages; one invoice, and all with related things, by the newer
//! REST edition (nue R12); writes by the billing calls (nue R25).

#[cfg(test)]
pub(in crate::providers) mod asking;
mod assumptions;
mod client;
mod graphql;
pub(in crate::providers) mod pages;
mod probes;
mod query;
mod read;
mod rest;
mod rules;
// The self-service edition has the same host, key and errors (nue-self-service R2), and
// is taken to have the same object (nue-self-service R7).
pub(in crate::providers) mod error;
mod webhook;
pub(in crate::providers) mod wire;
pub(in crate::providers) mod words;
mod write;

use http::HeaderName;
use invoice::{Action, Direction, Field, Include, Parameter as P, SortKey};

use crate::Capabilities;
use crate::capability::Applied::{ByBridge, ByProvider};
use crate::capability::IdSpelling;
use crate::capability::Sending::{Bulk, Single};
use crate::capability::Sorting::EitherWay;
use crate::provider::ProviderKind;

pub(crate) const KIND: ProviderKind =
    ProviderKind::new(&CAPABILITIES, client::connect, probes::ALL).telling(&webhook::WEBHOOKS);

/// Production (nue R1).
pub(in crate::providers) const HOST: &str = "https://api.nue.io";

/// The header that holds the key (nue R2).
pub(in crate::providers) fn key_header() -> HeaderName {
    HeaderName::from_static("nue-api-key")
}

const CAPABILITIES: Capabilities = Capabilities {
    provider: "nue",
    title: "Nue",
    // Ids are UUIDs, which are compared without regard to case, and written in lower
    // case (RFC 9562, 4).
    ids: IdSpelling::AnyCase,
    direction: Direction::Receivable,
    customer_required: false,
    // GraphQL is taken to compare any field (nue R6); with which operators is in
    // graphql.rs. The word `unknown`, and more than one value where related
    // things are listed (REST), are left to us.
    filters: &[
        (P::CustomerIds, ByProvider),
        (P::Status, ByProvider),
        (P::PaymentStatus, ByProvider),
        (P::InvoiceDate, ByProvider),
        (P::DueDate, ByProvider),
        (P::CreatedAt, ByProvider),
        (P::ModifiedAt, ByProvider),
        (P::ActivatedAt, ByProvider),
        (P::Amount, ByProvider),
        (P::Balance, ByProvider),
        (P::Number, ByProvider),
        // In which form purchase orders are kept is not stated (nue R19).
        (P::PoNumber, ByBridge),
        (P::ExternalId, ByProvider),
        (P::Currency, ByProvider),
        (P::Search, ByBridge),
    ],
    // `order_by` (nue R8). Not the number: ours is in natural order, theirs in
    // their database's collation, and where the two part is not known.
    sorts: &[
        EitherWay(SortKey::InvoiceDate),
        EitherWay(SortKey::DueDate),
        EitherWay(SortKey::CreatedAt),
        EitherWay(SortKey::ModifiedAt),
        EitherWay(SortKey::Amount),
        EitherWay(SortKey::Balance),
    ],
    // `includes=assets,orders,paymentApplications` (nue R15).
    includes: &[Include::Assets, Include::Orders, Include::Payments],
    completed_one_by_one: &[],
    // Bulk calls (nue R25); how many ids one call takes is not stated, and 100 (nue R27).
    writes: &[
        (Action::Activate, Bulk(100)),
        (Action::Cancel, Bulk(100)),
        (Action::Delete, Bulk(100)),
        (Action::Update, Single),
    ],
    comments_kept: &[Action::Activate, Action::Cancel, Action::Delete, Action::Update],
    // `dueDate`, `billToContactId` and custom fields (nue R33); the invoice
    // date, purchase orders and a comment (nue R35). An invoice has no terms.
    updatable: &[
        Field::DueDate,
        Field::InvoiceDate,
        Field::BillToContactId,
        Field::PoNumbers,
        Field::Comment,
        Field::CustomFields,
    ],
    // No limit is published; modest, as pages are read side by side (nue R38).
    concurrency: 8,
    assumptions: assumptions::TABLE,
};
