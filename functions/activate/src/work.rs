//! A request to write that came as an event: each connection's part of it is
//! worked through in chunks, by as many messages as it takes, and what came of it
//! in all is told at the end.

mod chunk;
mod part;
mod selecting;
mod summary;

use api::{BulkAction, BulkWrite, Intent, Selection};
use function_kit::events::{BUDGET, Continuation, Event};
use function_kit::{Caller, Delivery};
use futures::future::join_all;
use invoice::{Code, ConnectionName, Fault, Problem};
use store::event_work::{EventRecord, EventWorkStore, WorkName};
use tracing::warn;

use crate::event_app::EventApp;
use part::End;

/// How often a message is delivered before it is a dead letter, by template.yaml.
pub const MAX_RECEIVES: u32 = 5;

/// Whose outbox the events of this function wait in.
const FUNCTION: &str = "activate-on-event";

/// A request to write that came as an event.
#[derive(Debug, Clone, Copy)]
pub struct EventRequest<'a> {
    /// The event's id, which EventBridge gives: done once, however often it is
    /// delivered.
    pub id: &'a str,
    /// The account of whoever put it on the bus. EventBridge sets it.
    pub account: &'a str,
    /// The source they named, of those that IAM and the rule let through.
    pub source: &'a str,
    /// The event's kind.
    pub kind: &'a str,
    /// The body of the route for many invoices.
    pub body: &'a str,
}

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dealt {
    /// The message is needed no more: what it asks is done, or carried on by
    /// another message.
    Settled,
    /// Something is open: the message must be delivered again.
    Open,
}

/// Does what an event asks, as far as the time of this delivery goes.
///
/// # Errors
/// What is wrong with the event, which has been told on the bus; or what keeps
/// all of it from being done now ([`Problem::retryable`] tells which).
pub async fn on_event(
    app: &EventApp,
    action: BulkAction,
    event: EventRequest<'_>,
    delivery: Delivery<'_>,
) -> Result<Dealt, Problem> {
    let bulk = match read(event.body, action) {
        Ok(bulk) => bulk,
        Err(problem) => {
            summary::refused(app, &event.record(Vec::new()), &problem).await?;
            return Err(problem);
        }
    };
    let asked = event.record(connections(app, &bulk.selection));
    let record = app.work.begin(&asked).await?;
    if record.body != asked.body {
        let detail = "the event's id was that of another request";
        return Err(Problem::new(Code::IdempotencyKeyReused, detail));
    }
    let connections = record.connections.clone();
    EventWork::new(app, record, bulk, delivery).go_on(&connections).await
}

/// Goes on with work that another message handed on. What is to be done, and who
/// asked for it, stands in the table: a continuation can name nothing else.
///
/// # Errors
/// When it names no such work, or what keeps it from being done now.
pub async fn on_continuation(
    app: &EventApp,
    action: BulkAction,
    detail: &str,
    delivery: Delivery<'_>,
) -> Result<Dealt, Problem> {
    let unknown =
        || Problem::new(Code::InvalidRequest, "a continuation names no work that is kept");
    let continuation: Continuation = invoice::json::read(detail).map_err(|_| unknown())?;
    let name = WorkName::parse(&continuation.work).ok_or_else(unknown)?;
    let record = app.work.request(&name).await?.ok_or_else(unknown)?;
    if !record.connections.contains(&continuation.connection) {
        return Err(unknown());
    }
    let bulk = read(&record.body, action)?;
    EventWork::new(app, record, bulk, delivery).go_on(&[continuation.connection]).await
}

impl EventRequest<'_> {
    fn record(&self, connections: Vec<ConnectionName>) -> EventRecord {
        EventRecord {
            id: self.id.to_owned(),
            account: self.account.to_owned(),
            source: self.source.to_owned(),
            kind: self.kind.to_owned(),
            body: self.body.to_owned(),
            connections,
        }
    }
}

/// What an event asks. A dry run is refused: nobody waits for its answer.
fn read(body: &str, action: BulkAction) -> Result<BulkWrite, Problem> {
    match BulkWrite::parse(body.as_bytes(), action)? {
        Intent::Execute(bulk) => Ok(bulk),
        Intent::DryRun(_) => {
            let fault = Fault {
                pointer: "/dryRun".to_owned(),
                code: Code::InvalidRequest,
                detail: "an event has no answer: ask the API what would happen".to_owned(),
            };
            Err(Problem::of_faults(Code::InvalidRequest, vec![fault]))
        }
    }
}

/// The connections that a selection is about, each once.
fn connections(app: &EventApp, selection: &Selection) -> Vec<ConnectionName> {
    let mut named = match selection {
        Selection::Ids(invoices) => {
            invoices.iter().map(|invoice| invoice.connection().clone()).collect()
        }
        Selection::Matching(filter) => filter
            .connections
            .clone()
            .unwrap_or_else(|| app.write.connections.names().cloned().collect()),
    };
    named.sort_unstable();
    named.dedup();
    named
}

/// The work that an event asks for, in the hand of one message.
struct EventWork<'a> {
    app: &'a EventApp,
    store: &'a EventWorkStore,
    name: WorkName,
    record: EventRecord,
    bulk: BulkWrite,
    caller: Caller,
    delivery: Delivery<'a>,
}

impl<'a> EventWork<'a> {
    fn new(
        app: &'a EventApp,
        record: EventRecord,
        bulk: BulkWrite,
        delivery: Delivery<'a>,
    ) -> Self {
        let name = WorkName::of(&record);
        let caller = Caller::of_event(&record.account, &record.source);
        Self { app, store: &app.work, name, record, bulk, caller, delivery }
    }

    /// Works at each of `connections`, side by side: one that fails fails alone.
    async fn go_on(&self, connections: &[ConnectionName]) -> Result<Dealt, Problem> {
        let ends = join_all(connections.iter().map(|one| self.part(one))).await;
        let is_told = !ends.iter().any(|end| end.may_be_the_last()) || self.summarize().await?;
        let is_open = ends.iter().any(|end| matches!(end, End::Open | End::GivenUp));
        Ok(if is_open || !is_told { Dealt::Open } else { Dealt::Settled })
    }

    /// Publishes `events`, so far as the bus takes them in time.
    async fn publish(&self, events: Vec<Event>) {
        if let Some(publisher) = self.app.write.news.publisher(FUNCTION) {
            publisher.publish(events, BUDGET).await;
        }
    }

    /// Sends `event` to the queue, by the bus. Returns whether it was taken.
    async fn hand_on(&self, event: Event) -> bool {
        match self.app.write.news.publisher(FUNCTION) {
            Some(publisher) => publisher.publish_all(vec![event]).await,
            None => {
                warn!("there is no event bus to hand work on by");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests;
