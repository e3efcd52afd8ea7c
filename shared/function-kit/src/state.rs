//! What a function holds from one request to the next.

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use copies::CopyStore;
use futures::future::{BoxFuture, join};
use invoice::ConnectionName;
use listing_cache::ListingCache;
use provider_client::{Connection, Deadline, Transport};
use table::{DynamoTable, Table};

use crate::aws::Aws;
use crate::call::Call;
use crate::caller::Caller;
use crate::configuration::{Configuration, ConfigurationError};
use crate::connections::Connections;
use crate::entry::Uses;
use crate::event_work::EventWorkStore;
use crate::events::{BridgeBus, Event, EventBus, NextLook, Outbox, Publisher};
use crate::listing::{CacheBreaker, Recent};
use crate::telemetry::metrics;
use crate::writes::WriteStore;

type OpenBus = Box<dyn FnOnce() -> Arc<dyn EventBus> + Send>;
type OpenStores = Box<dyn FnOnce() -> Stores + Send>;

/// What is in the table.
pub(crate) struct Stores {
    pub table: Arc<dyn Table>,
    pub writes: WriteStore,
    pub listings: ListingCache,
    pub event_work: EventWorkStore,
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stores").finish_non_exhaustive()
    }
}

impl Stores {
    pub fn of(table: Arc<dyn Table>, configuration: &Configuration) -> Self {
        let (fresh, stale) = (configuration.listing_ttl, configuration.listing_stale);
        Self {
            writes: WriteStore::new(table.clone(), configuration),
            listings: ListingCache::new(table.clone(), fresh, stale),
            event_work: EventWorkStore::new(table.clone()),
            table,
        }
    }
}

/// What is left to do once a request has its answer.
#[derive(Default)]
struct Afterwards(Mutex<Vec<BoxFuture<'static, ()>>>);

impl fmt::Debug for Afterwards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Afterwards").finish_non_exhaustive()
    }
}

/// What a function holds. Nothing of it that is secret can be printed.
#[derive(Debug)]
pub struct State {
    /// What the environment says.
    pub configuration: Configuration,
    connections: Connections,
    /// Opened when first asked for: not every function has to do with it.
    stores: LazyLock<Stores, OpenStores>,
    copies: Option<CopyStore>,
    breaker: Arc<CacheBreaker>,
    recent: Arc<Recent>,
    bus: Option<LazyLock<Arc<dyn EventBus>, OpenBus>>,
    next_look: Arc<NextLook>,
    afterwards: Afterwards,
}

impl State {
    /// What is held of these.
    pub fn new(
        configuration: Configuration,
        connections: Connections,
        table: impl FnOnce() -> Arc<dyn Table> + Send + 'static,
    ) -> Self {
        let configured = configuration.clone();
        Self::over(configuration, connections, move || Stores::of(table(), &configured))
    }

    /// The state over stores that are made otherwise.
    pub(crate) fn over(
        configuration: Configuration,
        connections: Connections,
        stores: impl FnOnce() -> Stores + Send + 'static,
    ) -> Self {
        let stores: OpenStores = Box::new(stores);
        Self {
            configuration,
            connections,
            stores: LazyLock::new(stores),
            copies: None,
            breaker: Arc::new(CacheBreaker::new(CacheBreaker::PATIENCE)),
            recent: Arc::default(),
            bus: None,
            next_look: Arc::default(),
            afterwards: Afterwards::default(),
        }
    }

    /// With copies of some of its connections.
    #[must_use]
    pub fn with_copies(mut self, copies: CopyStore) -> Self {
        self.copies = Some(copies);
        self
    }

    /// The copies that are kept; none where no connection is synced.
    pub fn copies(&self) -> Option<&CopyStore> {
        self.copies.as_ref()
    }

    /// The table of all that is not a copy.
    pub(crate) fn table(&self) -> &dyn Table {
        &*self.stores.table
    }

    /// With a bus that applied writes are told on.
    #[must_use]
    pub fn with_bus(mut self, bus: impl FnOnce() -> Arc<dyn EventBus> + Send + 'static) -> Self {
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
        let name = configuration.table_name.clone();
        let events = configuration.event_bus.clone().map(|name| (aws.event_bridge(), name));
        let copies = configuration
            .copies
            .as_ref()
            .map(|copies| CopyStore::new(aws.dynamodb(), &copies.table_name));
        let table = move || -> Arc<dyn Table> { Arc::new(DynamoTable::new(aws.dynamodb(), name)) };
        let state = Self::new(configuration, connections, table);
        let state = match copies {
            Some(copies) => state.with_copies(copies),
            None => state,
        };
        Ok(match events {
            Some((client, name)) => state.with_bus(move || Arc::new(BridgeBus::new(client, name))),
            None => state,
        })
    }

