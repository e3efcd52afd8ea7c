//! The content of a cursor: how far each connection has been read.

use std::collections::BTreeMap;

use invoice::{ConnectionName, Digest, Position, Sort};
use provider_client::provider::{Part, Start};
use serde::{Deserialize, Serialize};

use super::had::{Had, MAX_KNOWN};

/// How far a walk has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum CursorState {
    /// The listing has no sort: one connection is read after the other.
    #[serde(rename = "s")]
    Sequential(SequentialState),
    /// The listing has a sort: all connections are merged into one order.
    #[serde(rename = "m")]
    Merged(MergedState),
}

/// How far a walk without a sort has come. A connection that is not named has not been
/// begun.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct SequentialState {
    /// Connections that failed. They are asked again after all others, so that one that
    /// hangs does not stand in the way of every page.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<ConnectionName>,
    /// Each connection that has been begun.
    #[serde(rename = "c", default)]
    pub connections: BTreeMap<ConnectionName, SequentialPlace>,
}

/// How far one connection has been read without a sort.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum SequentialPlace {
    /// To its end.
    Done,
    /// Up to here; the parts before this one are done.
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
}

/// How far a walk with a sort has come. A connection that is not named has not been
/// begun.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct MergedState {
    /// The last invoice given. Whatever stands behind it, in every connection that has
    /// not failed, is still to come.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Position>,
    /// Each connection that has been begun.
    #[serde(rename = "c", default)]
    pub connections: BTreeMap<ConnectionName, MergedPlace>,
}

/// How far one connection has been read with a sort.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MergedPlace {
    /// To its end.
    Done,
    /// Where the last invoice given stood in each part that still has some to give; none
    /// for a part that has been read to its end. Only hints: [`MergedState::after`]
    /// decides what is given.
    Parts(BTreeMap<String, Option<Start>>),
    /// The connection failed, and was given up to here only (none: not at all). Its
    /// invoices come late, when it is back, rather than never.
    Behind(Option<Position>),
}

impl CursorState {
    /// The state before the first page.
    pub fn beginning(sort: Option<Sort>) -> Self {
        match sort {
            None => Self::Sequential(SequentialState::default()),
            Some(_) => Self::Merged(MergedState::default()),
        }
    }

    /// Whether nothing is left of `connection`.
    pub fn is_done(&self, connection: &ConnectionName) -> bool {
        match self {
            Self::Sequential(state) => {
                matches!(state.connections.get(connection), Some(SequentialPlace::Done))
            }
            Self::Merged(state) => {
                matches!(state.connections.get(connection), Some(MergedPlace::Done))
            }
        }
    }

    /// Leaves `connection` where it stood in `before`.
    pub fn put_back(&mut self, connection: &ConnectionName, before: &Self) {
        match (self, before) {
            (Self::Sequential(state), Self::Sequential(before)) => {
                let place = before.connections.get(connection).cloned();
                put(&mut state.connections, connection, place);
            }
            (Self::Merged(state), Self::Merged(before)) => {
                let place = match before.connections.get(connection) {
                    // `after` has moved on: its own mark keeps what it was.
                    Some(MergedPlace::Parts(_)) => Some(MergedPlace::Behind(before.after.clone())),
                    Some(place @ (MergedPlace::Done | MergedPlace::Behind(_))) => {
                        Some(place.clone())
                    }
                    None if state.after.is_some() => Some(MergedPlace::Behind(None)),
                    None => None,
                };
                put(&mut state.connections, connection, place);
            }
            // One listing has one kind of state.
            (state, before) => *state = before.clone(),
        }
    }

    /// The state in fewer words, the best first: without the hints of a sorted walk, or
    /// knowing fewer and fewer of the invoices had.
    pub fn shortened(&self) -> Vec<Self> {
        match self {
            Self::Sequential(state) => {
                let next = |most: &usize| (*most > 0).then_some(*most / 4);
                let knowing = std::iter::successors(Some(MAX_KNOWN), next);
                knowing.map(|most| Self::Sequential(state.knowing(most))).collect()
            }
            Self::Merged(state) => {
                let mut plain = state.clone();
                plain.connections.retain(|_, place| !matches!(place, MergedPlace::Parts(_)));
                vec![Self::Merged(plain)]
            }
        }
    }
}

impl SequentialState {
    fn knowing(&self, most: usize) -> Self {
        let mut shorter = self.clone();
        for place in shorter.connections.values_mut() {
            if let SequentialPlace::At { had, .. } = place {
                *had = had.shortened(most);
            }
        }
        shorter
    }
}

impl MergedState {
    /// The last invoice given of `connection`.
    pub fn mark(&self, connection: &ConnectionName) -> Option<&Position> {
        match self.connections.get(connection) {
            Some(MergedPlace::Behind(mark)) => mark.as_ref(),
            _ => self.after.as_ref(),
        }
    }
}

fn put<P>(places: &mut BTreeMap<ConnectionName, P>, of: &ConnectionName, place: Option<P>) {
    match place {
        Some(place) => places.insert(of.clone(), place),
        None => places.remove(of),
    };
}

/// The name of a part in a cursor: its key, or where that is long, a digest of it.
pub(super) fn name(part: &Part) -> String {
    let key = part.key().as_str();
    if key.len() <= 64 { key.to_owned() } else { format!("#{:.32}", Digest::of(&[key])) }
}
