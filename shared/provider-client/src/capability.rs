//! What a provider can do, as data. Decides before anything is sent, fills
//! `GET /connections`, and generates the table in the README.
//!
//! A service writes one literal, with the source of each line beside it.

use std::borrow::Cow;

use invoice::{Action, Direction, Field, Include, Parameter, Sort, SortKey};

use crate::Assumption;

/// What a provider can do.
#[derive(Debug, Clone, Copy)]
pub struct Capabilities {
    /// The provider's name in secrets and answers (`fusebill`).
    pub provider: &'static str,
    /// The provider's name for people (`Fusebill (Stax Bill)`).
    pub title: &'static str,
    /// Which spellings of an id are the same id.
    pub ids: IdSpelling,
    /// Who owes whom on its invoices.
    pub direction: Direction,
    /// Whether it lists only the invoices of customers that are named.
    pub customer_required: bool,
    /// Who applies each filter. One that is missing here has no data behind it
    /// at this provider: no invoice of it answers such a question.
    pub filters: &'static [(Parameter, Applied)],
    /// The orders it can list in by itself; we establish the others.
    pub sorts: &'static [Sorting],
    /// What it can add to an invoice. `raw` always works and is not listed.
    pub includes: &'static [Include],
    /// Those of its includes that cost a call for each invoice of a listing.
    pub completed_one_by_one: &'static [Include],
    /// The writes it has, with how they are sent.
    pub writes: &'static [(Action, Sending)],
    /// The writes whose comment it keeps on the invoice, to be read there. The comment of
    /// any other stays in our own record.
    pub comments_kept: &'static [Action],
    /// The fields it can change, in the states that allow it.
    pub updatable: &'static [Field],
    /// The most requests to have under way at once, per connection.
    pub concurrency: usize,
    /// What is taken for granted of it though no document states it.
    pub assumptions: &'static [Assumption],
}

/// Which spellings of an id a provider takes for the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdSpelling {
    /// One alone: ids are compared byte by byte.
    Exact,
    /// Any case of its ASCII letters.
    AnyCase,
}

/// An order that a provider can list in by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorting {
    /// The least first or the greatest first, as asked.
    EitherWay(SortKey),
    /// The greatest first alone.
    Descending(SortKey),
}

/// Who applies a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The provider, exactly.
    ByProvider,
    /// We, on what the provider returned (which may be narrowed already).
    ByBridge,
}

/// How a write is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// Up to this many invoices in one call.
    Bulk(usize),
    /// One call an invoice.
    Single,
}

impl IdSpelling {
    /// The one spelling of `id` among all that are the same id: in lower case where case
    /// makes no difference. Two ids are one where these are equal.
    pub fn canonical(self, id: &str) -> Cow<'_, str> {
        match self {
            Self::AnyCase if id.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                Cow::Owned(id.to_ascii_lowercase())
            }
            Self::AnyCase | Self::Exact => Cow::Borrowed(id),
        }
    }
}

impl Sorting {
    /// What it sorts by.
    pub fn key(self) -> SortKey {
        match self {
            Self::EitherWay(key) | Self::Descending(key) => key,
        }
    }

    /// Whether it is the order `sort`.
    fn is(self, sort: Sort) -> bool {
        self.key() == sort.key && (sort.descending || matches!(self, Self::EitherWay(_)))
    }
}

impl Capabilities {
    /// Whether the provider can list in the order `sort` by itself.
    pub fn can_sort(&self, sort: Sort) -> bool {
        self.sorts.iter().any(|known| known.is(sort))
    }

    /// Who applies `parameter`; none where the provider has no such data.
    pub fn filter(&self, parameter: Parameter) -> Option<Applied> {
        self.filters.iter().find(|(known, _)| *known == parameter).map(|(_, applied)| *applied)
    }

    /// Whether the comment of such an action can be read on the invoice afterwards.
    pub fn keeps_comments(&self, action: Action) -> bool {
        self.comments_kept.contains(&action)
    }

    /// How `action` is sent; none where the provider has no such call.
    pub fn write(&self, action: Action) -> Option<Sending> {
        self.writes.iter().find(|(known, _)| *known == action).map(|(_, sending)| *sending)
    }
}
