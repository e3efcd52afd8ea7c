//! What every write did: the proof that nothing was done twice.

use std::collections::BTreeMap;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::exchange::Operation;
use crate::provider::{Resource, Target, Written};

/// How often one write was asked for, and how often it was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Calls that arrived and named the invoice, whatever came of them: refused
    /// ones, and those a fault struck, included.
    pub requested: u64,
    /// Times the invoice was changed.
    pub applied: u64,
    /// Calls answered before they were carried out that could not be any more: somebody
    /// else had changed the invoice in between.
    #[serde(skip_serializing_if = "is_zero")]
    pub missed: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What the writes of one connection did.
///
/// As JSON: `{"invoices":[{"resource":"draft","id":"162281","operations":
/// {"activate":{"requested":2,"applied":1}}}],"posted":{"162281":"163999"}}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writes {
    counts: BTreeMap<Target, BTreeMap<Operation, Count>>,
    posted: BTreeMap<String, String>,
}

impl Writes {
    /// The count of one operation on one invoice; zeros when there was none.
    pub fn count(&self, resource: Resource, id: &str, operation: Operation) -> Count {
        let operations = self.counts.get(&(resource, id.to_owned()));
        operations.and_then(|counts| counts.get(&operation)).copied().unwrap_or_default()
    }

    /// Every count there is, by resource, id and operation. An id that does not
    /// exist is among them when it was named.
    pub fn counts(&self) -> impl Iterator<Item = (Resource, &str, Operation, Count)> {
        self.counts.iter().flat_map(|((resource, id), operations)| {
            operations.iter().map(|(operation, count)| (*resource, id.as_str(), *operation, *count))
        })
    }

    /// Fusebill's drafts that were posted, and the invoices they became.
    pub fn posted(&self) -> &BTreeMap<String, String> {
        &self.posted
    }

    /// Adds one call.
    pub(crate) fn note(&mut self, operation: Operation, named: Vec<Target>, written: &Written) {
        for target in named {
            self.at(target, operation).requested += 1;
        }
        for target in &written.applied {
            self.at(target.clone(), operation).applied += 1;
        }
        self.posted.extend(written.posted.clone());
    }

    /// Adds a call that was answered before, and has been carried out now.
    pub(crate) fn note_late(&mut self, operation: Operation, named: Vec<Target>, late: &Written) {
        for target in named.into_iter().filter(|target| !late.applied.contains(target)) {
            self.at(target, operation).missed += 1;
        }
        self.note(operation, Vec::new(), late);
    }

    fn at(&mut self, target: Target, operation: Operation) -> &mut Count {
        self.counts.entry(target).or_default().entry(operation).or_default()
    }
}

/// One invoice's counts.
#[derive(Serialize)]
struct Row<'a> {
    resource: Resource,
    id: &'a str,
    operations: &'a BTreeMap<Operation, Count>,
}

impl Serialize for Writes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let rows: Vec<Row<'_>> = self
            .counts
            .iter()
            .map(|((resource, id), operations)| Row { resource: *resource, id, operations })
            .collect();
        let mut object = to.serialize_struct("Writes", 2)?;
        object.serialize_field("invoices", &rows)?;
        object.serialize_field("posted", &self.posted)?;
        object.end()
    }
}
