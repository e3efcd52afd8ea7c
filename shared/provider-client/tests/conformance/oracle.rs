//! A second opinion on what answers a question, written from the API's
//! documentation alone: it reads an invoice's JSON as a caller does, and shares
//! nothing with the code that filters and sorts.

mod clause;
pub mod draw;
mod order;

pub use clause::{Clause, Kind};
pub use order::{by_key, compare};

use invoice::Invoice;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use provider_client::provider::Reading;
use serde_json::Value;

use super::subject::{Subject, shown};

/// An invoice that is known to be there.
#[derive(Debug, Clone)]
pub struct Known {
    pub invoice: Invoice,
    /// As callers see it.
    pub shown: Value,
    /// When it was created, where its provider filters by that and never shows
    /// it (Fusebill).
    created: Option<Timestamp>,
}

/// All invoices of a connection, by a plain walk.
pub async fn population(subject: &Subject) -> Vec<Known> {
    let truth = subject.truth();
    let all = subject.walk(&subject.question("", Reading::Whole)).await;
    assert_eq!(all.len(), truth.len(), "{subject}");
    let known = |invoice: Invoice| {
        let hidden = truth[invoice.id.id()].hidden.get("createdTimestamp");
        let created = hidden.map(|text| {
            let local: DateTime = text.parse().unwrap();
            local.to_zoned(TimeZone::UTC).unwrap().timestamp()
        });
        Known { shown: shown(&invoice), invoice, created }
    };
    all.into_iter().map(known).collect()
}

impl Known {
    /// An invoice that shows all that its provider filters by.
    pub fn of(invoice: Invoice) -> Self {
        Self { shown: shown(&invoice), invoice, created: None }
    }

    /// The invoice's reference.
    pub fn id(&self) -> &str {
        self.text("/id").unwrap()
    }

    /// The invoice as a customer is shown it: comments are for operators.
    pub fn without_comments(&self) -> Self {
        let mut known = self.clone();
        known.shown["comments"] = Value::Array(Vec::new());
        known
    }

    /// A text of it, if it has one there.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.shown.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}")).as_str()
    }

    /// An instant of it.
    pub fn instant(&self, pointer: &str) -> Option<Timestamp> {
        let told = self.text(pointer).map(|text| text.parse().unwrap());
        told.or(self.created.filter(|_| pointer == "/timestamps/created"))
    }

    /// All its texts of a list, of a map, or of a single field.
    pub fn texts(&self, pointer: &str) -> Vec<&str> {
        match self.shown.pointer(pointer).unwrap() {
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            Value::Object(items) => items.values().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        }
    }

    /// The texts that a search looks into.
    pub fn searched(&self) -> Vec<String> {
        let customer =
            self.text("/customer/id").and_then(|id| id.split_once(':')).map(|(_, id)| id);
        let fields = ["/number", "/customer/name", "/customer/email"].map(|field| self.text(field));
        let comments = self.shown["comments"].as_array().unwrap().iter();
        let comments = comments.map(|comment| comment["text"].as_str());
        let all = fields.into_iter().chain([customer]).chain(comments).flatten();
        all.map(str::to_owned).collect()
    }
}
