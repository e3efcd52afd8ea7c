//! What is known of every invoice, by when: from the sandbox's own records and counts, from
//! the writes that were sent, and from the answers that callers had.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::stage::{Record, Stage};

/// One invoice.
#[derive(Debug, Clone)]
pub struct Invoice {
    /// Its customer's reference; none where the sandbox does not say who that is.
    pub customer: Option<String>,
    /// Where it was before anything was written.
    pub initial: Stage,
    /// Where a write had brought it, and when its caller had the answer.
    answered: Vec<(Timestamp, Stage)>,
    /// Where the sandbox had it, and when it had said so.
    recorded: Vec<(Timestamp, Stage)>,
    /// Where writes that were sent might have brought it.
    sent: Vec<Stage>,
    /// The due date that a write put there, and when its caller had the answer.
    due: Option<(Timestamp, String)>,
}

/// Where an invoice may be shown by a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Possible {
    /// The earliest stage, and what is known of that.
    pub least: Stage,
    /// Why not an earlier one.
    pub why: &'static str,
    /// All stages, the earliest among them.
    pub stages: Vec<Stage>,
}

impl Possible {
    /// Whether the invoice must be in a listing that asks for `status`, or for all.
    pub fn must_be_listed(&self, status: Option<Stage>) -> bool {
        self.stages.iter().all(|stage| is_in(*stage, status))
    }
}

fn is_in(stage: Stage, status: Option<Stage>) -> bool {
    stage.is_listed() && status.is_none_or(|status| status == stage)
}

impl Invoice {
    /// Where it may be shown by a reading that began at `began`, or, where that is not said, by
    /// one that any write may have come before; and whose provider was asked at `fetched`.
    pub fn possible(&self, began: Option<Timestamp>, fetched: Option<Timestamp>) -> Possible {
        let latest = |known: &[(Timestamp, Stage)], until: Option<Timestamp>| {
            let known = known.iter().filter(|(at, _)| until.is_some_and(|until| *at < until));
            known.map(|(_, stage)| *stage).max()
        };
        let answered = latest(&self.answered, began).unwrap_or(self.initial);
        let recorded = latest(&self.recorded, fetched).unwrap_or(self.initial);
        let (least, why) = if answered >= recorded {
            (answered, "a write had been answered before it was asked")
        } else {
            (recorded, "the sandbox had recorded it before its provider was asked")
        };
        let later = self.sent.iter().copied().filter(|stage| *stage > least);
        Possible { least, why, stages: [least].into_iter().chain(later).collect() }
    }

    /// Whether the sandbox is known to have had it in `stage`.
    pub fn was_recorded(&self, stage: Stage) -> bool {
        self.initial == stage || self.recorded.iter().any(|(_, known)| *known == stage)
    }

    /// The due date that a reading which began at `began` has to show, where one is known.
    pub fn due(&self, began: Timestamp) -> Option<&str> {
        self.due.as_ref().filter(|(at, _)| *at < began).map(|(_, due)| due.as_str())
    }
}

/// Invoices that are asked for together: their connection, and their customer where it is known.
type Group = (String, Option<String>);

/// All invoices.
#[derive(Debug, Default)]
pub struct Truth {
    invoices: Mutex<BTreeMap<String, Invoice>>,
    groups: Mutex<BTreeMap<Group, Vec<String>>>,
}

impl Truth {
    /// Adds what the sandbox holds of `connection` before anything is written.
    pub fn add(&self, connection: &str, records: &[Record]) {
        for record in records {
            let stage = Stage::recorded(connection, record);
            self.insert(connection, record.reference(connection), &record.customer, stage);
        }
    }

    /// Adds what a draft of Fusebill's became, unless it is known; the draft's customer is its.
    pub fn posted(&self, draft: &str, new: &str) {
        if self.get(new).is_some() {
            return;
        }
        let customer = self.get(draft).and_then(|draft| draft.customer).unwrap_or_default();
        let customer = customer.trim_start_matches("fusebill:").to_owned();
        self.insert("fusebill", new.to_owned(), &customer, Stage::Absent);
        self.change(new, |invoice| invoice.sent.push(Stage::Active));
    }

