//! The vocabulary of invoices: what every caller sees and every provider is
//! mapped to. Pure: no I/O, no clock, no async.

mod amount;
mod bounded;
mod currency;
mod digest;
mod filter;
mod invoice;
pub mod json;
mod line;
mod order;
mod outcome;
mod party;
mod problem;
mod range;
mod reference;
mod scope;
mod status;
mod summary;
mod text;
mod write;

pub use amount::{Amount, Exact, InexactAmount};
pub use bounded::{bounded_text, bounded_texts};
pub use currency::Currency;
pub use digest::Digest;
pub use filter::{CustomerId, Filter, Match, Parameter, StatusFilter, values};
pub use invoice::{
    Action, Amounts, AvailableAction, Comment, Dates, Direction, Documents, Include, Invoice,
    Payment, PaymentRecord, Scheduled, Timestamps, Tracking,
};
pub use line::{Discount, Line, Tier};
pub use order::{Position, Sort, SortKey, SortValue};
pub use outcome::{Outcome, OutcomeCounts};
pub use party::{Customer, Supplier};
pub use problem::{Code, Excess, Fault, Problem, ProviderDetail};
pub use range::Range;
pub use reference::{ConnectionName, InvalidReference, MAX_ID, Reference};
pub use scope::Scope;
pub use status::{PaymentStatus, Status};
pub use summary::{Aging, Dimension, Summary, Total};
pub use text::{TextFilter, TextPattern};
pub use write::{Change, Field, Patch, Write, WriteResult, is_part_of};
