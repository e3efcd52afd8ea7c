//! One connection's part of the work that an event asks for.

use std::time::Duration;

use engine::Connection;
use function_kit::events::{Continuation, Rejected, continued, rejected};
use invoice::{Code, ConnectionName, Problem};
use provider_client::Deadline;
use store::event_work::{GivenUp, Lease, MessageId, Taken, Work, WorkError};
use tracing::warn;

use super::chunk::Chunk;
use super::{EventWork, MAX_RECEIVES};

/// The most time for one chunk, and for one page that is selected.
const STEP: Duration = Duration::from_secs(30);
/// Kept of a delivery's time to hand the work on, and to tell.
const RESERVE: Duration = Duration::from_secs(6);
/// How long the work is held from one step to the next.
const LEASE: Duration = Duration::from_secs(STEP.as_secs() + 5);

/// Where a message leaves a part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing is left to do.
    Ended,
    /// Another message carries the work on.
    Elsewhere,
    /// The message has to come back.
    Open,
    /// The message has to come back, and will not by itself.
    GivenUp,
}

impl End {
    /// Whether the request as a whole may have ended with it.
    pub fn may_be_the_last(self) -> bool {
        matches!(self, Self::Ended | Self::GivenUp)
    }
}

/// Why a message stops at a part of the work.
pub(super) enum Stop {
    /// All of it has its final outcome.
    Done,
    /// The time of this delivery is up.
    TimeIsUp,
    /// Something is open that trying again at once would not settle.
    Open(Code),
    /// Something keeps all of it from being done.
    Failed(Problem),
    /// Another message has taken the work over.
    Lost,
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

impl From<WorkError> for Stop {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Lost => Self::Lost,
            other => Self::Failed(other.into()),
        }
    }
}

/// One connection's part, as long as it is in the hand of this message.
pub(super) struct Part<'a> {
    pub whole: &'a EventWork<'a>,
    pub connection: &'a ConnectionName,
    pub connections: Vec<Connection>,
    pub lease: Lease,
    pub work: Work,
    /// Whether this delivery has brought the work on.
    has_moved: bool,
}

impl EventWork<'_> {
    /// Works at one connection's part, as far as the time goes.
    pub(super) async fn part(&self, connection: &ConnectionName) -> End {
        let message = MessageId(self.delivery.message_id);
        let (lease, mut work) = match self.store.take(&self.name, connection, message, LEASE).await
        {
            Ok(Taken::Ours(lease, work)) => (lease, work),
            Ok(Taken::Final) => return End::Ended,
            Ok(Taken::Busy) => return End::Open,
            Ok(Taken::Elsewhere) => return End::Elsewhere,
            Err(error) => {
                warn!(event = self.record.id, %connection, %error, "work cannot be taken up");
                return End::Open;
            }
        };
        work.given_up = None;
        let wanted = std::slice::from_ref(connection);
        let deadline = self.step_deadline();
        let connections = self.app.write.open(&self.caller.scope, Some(wanted), deadline).await;
        let mut part = Part { whole: self, connection, connections, lease, work, has_moved: false };
        let stop = match part.all_steps().await {
            Ok(()) => Stop::Done,
            Err(stop) => stop,
        };
        part.stopped(stop).await
    }

    /// By when a step that begins now must have ended.
    pub(super) fn step_deadline(&self) -> Deadline {
        Deadline::after(STEP.min(self.delivery.deadline.left().saturating_sub(RESERVE)))
    }

    fn rejection<'e>(
        &'e self,
        connection: &'e ConnectionName,
        problem: &'e Problem,
    ) -> Rejected<'e> {
        Rejected {
            request: &self.record.id,
            connection: Some(connection),
            part: connection.as_str(),
            problem: Some(problem),
            invoices: Vec::new(),
        }
    }

    async fn carried_on(&self, connection: &ConnectionName) -> bool {
        let work = self.name.as_str().to_owned();
        match continued(&Continuation { work, connection: connection.clone() }) {
            Some(event) => self.hand_on(event).await,
            None => false,
        }
    }
}

