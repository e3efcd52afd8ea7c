//! What a function is given to work with: its configuration, AWS, and the way to the
//! providers.

use std::fmt;
use std::sync::Arc;

use copies::CopyStore;
use provider_client::Transport;
use store::table::{DynamoTable, Table};

use crate::aws::Aws;
use crate::configuration::{Configuration, ConfigurationError};
use crate::connections::Connections;
use crate::copies::Copies;
use crate::events::{BridgeBus, EventBus};

/// What a function is given to work with. Nothing of it that is secret can be printed.
pub struct Environment {
    /// What the environment's variables say.
    pub configuration: Configuration,
    aws: Aws,
    transport: Transport,
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let configuration = &self.configuration;
        f.debug_struct("Environment").field("configuration", configuration).finish_non_exhaustive()
    }
}

impl Environment {
    /// The environment whose variables are read through `lookup`.
    ///
    /// # Errors
    /// When it cannot be used: all that is wrong with it, at once.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, lambda_http::Error> {
        let (configuration, aws) = match (Configuration::read(&lookup), Aws::read(&lookup)) {
            (Ok(configuration), Ok(aws)) => (configuration, aws),
            (configuration, aws) => {
                let faults = [configuration.err(), aws.err()].into_iter().flatten();
                let faults = faults.flat_map(|error| error.faults).collect();
                return Err(ConfigurationError { faults }.into());
            }
        };
        Ok(Self { configuration, aws, transport: Transport::new()? })
    }

    /// The owner's connections. Reads no secret yet.
    pub fn connections(&self) -> Connections {
        let transport = self.transport.clone();
        Connections::new(
            self.configuration.connections.clone(),
            self.configuration.secret_prefix.clone(),
            Box::new(self.aws.secrets_manager()),
            Box::new(move |secret| provider_client::connect(secret, &transport)),
        )
    }

    /// The table.
    pub fn table(&self) -> Arc<dyn Table> {
        let name = self.configuration.table_name.clone();
        Arc::new(DynamoTable::new(self.aws.dynamodb(), name))
    }

    /// The copies that are kept of some connections; none where of none.
    pub fn copies(&self) -> Option<Copies> {
        let configured = self.configuration.copies.as_ref()?;
        let store = CopyStore::new(self.aws.dynamodb(), &configured.table_name);
        Some(Copies::new(store, configured))
    }

    /// The bus that applied writes are told on, where there is one.
    pub fn event_bus(&self) -> Option<Arc<dyn EventBus>> {
        let name = self.configuration.event_bus.clone()?;
        Some(Arc::new(BridgeBus::new(self.aws.event_bridge(), name)))
    }
}
