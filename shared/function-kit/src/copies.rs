//! The connections of which a copy is kept, as they are handed out.
//!
//! Who lists is answered from the copy; who writes is answered by the provider, and what the
//! write comes to is put into the copy. Where no connection is synced nothing is asked.

use std::sync::Arc;
use std::time::Duration;

use copies::{CopyFacts, SyncState, SyncedProvider};
use futures::future::join_all;
use invoice::ConnectionName;
use jiff::SignedDuration;
use provider_client::Connection;
use tracing::warn;

use crate::state::State;

/// The longest that is waited for what is known of a copy: without it the provider is asked.
const PATIENCE: Duration = Duration::from_secs(2);

/// The connections, each that has a complete copy answering from it; unless the caller
/// `reads_past` whatever is kept.
pub(crate) async fn for_listing(
    state: &State,
    connections: Vec<Connection>,
    reads_past: bool,
) -> Vec<Connection> {
    if reads_past || state.copies().is_none() {
        return connections;
    }
    let with_copy = connections.into_iter().map(|connection| async {
        let facts = match (is_synced(state, &connection.name), &connection.provider) {
            (true, Ok(_)) => sync_state(state, &connection.name).await.and_then(|it| it.facts()),
            _ => None,
        };
        match facts {
            Some(facts) => synced(state, connection, Some(facts)),
            None => connection,
        }
    });
    join_all(with_copy).await
}

/// The connections, of each that is synced what a write comes to being put into its copy.
pub(crate) fn for_writing(state: &State, connections: Vec<Connection>) -> Vec<Connection> {
    let keeping = connections.into_iter().map(|connection| {
        if is_synced(state, &connection.name) {
            synced(state, connection, None)
        } else {
            connection
        }
    });
    keeping.collect()
}

/// What is known of a connection's syncs; none where it is not synced, or the table is out of
/// reach.
pub async fn sync_state(state: &State, connection: &ConnectionName) -> Option<SyncState> {
    let store = state.copies().filter(|_| is_synced(state, connection))?;
    let asking = store.sync_states(std::slice::from_ref(connection));
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(Ok(mut states)) => states.remove(connection),
        Ok(Err(error)) => {
            warn!(%connection, %error, "a copy cannot be read");
            None
        }
        Err(_) => {
            warn!(%connection, "a copy cannot be read in time");
            None
        }
    }
}

/// Whether a copy is kept of a connection.
pub fn is_synced(state: &State, connection: &ConnectionName) -> bool {
    let copies = state.configuration.copies.as_ref();
    copies.is_some_and(|copies| copies.connections.contains(connection))
}

/// How long it is told that an invoice is gone.
pub fn retention(state: &State) -> SignedDuration {
    let retention = state.configuration.copies.as_ref().map(|copies| copies.retention);
    retention.and_then(|retention| SignedDuration::try_from(retention).ok()).unwrap_or_default()
}

fn synced(state: &State, connection: Connection, facts: Option<CopyFacts>) -> Connection {
    let Connection { name, provider } = connection;
    let (Ok(provider), Some(store)) = (&provider, state.copies()) else {
        return Connection { name, provider };
    };
    let synced =
        SyncedProvider::new(name.clone(), provider.clone(), store.clone(), retention(state), facts);
    Connection { name, provider: Ok(Arc::new(synced)) }
}
