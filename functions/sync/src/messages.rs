//! What the function `sync` does with a message: it asks for the syncs of connections, goes
//! on with that of one, or empties a copy.

use std::borrow::Cow;

use copies::{Progress, Run, RunError};
use futures::future::BoxFuture;
use invoice::{ConnectionName, Problem, Scope};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tracing::{error, info, warn};

use function_kit::Message;
use function_kit::events::{Event, SOURCE};
use metrics::{counter, gauge};

use crate::app::SyncApp;

/// An event that asks for the syncs of connections.
pub const REQUESTED: &str = "Invoice Sync Requested";
/// An event that asks for the sync of one connection, or to go on with it.
pub const CONTINUED: &str = "Invoice Sync Continued";

/// An event that asks for the copies of connections to be emptied.
pub const PURGE: &str = "Invoice Copies Purge Requested";
/// The source of events that may ask for syncs: the stack's own schedule.
const SCHEDULE: &str = "invoice-bridge.schedule";
/// The source of events that may have copies emptied: only those whom the owner's policies let
/// name it can put one.
const OWNER: &str = "invoice-bridge.purge";

/// The dimension of metrics that tells connections apart.
const CONNECTION: &str = "Connection";

/// An event as EventBridge delivers it.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "detail-type")]
    kind: String,
    source: String,
    #[serde(borrow)]
    detail: &'a RawValue,
}

/// Which connections are meant.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Detail {
    connections: Vec<ConnectionName>,
}

/// Handles one message; whether it is done with.
pub async fn on_message(app: &SyncApp, message: Message<'_>) -> bool {
    let envelope: Result<Envelope<'_>, _> = invoice::json::read(message.body);
    let read = envelope.ok().and_then(|envelope| {
        let detail: Detail = invoice::json::read(envelope.detail.get()).ok()?;
        Some((envelope.kind, envelope.source, detail))
    });
    let Some((kind, source, detail)) = read else {
        error!("a message is no request for a sync");
        return false;
    };
    match (kind.as_str(), source.as_str(), detail.connections.as_slice()) {
        (PURGE, OWNER, connections) => purge(app, connections).await,
        (REQUESTED, SCHEDULE, connections) => ask(app, connections).await,
        (CONTINUED, SOURCE, [connection]) => sync(app, connection, message).await,
        _ => {
            error!(kind, source, "a request for a sync of another kind");
            false
        }
    }
}

/// Asks for one sync a connection, and tells how late each is.
async fn ask(app: &SyncApp, connections: &[ConnectionName]) -> bool {
    let mut events = Vec::new();
    for name in connections {
        if !app.is_synced(name) {
            continue;
        }
        if let Some(complete) = app.complete(name).await {
            let lag = Timestamp::now().duration_since(complete.began);
            gauge!("SyncLag", CONNECTION => name.to_string()).set(lag.as_secs_f64());
        }
        events.extend(continued(name));
    }
    match app.publisher() {
        Some(publisher) => publisher.publish_all(events).await,
        None => false,
    }
}

fn continued(connection: &ConnectionName) -> Option<Event> {
    let detail = Detail { connections: vec![connection.clone()] };
    let detail = serde_json::to_string(&detail).ok()?;
    Some(Event { detail_type: Cow::Borrowed(CONTINUED), detail })
}

async fn sync(app: &SyncApp, name: &ConnectionName, message: Message<'_>) -> bool {
    let Some(copies) = app.copies.as_ref().filter(|it| it.has(name)) else {
        warn!(connection = %name, "a sync is asked for of a connection that is not synced");
        return true;
    };
    let wanted = std::slice::from_ref(name);
    let deadline = message.delivery.deadline;
    let opened = app.connections.open(&Scope::All, Some(wanted), deadline).await;
    let Some(connection) = opened.iter().find(|one| one.name == *name) else { return true };
    let owner = message.delivery.message_id;
    let moved = || -> BoxFuture<'_, ()> { Box::pin(invalidate(app, name)) };
    let run = Run {
        store: &copies.store,
        connection,
        owner,
        retention: copies.retention,
        deadline,
        moved: &moved,
    };
    match run.go_on().await {
        Ok(Progress::Complete(complete)) => {
            ended(name, true);
            info!(connection = %name, rows = complete.rows, leftOut = complete.left_out, "synced");
            true
        }
        Ok(Progress::Unfinished) => {
            info!(connection = %name, "a sync goes on in another call");
            match (continued(name), app.publisher()) {
                (Some(event), Some(publisher)) => publisher.publish_all(vec![event]).await,
                _ => false,
            }
        }
        Ok(Progress::Busy) => {
            info!(connection = %name, "a sync is under way already");
            true
        }
        Err(RunError::Provider(problem)) => {
            ended(name, false);
            let Problem { code, .. } = *problem;
            warn!(connection = %name, code = code.word(), "a sync failed; the next begins anew");
            true
        }
        Err(RunError::Table(why)) => {
            ended(name, false);
            warn!(connection = %name, %why, "a sync was cut, and goes on");
            false
        }
    }
}

/// Counts what became of a sync: it is complete, or it failed.
fn ended(connection: &ConnectionName, is_complete: bool) {
    let name = if is_complete { "SyncComplete" } else { "SyncFailure" };
    counter!(name, CONNECTION => connection.to_string()).increment(1);
}

/// What was listed of the connection is not fresh any more.
async fn invalidate(app: &SyncApp, name: &ConnectionName) {
    if let Err(why) = store::listing_cache::invalidate(&*app.table, [name]).await {
        warn!(connection = %name, %why, "listings may show a sync late");
    }
}

async fn purge(app: &SyncApp, connections: &[ConnectionName]) -> bool {
    let Some(copies) = &app.copies else { return true };
    let mut is_done = true;
    for name in connections {
        match copies.store.purge(name).await {
            Ok(rows) => info!(connection = %name, rows, "a copy is emptied"),
            Err(why) => {
                is_done = false;
                error!(connection = %name, %why, "a copy is not emptied");
            }
        }
    }
    is_done
}
