//! The lines of a run's file: its plan, and what became of each chunk of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Action;
use crate::answers::Problem;
use crate::client::Client;
use crate::exit::Failure;

const VERSION: u32 = 1;
/// What is to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plan {
    version: u32,
    /// The run's name.
    pub(super) name: String,
    action: String,
    /// The API that it is put to.
    pub(super) api: String,
    /// The profile that it was begun with.
    profile: String,
    /// When it was made.
    pub(super) at: String,
    /// The members of each request beside the invoices.
    pub(super) members: Map<String, Value>,
    /// What of the one invoice an update rests on.
    pub(super) if_match: Option<String>,
}

/// An invoice of a run, as it stood when the run was planned.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Item {
    /// The reference.
    pub(super) id: String,
    /// The number people know it by.
    pub(super) number: Option<String>,
    /// The customer's name, or else reference.
    pub(super) customer: Option<String>,
    /// The total.
    pub(super) amount: Option<String>,
    /// The currency.
    pub(super) currency: Option<String>,
}

/// The invoices of one request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Chunk {
    /// The request's key, the same however often it is put.
    pub(super) key: String,
    /// The connection of its invoices.
    pub(super) connection: String,
    /// The invoices.
    pub(super) items: Vec<Item>,
}

/// What came of one invoice.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Came {
    /// The reference, as it was asked for.
    pub(super) id: String,
    /// The API's word for it.
    pub(super) outcome: String,
    /// The reference from now on, where it has a new one.
    pub(super) new_id: Option<String>,
    /// Why it was rejected, or is unknown.
    pub(super) problem: Option<Problem>,
}

impl Came {
    /// Whether the same request may bring something else.
    pub(super) fn may_change(&self) -> bool {
        let retryable = self.problem.as_ref().is_some_and(|problem| problem.retryable);
        retryable && matches!(self.outcome.as_str(), "unknown" | "rejected")
    }
}

/// A line of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(super) enum Record {
    Plan(Plan),
    /// An invoice that is not sent, for what the dry run foretold.
    Foretold {
        item: Item,
        came: Came,
    },
    Chunk(Chunk),
    /// The plan is whole.
    Planned {
        chunks: usize,
    },
    /// A chunk is about to be sent.
    Sending {
        chunk: usize,
        at: String,
    },
    /// The API told of each invoice of a chunk.
    #[serde(rename_all = "camelCase")]
    Answered {
        chunk: usize,
        at: String,
        request_id: Option<String>,
        results: Vec<Came>,
    },
    /// The API did not take the chunk: nothing of it was done.
    NotTaken {
        chunk: usize,
        at: String,
        why: String,
    },
    /// There is no answer: it may have been done.
    Lost {
        chunk: usize,
        at: String,
        why: String,
    },
}

/// How a chunk stands.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// Whether it is being sent, or was when the process ended.
    pub(super) is_sending: bool,
    /// Whether the answer to an earlier sending was lost.
    is_lost: bool,
    /// What came of each invoice, as last told.
    pub(super) results: BTreeMap<String, Came>,
    /// When that was.
    pub(super) at: Option<String>,
    /// The request that told.
    pub(super) request_id: Option<String>,
    /// Why the API did not take it, when it was last put.
    pub(super) refusal: Option<String>,
}

impl State {
    /// Whether it may have been done without what came of it being known.
    pub(super) fn is_open(&self) -> bool {
        self.is_sending || self.is_lost
    }

    /// Takes in what became of the chunk.
    pub(super) fn note(&mut self, record: Record) {
        match record {
            Record::Sending { at, .. } => {
                // The process ended in the middle of the sending before.
                self.is_lost |= self.is_sending;
                (self.is_sending, self.at) = (true, Some(at));
            }
            Record::Lost { at, .. } => {
                (self.is_sending, self.is_lost, self.at) = (false, true, Some(at));
            }
            // An earlier sending may have been done all the same.
            Record::NotTaken { why, .. } => {
                (self.is_sending, self.refusal) = (false, Some(why));
            }
            Record::Answered { at, request_id, results, .. } => {
                (self.is_sending, self.is_lost) = (false, false);
                (self.at, self.request_id) = (Some(at), request_id);
                self.results.extend(results.into_iter().map(|came| (came.id.clone(), came)));
            }
            Record::Plan(_)
            | Record::Foretold { .. }
            | Record::Chunk(_)
            | Record::Planned { .. } => {}
        }
    }
}

impl Plan {
    /// A plan that was made now.
    pub(super) fn new(
        name: &str,
        action: Action,
        client: &Client,
        members: Map<String, Value>,
    ) -> Self {
        Self {
            version: VERSION,
            name: name.to_owned(),
            action: action.word().to_owned(),
            api: client.base().to_string(),
            profile: client.profile.clone(),
            at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            members,
            if_match: None,
        }
    }

    /// What is done.
    ///
    /// # Errors
    /// When another version of this program knows it, and this one does not.
    pub(super) fn action(&self) -> Result<Action, Failure> {
        Action::named(&self.action).filter(|_| self.version == VERSION).ok_or_else(|| {
            Failure::usage(format!("run `{}` is of another version of ib", self.name))
        })
    }
}
