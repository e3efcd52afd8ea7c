//! What a cursor holds: how far each connection has been read.

use std::collections::BTreeMap;

use invoice::{ConnectionName, Digest, Position};
use serde::{Deserialize, Serialize};

use super::had::{Had, MAX_KNOWN};
use crate::provider::{Part, Start};

/// How far a walk has come. What is not named has not been begun.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Positions {
    /// With a sort: the last invoice given. Whatever stands behind it, in every
    /// connection that has not failed, is still to come.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Position>,
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
        /// The part, by [`name`].
        #[serde(rename = "p")]
        part: String,
        /// Where the last invoice had of it stood. Only a hint: what is known of
        /// those had decides what is given.
        #[serde(rename = "s")]
        start: Start,
        /// The last invoices had of it.
        #[serde(rename = "k", default, skip_serializing_if = "Had::is_empty")]
        had: Had,
    },
    /// With a sort: where the last invoice given stood in each part that still
    /// has some to give; none for a part that has been read to its end. Only
    /// hints: `after` decides what is given.
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

    /// The positions in fewer words, the best first: without the hints of a sorted
    /// walk, then knowing fewer and fewer of the invoices had.
    pub fn shortened(&self) -> impl Iterator<Item = Self> {
        let mut plain = self.clone();
        plain.connections.retain(|_, standing| !matches!(standing, Standing::Parts(_)));
        let most = std::iter::successors(Some(MAX_KNOWN), |most| (*most > 0).then_some(most / 4));
        most.map(move |most| {
            let mut shorter = plain.clone();
            for standing in shorter.connections.values_mut() {
                if let Standing::At { had, .. } = standing {
                    *had = had.shortened(most);
                }
            }
            shorter
        })
    }
}

/// What a cursor calls a part: its name, or where that is long, a digest of it.
pub(super) fn name(part: &Part) -> String {
    if part.name.len() <= 64 {
        part.name.clone()
    } else {
        format!("#{:.32}", Digest::of(&[&part.name]))
    }
}
