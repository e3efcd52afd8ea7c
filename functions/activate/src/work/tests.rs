//! Events as messages deliver them, over providers that count what is written.

mod events;
mod killing;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use function_kit::Deadline;
use function_kit::events::{BusError, CONTINUED, EventBus};
use function_kit::testing::{CAPABILITIES, FakeStore, configuration, connections, invoice, secret};
use invoice::{Action, AvailableAction, Invoice, Status, Write};
use jiff::Timestamp;
use provider_client::SendKey;
use provider_client::error::ErrorKind;
use provider_client::provider::{
    Everything, Page, Part, PartOrder, Plan, Question, Start, View, Written,
};
use provider_client::{Capabilities, ConnectionSecret, Provider, ProviderError};
use serde_json::{Value, json};
use store::table::{FakeTable, Table};
use tokio::sync::Notify;

use super::*;

const DAY: Duration = Duration::from_secs(86_400);

/// An account with drafts. Its clones are one.
#[derive(Clone, Default)]
struct Account(Arc<Mutex<Held>>, Arc<Notify>);

#[derive(Default)]
struct Held {
    /// By id: whether each may be activated, and how often it was.
    invoices: BTreeMap<String, (bool, u32)>,
    /// Everything but listing fails.
    down: bool,
    /// After so many writes the answer never comes.
    hangs_after: Option<usize>,
    written: usize,
}

impl Account {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap()
    }

    fn add(&self, ids: impl IntoIterator<Item = String>, allowed: bool) {
        self.held().invoices.extend(ids.into_iter().map(|id| (id, (allowed, 0))));
    }

    /// How often each was activated, of those that were.
    fn times(&self) -> BTreeMap<String, u32> {
        let held = self.held();
        let activated = held.invoices.iter().filter(|(_, (_, times))| *times > 0);
        activated.map(|(id, (_, times))| (id.clone(), *times)).collect()
    }
}

