//! The invoices of one connection, on their way through one write.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, join_all};
use futures::stream::{self, StreamExt};
use invoice::{Code, Invoice, Outcome, Problem, Reference, Scope, Write, WriteResult};
use jiff::Timestamp;

use super::ledger::{Claim, Ledger, Settled, Trace};
use super::{Asked, not_found, rejected, status_after};
use crate::capability::Sending;
use crate::error::Fate;
use crate::provider::{After, Provider, View};
use crate::{Deadline, ErrorKind, ProviderError};

/// What is kept of the time for reading back after the last sending.
const READING_BACK: Duration = Duration::from_secs(3);

pub(super) struct Batch<'a> {
    asked: &'a Asked<'a>,
    provider: &'a dyn Provider,
    write: &'a Write,
    sending: Sending,
    results: BTreeMap<Reference, Done>,
}

/// A result, and what the record needs to know beside it.
struct Done {
    result: WriteResult,
    sent: bool,
    under_way: bool,
}

impl<'a> Batch<'a> {
    pub fn new(
        asked: &'a Asked<'a>,
        provider: &'a dyn Provider,
        write: &'a Write,
        sending: Sending,
    ) -> Self {
        Self { asked, provider, write, sending, results: BTreeMap::new() }
    }

    /// What the write would do to each of `references`.
    pub async fn foretell(mut self, references: Vec<Reference>) -> Vec<WriteResult> {
        let read_by = self.asked.deadline;
        let within = self.within_scope(&references, read_by).await;
        let ready = self.ready(within, read_by).await;
        self.foretold(ready);
        self.results_of(&references)
    }

    /// Does the write to each of `references`.
    pub async fn execute(
        mut self,
        references: Vec<Reference>,
        ledger: &dyn Ledger,
    ) -> Result<Vec<WriteResult>, Problem> {
        // What is read later than that could not be sent any more.
        let within = self.within_scope(&references, self.sending_by()).await;
        let fresh = self.claim(ledger, &within).await?;
        let ready = self.ready(fresh, self.sending_by()).await;
        let sent = self.send_all(ledger, ready).await;
        self.record(ledger).await;
        sent?;
        Ok(self.results_of(&references))
    }

    fn results_of(&mut self, references: &[Reference]) -> Vec<WriteResult> {
        references.iter().filter_map(|id| Some(self.results.remove(id)?.result)).collect()
    }

