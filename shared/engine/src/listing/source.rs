//! What became of each connection in a listing.

use std::collections::BTreeMap;

use invoice::{ConnectionName, Parameter, Problem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What became of one connection. Only of those that did not fail is anything
/// kept, so that no problem is read back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The connection's name.
    pub connection: ConnectionName,
    /// Whether its invoices are in the answer.
    pub status: SourceStatus,
    /// Who gave its invoices.
    #[serde(default)]
    pub from: SourceOrigin,
    /// When its provider was asked, or was last asked for all of the copy; null when
    /// neither gave anything.
    pub fetched_at: Option<Timestamp>,
    /// Seconds since then.
    pub age: Option<u64>,
    /// How many of its invoices answer the question; null when not known.
    pub total: Option<u64>,
    /// Who applied each parameter that was asked.
    pub filters: BTreeMap<Parameter, AppliedBy>,
    /// Who established the order; null without one.
    pub sort: Option<AppliedBy>,
    /// What its provider sent and is not in the answer, as no invoice could be
    /// made of it; none where there is nothing of that kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<RowsLeftOut>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub problem: Option<Problem>,
}

/// Who gave a connection's invoices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceOrigin {
    /// The provider, now or when the listing was kept.
    #[default]
    Provider,
    /// The copy that is kept of the connection.
    Copy,
}

/// Rows of a provider's answers that no invoice could be made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsLeftOut {
    /// How many, of those read for this page.
    pub count: usize,
    /// Why the first of them is left out.
    pub reason: String,
}

/// Whether a connection's invoices are in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceStatus {
    /// The connection's invoices are all there.
    Ok,
    /// The connection's invoices are there, but for those that `leftOut` counts.
    Partial,
    /// The connection's invoices are as they were at `fetchedAt`: its provider does not
    /// answer now.
    Stale,
    /// The connection was not needed for this page: an earlier one filled it, or all
    /// its invoices have been given.
    Unread,
    /// The connection's invoices are missing; `problem` says why.
    Failed,
}

/// Who did a part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AppliedBy {
    /// The provider.
    Provider,
    /// We, on what the provider returned.
    Bridge,
    /// The copy that is kept of the connection.
    Copy,
    /// Nobody could: the provider has no such data. A filter then matches none
    /// of its invoices; what would be shown is not there to show.
    Absent,
}
