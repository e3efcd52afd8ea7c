//! Fusebill, now Stax Bill. Posted invoices and drafts are two resources with
//! ids of their own, so a listing is made up of both (`resource.rs`, `plan.rs`);
//! filters go into its `query=` language (`query.rs`). A posted invoice has no
//! status: what it owes is read from its amounts (`standing.rs`). Posting a draft
//! gives it a new id: what may be done is in `rules.rs`, how it is asked for in
//! `call.rs`, and how a posted draft is known again in `posting.rs`. How many calls
//! are left is told with every answer (`limits.rs`).

mod assumptions;
mod call;
mod client;
mod draft_resolution;
mod limits;
mod line;
mod payment_status;
mod plan;
mod query;
mod resource;
mod rules;
#[cfg(test)]
mod tests;
mod wire;
mod writing;

use invoice::{Action, Direction, Field, Include, Parameter as P, SortKey};

use crate::Capabilities;
use crate::capability::Applied::{ByBridge, ByProvider};
use crate::capability::Sending::Single;
use crate::capability::Sorting::EitherWay;
use crate::registry::ProviderKind;

pub(crate) const KIND: ProviderKind = ProviderKind::new(&CAPABILITIES, client::connect);

const CAPABILITIES: Capabilities = Capabilities {
    provider: "fusebill",
    title: "Fusebill (Stax Bill)",
    direction: Direction::Receivable,
    customer_required: false,
    filters: &[
        // A path of its own [seed 003].
        (P::CustomerIds, ByProvider),
        // By the choice of posted invoices or drafts [vendor].
        (P::Status, ByProvider),
        // Only the summaries can be asked for it, and they lack the rest [vendor].
        (P::PaymentStatus, ByBridge),
        // `effectiveTimestamp` [seed 003]; of drafts by us.
        (P::InvoiceDate, ByProvider),
        // Not in the query language [seed 003].
        (P::DueDate, ByBridge),
        // `createdTimestamp` [seed 003], of drafts `createdDate` [vendor].
        (P::CreatedAt, ByProvider),
        // Not in the query language [seed 003].
        (P::ModifiedAt, ByBridge),
        // `postedTimestamp` [seed 003].
        (P::ActivatedAt, ByProvider),
        // Not in the query language [seed 003].
        (P::Amount, ByBridge),
        (P::Balance, ByBridge),
        // `invoiceNumber`, one [seed 003]; of several by us.
        (P::Number, ByProvider),
        // `poNumber` narrows [seed 003]; whether by case is not stated.
        (P::PoNumber, ByBridge),
        // Not in the query language [seed 003].
        (P::Currency, ByBridge),
        (P::Search, ByBridge),
        // Of one customer's posted invoices [seed 003]; else by us.
        (P::ShowZeroDollarCharges, ByProvider),
        (P::ShowTrackedItems, ByProvider),
    ],
    // Of posted invoices, by any field that can be asked for [seed 003].
    sorts: &[EitherWay(SortKey::InvoiceDate), EitherWay(SortKey::Number)],
    includes: &[Include::Lines],
    writes: &[
        // `POST Invoices?draftInvoiceId=`, one Ready draft [vendor].
        (Action::Activate, Single),
        // `POST draftInvoices/Cancel/{id}`, drafts alone [vendor].
        (Action::Cancel, Single),
        // `PATCH DraftInvoices` [vendor, path assumed], `PATCH Invoices` [vendor].
        (Action::Update, Single),
    ],
    // `poNumber` of drafts alone, `notes`, `netTerms` [vendor]. A due date
    // follows from the terms and cannot be written.
    updatable: &[Field::PoNumbers, Field::Comment, Field::Terms],
    // 1,000 calls a minute [vendor]; modest, as lines are read one by one.
    concurrency: 8,
    assumptions: assumptions::TABLE,
};
