//! What a function that writes holds.

use std::fmt;
use std::sync::Arc;

use futures::future::join;
use provider_client::Deadline;
use store::table::Table;
use store::writes::WriteStore;
use tokio::time::timeout;

use crate::configuration::{Configuration, TokenScopes};
use crate::connections::Connections;
use crate::environment::Environment;
use crate::events::{EventBus, News};
use crate::function::App;

/// What a function that writes holds from one request to the next.
pub struct WriteApp {
    /// The owner's connections.
    pub connections: Connections,
    /// What became of writes.
    pub writes: WriteStore,
    /// How applied writes are told.
    pub news: News,
    scopes: TokenScopes,
    table: Arc<dyn Table>,
}

impl fmt::Debug for WriteApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteApp").field("connections", &self.connections).finish_non_exhaustive()
    }
}

impl WriteApp {
    /// The function's things, over these.
    pub fn new(
        configuration: &Configuration,
        connections: Connections,
        table: Arc<dyn Table>,
        bus: Option<Arc<dyn EventBus>>,
    ) -> Self {
        let (unsettled, retention) = (configuration.unsettled, configuration.audit_retention);
        Self {
            connections,
            writes: WriteStore::new(table.clone(), unsettled, retention),
            news: News::new(bus, table.clone()),
            scopes: configuration.scopes.clone(),
            table,
        }
    }
}

impl WriteApp {
    /// The table itself, for what is no store's.
    pub(crate) fn table(&self) -> &dyn Table {
        &*self.table
    }
}

impl App for WriteApp {
    fn open(environment: &Environment) -> Self {
        let (table, bus) = (environment.table(), environment.event_bus());
        Self::new(&environment.configuration, environment.connections(), table, bus)
    }

    fn scopes(&self) -> &TokenScopes {
        &self.scopes
    }

    async fn warm(&self, deadline: Deadline) {
        // There is no such item: any answer has opened the way to the table. A role
        // reaches only keys that begin as its items do.
        let table = timeout(deadline.left(), self.table.get("idempotency#warm"));
        let _ = join(self.connections.warm(deadline), table).await;
    }
}
