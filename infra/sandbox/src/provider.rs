//! What a provider is to its connection.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::credentials::Credentials;
use crate::exchange::{Call, Distortion, Operation, Reply};
use crate::options::{RateLimit, Rules};

/// One invoice as the provider holds it: the truth.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// The resource of the provider that the invoice belongs to.
    pub resource: Resource,
    /// The provider's id, as text.
    pub id: String,
    /// The customer's id, as text; for Finexio the receiving counterparty.
    pub customer: String,
    /// The provider's own object, as the exact JSON text it answers with.
    #[serde(rename = "invoice", serialize_with = "raw")]
    pub json: String,
    /// What the provider knows, filters by, and never shows, by its own names.
    pub hidden: BTreeMap<String, String>,
}

fn raw<S: serde::Serializer>(json: &str, to: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(json.to_owned()).map_err(serde::ser::Error::custom)?.serialize(to)
}

/// A provider's resource that holds invoices. Ids are unique within one only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Resource {
    /// The provider's only resource.
    Invoice,
    /// Fusebill's posted invoices.
    Posted,
    /// Fusebill's draft invoices.
    Draft,
}

/// An invoice that a write is about.
pub(crate) type Target = (Resource, String);

/// How a write is to be carried out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    pub(crate) rules: Rules,
    pub(crate) distortion: Distortion,
    /// Only the first half of a bulk, rounded down.
    pub(crate) half: bool,
}

/// What came of a write.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) reply: Reply,
    /// The invoices it changed, each once.
    pub(crate) applied: Vec<Target>,
    /// The draft that was posted, and the invoice it became.
    pub(crate) posted: Option<(String, String)>,
}

impl Written {
    /// Nothing was changed.
    pub(crate) fn nothing(reply: Reply) -> Self {
        Written::applied(reply, Vec::new())
    }

    /// The reply to a write that changed these invoices.
    pub(crate) fn applied(reply: Reply, applied: Vec<Target>) -> Self {
        Written { reply, applied, posted: None }
    }
}

/// A provider's API, below the connection's path.
pub(crate) trait Provider: Send {
    /// What a call is for, whether or not it will be granted.
    fn operation(&self, call: &Call) -> Operation;
    /// Answers a call whose credentials are right.
    fn answer(&mut self, call: &Call, distortion: Distortion) -> Reply;
    /// How a call is refused that rests on one of these assumptions, by their
    /// names in the client's tables; none where it rests on none of them.
    fn refuses(&self, _call: &Call, _assumptions: &BTreeSet<String>) -> Option<Reply> {
        None
    }
    /// The invoices a write names, known or not, each once.
    fn named(&self, _call: &Call) -> Vec<Target> {
        Vec::new()
    }
    /// Carries out a write whose credentials are right. A provider without
    /// writes refuses it as it refuses any path it does not have.
    fn write(&mut self, call: &Call, manner: Manner) -> Written {
        Written::nothing(self.answer(call, manner.distortion))
    }
    /// Whether a call shows the right credentials.
    fn accepts(&self, call: &Call, credentials: &Credentials) -> bool;
    /// The status a call without the right credentials gets.
    fn unauthorized(&self) -> u16 {
        401
    }
    /// A refusal in the provider's own shape.
    fn refusal(&self, status: u16, message: &str) -> Reply;
    /// What an answered call counts towards, if the provider limits its callers.
    fn set_rate_limit(&mut self, _limit: Option<RateLimit>) {}
    /// Keys of the secret beside the provider's name, base URL and credentials.
    fn roster(&self) -> Option<Vec<String>> {
        None
    }
    /// What the base URL has after the connection's name.
    fn base_path(&self) -> &'static str {
        ""
    }
    /// The truth.
    fn population(&self) -> Vec<Record>;
    /// The truth about one invoice.
    fn record(&self, resource: Resource, id: &str) -> Option<Record>;
}
