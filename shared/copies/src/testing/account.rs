//! An account at a provider that cannot filter or sort, as large as a test wants it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test of what is not there fails"
)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use engine::Connection;
use futures::future::BoxFuture;
use invoice::{Amount, ConnectionName, Direction, Invoice, Parameter, Reference, Status, Write};
use jiff::civil::date;
use jiff::{SignedDuration, ToSpan};
use provider_client::capability::{Applied, IdSpelling};
use provider_client::provider::{
    Everything, LeftOut, Page, Part, PartOrder, Plan, Question, Start, View, Written,
};
use provider_client::{Capabilities, Deadline, ErrorKind, Provider, ProviderError, SendKey};

use crate::{CopyStore, Progress, Run, RunError, SyncedProvider};

/// How long the accounts' tombstones are kept.
pub const RETENTION: SignedDuration = SignedDuration::from_hours(24 * 7);
const PAGE: usize = 100;

static CAPABILITIES: Capabilities = Capabilities {
    provider: "made-up",
    title: "Made-up",
    ids: IdSpelling::Exact,
    direction: Direction::Receivable,
    customer_required: false,
    filters: &[
        (Parameter::CustomerIds, Applied::ByBridge),
        (Parameter::Status, Applied::ByBridge),
        (Parameter::InvoiceDate, Applied::ByBridge),
        (Parameter::DueDate, Applied::ByBridge),
        (Parameter::Amount, Applied::ByBridge),
        (Parameter::Balance, Applied::ByBridge),
        (Parameter::Number, Applied::ByBridge),
        (Parameter::CreatedAt, Applied::ByBridge),
        (Parameter::ModifiedAt, Applied::ByBridge),
    ],
    sorts: &[],
    includes: &[],
    completed_one_by_one: &[],
    writes: &[],
    comments_kept: &[],
    updatable: &[],
    concurrency: 4,
    assumptions: &[],
};

/// An account. Its clones are one.
#[derive(Clone)]
pub struct Account {
    /// The connection to it.
    pub name: ConnectionName,
    invoices: Arc<Mutex<BTreeMap<String, Invoice>>>,
    calls: Arc<AtomicUsize>,
    is_mute: Arc<AtomicBool>,
    /// The rows of its first page that no invoice can be made of.
    unreadable: Arc<AtomicUsize>,
}

/// An invoice of such an account: some hundred of 100,000 share each date.
///
/// # Panics
/// When there are more than an `i64` counts.
pub fn invoice(connection: &ConnectionName, number: usize) -> Invoice {
    let id = Reference::new(connection, id(number));
    let mut invoice = Invoice::unknown(id, "made-up", Direction::Receivable);
    let day = i64::try_from(number % 900).unwrap();
    invoice.number = Some(format!("INV-{number}"));
    invoice.customer.id = Some(Reference::new(connection, format!("c{}", number % 500)));
    invoice.customer.name = Some(format!("Customer {}", number % 500));
    invoice.status = if number.is_multiple_of(50) { Status::Draft } else { Status::Active };
    invoice.dates.invoice = Some(date(2024, 1, 1).saturating_add(day.days()));
    invoice.dates.due =
        (!number.is_multiple_of(7)).then(|| date(2024, 2, 1).saturating_add(day.days()));
    invoice.amounts.total = Some(amount(number * 37 % 10_000));
    invoice.amounts.balance = Some(amount(number * 11 % 5_000));
    invoice
}

/// `number` and a half.
///
/// # Panics
/// Never.
pub fn amount(number: usize) -> Amount {
    serde_json::from_str(&format!("\"{number}.50\"")).unwrap()
}

/// The id of the invoice that was made as this one of an account.
pub fn id(number: usize) -> String {
    format!("i{number:07}")
}

impl Account {
    /// The account of the connection `name`, with so many invoices.
    ///
    /// # Panics
    /// When no connection can have that name.
    pub fn of(name: &str, invoices: usize) -> Self {
        let name: ConnectionName = name.parse().unwrap();
        let all = (0..invoices).map(|number| (id(number), invoice(&name, number))).collect();
        let (calls, is_mute, unreadable) = (Arc::default(), Arc::default(), Arc::default());
        Self { name, invoices: Arc::new(Mutex::new(all)), calls, is_mute, unreadable }
    }

    /// From now on it has so many rows that no invoice can be made of.
    pub fn hold_unreadable(&self, rows: usize) {
        self.unreadable.store(rows, Ordering::SeqCst);
    }

    /// From now on writes are carried out, and never answered.
    pub fn be_mute(&self) {
        self.is_mute.store(true, Ordering::SeqCst);
    }

