//! One listing over many connections.

mod source;

use invoice::{Code, Invoice, ListQuery, Problem, Scope};
use serde::Serialize;

use crate::Deadline;
use crate::connection::Connection;

pub use source::{AppliedBy, Source, SourceStatus};

/// The answer to `GET /invoices`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// One page of invoices, in the asked order.
    pub data: Vec<Invoice>,
    /// Whether asking again with `nextCursor` may bring more.
    pub has_more: bool,
    /// Where to go on from.
    pub next_cursor: Option<String>,
    /// Invoices that answer the question over all connections; null unless
    /// every connection's number is known.
    pub total: Option<u64>,
    /// What became of each connection.
    pub sources: Vec<Source>,
}

/// Lists the invoices that answer `query`, as far as `scope` allows, over
/// `connections` (all that the caller may use; the query may name fewer).
///
/// # Errors
/// When the question cannot be put (`connection_not_found`, `invalid_cursor`,
/// `unsupported_sort`), when every connection fails, or when one does and the
/// query says `require=all`.
pub async fn list(
    connections: &[Connection],
    query: &ListQuery,
    scope: &Scope,
    deadline: Deadline,
) -> Result<Listing, Problem> {
    let _ = (connections, query, scope, deadline);
    Err(Problem::new(Code::Internal, "not built yet"))
}
