//! The question a listing answers.

mod canonical;
mod changes;
mod parameters;
mod summary;
mod view;

pub use changes::ChangesQuery;
pub(crate) use parameters::{OTHERS, unknown};
pub use summary::SummaryQuery;
pub use view::{ViewQuery, expect_no_parameters};

use invoice::{Filter, Include, Sort};

/// Invoices on a page when the caller does not say.
pub const DEFAULT_LIMIT: u16 = 50;
/// The most invoices on a page.
pub const MAX_LIMIT: u16 = 200;

/// What a caller asks of `GET /invoices`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// The filter that invoices must match.
    pub filter: Filter,
    /// In which order; without one, each provider's own, one connection after
    /// the other.
    pub sort: Option<Sort>,
    /// What beside the invoices themselves.
    pub includes: Vec<Include>,
    /// How many, at most: 1 to [`MAX_LIMIT`].
    pub limit: u16,
    /// Where to go on from: the last answer's `nextCursor`.
    pub cursor: Option<String>,
    /// Whether one connection failing fails the listing (`require=all`).
    pub require_all: bool,
}

impl Default for ListQuery {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            sort: None,
            includes: Vec::new(),
            limit: DEFAULT_LIMIT,
            cursor: None,
            require_all: false,
        }
    }
}