    /// For a self-service customer: leaves out others' invoices before they are
    /// claimed. That somebody writes to one is not told, nor kept from happening.
    async fn within_scope(
        &mut self,
        references: &[Reference],
        read_by: Deadline,
    ) -> Vec<Reference> {
        if *self.asked.scope == Scope::All {
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
                self.reject(reference, not_found(reference), None);
            }
        }
        within
    }

    /// Claims the invoices; what an earlier try may have sent is settled by
    /// reading, and what another is at is left alone. Returns the others.
    async fn claim(
        &mut self,
        ledger: &dyn Ledger,
        references: &[Reference],
    ) -> Result<Vec<Reference>, Problem> {
        let claims = ledger.claim(self.write, references).await.map_err(out_of_reach)?;
        let (mut fresh, mut sent) = (Vec::new(), Vec::new());
        for (reference, claim) in references.iter().zip(claims) {
            match claim {
                Claim::Ours => fresh.push(reference.clone()),
                Claim::Sent { since, under_way, before } => sent.push((before, since, under_way)),
                Claim::Busy { retry_after } => {
                    self.reject(reference, busy(reference, retry_after), None);
                }
            }
        }
        let this = &*self;
        let settling = sent.iter().map(|(before, since, under_way)| async move {
            let capabilities = this.provider.capabilities();
            let before = before.invoice(capabilities.provider, capabilities.direction);
            (this.after(std::slice::from_ref(&before), *since).await, before, *under_way)
        });
        let settling = join_all(settling).await;
        for (after, before, under_way) in settling {
            for after in after {
                let done = self.settled_later(&before, after, under_way);
                self.results.insert(before.id.clone(), done);
            }
        }
        Ok(fresh)
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
            match invoice {
                // Claimed under one name, an invoice is not written under another.
                Ok(invoice) if invoice.id != *reference => {
                    let detail = format!(
                        "there is no invoice `{reference}`: its provider calls it `{}`",
                        invoice.id
                    );
                    self.reject(reference, Problem::new(Code::InvoiceNotFound, detail), None);
                }
                Ok(invoice) => ready.extend(self.decided(reference, invoice)),
                Err(error) if error.kind == ErrorKind::NotFound => {
                    self.reject(reference, not_found(reference), None);
                }
                Err(error) => self.reject(reference, Problem::from(&error), None),
            }
        }
        ready
    }

    fn decided(&mut self, reference: &Reference, invoice: Invoice) -> Option<Invoice> {
        if !self.asked.scope.allows(invoice.customer.id.as_ref()) {
            self.reject(reference, not_found(reference), None);
            return None;
        }
        if self.asked.precondition.is_some_and(|holds| !holds(&invoice)) {
            let detail = "the invoice has changed since it was read: read it again";
            self.reject(reference, Problem::new(Code::PreconditionFailed, detail), Some(invoice));
            return None;
        }
        // What must never be sent is refused even where it would change nothing.
        let refusal = self.provider.refusal(self.write, &invoice);
        let of_the_request = |problem: &Problem| problem.code != Code::StateConflict;
        if let Some(problem) = refusal.as_ref().filter(|problem| of_the_request(problem)) {
            self.reject(reference, problem.clone(), Some(invoice));
            return None;
        }
        if self.write.is_shown_by(&invoice) {
            self.finish(reference, Outcome::Unchanged, Some(invoice), None);
            return None;
        }
        if let Some(problem) = refusal {
            self.reject(reference, problem, Some(invoice));
            return None;
        }
        Some(invoice)
    }

    /// A dry run: what would happen, by the rules.
    fn foretold(&mut self, ready: Vec<Invoice>) {
        for invoice in ready {
            let reference = invoice.id.clone();
            let status = status_after(self.write.action(), &invoice);
            self.finish(&reference, Outcome::Applied, Some(invoice), None);
            if let Some(done) = self.results.get_mut(&reference) {
                done.result.status = status;
            }
        }
    }

    /// Sends for all that is ready: in bulk where the provider has it, else one
    /// by one, side by side within the provider's limit.
    async fn send_all(&mut self, ledger: &dyn Ledger, ready: Vec<Invoice>) -> Result<(), Problem> {
        let most = match self.sending {
            Sending::Bulk(most) => most.max(1),
            Sending::Single => 1,
        };
        let side_by_side = self.provider.capabilities().concurrency.max(1);
        let calls: Vec<Vec<Invoice>> = ready.chunks(most).map(<[Invoice]>::to_vec).collect();
        let outcomes: Vec<_> = {
            let this = &*self;
            let sending = calls.into_iter().map(|call| this.send(ledger, call));
            stream::iter(sending).buffered(side_by_side).collect().await
        };
        let mut failure = None;
        for outcome in outcomes {
            match outcome {
                Ok(done) => {
                    let named = done.into_iter().map(|done| (done.result.id.clone(), done));
                    self.results.extend(named);
                }
                Err(problem) => failure = Some(problem),
            }
        }
        // What had been sent when the record failed keeps its results; only
        // where nothing at all was sent is the failure the answer.
        match failure {
            Some(problem) if !self.results.values().any(|done| done.sent) => Err(problem),
            Some(problem) => {
                self.reject_rest(&problem, ready);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn reject_rest(&mut self, problem: &Problem, ready: Vec<Invoice>) {
        for invoice in ready {
            if !self.results.contains_key(&invoice.id) {
                let reference = invoice.id.clone();
                self.reject(&reference, problem.clone(), Some(invoice));
            }
        }
    }

    /// One call: recorded, sent, and established.
    async fn send(&self, ledger: &dyn Ledger, call: Vec<Invoice>) -> Result<Vec<Done>, Problem> {
        if self.asked.deadline.left() <= READING_BACK {
            let detail = "no time was left to send this; nothing happened";
            let problem = Problem::new(Code::ProviderTimeout, detail);
            return Ok(call.into_iter().map(|before| unsent(before, problem.clone())).collect());
        }
        let traces: Vec<Trace> = call.iter().map(Trace::of).collect();
        ledger.sending(self.write, &traces).await.map_err(out_of_reach)?;
        Ok(self.sent(call).await)
    }

    /// Sends one call; what a provider refuses as a whole is taken apart by
    /// halves, until each invoice has its own outcome.
    fn sent(&self, call: Vec<Invoice>) -> BoxFuture<'_, Vec<Done>> {
        async move {
            let since = Timestamp::now();
            let error = match self.provider.write(self.write, &call, self.sending_by()).await {
                Ok(written) => {
                    let mut shown: BTreeMap<String, Invoice> =
                        written.into_iter().map(|written| (written.id, written.invoice)).collect();
                    let (shown, silent): (Vec<_>, Vec<_>) = call
                        .into_iter()
                        .map(|before| (shown.remove(before.id.id()), before))
                        .partition(|(now, _)| {
                            now.as_ref().is_some_and(|now| self.write.is_shown_by(now))
                        });
                    let mut done: Vec<Done> =
                        shown.into_iter().map(|(now, before)| applied(&before, now)).collect();
                    let silent = silent.into_iter().map(|(_, before)| before).collect();
                    done.extend(self.read_back(silent, since, None).await);
                    return done;
                }
                Err(error) => error,
            };
            tracing::warn!(
                provider = error.provider,
                connection = %error.connection,
                operation = error.operation,
                kind = ?error.kind,
                fate = ?error.fate,
                status = error.status,
                "a write failed"
            );
            let of_one = matches!(
                error.kind,
                ErrorKind::Rejected | ErrorKind::Conflict | ErrorKind::NotFound
            );
            match error.fate {
                Fate::NotAccepted if of_one && call.len() > 1 => self.halves(call).await,
                Fate::NotAccepted => {
                    call.into_iter().map(|before| refused(before, &error)).collect()
                }
                Fate::Finished | Fate::Unclear => self.read_back(call, since, Some(&error)).await,
            }
        }
        .boxed()
    }

    async fn halves(&self, mut call: Vec<Invoice>) -> Vec<Done> {
        let rest = call.split_off(call.len() / 2);
        let mut done = self.sent(call).await;
        done.extend(self.sent(rest).await);
        done
    }

    /// Leaves time to read back what was sent.
    fn sending_by(&self) -> Deadline {
        let left = self.asked.deadline.left();
        Deadline::after(left.saturating_sub(READING_BACK))
    }

    async fn after(
        &self,
        before: &[Invoice],
        since: Timestamp,
    ) -> Vec<Result<After, ProviderError>> {
        self.provider.after(self.write, before, since, self.asked.deadline).await
    }

    /// Establishes by reading what came of a write whose answer does not show it.
    async fn read_back(
        &self,
        before: Vec<Invoice>,
        since: Timestamp,
        error: Option<&ProviderError>,
    ) -> Vec<Done> {
        if before.is_empty() {
            return Vec::new();
        }
        let after = self.after(&before, since).await;
        let under_way = error.is_some_and(|error| error.fate == Fate::Unclear);
        before
            .into_iter()
            .zip(after)
            .map(|(before, after)| match after {
                Ok(After::Done(now)) => applied(&before, now.map(|now| *now)),
                Ok(After::NotDone(now)) => unknown(&before, Some(*now), error, under_way),
                Ok(After::Unclear) | Err(_) => unknown(&before, None, error, under_way),
            })
            .collect()
    }

    /// The same for what an earlier try may have sent. Once the provider cannot
    /// be at it any more, an invoice that does not show the write has not had it.
    fn settled_later(
        &self,
        before: &Invoice,
        after: Result<After, ProviderError>,
        under_way: bool,
    ) -> Done {
        match after {
            Ok(After::Done(now)) => applied(before, now.map(|now| *now)),
            Ok(After::NotDone(now)) if !under_way => {
                let detail = format!(
                    "an earlier try to {} `{}` came to nothing at the provider; to try again, ask with a new idempotency key",
                    self.write.action().word(),
                    before.id
                );
                // Under this key it is settled: never sent again.
                let problem =
                    Problem { retryable: false, ..Problem::new(Code::ProviderError, detail) };
                Done {
                    result: rejected(&before.id, problem, Some(*now)),
                    sent: true,
                    under_way: false,
                }
            }
            Ok(After::NotDone(now)) => unknown(before, Some(*now), None, true),
            Ok(After::Unclear) | Err(_) => unknown(before, None, None, under_way),
        }
    }

    async fn record(&self, ledger: &dyn Ledger) {
        let settled: Vec<Settled> = self
            .results
            .values()
            .filter(|done| {
                done.result.problem.as_ref().is_none_or(|problem| problem.code != Code::InProgress)
            })
            .map(|done| Settled {
                invoice: done.result.id.clone(),
                outcome: done.result.outcome,
                sent: done.sent,
                under_way: done.under_way,
                new_id: done.result.new_id.clone(),
                problem: done.result.problem.as_ref().map(|problem| problem.code),
            })
            .collect();
        ledger.record(self.write, &settled).await;
    }

    fn reject(&mut self, reference: &Reference, problem: Problem, now: Option<Invoice>) {
        let result = rejected(reference, problem, now);
        self.results.insert(reference.clone(), Done { result, sent: false, under_way: false });
    }

    fn finish(
        &mut self,
        reference: &Reference,
        outcome: Outcome,
        now: Option<Invoice>,
        problem: Option<Problem>,
    ) {
        let result = WriteResult {
            id: reference.clone(),
            outcome,
            status: now.as_ref().map(|invoice| invoice.status),
            new_id: None,
            invoice: now.map(Box::new),
            problem,
        };
        self.results.insert(reference.clone(), Done { result, sent: false, under_way: false });
    }
}

fn applied(before: &Invoice, now: Option<Invoice>) -> Done {
    let result = WriteResult {
        id: before.id.clone(),
        outcome: Outcome::Applied,
        status: now.as_ref().map(|invoice| invoice.status),
        new_id: now.as_ref().map(|now| now.id.clone()).filter(|id| *id != before.id),
        invoice: now.map(Box::new),
        problem: None,
    };
    Done { result, sent: true, under_way: false }
}

fn refused(before: Invoice, error: &ProviderError) -> Done {
    let mut problem = Problem::from(error);
    if problem.code == Code::StateConflict {
        problem.available_actions = Some(before.available_actions.clone());
    }
    let reference = before.id.clone();
    Done { result: rejected(&reference, problem, Some(before)), sent: true, under_way: false }
}

fn unsent(before: Invoice, problem: Problem) -> Done {
    let reference = before.id.clone();
    Done { result: rejected(&reference, problem, Some(before)), sent: false, under_way: false }
}

fn unknown(
    before: &Invoice,
    now: Option<Invoice>,
    error: Option<&ProviderError>,
    under_way: bool,
) -> Done {
    let problem = error.map_or_else(
        || {
            let detail = "the provider took the write, and reading the invoice does not show it yet; ask again with the same idempotency key";
            Problem::new(Code::ProviderError, detail)
        },
        |error| {
            let problem = Problem::from(error);
            let detail = format!("{}; whether it was done is not known yet: ask again with the same idempotency key", problem.detail);
            Problem { detail, ..problem }
        },
    );
    let result = WriteResult {
        id: before.id.clone(),
        outcome: Outcome::Unknown,
        status: now.as_ref().map(|invoice| invoice.status),
        new_id: None,
        invoice: now.map(Box::new),
        problem: Some(problem),
    };
    Done { result, sent: true, under_way }
}

fn busy(reference: &Reference, retry_after: Duration) -> Problem {
    let detail = format!("another write on `{reference}` is under way; this one was not sent");
    Problem {
        retry_after: Some(retry_after.as_secs().max(1)),
        ..Problem::new(Code::InProgress, detail)
    }
}

fn out_of_reach(error: super::LedgerError) -> Problem {
    tracing::error!(%error, "writes cannot be recorded");
    Problem {
        retry_after: Some(5),
        ..Problem::new(Code::Unavailable, "writes cannot be recorded now: nothing was sent")
    }
}