    /// With more patience for the cache than there is in production: of a test
    /// that is about something else, on a machine that is busy.
    #[cfg(test)]
    pub(crate) fn with_patience(mut self, patience: std::time::Duration) -> Self {
        self.breaker = Arc::new(CacheBreaker::new(patience));
        self
    }

    /// What publishes the events of `function`; none where there is no bus.
    pub(crate) fn publisher(&self, function: &str) -> Option<Publisher> {
        let bus = Arc::clone(self.bus.as_ref()?);
        let outbox = Outbox::new(self.stores.table.clone(), function);
        Some(Publisher::new(bus, outbox, self.next_look.clone()))
    }

    /// Publishes `events` of `function` once the request has its answer, within
    /// a small part of the time that is left then. Whatever becomes of them, the
    /// answer is not delayed.
    pub(crate) fn publish_afterwards(
        &self,
        function: &str,
        events: Vec<Event>,
        deadline: Deadline,
    ) {
        if let Some(publisher) = self.publisher(function) {
            self.afterwards(async move {
                publisher.publish(events, deadline.left()).await;
                metrics::flush();
            });
        }
    }

    /// What is kept of requests that came as events.
    pub(crate) fn event_work(&self) -> &EventWorkStore {
        &self.stores.event_work
    }

    /// The store of writes. The first to ask opens it; that sends nothing.
    pub fn writes(&self) -> &WriteStore {
        &self.stores.writes
    }

    /// The cache of listings. The first to ask opens it; that sends nothing.
    pub fn listings(&self) -> &ListingCache {
        &self.stores.listings
    }

    /// Leaves `work` for when the request has its answer: its caller does not
    /// wait for it. It keeps to a time of its own, and its failure is nobody's.
    pub(crate) fn afterwards(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.afterwards.0.lock().unwrap_or_else(PoisonError::into_inner).push(Box::pin(work));
    }

    /// Does what was left, in its order. Lambda gives a process no time between
    /// requests: this has to end before the next is asked for.
    pub async fn finish(&self) {
        let left =
            std::mem::take(&mut *self.afterwards.0.lock().unwrap_or_else(PoisonError::into_inner));
        for work in left {
            work.await;
        }
    }

    /// Whether one of these connections was taken away, as far as this process
    /// knows: what is kept of it may not be shown any more.
    pub(crate) fn is_any_closed(&self, names: &[ConnectionName]) -> bool {
        self.connections.is_any_closed(names)
    }

    /// The owner's connections.
    pub(crate) fn all_connections(&self) -> &Connections {
        &self.connections
    }

    /// What keeps a cache that fails from failing requests.
    pub(crate) fn breaker(&self) -> &Arc<CacheBreaker> {
        &self.breaker
    }

    /// The parts of listings that this process has stored of late.
    pub(crate) fn recent(&self) -> &Arc<Recent> {
        &self.recent
    }

    /// Reads every secret ahead of the first request, and side by side with that
    /// opens the way to the table: a cold start has the full processor, and the
    /// TLS handshakes are done. Each fails on its own. Sends nothing to any
    /// provider.
    pub(crate) async fn warm(&self, uses: Uses, deadline: Deadline) {
        let opening = self.connections.open(|_| true, None, deadline);
        let warming = tokio::time::timeout(deadline.left(), self.warm_table(uses));
        // Whatever is wrong with the table, the request itself will meet it.
        let _ = join(opening, warming).await;
    }

    /// Reads an item that there is not: any answer has opened the way.
    async fn warm_table(&self, uses: Uses) {
        // A role reaches only keys that begin as its items do.
        let key = match uses {
            Uses::Providers => return,
            Uses::Listings if self.listings().is_off() => return,
            Uses::Listings => "listing#warm",
            Uses::Writes => "idempotency#warm",
        };
        let _ = self.stores.table.get(key).await;
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
    fn a_function_that_has_nothing_to_do_with_the_table_never_opens_it() {
        let opened = Arc::new(AtomicBool::new(false));
        let (configuration, seen) = (configuration("nue"), opened.clone());
        let store = Box::new(FakeStore::default());
        let connections = Connections::new(vec![], String::new(), store, opener([]));
        let state = State::new(configuration, connections, move || {
            seen.store(true, Ordering::SeqCst);
            Arc::new(FakeTable::default())
        });
        assert!(!format!("{state:?}").is_empty());
        assert!(!opened.load(Ordering::SeqCst));
        state.writes();
        assert!(opened.load(Ordering::SeqCst));
    }
}
