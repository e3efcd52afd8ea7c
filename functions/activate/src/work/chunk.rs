//! One chunk of the work that an event asks for, under an idempotency key of its
//! own: whoever comes to it again goes on from where it was, or is told what it
//! came to.

use api::{IdempotencyKey, Selection};
use engine::writing::WriteContext;
use function_kit::Answer;
use function_kit::events::{self, Event, Rejected, RejectedInvoice};
use function_kit::writing::{Job, Lines, Written, written};
use invoice::{Code, Digest, Outcome, OutcomeCounts, Problem, WriteResult};
use store::writes::{Admission, InFlight, Resumption, WriteRequest};

use super::part::{Part, Stop};

/// What came of a chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    /// How many invoices have each outcome.
    pub counts: OutcomeCounts,
    /// Whether trying again may settle more.
    pub is_open: bool,
    is_all_open: bool,
    /// Why something is open.
    pub code: Code,
}

impl Chunk {
    fn of(lines: &Lines, results: &[WriteResult]) -> Self {
        let mut problems = results.iter().filter_map(|result| result.problem.as_ref());
        let open = problems.find(|problem| problem.retryable);
        Self {
            counts: lines.counts(),
            is_open: lines.is_open(),
            is_all_open: lines.are_all_open(),
            code: open.map_or(Code::ProviderError, |problem| problem.code),
        }
    }

    /// Whether nothing could be sent: the next chunk would fare no better.
    pub fn brought_nothing(&self) -> bool {
        self.is_open && self.is_all_open && self.counts.unknown == 0
    }
}

impl Part<'_> {
    /// Does the page of this number, as far as an earlier try has not.
    pub(super) async fn chunk(&self, number: u32) -> Result<Chunk, Stop> {
        let whole = self.whole;
        let page = whole.store.page(&whole.name, self.connection, number).await?;
        let key = format!("{}:{}:{number}", whole.name.as_str(), self.connection);
        let unsound = |_| Problem::new(Code::Internal, "the key of a chunk is none");
        let key: IdempotencyKey = key.parse().map_err(unsound)?;
        // References alone: writing them cannot fail.
        let body = serde_json::to_vec(&page.invoices).unwrap_or_default();
        let deadline = whole.step_deadline();
        let request = WriteRequest {
            caller: whole.caller.requester(),
            route: ("EVENT", &whole.record.kind),
            request_id: &whole.record.id,
            deadline,
            key: Some(&key),
            target: self.connection.as_str(),
            body: &body,
        };
        let (in_flight, resumed) = match whole.app.write.writes.begin(&request).await? {
            Admission::Fresh(in_flight) => (in_flight, None),
            Admission::Resume(in_flight, resumed) => (in_flight, Some(resumed)),
            Admission::Replay(answer) => {
                let lines = Lines::of_answer(&answer.body);
                if lines.len() != page.invoices.len() {
                    let detail = "what came of a chunk cannot be read";
                    return Err(Problem::new(Code::Unavailable, detail).into());
                }
                return Ok(Chunk::of(&lines, &[]));
            }
        };
        let asked = WriteContext {
            connections: &self.connections,
            scope: &whole.caller.scope,
            precondition: None,
            deadline,
        };
        let selection = Selection::Ids(page.invoices);
        let job = Job { write: whole.bulk.write.clone(), selection, single: false };
        self.done(number, &asked, &job, in_flight, resumed).await
    }

    async fn done(
        &self,
        number: u32,
        asked: &WriteContext<'_>,
        job: &Job,
        mut in_flight: InFlight,
        resumed: Option<Resumption>,
    ) -> Result<Chunk, Stop> {
        let Written { lines, results } = match written(asked, job, &mut in_flight, resumed).await {
            Ok(written) => written,
            Err(problem) => {
                in_flight.abandon().await;
                return Err(problem.into());
            }
        };
        // Nobody waits for the answer: what came of the chunk is told first, so
        // that whoever is killed in between tells it again, under the same ids.
        let mut news = events::events(job.write.action(), &results, in_flight.owner());
        news.extend(self.rejections(number, &results));
        self.whole.publish(news).await;
        let chunk = Chunk::of(&lines, &results);
        let lines = lines.without_invoices();
        if lines.is_open() {
            in_flight.leave_open(&lines.raw()).await;
        } else {
            let answer = Answer::json(&lines.answer(false))?;
            in_flight.finish(&answer.stored()).await;
        }
        Ok(chunk)
    }

    /// What was rejected for good. What may yet be done is told when it is settled.
    fn rejections(&self, number: u32, results: &[WriteResult]) -> Vec<Event> {
        let rejected = results.iter().filter(|result| result.outcome == Outcome::Rejected);
        let invoices: Vec<RejectedInvoice> = rejected
            .filter_map(|result| {
                let problem = result.problem.as_ref().filter(|problem| !problem.retryable)?;
                Some(RejectedInvoice::new(result.id.clone(), problem))
            })
            .collect();
        let ids: Vec<String> = invoices.iter().map(|one| one.id.to_string()).collect();
        let part = format!("{}:{number}:{:.16}", self.connection, Digest::of(&ids));
        events::rejected(&Rejected {
            request: &self.whole.record.id,
            connection: Some(self.connection),
            part: &part,
            problem: None,
            invoices,
        })
    }
}