    /// The balance of one of its invoices.
    ///
    /// # Panics
    /// When it has no such invoice.
    pub fn balance(&self, id: &str) -> Option<Amount> {
        self.invoices.lock().unwrap()[id].amounts.balance
    }

    /// Changes one of its invoices, and returns it as it is then.
    ///
    /// # Panics
    /// When it has no such invoice.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut Invoice)) -> Invoice {
        let mut invoices = self.invoices.lock().unwrap();
        let invoice = invoices.get_mut(id).unwrap();
        change(invoice);
        invoice.clone()
    }

    /// Removes one of its invoices.
    ///
    /// # Panics
    /// When it has no such invoice.
    pub fn remove(&self, id: &str) {
        self.invoices.lock().unwrap().remove(id).unwrap();
    }

    /// Adds an invoice, or another in place of the one with its id.
    ///
    /// # Panics
    /// When a test has panicked over it.
    pub fn put(&self, invoice: Invoice) {
        self.invoices.lock().unwrap().insert(invoice.id.id().to_owned(), invoice);
    }

    /// The ids of its invoices, in their order.
    ///
    /// # Panics
    /// When a test has panicked over it.
    pub fn ids(&self) -> Vec<String> {
        self.invoices.lock().unwrap().keys().cloned().collect()
    }

    /// How often the provider was asked.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// The account itself, without its copy.
    pub fn connection(&self) -> Connection {
        Connection { name: self.name.clone(), provider: Ok(Arc::new(self.clone())) }
    }

    /// The account with its copy, as far as that is complete.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn synced(&self, store: &CopyStore) -> Connection {
        let states = store.sync_states(std::slice::from_ref(&self.name)).await.unwrap();
        let facts = states[&self.name].facts();
        let provider = Arc::new(self.clone());
        let synced =
            SyncedProvider::new(self.name.clone(), provider, store.clone(), RETENTION, facts);
        Connection { name: self.name.clone(), provider: Ok(Arc::new(synced)) }
    }

    /// Goes on with a run of its sync, or begins one.
    ///
    /// # Errors
    /// When its store fails.
    pub async fn sync(&self, store: &CopyStore, owner: &str) -> Result<Progress, RunError> {
        let connection = self.connection();
        let moved = || -> BoxFuture<'_, ()> { Box::pin(async {}) };
        let deadline = Deadline::after(Duration::from_secs(3_600));
        let run = Run {
            store,
            connection: &connection,
            owner,
            retention: RETENTION,
            deadline,
            moved: &moved,
        };
        run.go_on().await
    }

    fn error(&self, kind: ErrorKind, operation: &'static str) -> ProviderError {
        ProviderError::new(kind, "made-up", &self.name, operation, "made up")
    }
}

#[async_trait]
impl Provider for Account {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn plan(&self, _: &Question) -> Result<Plan, ProviderError> {
        let all = Part::of(&Everything, PartOrder::Own);
        Ok(Plan { parts: vec![all], ..Plan::default() })
    }

    async fn page(
        &self,
        _: &Question,
        _: &Part,
        start: &Start,
        _: Deadline,
    ) -> Result<Page, ProviderError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let skip = usize::try_from(start.skip).unwrap();
        let invoices: Vec<Invoice> =
            self.invoices.lock().unwrap().values().skip(skip).take(PAGE).cloned().collect();
        // As over a network: others come in between.
        tokio::task::yield_now().await;
        let next = start.after(u64::try_from(invoices.len()).unwrap());
        let following = if invoices.is_empty() { Vec::new() } else { vec![next] };
        let unreadable = if skip == 0 { self.unreadable.load(Ordering::SeqCst) } else { 0 };
        let left_out = (0..).take(unreadable);
        let left_out = left_out.map(|place| LeftOut { place, reason: "made up".to_owned() });
        Ok(Page { invoices, following, left_out: left_out.collect(), ..Page::default() })
    }

    async fn get(&self, id: &str, _: &View, _: Deadline) -> Result<Invoice, ProviderError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let found = self.invoices.lock().unwrap().get(id).cloned();
        tokio::task::yield_now().await;
        found.ok_or_else(|| self.error(ErrorKind::NotFound, "get"))
    }

    /// Every write sets the balance to the number in its key.
    async fn write(
        &self,
        _: &Write,
        invoices: &[Invoice],
        key: &SendKey,
        _: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        let balance: usize = key.as_str().parse().unwrap();
        let id = invoices[0].id.id().to_owned();
        let invoice = self.change(&id, |invoice| invoice.amounts.balance = Some(amount(balance)));
        tokio::task::yield_now().await;
        if self.is_mute.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        Ok(vec![Written { id, invoice }])
    }
}
