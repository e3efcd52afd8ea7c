//! The owner's connections, opened with their secrets and held.
//!
//! A secret is read when a request first needs its connection and held for
//! [`HELD`]; then the next request reads it again. A reading that fails is tried
//! again after [`TRIED_AGAIN`], and not with every request, which would have to
//! wait for it; until then what is held stays: the store being away must not
//! take the connections with it. Only a secret that is gone closes its
//! connection: its owner took it away.
//!
//! When a provider refuses the credentials the secret is read again before its
//! time, and if it has been rotated the call is made again: see `slot.rs` for
//! what is held then, and `renewing.rs` for the calls.

mod renewing;
mod slot;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use engine::Connection;
use futures::StreamExt;
use futures::stream;
use invoice::{Code, ConnectionName, Problem, Scope};
use provider_client::webhook::Scheme;
use provider_client::{ConnectionSecret, Deadline, Provider, SecretFault};

use crate::secrets::SecretStore;
use slot::{ConnectionSlot, Source};

/// How long a secret is held.
pub const HELD: Duration = Duration::from_secs(300);
/// How long after a reading that failed it is tried again.
pub const TRIED_AGAIN: Duration = Duration::from_secs(15);
/// How long after a refused secret was read and found unchanged it is not read
/// for another refusal: a wrongly typed key must not be read with every call.
pub const REFUSAL_STANDS: Duration = Duration::from_secs(3);
/// Secrets read at the same time: each needs a connection to the store.
const AT_ONCE: usize = 10;

/// Opens a connection with its secret.
pub type Open =
    Box<dyn Fn(&ConnectionSecret) -> Result<Box<dyn Provider>, SecretFault> + Send + Sync>;

/// The owner's connections. Its clones are the same connections.
#[derive(Clone)]
pub struct Connections(Vec<Arc<ConnectionSlot>>);

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&ConnectionName> = self.0.iter().map(|kept| &kept.name).collect();
        f.debug_tuple("Connections").field(&names).finish()
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
        let source = Arc::new(Source { prefix, store, open });
        let kept =
            names.into_iter().map(|name| Arc::new(ConnectionSlot::new(name, source.clone())));
        Self(kept.collect())
    }

    /// Whether one of these was taken away, as far as this process knows: reads
    /// nothing.
    pub fn is_any_closed(&self, names: &[ConnectionName]) -> bool {
        self.0.iter().any(|kept| names.contains(&kept.name) && kept.is_closed())
    }

    /// How the webhooks of a connection are proved, as far as its secret is held; none where
    /// it has none. Reads nothing.
    pub fn webhook_scheme(&self, name: &ConnectionName) -> Option<Scheme> {
        self.0.iter().find(|kept| kept.name == *name)?.webhook_scheme()
    }

    /// The connections' names.
    pub fn names(&self) -> impl Iterator<Item = &ConnectionName> {
        self.0.iter().map(|kept| &kept.name)
    }

    /// Reads every secret ahead of the first request. Each fails on its own, and is met
    /// again by the request. Sends nothing to any provider.
    pub async fn warm(&self, deadline: Deadline) {
        self.open(&Scope::All, None, deadline).await;
    }

    /// Opens those within `scope` that are `wanted` (all, when nothing is said),
    /// side by side; each fails on its own. The others are there by name, so
    /// that a caller can be told which there are.
    pub async fn open(
        &self,
        scope: &Scope,
        wanted: Option<&[ConnectionName]>,
        deadline: Deadline,
    ) -> Vec<Connection> {
        let usable = self.0.iter().filter(|kept| scope.reaches(&kept.name));
        let opening: Vec<_> = usable
            .map(|kept| {
                let needed = wanted.is_none_or(|wanted| wanted.contains(&kept.name));
                open_if(needed, kept, deadline)
            })
            .collect();
        stream::iter(opening).buffered(AT_ONCE).collect().await
    }
}

/// The names of those of `opened` that were `wanted` (all, when nothing is said): what the
/// log says that a request was about.
pub fn used(opened: &[Connection], wanted: Option<&[ConnectionName]>) -> Vec<ConnectionName> {
    let names = opened.iter().map(|connection| connection.name.clone());
    names.filter(|name| wanted.is_none_or(|wanted| wanted.contains(name))).collect()
}

async fn open_if(needed: bool, kept: &Arc<ConnectionSlot>, deadline: Deadline) -> Connection {
    let name = kept.name.clone();
    let provider = if needed {
        kept.provider(deadline).await
    } else {
        Err(Problem::new(
            Code::Internal,
            format!("connection `{name}` was not opened: the request did not seem to need it"),
        ))
    };
    Connection { name, provider }
}

#[cfg(test)]
mod tests;
