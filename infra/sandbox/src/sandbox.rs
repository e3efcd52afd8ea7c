//! The sandbox as a whole.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::connection::Connection;
use crate::credentials::Credentials;
use crate::exchange::Operation;
use crate::fault::{Fault, InvalidFault};
use crate::options::{Bulk, Options, ProviderKind, RateLimit, Rules};
use crate::provider::{Record, Resource};
use crate::webhook::Delivery;
use crate::writes::Writes;
use crate::{control, http_surface};

/// Five billing providers, simulated.
pub struct Sandbox {
    connections: BTreeMap<String, Connection>,
}

/// Why the sandbox itself, not a provider, refused something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No such connection.
    #[error("no connection is named {asked:?}; there are {known}")]
    UnknownConnection {
        /// The name asked for.
        asked: String,
        /// The names there are.
        known: String,
    },
    /// The fault makes no sense.
    #[error(transparent)]
    Fault(#[from] InvalidFault),
    /// Credentials of another provider.
    #[error("these are credentials for {given}; the connection is {actual}")]
    OtherProvider {
        /// The provider the credentials are for.
        given: &'static str,
        /// The connection's provider.
        actual: &'static str,
    },
    /// A setting this provider does not have.
    #[error("only fusebill connections have a rate limit; this one is {0}")]
    NoRateLimit(&'static str),
    /// A rule this provider does not have.
    #[error("{provider} has no rule {rule}")]
    NoRule {
        /// The rule, by its name in JSON.
        rule: &'static str,
        /// The connection's provider.
        provider: &'static str,
    },
    /// A fault of bulks at a provider that has none.
    #[error("only nue connections have bulks; this one is {0}")]
    NoBulk(&'static str),
}

impl Sandbox {
    /// Makes every connection's population.
    pub fn new(options: Options) -> Arc<Sandbox> {
        let connections = options
            .connections
            .iter()
            .map(|(name, kind)| (name.clone(), Connection::new(name, *kind, &options)))
            .collect();
        Arc::new(Sandbox { connections })
    }

    /// Paths: `/{connection}/<provider's own paths>`, and `/_control/...`.
    pub fn router(self: &Arc<Self>) -> Router {
        http_surface::router(Arc::clone(self)).nest("/_control", control::router(Arc::clone(self)))
    }

    /// Serves until `shutdown`.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        axum::serve(listener, self.router()).with_graceful_shutdown(shutdown).await
    }

    /// The secret that opens a connection at `origin` (`http://127.0.0.1:4000`).
    pub fn secret(&self, connection: &str, origin: &str) -> Option<serde_json::Value> {
        let base = format!("{}/{connection}", origin.trim_end_matches('/'));
        Some(self.connections.get(connection)?.secret(&base))
    }

    /// The webhooks of every connection from now on. One listens at most.
    pub fn webhooks(&self) -> UnboundedReceiver<Delivery> {
        let (sender, receiver) = unbounded_channel();
        for connection in self.connections.values() {
            connection.set_listener(sender.clone());
        }
        receiver
    }

    /// The names and providers of the connections.
    pub fn connections(&self) -> Vec<(String, ProviderKind)> {
        self.connections.iter().map(|(name, connection)| (name.clone(), connection.kind)).collect()
    }

    /// Everything a connection holds, in the order it was created; nothing for
    /// an unknown connection.
    pub fn population(&self, connection: &str) -> Vec<Record> {
        self.connections.get(connection).map(Connection::population).unwrap_or_default()
    }

    /// One invoice as it is now; nothing when there is none.
    pub fn record(&self, connection: &str, resource: Resource, id: &str) -> Option<Record> {
        self.connections.get(connection)?.record(resource, id)
    }

    /// What the writes of a connection did: the proof that nothing was done
    /// twice. Empty for an unknown connection.
    pub fn writes(&self, connection: &str) -> Writes {
        self.connections.get(connection).map(Connection::writes).unwrap_or_default()
    }

    /// How many calls a connection received, refused ones included.
    pub fn calls(&self, connection: &str) -> BTreeMap<Operation, u64> {
        self.connections.get(connection).map(Connection::calls).unwrap_or_default()
    }

    /// Adds a fault after those already set.
    pub fn set_fault(&self, connection: &str, fault: Fault) -> Result<(), Refused> {
        fault.check()?;
        let found = self.connection(connection)?;
        if fault.kind.is_of_bulks() && found.kind != ProviderKind::Nue {
            return Err(Refused::NoBulk(found.kind.name()));
        }
        found.faults().add(fault);
        Ok(())
    }

    /// Removes every fault of a connection.
    pub fn clear_faults(&self, connection: &str) -> Result<(), Refused> {
        self.connection(connection)?.faults().clear();
        Ok(())
    }

    /// Replaces what a connection accepts, as a rotation at the provider does:
    /// the old credentials stop working at once.
    pub fn set_credentials(&self, connection: &str, new: Credentials) -> Result<(), Refused> {
        let found = self.connection(connection)?;
        if new.kind() != found.kind {
            return Err(Refused::OtherProvider {
                given: new.kind().name(),
                actual: found.kind.name(),
            });
        }
        found.set_credentials(new);
        Ok(())
    }

    /// Enforces a limit on a Fusebill connection, or stops enforcing one.
    pub fn set_rate_limit(
        &self,
        connection: &str,
        limit: Option<RateLimit>,
    ) -> Result<(), Refused> {
        let found = self.connection(connection)?;
        if found.kind != ProviderKind::Fusebill {
            return Err(Refused::NoRateLimit(found.kind.name()));
        }
        found.set_rate_limit(limit);
        Ok(())
    }

    /// Has a connection's writes judged by other rules from now on.
    pub fn set_rules(&self, connection: &str, rules: Rules) -> Result<(), Refused> {
        let found = self.connection(connection)?;
        let provider = found.kind.name();
        let foreign = [
            ("bulk", rules.bulk != Bulk::default(), ProviderKind::Nue),
            ("latestOnly", rules.latest_only, ProviderKind::Nue),
            ("writeOffs", rules.write_offs, ProviderKind::Fusebill),
        ];
        for (rule, set, of) in foreign {
            if set && found.kind != of {
                return Err(Refused::NoRule { rule, provider });
            }
        }
        found.set_rules(rules);
        Ok(())
    }

    /// Has a connection refuse, from now on, calls that rest on any of these
    /// assumptions (by their names in the client's tables), in the words of the
    /// vendor's kind. None of them: it takes all that it knows.
    pub fn refuse(
        &self,
        connection: &str,
        assumptions: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<(), Refused> {
        let assumptions = assumptions.into_iter().map(Into::into).collect();
        self.connection(connection)?.set_refused(assumptions);
        Ok(())
    }

    pub(crate) fn connection(&self, name: &str) -> Result<&Connection, Refused> {
        self.connections.get(name).ok_or_else(|| Refused::UnknownConnection {
            asked: name.to_owned(),
            known: self.connections.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        })
    }
}
