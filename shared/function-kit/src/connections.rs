//! The owner's connections, opened with their secrets and held.
//!
//! A secret is read when a request first needs its connection and held for
//! [`HELD`]; then the next request reads it again. A reading that fails is tried
//! again after [`TRIED_AGAIN`], and not with every request, which would have to
//! wait for it; until then what is held stays: the store being away must not
//! take the connections with it. Only a secret that is gone closes its
//! connection: its owner took it away.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use invoice::{Code, ConnectionName, Problem};
use provider_client::{Connection, ConnectionSecret, Deadline, Provider, SecretFault};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout};
use tracing::warn;

use crate::secrets::{SecretStore, StoreError};

/// How long a secret is held.
pub const HELD: Duration = Duration::from_secs(300);
/// How long after a reading that failed it is tried again.
pub const TRIED_AGAIN: Duration = Duration::from_secs(15);
/// Secrets read at the same time: each needs a connection to the store.
const AT_ONCE: usize = 10;

/// Opens a connection with its secret.
pub type Open =
    Box<dyn Fn(&ConnectionSecret) -> Result<Box<dyn Provider>, SecretFault> + Send + Sync>;

/// The owner's connections.
pub struct Connections {
    names: Vec<ConnectionName>,
    prefix: String,
    store: Box<dyn SecretStore>,
    open: Open,
    held: Mutex<HashMap<ConnectionName, Held>>,
}

#[derive(Clone)]
struct Held {
    /// What the provider was opened with; none where none could be.
    text: Option<SecretString>,
    provider: Result<Arc<dyn Provider>, Problem>,
    until: Instant,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connections").field(&self.names).finish()
    }
}

impl Connections {
    /// The connections `names`, whose secrets are `store`'s, named with
    /// `prefix`, and which `open` opens. Reads nothing yet.
    pub fn new(
        names: Vec<ConnectionName>,
        prefix: String,
        store: Box<dyn SecretStore>,
        open: Open,
    ) -> Self {
        Self { names, prefix, store, open, held: Mutex::default() }
    }

    /// Opens those of `usable` that are `wanted` (all, when nothing is said),
    /// side by side; each fails on its own. The others are there by name, so
    /// that a caller can be told which there are.
    pub async fn open(
        &self,
        usable: impl Fn(&ConnectionName) -> bool,
        wanted: Option<&[ConnectionName]>,
        deadline: Deadline,
    ) -> Vec<Connection> {
        let names = self.names.iter().filter(|name| usable(name));
        let opening: Vec<_> = names
            .map(|name| {
                let needed = wanted.is_none_or(|wanted| wanted.contains(name));
                self.open_if(needed, name, deadline)
            })
            .collect();
        stream::iter(opening).buffered(AT_ONCE).collect().await
    }

    async fn open_if(&self, needed: bool, name: &ConnectionName, deadline: Deadline) -> Connection {
        let provider = if needed {
            self.provider(name, deadline).await
        } else {
            Err(Problem::new(
                Code::Internal,
                format!("connection `{name}` was not opened: the request did not seem to need it"),
            ))
        };
        Connection { name: name.clone(), provider }
    }

    async fn provider(
        &self,
        name: &ConnectionName,
        deadline: Deadline,
    ) -> Result<Arc<dyn Provider>, Problem> {
        let held = self.held().get(name).cloned();
        if let Some(held) = &held
            && Instant::now() < held.until
        {
            return held.provider.clone();
        }
        let secret = format!("{}{name}", self.prefix);
        let read = timeout(deadline.left(), self.store.read(&secret)).await;
        let read = read.unwrap_or(Err(StoreError::Unreachable));
        let opened = self.opened(name, read, held.as_ref());
        let opened = opened.unwrap_or_else(|failure| failure.holds(name, held));
        let provider = opened.provider.clone();
        self.held().insert(name.clone(), opened);
        provider
    }

    /// What was read, opened; the same text as before keeps its provider, and
    /// with it the provider's connections.
    fn opened(
        &self,
        name: &ConnectionName,
        read: Result<SecretString, StoreError>,
        held: Option<&Held>,
    ) -> Result<Held, Failure> {
        let text = read.map_err(|error| Failure::of_store(name, &error))?;
        let until = Instant::now() + HELD;
        let before = held.filter(|held| held.opened_with(&text));
        if let Some(held) = before {
            return Ok(Held { until, ..held.clone() });
        }
        let provider = ConnectionSecret::parse(name, text.expose_secret())
            .and_then(|secret| (self.open)(&secret))
            .map_err(|fault| Failure::of_text(&fault))?;
        Ok(Held { text: Some(text), provider: Ok(provider.into()), until })
    }

    /// A panic while it was locked left it whole: entries are put in whole.
    fn held(&self) -> MutexGuard<'_, HashMap<ConnectionName, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn opened_with(&self, text: &SecretString) -> bool {
        let before = self.text.as_ref().map(SecretString::expose_secret);
        before == Some(text.expose_secret())
    }
}

struct Failure {
    problem: Problem,
    keeps_held: bool,
}

impl Failure {
    fn of_store(name: &ConnectionName, error: &StoreError) -> Self {
        let code = match error {
            // Ours, and it passes: the caller may try again.
            StoreError::Unreachable => Code::Unavailable,
            StoreError::Missing | StoreError::NotText | StoreError::Refused(_) => {
                Code::ProviderCredentials
            }
        };
        let mut problem = Problem::new(code, format!("connection `{name}`: its secret {error}"));
        problem.retry_after = problem.code.retryable().then_some(TRIED_AGAIN.as_secs());
        Self { problem, keeps_held: *error != StoreError::Missing }
    }

    /// What is held from now on.
    fn holds(self, name: &ConnectionName, held: Option<Held>) -> Held {
        let until = Instant::now() + TRIED_AGAIN;
        let kept = held.filter(|held| self.keeps_held && held.provider.is_ok());
        warn!(
            connection = %name,
            problem = %self.problem,
            kept = kept.is_some(),
            "a connection's secret cannot be used"
        );
        match kept {
            Some(kept) => Held { until, ..kept },
            None => Held { text: None, provider: Err(self.problem), until },
        }
    }

    fn of_text(fault: &SecretFault) -> Self {
        Self {
            problem: Problem::new(Code::ProviderCredentials, fault.to_string()),
            keeps_held: true,
        }
    }
}

#[cfg(test)]
mod tests;
