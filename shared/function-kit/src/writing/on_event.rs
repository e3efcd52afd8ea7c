//! A request to write that came as an event.

use invoice::{BulkAction, BulkWrite, Code, Intent, Problem};
use provider_client::Deadline;
use provider_client::writing::Asked;

use super::{Job, done, foretold, wanted};
use crate::caller::Caller;
use crate::state::State;
use crate::writes::{Begin, Ending, IdempotencyKey, WriteRequest};

/// A request to write that came as an event.
#[derive(Debug, Clone, Copy)]
pub struct EventRequest<'a> {
    /// The event's id: done once, however often it is delivered.
    pub id: &'a str,
    /// Who put it on the bus, in their own word.
    pub source: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// The body of the route for many invoices.
    pub body: &'a [u8],
    /// By when it must have been dealt with.
    pub deadline: Deadline,
}

/// What came of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dealt {
    /// All of it is settled, one way or another.
    Settled,
    /// Something is open: the event must be delivered again.
    Open,
}

/// Does what an event asks.
///
/// # Errors
/// What is wrong with the event, or keeps all of it from being done now
/// ([`Problem::retryable`] tells which).
pub async fn on_event(
    state: &State,
    action: BulkAction,
    event: EventRequest<'_>,
) -> Result<Dealt, Problem> {
    let intent = BulkWrite::parse(event.body, action)?;
    let (Intent::DryRun(bulk) | Intent::Execute(bulk)) = &intent;
    let malformed = |_| Problem::new(Code::InvalidRequest, "the event's id is no idempotency key");
    let key: IdempotencyKey = event.id.parse().map_err(malformed)?;
    let caller = Caller::of_event(event.source);
    let wanted = wanted(&bulk.selection);
    let connections = state.open(&caller, wanted.as_deref(), event.deadline).await;
    let asked = Asked {
        connections: &connections,
        scope: &caller.scope,
        precondition: None,
        deadline: event.deadline,
    };
    let job = match intent {
        Intent::DryRun(BulkWrite { write, selection }) => {
            foretold(&asked, &write, &selection).await?;
            return Ok(Dealt::Settled);
        }
        Intent::Execute(BulkWrite { write, selection }) => Job { write, selection, single: false },
    };
    let request = WriteRequest {
        caller: &caller,
        route: ("EVENT", event.kind),
        request_id: event.id,
        deadline: event.deadline,
        key: Some(&key),
        target: "",
        body: event.body,
    };
    let (mut running, resumed) = match state.writes().begin(&request).await? {
        Begin::Replay(_) => return Ok(Dealt::Settled),
        Begin::Fresh(running) => (running, None),
        Begin::Resume(running, resumed) => (running, Some(resumed)),
    };
    match done(state, &request, &asked, &job, &mut running, resumed).await {
        Ok((answer, ending)) => {
            running.finish(&answer, ending).await;
            Ok(if ending == Ending::Open { Dealt::Open } else { Dealt::Settled })
        }
        Err((problem, _)) => {
            running.abandon().await;
            Err(problem)
        }
    }
}
