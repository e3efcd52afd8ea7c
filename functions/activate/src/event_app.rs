//! [`EventApp`], which the function that works on events holds.

use std::sync::Arc;

use function_kit::configuration::{Configuration, TokenScopes};
use function_kit::connections::Connections;
use function_kit::events::EventBus;
use function_kit::writing::WriteApp;
use function_kit::{App, Deadline, Environment};
use store::event_work::EventWorkStore;
use store::table::Table;

/// The things that the function working on events holds from one message to the next.
#[derive(Debug)]
pub struct EventApp {
    /// The things that every function that writes holds.
    pub write: WriteApp,
    /// How far the work of each event has come.
    pub work: EventWorkStore,
}

impl EventApp {
    /// The function's things, over these.
    pub fn new(
        configuration: &Configuration,
        connections: Connections,
        table: Arc<dyn Table>,
        bus: Option<Arc<dyn EventBus>>,
    ) -> Self {
        let work = EventWorkStore::new(table.clone());
        Self { write: WriteApp::new(configuration, connections, table, bus), work }
    }
}

impl App for EventApp {
    fn open(environment: &Environment) -> Self {
        let (table, bus) = (environment.table(), environment.event_bus());
        let connections = environment.connections();
        let mut app = Self::new(&environment.configuration, connections, table, bus);
        app.write.copies = environment.copies();
        app
    }

    fn scopes(&self) -> &TokenScopes {
        self.write.scopes()
    }

    async fn warm(&self, deadline: Deadline) {
        self.write.warm(deadline).await;
    }
}
