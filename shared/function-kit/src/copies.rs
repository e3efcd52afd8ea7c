//! The connections of which a copy is kept, as they are handed out.
//!
//! Who lists is answered from the copy; who writes is answered by the provider, and what the
//! write comes to is put into the copy. Where no connection is synced nothing is asked.

use std::sync::Arc;
use std::time::Duration;

use copies::{CopyFacts, CopyStore, SyncState, SyncedProvider};
use engine::Connection;
use futures::future::join_all;
use invoice::ConnectionName;
use jiff::SignedDuration;
use tracing::warn;

use crate::configuration::CopiesConfiguration;

/// The longest that is waited for what is known of a copy: without it the provider is asked.
const PATIENCE: Duration = Duration::from_secs(2);

/// The copies that are kept of some connections.
#[derive(Debug, Clone)]
pub struct Copies {
    /// The table of copies.
    pub store: CopyStore,
    /// The connections.
    pub connections: Vec<ConnectionName>,
    /// How long it is told that an invoice is gone.
    pub retention: SignedDuration,
}

impl Copies {
    /// The copies in this store, of the connections that are configured.
    pub fn new(store: CopyStore, configured: &CopiesConfiguration) -> Self {
        Self {
            store,
            connections: configured.connections.clone(),
            retention: SignedDuration::try_from(configured.retention).unwrap_or_default(),
        }
    }

    /// Whether a copy is kept of a connection.
    pub fn has(&self, connection: &ConnectionName) -> bool {
        self.connections.contains(connection)
    }

    /// The connections, each that has a complete copy answering from it.
    pub async fn for_listing(&self, connections: Vec<Connection>) -> Vec<Connection> {
        let with_copy = connections.into_iter().map(|connection| async {
            let facts = match &connection.provider {
                Ok(_) => self.sync_state(&connection.name).await.and_then(|it| it.facts()),
                Err(_) => None,
            };
            match facts {
                Some(facts) => self.synced(connection, Some(facts)),
                None => connection,
            }
        });
        join_all(with_copy).await
    }

    /// The connections, what a write comes to being put into the copy of each that has one.
    pub fn for_writing(&self, connections: Vec<Connection>) -> Vec<Connection> {
        let keeping = connections.into_iter().map(|connection| match self.has(&connection.name) {
            true => self.synced(connection, None),
            false => connection,
        });
        keeping.collect()
    }

    /// What is known of a connection's syncs; none where it is not synced, or the table is
    /// out of reach.
    pub async fn sync_state(&self, connection: &ConnectionName) -> Option<SyncState> {
        if !self.has(connection) {
            return None;
        }
        let asking = self.store.sync_states(std::slice::from_ref(connection));
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

    fn synced(&self, connection: Connection, facts: Option<CopyFacts>) -> Connection {
        let Connection { name, provider } = connection;
        let provider = provider.map(|provider| -> Arc<dyn provider_client::Provider> {
            let store = self.store.clone();
            Arc::new(SyncedProvider::new(name.clone(), provider, store, self.retention, facts))
        });
        Connection { name, provider }
    }
}
