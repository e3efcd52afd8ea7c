//! [`ListApp`], which the function `list` holds.

use std::fmt;
use std::sync::Arc;

use function_kit::configuration::{Configuration, TokenScopes};
use function_kit::connections::Connections;
use function_kit::copies::Copies;
use function_kit::{App, Deadline, Environment};
use futures::future::join;
use store::listing_cache::ListingCache;
use store::table::Table;
use tokio::time::timeout;

use crate::breaker::CacheBreaker;
use crate::recent::Recent;

/// The things that the function `list` holds from one request to the next.
pub struct ListApp {
    /// The owner's connections.
    pub connections: Connections,
    /// The copies that are kept of some of them.
    pub copies: Option<Copies>,
    /// The cache of listings.
    pub listings: ListingCache,
    /// What keeps a cache that fails from failing requests.
    pub breaker: Arc<CacheBreaker>,
    /// The parts of listings that this process has stored of late.
    pub recent: Arc<Recent>,
    scopes: TokenScopes,
    table: Arc<dyn Table>,
}

impl fmt::Debug for ListApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListApp").field("connections", &self.connections).finish_non_exhaustive()
    }
}

impl ListApp {
    /// The function's things, over these.
    pub fn new(
        configuration: &Configuration,
        connections: Connections,
        table: Arc<dyn Table>,
    ) -> Self {
        let (fresh, stale) = (configuration.listing_ttl, configuration.listing_stale);
        Self {
            connections,
            copies: None,
            listings: ListingCache::new(table.clone(), fresh, stale),
            breaker: Arc::new(CacheBreaker::new(CacheBreaker::PATIENCE)),
            recent: Arc::default(),
            scopes: configuration.scopes.clone(),
            table,
        }
    }

    /// The table itself, for what is no listing.
    pub(crate) fn table(&self) -> &dyn Table {
        &*self.table
    }
}

impl App for ListApp {
    fn open(environment: &Environment) -> Self {
        let connections = environment.connections();
        let app = Self::new(&environment.configuration, connections, environment.table());
        Self { copies: environment.copies(), ..app }
    }

    fn scopes(&self) -> &TokenScopes {
        &self.scopes
    }

    async fn warm(&self, deadline: Deadline) {
        // There is no such item: any answer has opened the way to the table. A role
        // reaches only keys that begin as its items do.
        let table = async {
            if !self.listings.is_off() {
                let _ = timeout(deadline.left(), self.table.get("listing#warm")).await;
            }
        };
        join(self.connections.warm(deadline), table).await;
    }
}
