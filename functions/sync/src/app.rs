//! [`SyncApp`], which the function `sync` holds.

use std::fmt;
use std::sync::Arc;

use copies::CompleteRun;
use function_kit::configuration::{Configuration, TokenScopes};
use function_kit::connections::Connections;
use function_kit::copies::Copies;
use function_kit::events::{EventBus, News, Publisher};
use function_kit::{App, Deadline, Environment};
use invoice::ConnectionName;
use store::table::Table;

/// What the function holds from one message to the next.
pub struct SyncApp {
    /// The owner's connections, each with its provider itself.
    pub connections: Connections,
    /// The copies that are kept of some of them.
    pub copies: Option<Copies>,
    /// The table of all that is no copy: of listings that are not fresh any more.
    pub table: Arc<dyn Table>,
    news: News,
    scopes: TokenScopes,
}

impl fmt::Debug for SyncApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncApp").field("connections", &self.connections).finish_non_exhaustive()
    }
}

impl SyncApp {
    /// The function's things, over these.
    pub fn new(
        configuration: &Configuration,
        connections: Connections,
        copies: Option<Copies>,
        table: Arc<dyn Table>,
        bus: Option<Arc<dyn EventBus>>,
    ) -> Self {
        let (news, scopes) = (News::new(bus, table.clone()), configuration.scopes.clone());
        Self { connections, copies, table, news, scopes }
    }

    /// Whether a copy is kept of a connection.
    pub fn is_synced(&self, connection: &ConnectionName) -> bool {
        self.copies.as_ref().is_some_and(|copies| copies.has(connection))
    }

    /// The last run that read all of a connection.
    pub async fn complete(&self, connection: &ConnectionName) -> Option<CompleteRun> {
        self.copies.as_ref()?.sync_state(connection).await?.complete
    }

    /// What hands work on; none where there is no bus.
    pub fn publisher(&self) -> Option<Publisher> {
        self.news.publisher("sync")
    }
}

impl App for SyncApp {
    fn open(environment: &Environment) -> Self {
        let (table, bus) = (environment.table(), environment.event_bus());
        let (connections, copies) = (environment.connections(), environment.copies());
        Self::new(&environment.configuration, connections, copies, table, bus)
    }

    fn scopes(&self) -> &TokenScopes {
        &self.scopes
    }

    async fn warm(&self, _: Deadline) {
        // A message names the one connection that is opened for it.
    }
}