    fn insert(&self, connection: &str, reference: String, customer: &str, initial: Stage) {
        // The sandbox names the supplier of a payable.
        let customer = (connection != "finexio").then(|| format!("{connection}:{customer}"));
        let group = (connection.to_owned(), customer.clone());
        lock(&self.groups).entry(group).or_default().push(reference.clone());
        let invoice = Invoice {
            customer,
            initial,
            answered: Vec::new(),
            recorded: Vec::new(),
            sent: Vec::new(),
            due: None,
        };
        lock(&self.invoices).insert(reference, invoice);
    }

    /// What is known of one now.
    pub fn get(&self, reference: &str) -> Option<Invoice> {
        lock(&self.invoices).get(reference).cloned()
    }

    /// What is known now of those of a connection, or of one customer there.
    pub fn of(&self, connection: &str, customer: Option<&str>) -> Vec<(String, Invoice)> {
        let groups = lock(&self.groups);
        let wanted = groups.iter().filter(|((of, whose), _)| {
            of == connection && customer.is_none_or(|customer| whose.as_deref() == Some(customer))
        });
        let invoices = lock(&self.invoices);
        let references = wanted.flat_map(|(_, references)| references);
        references
            .filter_map(|reference| Some((reference.clone(), invoices.get(reference)?.clone())))
            .collect()
    }

    /// The customers of a connection.
    pub fn customers(&self, connection: &str) -> Vec<String> {
        let groups = lock(&self.groups);
        let of = groups.keys().filter(|(of, _)| of == connection);
        of.filter_map(|(_, customer)| customer.clone()).collect()
    }

    /// A write that may bring the invoice to `stage` is sent now.
    pub fn sent(&self, reference: &str, stage: Stage) {
        self.change(reference, |invoice| {
            if !invoice.sent.contains(&stage) {
                invoice.sent.push(stage);
            }
        });
    }

    /// A caller has the answer that a write had brought the invoice to `stage`.
    pub fn answered(&self, reference: &str, stage: Stage, at: Timestamp) {
        self.change(reference, |invoice| invoice.answered.push((at, stage)));
    }

    /// A caller has the answer that a write put this due date there.
    pub fn due_answered(&self, reference: &str, due: &str, at: Timestamp) {
        self.change(reference, |invoice| invoice.due = Some((at, due.to_owned())));
    }

    /// The sandbox has said that it has the invoice in `stage`.
    pub fn recorded(&self, reference: &str, stage: Stage, at: Timestamp) {
        self.change(reference, |invoice| {
            if !invoice.recorded.iter().any(|(_, known)| *known == stage) {
                invoice.recorded.push((at, stage));
            }
        });
    }

    fn change(&self, reference: &str, change: impl FnOnce(&mut Invoice)) {
        if let Some(invoice) = lock(&self.invoices).get_mut(reference) {
            change(invoice);
        }
    }
}

/// What one thread was at when it failed is looked at all the same.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    fn draft() -> Truth {
        let truth = Truth::default();
        truth.insert("nue", "nue:a".to_owned(), "c", Stage::Draft);
        truth
    }

    fn possible(truth: &Truth, began: i64, fetched: i64) -> Possible {
        truth.get("nue:a").unwrap().possible(Some(at(began)), Some(at(fetched)))
    }

    #[test]
    fn a_write_that_was_answered_holds_for_what_is_asked_after() {
        let truth = draft();
        truth.sent("nue:a", Stage::Active);
        assert_eq!(possible(&truth, 1, 1).stages, [Stage::Draft, Stage::Active]);
        truth.answered("nue:a", Stage::Active, at(10));
        assert_eq!(possible(&truth, 9, 9).stages, [Stage::Draft, Stage::Active]);
        assert_eq!(possible(&truth, 11, 5).stages, [Stage::Active]);
    }

    #[test]
    fn what_was_recorded_holds_for_what_was_fetched_after() {
        let truth = draft();
        truth.sent("nue:a", Stage::Active);
        truth.recorded("nue:a", Stage::Active, at(10));
        assert_eq!(possible(&truth, 20, 9).stages, [Stage::Draft, Stage::Active]);
        assert_eq!(possible(&truth, 20, 11).stages, [Stage::Active]);
    }

    #[test]
    fn only_what_can_be_nowhere_else_must_be_listed() {
        let truth = draft();
        truth.sent("nue:a", Stage::Canceled);
        let possible = possible(&truth, 1, 1);
        assert!(possible.must_be_listed(None));
        assert!(!possible.must_be_listed(Some(Stage::Draft)));
        truth.sent("nue:a", Stage::Gone);
        assert!(!truth.get("nue:a").unwrap().possible(None, None).must_be_listed(None));
    }
}
