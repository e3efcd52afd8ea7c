//! The invoices of one connection, on their way through one write.

use std::collections::{BTreeMap, BTreeSet};

use invoice::{Code, Invoice, Outcome, Problem, Reference, Scope, Write, WriteResult};
use provider_client::capability::Sending;
use provider_client::provider::{Provider, View};
use provider_client::{Deadline, ErrorKind};

use super::ledger::{InvoiceLock, Ledger, OutcomeRecord};
use super::outcome::{
    Done, applied, busy, not_found, rejected, unchanged, unclear, unrecalled, unrecorded,
};
use super::{WriteContext, status_after};

pub(super) struct Batch<'a> {
    pub asked: &'a WriteContext<'a>,
    pub provider: &'a dyn Provider,
    pub write: &'a Write,
    pub sending: Sending,
    results: BTreeMap<Reference, Done>,
    /// Of these an earlier try was sent, and came to nothing for certain.
    going_on: BTreeSet<Reference>,
}

impl<'a> Batch<'a> {
    pub fn new(
        asked: &'a WriteContext<'a>,
        provider: &'a dyn Provider,
        write: &'a Write,
        sending: Sending,
    ) -> Self {
        let (results, going_on) = (BTreeMap::new(), BTreeSet::new());
        Self { asked, provider, write, sending, results, going_on }
    }

    /// What the write would do to each of `references`.
    pub async fn foretell(mut self, references: Vec<Reference>) -> Vec<WriteResult> {
        let read_by = self.asked.deadline;
        let within = self.within_scope(&references, read_by).await;
        for invoice in self.ready(within, read_by).await {
            // By the rules: where nothing is sent, nothing else is known.
            let (reference, status) =
                (invoice.id.clone(), status_after(self.write.action(), &invoice));
            let mut done = applied(&reference, Some(invoice));
            done.result.status = status;
            self.put(done);
        }
        self.results_of(&references)
    }

    /// Does the write to each of `references`.
    pub async fn execute(
        mut self,
        references: Vec<Reference>,
        ledger: &dyn Ledger,
    ) -> Vec<WriteResult> {
        let fresh = self.resume(ledger, &references).await;
        // What is read later than that could not be sent any more.
        let within = self.within_scope(&fresh, self.sending_by()).await;
        let ours = self.lock(ledger, within).await;
        let ready = self.ready(ours, self.sending_by()).await;
        let sent = self.send_all(ledger, ready).await;
        for done in sent {
            self.put(done);
        }
        self.record(ledger).await;
        self.results_of(&references)
    }

    fn put(&mut self, done: Done) {
        self.results.insert(done.result.id.clone(), done);
    }

    fn results_of(&mut self, references: &[Reference]) -> Vec<WriteResult> {
        references.iter().filter_map(|id| Some(self.results.remove(id)?.result)).collect()
    }

    /// Settles by reading what an earlier try of the same request may have sent.
    /// Returns what is to be sent: what never was, and what is certain to have
    /// come to nothing.
    async fn resume(&mut self, ledger: &dyn Ledger, references: &[Reference]) -> Vec<Reference> {
        let recalled = ledger.recall(references).await;
        let (mut fresh, mut sent) = (Vec::new(), Vec::new());
        for (reference, recalled) in references.iter().zip(recalled) {
            match recalled {
                Ok(None) => fresh.push(reference.clone()),
                Ok(Some(earlier)) => sent.push(earlier),
                Err(error) => self.put(unrecalled(reference, &error)),
            }
        }
        for (reference, settled) in self.settle(sent).await {
            match settled {
                Some(done) => self.put(done),
                None => {
                    self.going_on.insert(reference.clone());
                    fresh.push(reference);
                }
            }
        }
        fresh
    }

    /// For a self-service customer: leaves out others' invoices before they are
    /// locked. That somebody writes to one is not told, nor kept from happening.
    async fn within_scope(
        &mut self,
        references: &[Reference],
        read_by: Deadline,
    ) -> Vec<Reference> {
        if *self.asked.scope == Scope::All || references.is_empty() {
            return references.to_vec();
        }
        let ids: Vec<&str> = references.iter().map(Reference::id).collect();
        let read = self.provider.get_many(&ids, &View::default(), read_by).await;
        let mut within = Vec::new();
        for (reference, invoice) in references.iter().zip(read) {
            // What cannot be read now may be what an earlier try has deleted.
            let allowed = |invoice: &Invoice| self.asked.scope.allows(invoice.customer.id.as_ref());
            if invoice.as_ref().map_or(true, allowed) {
                within.push(reference.clone());
            } else {
                self.put(not_found(reference));
            }
        }
        within
    }

