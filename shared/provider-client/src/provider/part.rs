//! The parts of a plan. What a part holds is a type of its provider's own; what the rest
//! of the house sees of it is a key, which is all that a cursor or a cache keeps.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One paged sequence of invoices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    key: PartKey,
    /// The order in which its invoices come.
    pub order: PartOrder,
}

/// In which order a part's invoices come, as to the sort asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartOrder {
    /// The provider's own.
    Own,
    /// The order asked for, equals in any order.
    Requested,
    /// The order asked for, equals by the provider's id, ascending bytewise.
    RequestedThenId,
}

/// The key of a part within its plan: the same question has the same parts, whatever has
/// been read of it. Cursors keep it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartKey(String);

/// What a provider's parts hold: one type a provider, which its plan is made of and its
/// page is read by.
pub trait PartKind: Sized + PartialEq {
    /// The key of the part, as a cursor keeps it.
    fn key(&self) -> String;

    /// The part of this key; none where no part has it.
    fn parse(key: &str) -> Option<Self>;
}

/// The one part of a provider that lists everything in one sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Everything;

impl PartKind for Everything {
    fn key(&self) -> String {
        "all".to_owned()
    }

    fn parse(key: &str) -> Option<Self> {
        (key == "all").then_some(Self)
    }
}

impl Part {
    /// The part that holds `what`, in this order.
    pub fn of<P: PartKind>(what: &P, order: PartOrder) -> Self {
        let key = what.key();
        debug_assert!(P::parse(&key).as_ref() == Some(what), "{key} is another part's");
        Self { key: PartKey(key), order }
    }

    /// What it holds; none where it is no part of this kind.
    pub fn read<P: PartKind>(&self) -> Option<P> {
        P::parse(&self.key.0)
    }

    /// Its key.
    pub fn key(&self) -> &PartKey {
        &self.key
    }
}

impl PartKey {
    /// The key, as cursors keep it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PartKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