impl Part<'_> {
    async fn all_steps(&mut self) -> Result<(), Stop> {
        if !self.work.is_selected {
            self.select().await?;
        }
        while self.work.next < self.work.pages {
            let chunk = self.step(self.work.next).await?;
            if chunk.brought_nothing() {
                return Err(Stop::Open(chunk.code));
            }
        }
        self.open_ends().await
    }

    /// Tries again what was left open, as long as that settles something.
    async fn open_ends(&mut self) -> Result<(), Stop> {
        while !self.work.open.is_empty() {
            let open = self.work.open.clone();
            let mut code = Code::ProviderError;
            for number in open.keys() {
                code = self.step(*number).await?.code;
            }
            if self.work.open == open {
                return Err(Stop::Open(code));
            }
        }
        Ok(())
    }

    /// Does one page, and keeps what came of it.
    async fn step(&mut self, number: u32) -> Result<Chunk, Stop> {
        self.begin_step()?;
        let chunk = self.chunk(number).await?;
        self.work.next = self.work.next.max(number.saturating_add(1));
        self.work.open.remove(&number);
        if chunk.is_open {
            self.work.open.insert(number, chunk.counts);
        } else {
            self.work.counts += chunk.counts;
        }
        self.save().await?;
        Ok(chunk)
    }

    /// Whether there is time for a step. The first of a delivery has all there is.
    pub(super) fn begin_step(&self) -> Result<(), Stop> {
        let left = self.whole.delivery.deadline.left();
        if self.has_moved && left < STEP + RESERVE { Err(Stop::TimeIsUp) } else { Ok(()) }
    }

    /// Keeps how far the work has come.
    pub(super) async fn save(&mut self) -> Result<(), Stop> {
        self.whole.store.save(&self.lease, &self.work, LEASE).await?;
        self.has_moved = true;
        Ok(())
    }

    /// Releases the work, and sees to it that somebody carries it on.
    async fn stopped(mut self, stop: Stop) -> End {
        let (whole, connection) = (self.whole, self.connection);
        let event = whole.record.id.as_str();
        let end = match &stop {
            Stop::Lost => return End::Elsewhere,
            Stop::Done => End::Ended,
            Stop::TimeIsUp => End::Open,
            Stop::Open(code) => self.left_open(*code),
            Stop::Failed(problem) => {
                warn!(event, %connection, code = problem.code.word(), "a connection fails");
                if is_refusal(problem.code) {
                    self.give_up(problem.code, true);
                    End::Ended
                } else {
                    self.left_open(problem.code)
                }
            }
        };
        // Told before it is kept: a message that is killed in between tells it
        // again, under the same id.
        if let (Stop::Failed(problem), Some(_)) = (&stop, &self.work.given_up) {
            whole.publish(rejected(&whole.rejection(connection, problem))).await;
        }
        // Released before it is handed on: who finds it held takes it for another's.
        if let Err(error) = whole.store.release(self.lease, &self.work).await {
            warn!(event, %connection, %error, "work cannot be released");
            return End::Open;
        }
        match stop {
            Stop::TimeIsUp if whole.carried_on(connection).await => End::Elsewhere,
            _ => end,
        }
    }

    fn left_open(&mut self, code: Code) -> End {
        if self.whole.delivery.receives < MAX_RECEIVES {
            return End::Open;
        }
        self.give_up(code, false);
        End::GivenUp
    }

    fn give_up(&mut self, code: Code, is_final: bool) {
        self.work.given_up = Some(GivenUp { code: code.word().to_owned(), is_final });
    }
}

/// Whether trying again would be refused again, whatever is mended meanwhile.
fn is_refusal(code: Code) -> bool {
    matches!(
        code,
        Code::InvalidRequest
            | Code::InvalidParameter
            | Code::ConnectionNotFound
            | Code::CustomerRequired
            | Code::UnsupportedOperation
            | Code::UnsupportedFilter
            | Code::UnsupportedSort
            | Code::NotEnabled
    )
}
