//! Fusebill, now Stax Bill. Posted invoices and drafts are two resources with
//! ids of their own, so a listing is made up of both (`resource.rs`, `query.rs`);
//! filters go into its `query=` language (`language.rs`). A posted invoice has no
//! status: what it owes is read from its amounts (`payment_status.rs`). Posting a draft
//! gives it a new id: what may be done is in `rules.rs`, how it is asked for in
//! `call.rs`, and how a posted draft is known again in `draft_resolution.rs`. How many calls
//! are left is told with every answer (`limits.rs`).

mod assumptions;
mod call;
mod client;
mod draft_resolution;
mod error;
mod language;
mod limits;
mod line;
mod payment_status;
mod probes;
mod query;
mod read;
mod resource;
mod rules;
#[cfg(test)]
mod tests;
mod webhook;
mod wire;
mod write;

use invoice::{Action, Direction, Field, Include, Parameter as P, SortKey};

use crate::Capabilities;
use crate::capability::Applied::{ByBridge, ByProvider};
use crate::capability::IdSpelling;
use crate::capability::Sending::Single;
use crate::capability::Sorting::EitherWay;
use crate::provider::ProviderKind;

pub(crate) const KIND: ProviderKind =
    ProviderKind::new(&CAPABILITIES, client::connect, probes::ALL).telling(&webhook::WEBHOOKS);

const CAPABILITIES: Capabilities = Capabilities {
    provider: "fusebill",
    title: "Fusebill (Stax Bill)",
    ids: IdSpelling::Exact,
    direction: Direction::Receivable,
    customer_required: false,
    filters: &[
        // A path of its own (fusebill R10).
        (P::CustomerIds, ByProvider),
        // By the choice of posted invoices or drafts (fusebill R8, R28).
        (P::Status, ByProvider),
        // Only the summaries can be asked for it, and they lack the rest (fusebill R12).
        (P::PaymentStatus, ByBridge),
        // `effectiveTimestamp` (fusebill R18); of drafts by us.
        (P::InvoiceDate, ByProvider),
        // Not in the query language (fusebill R18).
        (P::DueDate, ByBridge),
        // `createdTimestamp` (fusebill R18), of drafts `createdDate` (fusebill R19).
        (P::CreatedAt, ByProvider),
        // Not in the query language (fusebill R18).
        (P::ModifiedAt, ByBridge),
        // `postedTimestamp` (fusebill R18).
        (P::ActivatedAt, ByProvider),
        // Not in the query language (fusebill R18).
        (P::Amount, ByBridge),
        (P::Balance, ByBridge),
        // `invoiceNumber`, one (fusebill R9, R18); of several by us.
        (P::Number, ByProvider),
        // `poNumber` narrows (fusebill R18); whether by case is not stated.
        (P::PoNumber, ByBridge),
        // Not in the query language (fusebill R18).
        (P::Currency, ByBridge),
        (P::Search, ByBridge),
        // Of one customer's posted invoices (fusebill R16); else by us.
        (P::ShowZeroDollarCharges, ByProvider),
        (P::ShowTrackedItems, ByProvider),
    ],
    // Of posted invoices, by any field that can be asked for (fusebill R24).
    sorts: &[EitherWay(SortKey::InvoiceDate), EitherWay(SortKey::Number)],
    includes: &[Include::Lines],
    completed_one_by_one: &[Include::Lines],
    writes: &[
        // `POST Invoices?draftInvoiceId=`, one Ready draft (fusebill R39).
        (Action::Activate, Single),
        // `POST draftInvoices/Cancel/{id}`, drafts alone (fusebill R42, R44).
        (Action::Cancel, Single),
        // `PATCH DraftInvoices` (fusebill R45, R46), `PATCH Invoices` (fusebill R47).
        (Action::Update, Single),
    ],
    // The calls that activate and cancel have no place for a comment (fusebill R39, R42).
    comments_kept: &[Action::Update],
    // `poNumber` of drafts alone, `notes`, `netTerms` (fusebill R45, R47). A due date
    // follows from the terms and cannot be written.
    updatable: &[Field::PoNumbers, Field::Comment, Field::Terms],
    // Modest, as lines are read one by one. What is left of the rate (fusebill R6) is told
    // with each answer: `limits.rs`.
    concurrency: 8,
    assumptions: assumptions::TABLE,
};
