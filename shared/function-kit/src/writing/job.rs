//! What a request to write asks, and doing it.

use api::Selection;
use engine::writing::{self, WriteContext};
use invoice::{Code, ConnectionName, Outcome, Problem, Reference, Scope, Write, WriteResult};
use store::writes::{InFlight, Resumption};

use super::Lines;
use crate::telemetry::metrics;

/// What a request asks, once read.
#[derive(Debug)]
pub struct Job {
    /// The write.
    pub write: Write,
    /// The invoices that are meant.
    pub selection: Selection,
    /// Whether one invoice is written, and the answer is its result alone.
    pub single: bool,
}

/// What came of a job.
#[derive(Debug)]
pub struct Written {
    /// What is known by now of each invoice that was meant.
    pub lines: Lines,
    /// What came of those that this try was at.
    pub results: Vec<WriteResult>,
}

impl Job {
    /// The connections that the job needs; none is all.
    pub(super) fn connections(&self) -> Option<Vec<ConnectionName>> {
        match &self.selection {
            Selection::Matching(filter) => filter.connections.clone(),
            Selection::Ids(references) => {
                Some(references.iter().map(|reference| reference.connection().clone()).collect())
            }
        }
    }

    /// What the job would do to each of the invoices meant. Nothing is recorded, and
    /// nothing can be sent: there is no ledger to send by.
    pub(super) async fn foretold(
        &self,
        context: &WriteContext<'_>,
    ) -> Result<Vec<WriteResult>, Problem> {
        let references = self.references(context).await?;
        let mut results = writing::dry_run(context, &self.write, &references).await;
        redact(&mut results, context.scope);
        Ok(results)
    }

    async fn references(&self, context: &WriteContext<'_>) -> Result<Vec<Reference>, Problem> {
        match &self.selection {
            Selection::Ids(references) => Ok(references.clone()),
            Selection::Matching(filter) => writing::matching(context, filter).await,
        }
    }
}

/// Does the job, as far as an earlier try has not.
///
/// # Errors
/// What keeps all of it from being done: nothing was sent.
pub async fn written(
    context: &WriteContext<'_>,
    job: &Job,
    in_flight: &mut InFlight,
    resumed: Option<Resumption>,
) -> Result<Written, Problem> {
    let Resumption { selection, results } = resumed.unwrap_or_default();
    let mut lines = Lines::read(results);
    let references = match selection {
        Some(references) => references,
        None => {
            let references = job.references(context).await?;
            in_flight.selected(&references).await?;
            references
        }
    };
    let open: Vec<Reference> =
        references.iter().filter(|reference| !lines.is_settled(reference)).cloned().collect();
    let ledger = in_flight.ledger();
    let mut results = writing::execute(context, &job.write, &open, &ledger).await;
    if lines.is_empty()
        && let Some(problem) = unavailable(&results)
    {
        return Err(problem);
    }
    metrics::outcomes(&results);
    redact(&mut results, context.scope);
    lines.put(&references, &results)?;
    Ok(Written { lines, results })
}

/// Leaves in the results what their caller is shown.
fn redact(results: &mut [WriteResult], scope: &Scope) {
    for invoice in results.iter_mut().filter_map(|result| result.invoice.as_mut()) {
        scope.redact(invoice);
    }
}

/// Why nothing was sent at all, where the record of writes is out of reach for
/// every invoice.
fn unavailable(results: &[WriteResult]) -> Option<Problem> {
    let is_unavailable = |result: &WriteResult| {
        result.outcome == Outcome::Rejected
            && result.problem.as_ref().is_some_and(|problem| problem.code == Code::Unavailable)
    };
    let first = results.first().and_then(|result| result.problem.clone());
    first.filter(|_| results.iter().all(is_unavailable))
}
