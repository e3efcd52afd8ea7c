//! What a cursor holds: how far each connection has been read.

use std::collections::BTreeMap;

use invoice::{ConnectionName, Position, Reference};
use serde::{Deserialize, Serialize};

use crate::provider::Start;

/// How far a walk has come. What is not named has not been begun.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Positions {
    /// With a sort: the last invoice given. Whatever stands behind it, in every
    /// connection that has not failed, is still to come.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Position>,
    /// Without one: the last invoice read, to know it again should the provider
    /// repeat it at the head of its next page.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Reference>,
    /// Without a sort: connections that failed. They are asked again after all
    /// others, so that one that hangs does not stand in the way of every page.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<ConnectionName>,
    /// Each connection that has been begun.
    #[serde(rename = "c", default)]
    pub connections: BTreeMap<ConnectionName, Standing>,
}

/// How far one connection has been read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Standing {
    /// To its end.
    Done,
    /// Without a sort: up to here; the parts before this one are done.
    At {
        /// The part.
        #[serde(rename = "p")]
        part: String,
        /// The first invoice not given.
        #[serde(rename = "s")]
        start: Start,
    },
    /// With a sort: where each part begins that still has invoices to give;
    /// none for a part that has been read to its end. Only hints: `after`
    /// decides what is given.
    Parts(BTreeMap<String, Option<Start>>),
    /// With a sort: it failed, and was given up to here only (none: not at
    /// all). Its invoices come late, when it is back, rather than never.
    Behind(Option<Position>),
}

impl Positions {
    /// Whether nothing is left of `connection`.
    pub fn is_done(&self, connection: &ConnectionName) -> bool {
        matches!(self.connections.get(connection), Some(Standing::Done))
    }

    /// With a sort: the last invoice given of `connection`.
    pub fn mark(&self, connection: &ConnectionName) -> Option<&Position> {
        match self.connections.get(connection) {
            Some(Standing::Behind(mark)) => mark.as_ref(),
            _ => self.after.as_ref(),
        }
    }

    /// Leaves `connection` where it stood in `before`.
    pub fn put_back(&mut self, connection: &ConnectionName, before: &Self) {
        let standing = match before.connections.get(connection) {
            Some(standing @ (Standing::Done | Standing::At { .. } | Standing::Behind(_))) => {
                Some(standing.clone())
            }
            // `after` has moved on: its own mark keeps what it was.
            Some(Standing::Parts(_)) => Some(Standing::Behind(before.after.clone())),
            None if self.after.is_some() => Some(Standing::Behind(None)),
            None => None,
        };
        match standing {
            Some(standing) => self.connections.insert(connection.clone(), standing),
            None => self.connections.remove(connection),
        };
    }

    /// The same without hints.
    pub fn without_hints(mut self) -> Self {
        self.connections.retain(|_, standing| !matches!(standing, Standing::Parts(_)));
        self
    }
}
