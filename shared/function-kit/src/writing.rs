//! How every function that writes answers: read the request, hold it to its
//! key, do it once, tell the world, and say of each invoice what happened.

mod app;
mod job;
mod lines;
pub(crate) mod noticed;

use std::time::Duration;

use api::{BulkAction, BulkWrite, IdempotencyKey, Intent, Selection};
use engine::Connection;
use engine::writing::WriteContext;
use headers::IfMatch;
use invoice::{Code, Invoice, Problem, Write, WriteResult};
use lambda_http::http::{StatusCode, header};
use provider_client::Deadline;
use store::writes::{Admission, InFlight, WriteRequest};

use crate::answer::{Answer, is_tagged};
use crate::call::Call;
use crate::caller::{Caller, Permission};
use crate::connections::used;
use crate::events;
use crate::media::MediaTypes;
use crate::reply::{Afterwards, LogFields, Reply};

pub use app::WriteApp;
pub use job::{Job, Written, written};
pub use lines::Lines;

/// What is kept of a request's time for recording what came of its writes. A provider that
/// stalls takes all the time it is given, for a write and for reading it back; without this its
/// outcomes would be known and could not be told.
const RECORDING: Duration = Duration::from_secs(1);

/// Answers the form for many invoices: by their ids, or by a filter.
pub async fn many(app: &WriteApp, call: &Call, action: BulkAction) -> Reply {
    let asked = Asked::of(call, || {
        let intent = BulkWrite::parse(call.json_body(MediaTypes::Json)?, action)?;
        Ok(intent.map(|BulkWrite { write, selection }| Job { write, selection, single: false }))
    });
    reply(app, call, asked).await
}

/// Answers the form for the invoice that the path names.
pub async fn one(app: &WriteApp, call: &Call, action: BulkAction) -> Reply {
    let asked = Asked::of(call, || {
        let selection = Selection::Ids(vec![call.reference()?]);
        let intent = action.parse_one(call.json_body(MediaTypes::Json)?)?;
        Ok(intent.map(|write| Job { write, selection, single: true }))
    });
    reply(app, call, asked).await
}

/// Answers a merge patch of the invoice that the path names.
pub async fn update(app: &WriteApp, call: &Call) -> Reply {
    let asked = Asked::of(call, || {
        let selection = Selection::Ids(vec![call.reference()?]);
        let intent = api::read_update(call.json_body(MediaTypes::MergePatch)?)?;
        let write = |patch| Write::Update(Box::new(patch));
        Ok(intent.map(|patch| Job { write: write(patch), selection, single: true }))
    });
    reply(app, call, asked).await
}

/// A request to write, once read.
struct Asked<'a> {
    caller: &'a Caller,
    intent: Intent<Job>,
    key: Option<IdempotencyKey>,
    if_match: Option<IfMatch>,
}

impl<'a> Asked<'a> {
    fn of(
        call: &'a Call,
        intent: impl FnOnce() -> Result<Intent<Job>, Problem>,
    ) -> Result<Self, Problem> {
        let caller = call.caller(Permission::Write)?;
        let (intent, key) = (intent()?, IdempotencyKey::of(&call.headers)?);
        Ok(Self { caller, intent, key, if_match: call.if_match()? })
    }

    fn job(&self) -> &Job {
        let (Intent::DryRun(job) | Intent::Execute(job)) = &self.intent;
        job
    }
}

async fn reply(app: &WriteApp, call: &Call, asked: Result<Asked<'_>, Problem>) -> Reply {
    let asked = match asked {
        Ok(asked) => asked,
        Err(problem) => return problem.into(),
    };
    let wanted = asked.job().connections();
    let (scope, wanted) = (&asked.caller.scope, wanted.as_deref());
    let connections = app.open(scope, wanted, call.deadline()).await;
    let mut afterwards = Afterwards::default();
    let response = answer(app, call, &asked, &connections, &mut afterwards).await;
    let log = LogFields { connections: Some(used(&connections, wanted)), cache: None };
    Reply { response, log, afterwards }
}

async fn answer(
    app: &WriteApp,
    call: &Call,
    asked: &Asked<'_>,
    connections: &[Connection],
    afterwards: &mut Afterwards,
) -> Result<Answer, Problem> {
    let is_as_read = |invoice: &Invoice| {
        let known = asked.if_match.as_ref();
        known.is_none_or(|known| is_tagged(&shown(asked.caller, invoice), known))
    };
    let context = WriteContext {
        connections,
        scope: &asked.caller.scope,
        precondition: Some(&is_as_read),
        deadline: Deadline::after(call.deadline().left().saturating_sub(RECORDING)),
    };
    match &asked.intent {
        Intent::DryRun(job) => {
            let lines = Lines::of(&job.foretold(&context).await?)?;
            // What would be rejected is no failure of the question.
            if job.single { one_told(&lines.only_foretold()) } else { many_told(&lines, true) }
        }
        Intent::Execute(job) => {
            let request = WriteRequest {
                caller: asked.caller.requester(),
                route: call.target(),
                request_id: &call.request_id,
                deadline: call.deadline(),
                key: asked.key.as_ref(),
                target: call.parameter("id").unwrap_or_default(),
                body: call.body(),
            };
            execute(app, call, &request, &context, job, afterwards).await
        }
    }
}

/// Does the job, as far as an earlier try has not, and leaves what it came to to be told
/// once the caller has the answer.
async fn execute(
    app: &WriteApp,
    call: &Call,
    request: &WriteRequest<'_>,
    context: &WriteContext<'_>,
    job: &Job,
    afterwards: &mut Afterwards,
) -> Result<Answer, Problem> {
    let (mut in_flight, resumed) = match app.writes.begin(request).await? {
        Admission::Replay(stored) => return Answer::replayed(&stored),
        Admission::Fresh(in_flight) => (in_flight, None),
        Admission::Resume(in_flight, resumed) => (in_flight, Some(resumed)),
    };
    let Written { lines, results } = match written(context, job, &mut in_flight, resumed).await {
        Ok(written) => written,
        Err(problem) => return settled(call, Err(problem), in_flight).await,
    };
    let action = job.write.action();
    let news = events::events(action, &results, in_flight.owner());
    app.news.publish_afterwards(action.word(), news, request.deadline, afterwards);
    let answer = told(job, &lines, results);
    if !lines.is_open() {
        return settled(call, answer, in_flight).await;
    }
    match &answer {
        Err(problem) if passes(problem) => in_flight.abandon().await,
        // What is not kept of one invoice is in the ledger.
        _ if job.single => in_flight.leave_open(&[]).await,
        _ => in_flight.leave_open(&lines.raw()).await,
    }
    answer
}

/// Whether a problem passes: with the same key it can be asked again.
fn passes(problem: &Problem) -> bool {
    problem.retryable || problem.code == Code::Internal
}

/// Ends a request of which all is settled, and gives its answer. A problem that passes is
/// not kept.
async fn settled(
    call: &Call,
    answer: Result<Answer, Problem>,
    in_flight: InFlight,
) -> Result<Answer, Problem> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(problem) if passes(&problem) => {
            in_flight.abandon().await;
            return Err(problem);
        }
        Err(problem) => Answer::problem(&problem, call),
    };
    in_flight.finish(&answer.stored()).await;
    Ok(answer)
}

/// The invoice as `caller` is shown it.
fn shown(caller: &Caller, invoice: &Invoice) -> Invoice {
    let mut invoice = invoice.clone();
    caller.scope.redact(&mut invoice);
    invoice
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
