//! `GET /invoices/changes`: what has changed, from the copies that are kept, in the order in
//! which the bridge learned of it.

mod app;

use std::collections::BTreeMap;

use api::{Binding, ChangesQuery, open_cursor, seal_cursor};
use copies::{Cause, Change, ChangeKind, Changes, CopyError, CopyStore, Since};
use function_kit::{Answer, Call, Function, Permission, Reply, Route};
use futures::future::try_join_all;
use invoice::{Code, ConnectionName, Invoice, Problem, Reference, Scope};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use app::ChangesApp;

/// The function `changes`.
pub static FUNCTION: Function<ChangesApp> = Function {
    routes: &[Route::new("GET", "/invoices/changes", |app, call| {
        Box::pin(async { Reply::from(changes(app, call).await) })
    })],
};

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Feed {
    data: Vec<Entry>,
    has_more: bool,
    next_cursor: String,
    sources: Vec<Source>,
}

/// One change.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: Reference,
    kind: ChangeKind,
    at: Timestamp,
    caused_by: Cause,
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<Option<Invoice>>,
}

/// A connection, and what can be told of its changes.
#[derive(Debug, Serialize)]
struct Source {
    connection: ConnectionName,
    changes: Origin,
    deletions: Origin,
    /// From when on all is told; null where nothing is.
    from: Option<Timestamp>,
}

/// The origin of what is told of changes: a copy, or nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Origin {
    /// The copy.
    Copy,
    /// Nobody: that nothing is told says nothing.
    None,
}

/// How far each connection has been told: the number of its last change.
type Places = BTreeMap<ConnectionName, i64>;

/// The place in the feed that a cursor stands for.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    /// How far each connection has been told.
    #[serde(rename = "p")]
    places: Places,
    /// When its caller last had all that there was, or began: what has gone since then must
    /// still be told when it asks again.
    #[serde(rename = "t")]
    had_all_at: Timestamp,
}

async fn changes(app: &ChangesApp, call: &Call) -> Result<Answer, Problem> {
    let caller = call.caller(Permission::Read)?;
    let query = ChangesQuery::parse(call.query())?;
    if caller.scope != Scope::All {
        let detail = "changes are told to operators: an invoice that is gone is nobody's any more";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    let canonical = query.canonical();
    let binding = Binding { query: &canonical, scope: &caller.scope };
    let place: Option<Place> = match &query.cursor {
        Some(cursor) => Some(
            open_cursor(cursor, binding)
                .map_err(|why| Problem::new(Code::InvalidCursor, why.to_string()))?,
        ),
        None => None,
    };
    let names = selected(app, &query)?;
    let mut sources = Vec::new();
    for name in names {
        sources.push(source(app, name).await);
    }
    if sources.iter().all(|source| source.changes == Origin::None) {
        return Err(untold(&sources));
    }
    let Some(copies) = &app.copies else { return Err(untold(&sources)) };
    let now = Timestamp::now();
    let had_all_at = place.as_ref().map_or(now, |place| place.had_all_at);
    let starts = starts(&query, place.as_ref(), &sources)?;
    let read = read(&copies.store, &starts, &query)
        .await
        .map_err(|why| Problem::new(Code::Unavailable, why.to_string()))?;
    let (data, places, has_more) = merged(starts, read, &query);
    let had_all_at = if has_more { had_all_at } else { now };
    let next_cursor = seal_cursor(&Place { places, had_all_at }, binding).ok_or_else(|| {
        Problem::new(Code::Internal, "the place to go on from could not be written down")
    })?;
    Answer::json(&Feed { data, has_more, next_cursor, sources })
}

/// The connections that are asked for.
fn selected<'a>(
    app: &'a ChangesApp,
    query: &'a ChangesQuery,
) -> Result<Vec<&'a ConnectionName>, Problem> {
    let known = &app.connections;
    let Some(wanted) = &query.connections else { return Ok(known.iter().collect()) };
    match wanted.iter().find(|name| !known.contains(name)) {
        Some(unknown) => {
            let known: Vec<&str> = known.iter().map(ConnectionName::as_str).collect();
            let known = known.join(", ");
            let detail = format!("there is no connection `{unknown}`; there are: {known}");
            Err(Problem::new(Code::ConnectionNotFound, detail))
        }
        None => Ok(wanted.iter().collect()),
    }
}

async fn source(app: &ChangesApp, name: &ConnectionName) -> Source {
    let from = match &app.copies {
        Some(copies) => {
            let known = copies.sync_state(name).await;
            known.and_then(|known| known.changes_from(copies.retention))
        }
        None => None,
    };
    let origin = if from.is_some() { Origin::Copy } else { Origin::None };
    Source { connection: name.clone(), changes: origin, deletions: origin, from }
}

fn untold(sources: &[Source]) -> Problem {
    let names: Vec<&str> = sources.iter().map(|source| source.connection.as_str()).collect();
    let detail = format!(
        "of {} no change is told: a copy has to be kept of a connection (SyncedConnections), and \
         its first sync to be complete",
        names.join(", ")
    );
    Problem::new(Code::UnsupportedOperation, detail)
}

/// Where each connection that tells of changes is read from.
fn starts(
    query: &ChangesQuery,
    place: Option<&Place>,
    sources: &[Source],
) -> Result<Places, Problem> {
    let mut starts = Places::new();
    // A caller that asks for all that there is needs nothing of before.
    let needed = place.map(|place| place.had_all_at).or(query.since);
    for source in sources {
        let (name, Some(from)) = (&source.connection, source.from) else { continue };
        let known = place.and_then(|place| place.places.get(name)).copied();
        if needed.is_some_and(|needed| needed < from) && (place.is_none() || known.is_some()) {
            let detail = format!(
                "what changed of connection `{name}` is told from {from} on: read all that there \
                 is anew, without `since` and `cursor`"
            );
            return Err(Problem::new(Code::ChangesExpired, detail));
        }
        let since = query.since.map(|since| Since::moment(since).sequence);
        starts.insert(name.clone(), known.or(since).unwrap_or(0));
    }
    Ok(starts)
}

async fn read(
    store: &CopyStore,
    starts: &Places,
    query: &ChangesQuery,
) -> Result<Vec<(ConnectionName, Changes)>, CopyError> {
    let reading = starts.iter().map(|(name, start)| async {
        let since = Since { sequence: *start };
        let changes = store.changes(name, since, query.limit.into(), query.with_invoices).await?;
        Ok((name.clone(), changes))
    });
    try_join_all(reading).await
}

/// The first of all these changes, how far each connection is told with them, and whether
/// there are more.
fn merged(
    mut places: Places,
    read: Vec<(ConnectionName, Changes)>,
    query: &ChangesQuery,
) -> (Vec<Entry>, Places, bool) {
    let mut has_more = read.iter().any(|(_, changes)| changes.has_more);
    let mut all: Vec<Change> = read.into_iter().flat_map(|(_, changes)| changes.changes).collect();
    all.sort_by(|a, b| (a.sequence, &a.id).cmp(&(b.sequence, &b.id)));
    has_more |= all.len() > query.limit.into();
    all.truncate(query.limit.into());
    let mut data = Vec::new();
    for change in all {
        places.insert(change.id.connection().clone(), change.sequence);
        let (at, invoice) = (change.at(), change.invoice);
        data.push(Entry {
            id: change.id,
            kind: change.kind,
            at,
            caused_by: change.cause,
            etag: change.etag,
            invoice: query.with_invoices.then_some(invoice),
        });
    }
    (data, places, has_more)
}

#[cfg(test)]
mod tests;
