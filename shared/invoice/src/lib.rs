//! The vocabulary of invoices: what every caller sees and every provider is
//! mapped to. Pure: no I/O, no clock, no async.

mod amount;
mod currency;
mod cursor;
mod digest;
mod filter;
mod invoice;
pub mod json;
mod line;
mod order;
mod party;
mod problem;
mod query;
mod range;
mod reference;
mod repeated;
mod scope;
mod status;
mod summary;
mod text;
mod write;
mod write_request;

pub use amount::{Amount, Exact, InexactAmount};
pub use currency::Currency;
pub use cursor::{Binding, CursorError, open_cursor, seal_cursor};
pub use digest::Digest;
pub use filter::{CustomerId, Filter, Match, Parameter, StatusFilter};
pub use invoice::{
    Action, Amounts, AvailableAction, Comment, Dates, Direction, Documents, Include, Invoice,
    Payment, PaymentRecord, Scheduled, Timestamps, Tracking,
};
pub use line::{Discount, Line, Tier};
pub use order::{Position, Sort, SortKey, SortValue};
pub use party::{Customer, Supplier};
pub use problem::{Code, Excess, Fault, Problem, ProviderDetail};
pub use query::{
    DEFAULT_LIMIT, ListQuery, MAX_LIMIT, SummaryQuery, ViewQuery, expect_no_parameters,
};
pub use range::Range;
pub use reference::{ConnectionName, InvalidReference, MAX_ID, Reference};
pub use scope::Scope;
pub use status::{PaymentStatus, Status};
pub use summary::{Aging, Dimension, Summary, Total};
pub use text::{TextFilter, TextPattern};
pub use write::{Change, Field, Outcome, Patch, Write, WriteResult, is_part_of};
pub use write_request::{BulkAction, BulkWrite, Intent, MAX_WRITES, Selection};
