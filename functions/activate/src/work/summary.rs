//! What is told of an event as a whole: that it was refused, or what came of it
//! at every connection once all of them have ended.

use std::time::Duration;

use function_kit::events::{
    BUDGET, CompletedConnection, CompletedStatus, Rejected, completed, rejected,
};
use invoice::{Digest, Problem};
use store::event_work::{EventRecord, Telling, Work, WorkName};
use tokio::time::sleep;

use super::{EventWork, FUNCTION};
use crate::event_app::EventApp;

/// What is told of a request that is refused as a whole.
const REFUSED: &str = "refused";
/// How long another message is left to tell, in steps.
const LOOKS: u32 = 20;
const LOOKS_AGAIN: Duration = Duration::from_millis(200);

/// Tells that `record` was refused as a whole.
///
/// # Errors
/// When it cannot be kept that this was told.
pub(super) async fn refused(
    app: &EventApp,
    record: &EventRecord,
    problem: &Problem,
) -> Result<(), Problem> {
    let (store, name) = (&app.work, WorkName::of(record));
    store.begin(record).await?;
    if let Telling::Ours(told) = store.tell(&name, REFUSED).await? {
        let whole = Rejected {
            request: &record.id,
            part: "all",
            problem: Some(problem),
            ..Rejected::default()
        };
        if let Some(publisher) = app.write.news.publisher(FUNCTION) {
            publisher.publish(rejected(&whole), BUDGET).await;
        }
        store.told(told).await?;
    }
    Ok(())
}

impl EventWork<'_> {
    /// Tells what came of the request, if all of it has ended. Returns whether
    /// nothing is left to tell by now.
    pub(super) async fn summarize(&self) -> Result<bool, Problem> {
        let works = self.store.works(&self.name, &self.record.connections).await?;
        let ended: Option<Vec<Work>> =
            works.into_iter().map(|work| work.filter(Work::is_ended)).collect();
        let Some(works) = ended else { return Ok(true) };
        let connections: Vec<CompletedConnection> = self
            .record
            .connections
            .iter()
            .zip(&works)
            .map(|(connection, work)| CompletedConnection {
                connection: connection.clone(),
                status: status(work),
                summary: work.summary(),
                problem: problem(work),
            })
            .collect();
        // Words and numbers alone: writing them cannot fail.
        let what = serde_json::to_string(&connections).unwrap_or_default();
        let what = Digest::of(&[what]).to_string();
        for _ in 0..LOOKS {
            match self.store.tell(&self.name, &what).await? {
                Telling::Done => return Ok(true),
                Telling::Busy => sleep(LOOKS_AGAIN).await,
                Telling::Ours(told) => {
                    let who = (self.record.account.as_str(), self.record.source.as_str());
                    let event = completed(&self.record.id, who, &connections, told.times);
                    self.publish(event.into_iter().collect()).await;
                    self.store.told(told).await?;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

fn problem(work: &Work) -> Option<String> {
    let given_up = work.given_up.as_ref().map(|given_up| given_up.code.clone());
    given_up.or_else(|| work.partial.clone())
}

fn status(work: &Work) -> CompletedStatus {
    match (&work.given_up, &work.partial) {
        (Some(_), _) => CompletedStatus::Failed,
        (None, Some(_)) => CompletedStatus::Partial,
        (None, None) => CompletedStatus::Completed,
    }
}
