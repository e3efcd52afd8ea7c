//! What a function that writes holds.

use std::fmt;
use std::sync::Arc;

use engine::Connection;
use futures::future::join;
use invoice::{ConnectionName, Scope};
use provider_client::Deadline;
use store::table::Table;
use store::writes::WriteStore;
use tokio::time::timeout;

use crate::configuration::{Configuration, TokenScopes};
use crate::connections::Connections;
use crate::copies::Copies;
use crate::environment::Environment;
use crate::events::{EventBus, News};
use crate::function::App;

/// What a function that writes holds from one request to the next.
pub struct WriteApp {
    /// The owner's connections.
    pub connections: Connections,
    /// What became of writes.
    pub writes: WriteStore,
    /// The copies that are kept of some of them.
    pub copies: Option<Copies>,
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
            copies: None,
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

    /// Opens connections to be written to; what a write comes to is put into the copy that is
    /// kept of its connection. As [`Connections::open`].
    pub async fn open(
        &self,
        scope: &Scope,
        wanted: Option<&[ConnectionName]>,
        deadline: Deadline,
    ) -> Vec<Connection> {
        let connections = self.connections.open(scope, wanted, deadline).await;
        match &self.copies {
            Some(copies) => copies.for_writing(connections),
            None => connections,
        }
    }
}

impl App for WriteApp {
    fn open(environment: &Environment) -> Self {
        let (table, bus) = (environment.table(), environment.event_bus());
        let connections = environment.connections();
        let app = Self::new(&environment.configuration, connections, table, bus);
        Self { copies: environment.copies(), ..app }
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