    /// Locks the invoices; what another is at is left alone. Returns the others.
    async fn lock(&mut self, ledger: &dyn Ledger, references: Vec<Reference>) -> Vec<Reference> {
        if references.is_empty() {
            return references;
        }
        let locks = ledger.lock(self.write, &references).await;
        let mut ours = Vec::new();
        for (reference, lock) in references.into_iter().zip(locks) {
            match lock {
                Ok(InvoiceLock::Ours) => ours.push(reference),
                Ok(InvoiceLock::Busy { retry_after }) => self.put(busy(&reference, retry_after)),
                Err(error) => self.put(unrecorded(&reference, &error, None)),
            }
        }
        ours
    }

    /// Reads the invoices and holds them against scope, precondition and rules.
    /// Returns those the write is to be sent for.
    async fn ready(&mut self, references: Vec<Reference>, read_by: Deadline) -> Vec<Invoice> {
        if references.is_empty() {
            return Vec::new();
        }
        let ids: Vec<&str> = references.iter().map(Reference::id).collect();
        let read = self.provider.get_many(&ids, &View::default(), read_by).await;
        let mut ready = Vec::new();
        for (reference, invoice) in references.iter().zip(read) {
            let going_on = self.going_on.contains(reference);
            match invoice {
                // Claimed under one name, an invoice is not written under another.
                Ok(invoice) if invoice.id != *reference => {
                    let detail = format!(
                        "there is no invoice `{reference}`: its provider calls it `{}`",
                        invoice.id
                    );
                    let problem = Problem::new(Code::InvoiceNotFound, detail);
                    self.put(rejected(reference, problem, None));
                }
                Ok(invoice) => match self.decided(reference, invoice) {
                    Ok(invoice) => ready.push(*invoice),
                    Err(done) => self.put(*done),
                },
                Err(error) if going_on => self.put(unclear(reference, Some(&error), None, None)),
                Err(error) if error.kind == ErrorKind::NotFound => self.put(not_found(reference)),
                Err(error) => self.put(rejected(reference, Problem::from(&error), None)),
            }
        }
        ready
    }

    /// The invoice, where the write is to be sent for it; else what comes of it.
    fn decided(&self, reference: &Reference, invoice: Invoice) -> Result<Box<Invoice>, Box<Done>> {
        let reject = |problem, now| Err(Box::new(rejected(reference, problem, now)));
        if !self.asked.scope.allows(invoice.customer.id.as_ref()) {
            return Err(Box::new(not_found(reference)));
        }
        let is_shown = self.write.is_shown_by(&invoice);
        if is_shown && self.going_on.contains(reference) {
            // What was sent before was carried out after all.
            return Err(Box::new(applied(reference, Some(invoice))));
        }
        if self.asked.precondition.is_some_and(|holds| !holds(&invoice)) {
            let detail = "the invoice has changed since it was read: read it again";
            return reject(Problem::new(Code::PreconditionFailed, detail), Some(invoice));
        }
        // What must never be sent is refused even where it would change nothing.
        let refusal = self.provider.refusal(self.write, &invoice);
        let of_the_request = |problem: &Problem| problem.code != Code::StateConflict;
        if let Some(problem) = refusal.as_ref().filter(|problem| of_the_request(problem)) {
            return reject(problem.clone(), Some(invoice));
        }
        if self.write.is_state_of(&invoice) {
            let keeps_comments = self.provider.capabilities().keeps_comments(self.write.action());
            let lacking = self.write.lacking_in(&invoice, keeps_comments);
            if lacking.is_empty() {
                return Err(Box::new(unchanged(reference, invoice)));
            }
            let problem = Problem {
                available_actions: Some(invoice.available_actions.clone()),
                ..Problem::of_faults(Code::StateConflict, lacking)
            };
            return reject(problem, Some(invoice));
        }
        match refusal {
            Some(problem) => reject(problem, Some(invoice)),
            None => Ok(Box::new(invoice)),
        }
    }

    async fn record(&self, ledger: &dyn Ledger) {
        let is_busy = |problem: &Problem| problem.code == Code::InProgress;
        let settled: Vec<OutcomeRecord> = self
            .results
            .values()
            .filter(|done| done.result.problem.as_ref().is_none_or(|problem| !is_busy(problem)))
            .map(|done| OutcomeRecord {
                invoice: done.result.id.clone(),
                outcome: done.result.outcome,
                sent: done.sent,
                under_way: done.under_way && done.result.outcome == Outcome::Unknown,
                new_id: done.result.new_id.clone(),
                problem: done.result.problem.as_ref().map(|problem| problem.code),
            })
            .collect();
        if !settled.is_empty() {
            ledger.record(self.write, &settled).await;
        }
    }
}
