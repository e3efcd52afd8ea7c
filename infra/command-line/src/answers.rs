//! The answers of the API, as far as the command line reads them.
//!
//! The types of the crate `invoice` read back what this version wrote, word by word. A
//! client lives longer than that: it ignores members that it does not know and keeps a word
//! that it does not know as it is, as infra/openapi.yaml asks. A test holds these types to
//! that document.

use std::collections::BTreeMap;

use invoice::json;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::exit::Failure;

/// One page of `GET /invoices`; the invoices are left as they came.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listing<'a> {
    /// The page's invoices, each its own JSON text.
    #[serde(borrow)]
    pub(crate) data: Vec<&'a RawValue>,
    /// Whether there may be more.
    pub(crate) has_more: bool,
    /// Where the next page begins.
    pub(crate) next_cursor: Option<String>,
    /// How many match in all, where that is known.
    pub(crate) total: Option<u64>,
    /// What became of each connection.
    pub(crate) sources: Vec<Source>,
}

/// What became of one connection in a listing.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Source {
    /// The connection's name.
    pub(crate) connection: String,
    /// The word for what became of it (`ok`, `failed`, ..).
    pub(crate) status: String,
    /// Where it was read (`provider`, `copy`).
    pub(crate) from: Option<String>,
    /// How old what it gave is, in seconds.
    pub(crate) age: Option<u64>,
    /// Rows that are not in the answer.
    pub(crate) left_out: Option<LeftOut>,
    /// Why it failed.
    pub(crate) problem: Option<Problem>,
}

/// Rows that are not in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct LeftOut {
    /// How many.
    pub(crate) count: u64,
    /// Why the first of them is not.
    pub(crate) reason: String,
}

/// A problem (RFC 9457).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Problem {
    /// The same for every problem of its code.
    pub(crate) title: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What happened here.
    pub(crate) detail: String,
    /// The kind of problem.
    pub(crate) code: String,
    /// Whether the same request may succeed later.
    pub(crate) retryable: bool,
    /// Seconds to wait before asking again.
    pub(crate) retry_after: Option<u64>,
    /// The request's name.
    pub(crate) request_id: Option<String>,
    /// Each fault of the request.
    #[serde(default)]
    pub(crate) errors: Vec<Fault>,
    /// What the provider itself said.
    pub(crate) provider: Option<ProviderAnswer>,
}

/// One fault of a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Fault {
    /// What is wrong, and what would be right.
    pub(crate) detail: String,
}

/// What the provider itself said.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ProviderAnswer {
    /// Its words.
    pub(crate) message: Option<String>,
}

impl Problem {
    /// When to ask again, in words.
    pub(crate) fn wait(&self) -> Option<String> {
        Some(match self.retry_after {
            Some(seconds) => format!("it may work again in {seconds} s"),
            None => "it may work again later".to_owned(),
        })
    }
}

/// What `GET /invoices/summary` answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    /// What it is grouped by.
    pub(crate) by: Vec<String>,
    /// How many invoices.
    pub(crate) count: u64,
    /// What they come to, by currency.
    pub(crate) amounts: Vec<AmountSums>,
    /// The same, by group.
    pub(crate) groups: Vec<SummaryGroup>,
    /// Whether every invoice is counted.
    pub(crate) complete: bool,
    /// When the first of the providers was asked.
    pub(crate) as_of: String,
    /// What became of each connection.
    pub(crate) sources: Vec<Source>,
}

/// What the invoices of one group come to.
#[derive(Debug, Deserialize)]
pub(crate) struct SummaryGroup {
    /// What they share.
    pub(crate) key: BTreeMap<String, Value>,
    /// What they come to, by currency.
    pub(crate) amounts: Vec<AmountSums>,
}

/// What the invoices of one currency come to.
#[derive(Debug, Deserialize)]
pub(crate) struct AmountSums {
    /// The currency.
    pub(crate) currency: Option<String>,
    /// How many invoices.
    pub(crate) count: u64,
    /// The sum of their totals.
    pub(crate) total: AmountSum,
    /// The sum of their balances.
    pub(crate) balance: AmountSum,
}

/// The exact sum of what is known.
#[derive(Debug, Deserialize)]
pub(crate) struct AmountSum {
    /// The sum, where there is one.
    pub(crate) sum: Option<String>,
    /// Of how many invoices the amount is not known.
    pub(crate) unknown: u64,
}

/// What `GET /invoices/changes` answers; the changes are left as they came.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Changes<'a> {
    /// The changes, each its own JSON text.
    #[serde(borrow)]
    pub(crate) data: Vec<&'a RawValue>,
    /// Whether there are more by now.
    pub(crate) has_more: bool,
    /// Where to go on from, now or later.
    pub(crate) next_cursor: String,
    /// What each connection can tell.
    pub(crate) sources: Vec<ChangeSource>,
}

/// What one connection can tell of its changes.
#[derive(Debug, Deserialize)]
pub(crate) struct ChangeSource {
    /// The connection's name.
    pub(crate) connection: String,
    /// From what changes are known; `none` where they are not.
    pub(crate) changes: String,
    /// From what deletions are known; `none` where they are not.
    pub(crate) deletions: String,
}

/// What came of a write on several invoices.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WriteResults {
    /// Whether the outcomes are what would happen.
    pub(crate) dry_run: Option<bool>,
    /// One for each invoice.
    pub(crate) results: Vec<WriteResult>,
}

/// What came of a write on one invoice.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WriteResult {
    /// The invoice as it was asked for.
    pub(crate) id: String,
    /// The word for what came of it.
    pub(crate) outcome: String,
    /// The reference from now on, where it has a new one.
    pub(crate) new_id: Option<String>,
    /// The invoice as it was last read.
    pub(crate) invoice: Option<Value>,
    /// Why it was rejected, or is unknown.
    pub(crate) problem: Option<Problem>,
    /// Whether the outcome is what would happen.
    pub(crate) dry_run: Option<bool>,
}

/// What `GET /connections` answers.
#[derive(Debug, Deserialize)]
pub(crate) struct Connections {
    /// Each connection.
    pub(crate) data: Vec<Connection>,
}

/// One connection.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Connection {
    /// The name that the stack's owner gave it.
    pub(crate) name: String,
    /// The kind of provider.
    pub(crate) provider: Option<String>,
    /// The provider's name for people.
    pub(crate) title: Option<String>,
    /// Whether it can be used.
    pub(crate) status: String,
    /// Why it cannot be used.
    pub(crate) problem: Option<Problem>,
    /// What it can do.
    pub(crate) capabilities: Option<Capabilities>,
    /// What is assumed of it.
    pub(crate) assumptions: Vec<Assumption>,
}

/// What a provider can do.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Capabilities {
    /// What can be done there at all.
    pub(crate) operations: Vec<String>,
    /// How each write is sent: `bulk`, `single` or `absent`.
    pub(crate) writes: BTreeMap<String, String>,
    /// Whether it lists only the invoices of customers that are named.
    pub(crate) customer_required: bool,
}

/// Something that is assumed of a provider.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Assumption {
    /// Its name.
    pub(crate) name: String,
    /// `true`, `false`, or a word.
    pub(crate) holds: Value,
}

/// Reads an answer's body.
///
/// # Errors
/// When it is not what the API says.
pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    json::read_slice(body).map_err(|error| {
        Failure::here(format!("the API's answer cannot be read: {error}"))
            .advise("`ib --version` and the stack may be too far apart; `ib api GET /connections` shows an answer as it is")
    })
}
