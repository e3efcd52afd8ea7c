//! What a function holds from one request to the next.

use std::sync::{Arc, LazyLock};

use invoice::ConnectionName;
use provider_client::{Connection, Deadline, Transport};

use crate::aws::Aws;
use crate::call::Call;
use crate::caller::Caller;
use crate::configuration::{Configuration, ConfigurationError};
use crate::connections::Connections;
use crate::events::{BridgeBus, EventBus};
use crate::table::DynamoTable;
use crate::writes::WriteStore;

type OpenBus = Box<dyn FnOnce() -> Box<dyn EventBus> + Send>;
type OpenWrites = Box<dyn FnOnce() -> WriteStore + Send>;

/// What a function holds. Nothing of it that is secret can be printed.
#[derive(Debug)]
pub struct State {
    /// What the environment says.
    pub configuration: Configuration,
    connections: Connections,
    /// Opened when first asked for: most functions only read.
    writes: LazyLock<WriteStore, OpenWrites>,
    bus: Option<LazyLock<Box<dyn EventBus>, OpenBus>>,
}

impl State {
    /// What is held of these.
    pub fn new(
        configuration: Configuration,
        connections: Connections,
        writes: impl FnOnce() -> WriteStore + Send + 'static,
    ) -> Self {
        Self { configuration, connections, writes: LazyLock::new(Box::new(writes)), bus: None }
    }

    /// With a bus that applied writes are told on.
    #[must_use]
    pub fn with_bus(mut self, bus: impl FnOnce() -> Box<dyn EventBus> + Send + 'static) -> Self {
        self.bus = Some(LazyLock::new(Box::new(bus)));
        self
    }

    /// All of it, as the environment read through `lookup` says.
    ///
    /// # Errors
    /// When the environment cannot be used: all that is wrong with it, at once.
    pub fn of_environment(
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, lambda_http::Error> {
        let (configuration, aws) = match (Configuration::read(&lookup), Aws::read(&lookup)) {
            (Ok(configuration), Ok(aws)) => (configuration, aws),
            (configuration, aws) => {
                let faults = [configuration.err(), aws.err()].into_iter().flatten();
                let faults = faults.flat_map(|error| error.faults).collect();
                return Err(ConfigurationError { faults }.into());
            }
        };
        let transport = Transport::new()?;
        let connections = Connections::new(
            configuration.connections.clone(),
            configuration.secret_prefix.clone(),
            Box::new(aws.secrets_manager()),
            Box::new(move |secret| provider_client::connect(secret, &transport)),
        );
        let configured = configuration.clone();
        let events = configuration.event_bus.clone().map(|name| (aws.event_bridge(), name));
        let writes = move || {
            let table = DynamoTable::new(aws.dynamodb(), configured.table_name.clone());
            WriteStore::new(Arc::new(table), &configured)
        };
        let state = Self::new(configuration, connections, writes);
        Ok(match events {
            Some((client, name)) => state.with_bus(move || Box::new(BridgeBus::new(client, name))),
            None => state,
        })
    }

    /// Where applied writes are told, if anywhere.
    pub fn bus(&self) -> Option<&dyn EventBus> {
        self.bus.as_ref().map(|bus| &***bus)
    }

    /// The store of writes. The first to ask opens it; that sends nothing.
    pub fn writes(&self) -> &WriteStore {
        &self.writes
    }

    /// Reads every secret ahead of the first request: a cold start has the full
    /// processor, and the store's TLS handshake is done. Each fails on its own.
    /// Sends nothing to any provider.
    pub(crate) async fn warm(&self, deadline: Deadline) {
        self.connections.open(|_| true, None, deadline).await;
    }

    /// The connections `caller` may use, outside a call: as
    /// [`State::connections`].
    pub async fn open(
        &self,
        caller: &Caller,
        wanted: Option<&[ConnectionName]>,
        deadline: Deadline,
    ) -> Vec<Connection> {
        self.connections.open(|name| caller.scope.reaches(name), wanted, deadline).await
    }

    /// The connections `caller` may use. Of them only those `wanted` are opened
    /// (all, when nothing is said); the others are there by name.
    pub async fn connections(
        &self,
        call: &Call,
        caller: &Caller,
        wanted: Option<&[ConnectionName]>,
    ) -> Vec<Connection> {
        let opened = self.open(caller, wanted, call.deadline()).await;
        let used = opened.iter().map(|connection| connection.name.clone());
        let used = used.filter(|name| wanted.is_none_or(|wanted| wanted.contains(name)));
        let _ = call.connections.set(used.collect());
        opened
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::testing::{FakeStore, FakeTable, configuration, opener};

    #[test]
    fn a_function_that_only_reads_never_opens_the_store_of_writes() {
        let opened = Arc::new(AtomicBool::new(false));
        let (configuration, seen) = (configuration("nue"), opened.clone());
        let configured = configuration.clone();
        let store = Box::new(FakeStore::default());
        let connections = Connections::new(vec![], String::new(), store, opener([]));
        let state = State::new(configuration, connections, move || {
            seen.store(true, Ordering::SeqCst);
            WriteStore::new(Arc::new(FakeTable::default()), &configured)
        });
        assert!(!format!("{state:?}").is_empty());
        assert!(!opened.load(Ordering::SeqCst));
        state.writes();
        assert!(opened.load(Ordering::SeqCst));
    }
}
