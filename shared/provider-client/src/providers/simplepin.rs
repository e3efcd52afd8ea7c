//! SimplePin: invoices of one customer at a time (simplepin R3). Its host is
//! not published (simplepin R1): `baseUrl` is part of the secret.

mod assumptions;
mod body;
mod client;
mod error;
mod probes;
mod query;
mod read;
mod rules;
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
    provider: "simplepin",
    title: "SimplePin",
    // A `uuid` is compared without regard to case, and written in lower case
    // (RFC 9562, 4; simplepin R27).
    ids: IdSpelling::AnyCase,
    direction: Direction::Receivable,
    // `customer_id` is required (simplepin R3).
    customer_required: true,
    // Customer, dates and search are the list model's; NONE is the only
    // `filter_type` known (simplepin R3, R5). That the dates are the invoice's, both
    // included, is assumed (simplepin R6). An object tells neither its last change, nor its
    // activation, nor a purchase order (simplepin R9).
    filters: &[
        (P::CustomerIds, ByProvider),
        (P::Status, ByBridge),
        (P::PaymentStatus, ByBridge),
        (P::InvoiceDate, ByProvider),
        (P::DueDate, ByBridge),
        (P::CreatedAt, ByBridge),
        (P::Amount, ByBridge),
        (P::Balance, ByBridge),
        (P::Number, ByBridge),
        (P::ExternalId, ByBridge),
        (P::Currency, ByBridge),
        (P::Search, ByProvider),
    ],
    // INVOICE_NUMBER, with `ascending` (simplepin R3, R5).
    sorts: &[EitherWay(SortKey::Number)],
    // `line_item_models`, of `get` alone (simplepin R10).
    includes: &[Include::Lines],
    completed_one_by_one: &[Include::Lines],
    // SENT and CANCELLED by `update_status`; `update` with the invoice as read
    // (simplepin R16, R19). There is no call to delete (simplepin R29).
    writes: &[(Action::Activate, Single), (Action::Cancel, Single), (Action::Update, Single)],
    // The calls that activate and cancel have no place for a comment (simplepin R16).
    comments_kept: &[Action::Update],
    // Which members an update takes is not published: these are assumed (simplepin R21). There
    // is one `additional_description` (simplepin R9): a comment is added to it.
    updatable: &[Field::DueDate, Field::InvoiceDate, Field::Comment],
    // No limit is published; modest, as customers are read side by side (simplepin R28).
    concurrency: 8,
    assumptions: assumptions::TABLE,
};
