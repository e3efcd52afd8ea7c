//! What is told of an invoice: each outcome made in one place.

use std::time::Duration;

use invoice::{Code, Invoice, Outcome, Problem, Reference, WriteResult};

use provider_client::ProviderError;

/// When to ask again for what is unknown: it may show long before the time is up.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// A result, and what the record needs to know beside it.
pub(super) struct Done {
    pub result: WriteResult,
    /// Whether anything was sent in this try.
    pub sent: bool,
    /// Whether the provider may be at it still.
    pub under_way: bool,
}

impl Done {
    fn new(id: &Reference, outcome: Outcome, now: Option<Invoice>) -> Self {
        let result = WriteResult {
            id: id.clone(),
            outcome,
            status: now.as_ref().map(|invoice| invoice.status),
            new_id: now.as_ref().map(|now| now.id.clone()).filter(|now| now != id),
            invoice: now.map(Box::new),
            problem: None,
        };
        Self { result, sent: false, under_way: false }
    }

    /// The outcome, of something that was sent.
    pub fn sent(self) -> Self {
        Self { sent: true, ..self }
    }

    fn because(mut self, problem: Problem) -> Self {
        self.result.problem = Some(problem);
        self
    }
}

/// The invoice shows what was asked for.
pub(super) fn applied(id: &Reference, now: Option<Invoice>) -> Done {
    Done::new(id, Outcome::Applied, now)
}

/// The invoice showed what is asked for before anything was sent.
pub(super) fn unchanged(id: &Reference, now: Invoice) -> Done {
    Done::new(id, Outcome::Unchanged, Some(now))
}

/// Nothing happened, for this reason.
pub(super) fn rejected(id: &Reference, problem: Problem, now: Option<Invoice>) -> Done {
    Done::new(id, Outcome::Rejected, now).because(problem)
}

/// The provider refused, and reading shows that nothing was done: its own words.
pub(super) fn refused(id: &Reference, error: &ProviderError, now: Option<Invoice>) -> Done {
    let mut problem = Problem::from(error);
    if problem.code == Code::InvoiceNotFound && now.is_some() {
        // The invoice is there, as reading shows: something else was not found.
        problem.code = Code::ProviderError;
    }
    if problem.code == Code::StateConflict {
        problem.available_actions = now.as_ref().map(|now| now.available_actions.clone());
    }
    rejected(id, problem, now).sent()
}

/// The outcome where it cannot be told yet whether the write was done: the same key
/// asked again tells more. `why` is what the provider failed with, where it did.
pub(super) fn unclear(
    id: &Reference,
    why: Option<&ProviderError>,
    unclear_for: Option<Duration>,
    now: Option<Invoice>,
) -> Done {
    const AGAIN: &str = "ask again with the same `Idempotency-Key`, or read the invoice";
    let problem = match why {
        Some(error) => {
            let problem = Problem::from(error);
            let detail = &problem.detail;
            let detail = format!("{detail}; whether it was done is not known yet: {AGAIN}");
            Problem { detail, ..problem }
        }
        None => {
            let detail = format!(
                "the write was sent, and reading the invoice does not show it yet: {AGAIN}"
            );
            Problem::new(Code::ProviderError, detail)
        }
    };
    let wait = unclear_for.filter(|wait| !wait.is_zero()).unwrap_or(ASK_AGAIN).min(ASK_AGAIN);
    let wait = wait.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX);
    // No sooner than the provider asks.
    let retry_after = problem.retry_after.max(Some(wait));
    let done = Done::new(id, Outcome::Unknown, now);
    Done { under_way: true, ..done.because(Problem { retryable: true, retry_after, ..problem }) }
}

/// The outcome of what was sent to a connection that cannot be asked what came of it.
pub(super) fn unreached(id: &Reference, problem: &Problem) -> Done {
    let detail =
        format!("{}; the write was sent, and whether it was done is not known", problem.detail);
    let retry_after = problem.retry_after.or(Some(ASK_AGAIN.as_secs()));
    let problem = Problem { detail, retryable: true, retry_after, ..problem.clone() };
    Done { under_way: true, ..Done::new(id, Outcome::Unknown, None).because(problem) }
}

/// The outcome where it can never be told whether the write was done: asking again
/// tells the same.
pub(super) fn untold(id: &Reference, detail: &str, now: Option<Invoice>) -> Done {
    let problem = Problem { retryable: false, ..Problem::new(Code::ProviderError, detail) };
    Done::new(id, Outcome::Unknown, now).because(problem)
}

/// The record of an invoice is out of reach, and nothing was sent for it.
pub(super) fn unrecorded(id: &Reference, error: &super::LedgerError, now: Option<Invoice>) -> Done {
    tracing::error!(%error, "a write cannot be recorded");
    let problem = Problem::unavailable("the write cannot be recorded now: nothing was sent");
    rejected(id, problem, now)
}

/// The record of what an earlier try sent is out of reach.
pub(super) fn unrecalled(id: &Reference, error: &super::LedgerError) -> Done {
    tracing::error!(%error, "what was sent cannot be looked up");
    let detail = "what an earlier try sent cannot be looked up now: nothing more was sent, and whether it was done is not known yet";
    let done = Done::new(id, Outcome::Unknown, None);
    Done { under_way: true, ..done.because(Problem::unavailable(detail)) }
}

/// Another's write on the invoice is under way.
pub(super) fn busy(id: &Reference, retry_after: Duration) -> Done {
    let detail = format!("another write on `{id}` is under way; this one was not sent");
    let problem = Problem {
        retry_after: Some(retry_after.as_secs().max(1)),
        ..Problem::new(Code::InProgress, detail)
    };
    rejected(id, problem, None)
}

/// The outcome where the connection cannot be used, for this reason. That an invoice is
/// none of the caller's business is told in the words that tell of one that is not
/// there.
pub(super) fn barred(id: &Reference, problem: &Problem) -> Done {
    match problem.code {
        Code::InvoiceNotFound => not_found(id),
        _ => rejected(id, problem.clone(), None),
    }
}

/// There is no such invoice, or it is none of the caller's business.
pub(super) fn not_found(id: &Reference) -> Done {
    let problem = Problem::new(Code::InvoiceNotFound, format!("there is no invoice `{id}`"));
    rejected(id, problem, None)
}