/// An account under the name of its connection.
struct Named(&'static str, Account);

impl Named {
    fn shown(&self, id: &str, (allowed, times): (bool, u32)) -> Invoice {
        let mut shown = invoice(&format!("{}:{id}", self.0), &format!("{}:c", self.0));
        shown.status = if times > 0 { Status::Active } else { Status::Draft };
        if allowed && times == 0 {
            let active = AvailableAction { resulting_status: Some(Status::Active) };
            shown.available_actions.insert(Action::Activate, active);
        }
        shown
    }

    fn error(&self, kind: ErrorKind) -> ProviderError {
        ProviderError::new(kind, "fake", &self.0.parse().unwrap(), "test", "as the test says")
    }

    fn answers(&self) -> Result<(), ProviderError> {
        if self.1.held().down { Err(self.error(ErrorKind::Unreachable)) } else { Ok(()) }
    }
}

#[async_trait]
impl Provider for Named {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn plan(&self, _: &Question) -> Result<Plan, ProviderError> {
        let whole = Part::of(&Everything, PartOrder::Own);
        Ok(Plan { parts: vec![whole], ..Plan::default() })
    }

    async fn page(
        &self,
        _: &Question,
        _: &Part,
        start: &Start,
        _: Deadline,
    ) -> Result<Page, ProviderError> {
        let drafts: Vec<Invoice> = {
            let held = self.1.held();
            let drafts = held.invoices.iter().filter(|(_, (_, times))| *times == 0);
            drafts.map(|(id, state)| self.shown(id, *state)).collect()
        };
        let skip = usize::try_from(start.skip).unwrap();
        let end = (skip + 60).min(drafts.len());
        let more = end < drafts.len();
        Ok(Page {
            following: more.then(|| Start::at(u64::try_from(end).unwrap())).into_iter().collect(),
            announces_more: more,
            total: u64::try_from(drafts.len()).ok(),
            invoices: drafts.get(skip..end).unwrap_or_default().to_vec(),
            ..Page::default()
        })
    }

    async fn get(&self, id: &str, _: &View, _: Deadline) -> Result<Invoice, ProviderError> {
        self.answers()?;
        let found = self.1.held().invoices.get(id).copied();
        found.map(|state| self.shown(id, state)).ok_or_else(|| self.error(ErrorKind::NotFound))
    }

    async fn write(
        &self,
        _: &Write,
        invoices: &[Invoice],
        _: &SendKey,
        _: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        self.answers()?;
        let hangs = {
            let mut held = self.1.held();
            for one in invoices {
                held.invoices.get_mut(one.id.id()).unwrap().1 += 1;
                held.written += 1;
            }
            let hangs = held.hangs_after.is_some_and(|after| held.written >= after);
            held.hangs_after = held.hangs_after.filter(|_| !hangs);
            hangs
        };
        if hangs {
            self.1.1.notify_one();
            return std::future::pending().await;
        }
        let written = invoices.iter().map(|one| Written {
            id: one.id.id().to_owned(),
            invoice: self.shown(one.id.id(), (true, 1)),
        });
        Ok(written.collect())
    }
}

/// A bus that keeps what it is given, or never answers.
#[derive(Debug, Default)]
struct Bus {
    events: Mutex<Vec<Event>>,
    hangs: bool,
}

#[async_trait]
impl EventBus for Bus {
    async fn publish(&self, events: &[Event]) -> Result<Vec<usize>, BusError> {
        if self.hangs {
            return std::future::pending().await;
        }
        self.events.lock().unwrap().extend_from_slice(events);
        Ok(Vec::new())
    }
}

impl Bus {
    /// The details of the events of a kind.
    fn told(&self, kind: &str) -> Vec<Value> {
        let events = self.events.lock().unwrap();
        let of_kind = events.iter().filter(|event| event.detail_type == kind);
        of_kind.map(|event| serde_json::from_str(&event.detail).unwrap()).collect()
    }

    /// The continuations, taken off the bus.
    fn take_continuations(&self) -> Vec<String> {
        let mut events = self.events.lock().unwrap();
        let (taken, left) =
            events.drain(..).partition(|event: &Event| event.detail_type == CONTINUED);
        *events = left;
        taken.into_iter().map(|event| event.detail).collect()
    }
}

/// The function, and what there is around it.
struct World {
    nue: Account,
    eu: Account,
    bus: Arc<Bus>,
    table: FakeTable,
    clock: Arc<AtomicI64>,
    app: EventApp,
}

impl World {
    fn new(hangs: bool) -> Self {
        let (nue, eu) = (Account::default(), Account::default());
        let (bus, table) = (Arc::new(Bus { hangs, ..Bus::default() }), FakeTable::default());
        let clock = Arc::new(AtomicI64::new(Timestamp::now().as_millisecond()));
        let shown = clock.clone();
        let now = move || Timestamp::from_millisecond(shown.load(Ordering::SeqCst)).unwrap();
        let configuration = configuration("nue,eu");
        let secrets = FakeStore::default();
        secrets.put("invoice-bridge/nue", &secret());
        secrets.put("invoice-bridge/eu", &secret());
        let accounts = [("nue", nue.clone()), ("eu", eu.clone())];
        let open = move |secret: &ConnectionSecret| {
            let mut named = accounts.iter();
            let (name, account) =
                named.find(|(name, _)| *name == secret.connection().as_str()).unwrap();
            let provider: Box<dyn Provider> = Box::new(Named(name, account.clone()));
            Ok(provider)
        };
        let connections = connections(&configuration, secrets, Box::new(open));
        let shared: Arc<dyn Table> = Arc::new(table.clone());
        let mut app = EventApp::new(&configuration, connections, shared, Some(bus.clone()));
        app.write.writes = app.write.writes.with_clock(now.clone());
        app.work = app.work.with_clock(now);
        Self { nue, eu, bus, table, clock, app }
    }

    fn pass(&self, time: Duration) {
        self.clock.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Delivers the event to the function, once more or for the first time.
    async fn deliver(&self, body: &Value, receives: u32, time: u64) -> Result<Dealt, Problem> {
        let body = body.to_string();
        let event = EventRequest {
            id: "5c0b6a5e",
            account: "000000000000",
            source: "finance",
            kind: "Invoice Activation Requested",
            body: &body,
        };
        on_event(&self.app, BulkAction::Activate, event, delivery("m-1", receives, time)).await
    }

    /// Delivers what was handed on, until nothing more is.
    async fn deliver_continuations(&self, time: u64) -> usize {
        let mut waiting = VecDeque::from(self.bus.take_continuations());
        let mut delivered = 0;
        while let Some(detail) = waiting.pop_front() {
            delivered += 1;
            let message = format!("m-c-{delivered}");
            let delivery = delivery(&message, 1, time);
            let dealt = on_continuation(&self.app, BulkAction::Activate, &detail, delivery);
            assert_eq!(dealt.await.unwrap(), Dealt::Settled);
            waiting.extend(self.bus.take_continuations());
        }
        delivered
    }

    fn completed(&self) -> Vec<Value> {
        self.bus.told("Invoice Activation Completed")
    }
}

fn delivery(message_id: &str, receives: u32, time: u64) -> Delivery<'_> {
    Delivery { message_id, receives, deadline: Deadline::after(Duration::from_secs(time)) }
}

fn ids(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("d{number:05}"))
}

fn all_drafts() -> Value {
    json!({"filter": {"status": ["draft"]}})
}

/// The bulk body for these invoices of `nue`.
fn named(ids: &[&str]) -> Value {
    let ids: Vec<String> = ids.iter().map(|id| format!("nue:{id}")).collect();
    json!({ "invoiceIds": ids })
}
