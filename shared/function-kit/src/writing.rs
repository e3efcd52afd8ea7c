//! How every function that writes answers: read the request, hold it to its
//! key, do it once, tell the world, and say of each invoice what happened.

mod lines;
mod on_event;

use invoice::{
    BulkAction, BulkWrite, Code, ConnectionName, Intent, Invoice, Outcome, Patch, Problem,
    Reference, Scope, Selection, Write, WriteResult,
};
use lambda_http::http::{StatusCode, header};
use provider_client::writing::{self, WriteContext};

use crate::answer::{Answer, is_tagged};
use crate::call::Call;
use crate::caller::{Caller, Permission};
use crate::copies;
use crate::events;
use crate::media::MediaTypes;
use crate::state::State;
use crate::telemetry::metrics;
use crate::writes::{Admission, Ending, IdempotencyKey, InFlight, Resumption, WriteRequest};
use lines::Lines;

pub use on_event::{Dealt, Delivery, EventRequest, MAX_RECEIVES, on_continuation, on_event};

/// What a request asks, once read.
struct Job {
    write: Write,
    selection: Selection,
    /// Whether one invoice is written, and the answer is its result alone.
    single: bool,
}

/// Answers the form for many invoices: by their ids, or by a filter.
///
/// # Errors
/// What is wrong with the request, or keeps all of it from being done.
pub async fn many(state: &State, call: &Call, action: BulkAction) -> Result<Answer, Problem> {
    let caller = call.caller(Permission::Write)?;
    let intent = BulkWrite::parse(call.json_body(MediaTypes::Json)?, action)?;
    let intent =
        intent.map(|BulkWrite { write, selection }| Job { write, selection, single: false });
    answer(state, call, caller, intent).await
}

/// Answers the form for the invoice that the path names.
///
/// # Errors
/// What is wrong with the request, or why the invoice was not written.
pub async fn one(state: &State, call: &Call, action: BulkAction) -> Result<Answer, Problem> {
    let caller = call.caller(Permission::Write)?;
    let selection = Selection::Ids(vec![call.reference()?]);
    let intent = action.parse_one(call.json_body(MediaTypes::Json)?)?;
    answer(state, call, caller, intent.map(|write| Job { write, selection, single: true })).await
}

/// Answers a merge patch of the invoice that the path names.
///
/// # Errors
/// What is wrong with the request, or why the invoice was not written.
pub async fn update(state: &State, call: &Call) -> Result<Answer, Problem> {
    let caller = call.caller(Permission::Write)?;
    let selection = Selection::Ids(vec![call.reference()?]);
    let intent = Patch::parse_intent(call.json_body(MediaTypes::MergePatch)?)?;
    let intent =
        intent.map(|patch| Job { write: Write::Update(Box::new(patch)), selection, single: true });
    answer(state, call, caller, intent).await
}

async fn answer(
    state: &State,
    call: &Call,
    caller: &Caller,
    intent: Intent<Job>,
) -> Result<Answer, Problem> {
    let key = IdempotencyKey::of(call)?;
    let (Intent::DryRun(Job { selection, .. }) | Intent::Execute(Job { selection, .. })) = &intent;
    let wanted = wanted(selection);
    let connections = state.connections(call, caller, wanted.as_deref()).await;
    let connections = copies::for_writing(state, connections);
    let if_match = call.if_match()?;
    let is_as_read = |invoice: &Invoice| {
        if_match.as_ref().is_none_or(|known| is_tagged(&shown(caller, invoice), known))
    };
    let asked = WriteContext {
        connections: &connections,
        scope: &caller.scope,
        precondition: Some(&is_as_read),
        deadline: call.deadline(),
    };
    match intent {
        Intent::DryRun(job) => {
            let mut results = foretold(&asked, &job.write, &job.selection).await?;
            redact(&mut results, &caller.scope);
            let lines = Lines::of(&results)?;
            // What would be rejected is no failure of the question.
            if job.single { one_told(&lines.only_foretold()) } else { many_told(&lines, true) }
        }
        Intent::Execute(job) => {
            let request = WriteRequest::of(call, caller, key.as_ref());
            let (mut in_flight, resumed) = match state.writes().begin(&request).await? {
                Admission::Replay(answer) => return Ok(answer),
                Admission::Fresh(in_flight) => (in_flight, None),
                Admission::Resume(in_flight, resumed) => (in_flight, Some(resumed)),
            };
            let outcome = done(state, &request, &asked, &job, &mut in_flight, resumed).await;
            let (outcome, ending) = match outcome {
                Ok((answer, ending)) => (Ok(answer), ending),
                Err((problem, ending)) => (Err(problem), ending),
            };
            in_flight.end(call, outcome, ending).await
        }
    }
}

/// What a write would do to each of the invoices meant. Nothing is recorded, and
/// nothing can be sent: there is no ledger to send by.
async fn foretold(
    asked: &WriteContext<'_>,
    write: &Write,
    selection: &Selection,
) -> Result<Vec<WriteResult>, Problem> {
    let references = references(asked, selection).await?;
    Ok(writing::dry_run(asked, write, &references).await)
}

type Done = Result<(Answer, Ending), (Problem, Ending)>;

/// Does the job, as far as an earlier try has not, and leaves what it came to to
/// be told once the caller has the answer.
async fn done(
    state: &State,
    request: &WriteRequest<'_>,
    asked: &WriteContext<'_>,
    job: &Job,
    in_flight: &mut InFlight,
    resumed: Option<Resumption>,
) -> Done {
    let written = written(asked, job, in_flight, resumed).await;
    let Written { lines, results } = written.map_err(|problem| (problem, Ending::Settled))?;
    let action = job.write.action();
    let news = events::events(action, &results, in_flight.owner());
    state.publish_afterwards(action.word(), news, request.deadline);
    let ending = lines.ending();
    match told(job, &lines, results) {
        Ok(answer) => Ok((answer, ending)),
        Err(problem) => Err((problem, ending)),
    }
}

/// What came of a job.
struct Written {
    /// What is known by now of each invoice that was meant.
    lines: Lines,
    /// What came of those that this try was at.
    results: Vec<WriteResult>,
}

/// Does the job, as far as an earlier try has not.
async fn written(
    asked: &WriteContext<'_>,
    job: &Job,
    in_flight: &mut InFlight,
    resumed: Option<Resumption>,
) -> Result<Written, Problem> {
    let Resumption { selection, answered } = resumed.unwrap_or_default();
    let mut lines = answered.as_deref().map(Lines::read).unwrap_or_default();
    let references = match selection {
        Some(references) => references,
        None => {
            let references = references(asked, &job.selection).await?;
            in_flight.selected(&references).await?;
            references
        }
    };
    let open: Vec<Reference> =
        references.iter().filter(|reference| !lines.is_settled(reference)).cloned().collect();
    let ledger = in_flight.ledger();
    let mut results = writing::execute(asked, &job.write, &open, &ledger).await;
    if lines.is_empty()
        && let Some(problem) = unavailable(&results)
    {
        return Err(problem);
    }
    metrics::outcomes(&results);
    redact(&mut results, asked.scope);
    lines.put(&references, &results)?;
    Ok(Written { lines, results })
}

/// The invoice as `caller` is shown it.
fn shown(caller: &Caller, invoice: &Invoice) -> Invoice {
    let mut invoice = invoice.clone();
    caller.scope.redact(&mut invoice);
    invoice
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

async fn references(
    asked: &WriteContext<'_>,
    selection: &Selection,
) -> Result<Vec<Reference>, Problem> {
    match selection {
        Selection::Ids(references) => Ok(references.clone()),
        Selection::Matching(filter) => writing::matching(asked, filter).await,
    }
}

/// The connections that a request needs; none is all.
fn wanted(selection: &Selection) -> Option<Vec<ConnectionName>> {
    match selection {
        Selection::Matching(filter) => filter.connections.clone(),
        Selection::Ids(references) => {
            Some(references.iter().map(|reference| reference.connection().clone()).collect())
        }
    }
}

/// The answer of the form for many: 200 when all is as asked, else 207.
fn many_told(lines: &Lines, dry_run: bool) -> Result<Answer, Problem> {
    let status = if lines.is_as_asked() { StatusCode::OK } else { StatusCode::MULTI_STATUS };
    Ok(Answer::json(&lines.answer(dry_run))?.with_status(status))
}

/// The answer of the form for one: its result.
fn one_told(result: &Option<impl serde::Serialize>) -> Result<Answer, Problem> {
    let missing = || Problem::new(Code::Internal, "a write came to nothing");
    Answer::json(result.as_ref().ok_or_else(missing)?)
}

/// The answer of either form: for one, its result, with 202 when it cannot be told
/// yet, or the problem for which it was rejected.
fn told(job: &Job, lines: &Lines, results: Vec<WriteResult>) -> Result<Answer, Problem> {
    use invoice::Outcome::{Applied, Rejected, Unchanged, Unknown};
    if !job.single {
        return many_told(lines, false);
    }
    let Some(result) = results.into_iter().next() else {
        return Err(Problem::new(Code::Internal, "a write came to nothing"));
    };
    let only = || one_told(&lines.only());
    match result.outcome {
        Applied | Unchanged => only(),
        Unknown => {
            let wait = result.problem.as_ref().and_then(|problem| problem.retry_after);
            let answer = only()?.with_status(StatusCode::ACCEPTED);
            Ok(match wait {
                Some(seconds) => answer.with(header::RETRY_AFTER, &seconds.to_string()),
                None => answer,
            })
        }
        Rejected => {
            let unexplained = || Problem::new(Code::Internal, "a rejection without a reason");
            let problem = result.problem.unwrap_or_else(unexplained);
            Err(Problem { outcome: Some(Rejected), ..problem })
        }
    }
}

#[cfg(test)]
mod tests;
