//! A made-up provider that counts its rows, and whose rows come and go.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use invoice::{Direction, Include, Invoice, Parameter, Sort};
use provider_client::capability::{Applied, Capabilities, IdSpelling};
use provider_client::provider::{
    Before, Page, Part, PartKind, PartOrder, Plan, Question, Start, View,
};
use provider_client::{Deadline, ErrorKind, Provider, ProviderError};

use super::name;

const CAPABILITIES: Capabilities = Capabilities {
    provider: "made-up",
    title: "Made up",
    ids: IdSpelling::Exact,
    direction: Direction::Receivable,
    customer_required: false,
    filters: &[(Parameter::Status, Applied::ByBridge), (Parameter::Amount, Applied::ByBridge)],
    sorts: &[],
    includes: &[Include::Lines],
    completed_one_by_one: &[],
    writes: &[],
    comments_kept: &[],
    updatable: &[],
    concurrency: 4,
    assumptions: &[],
};

/// How a provider tells that more follows a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    Nothing,
    Next,
    Total,
    /// The server says that there are so many more invoices than there are.
    TooMany(u64),
}

/// A change of the rows that a provider has.
type Change = Box<dyn FnMut(&mut Vec<Invoice>) + Send>;

/// A provider that gives at most `cap` invoices at once, from those there are now.
pub struct Shifting {
    pub rows: Mutex<Vec<Invoice>>,
    pub cap: usize,
    pub order: PartOrder,
    pub says: Says,
    pub parts: usize,
    /// The only page it gives, wherever it is asked to begin.
    pub stuck: bool,
    pub completes: bool,
    /// How many bytes are added to each invoice that is completed.
    pub grows: usize,
    pub calls: AtomicUsize,
    /// Whether a page shows the invoice before it.
    pub shows_before: bool,
    /// The change of the rows that follows each page that is given.
    pub after: Mutex<Change>,
}

impl Shifting {
    pub fn new(rows: Vec<Invoice>, cap: usize, order: PartOrder, says: Says) -> Self {
        Self {
            rows: Mutex::new(rows),
            cap,
            order,
            says,
            parts: 1,
            stuck: false,
            completes: false,
            grows: 0,
            calls: AtomicUsize::new(0),
            shows_before: false,
            after: Mutex::new(Box::new(|_| {})),
        }
    }

    fn in_order(&self, sort: Option<Sort>) -> Vec<Invoice> {
        let mut rows = self.rows.lock().unwrap().clone();
        match sort {
            Some(sort) if self.order == PartOrder::RequestedThenId => {
                // By the ids as they are, however long.
                rows.sort_by(|a, b| {
                    let (value_a, value_b) = (sort.position(a).value, sort.position(b).value);
                    sort.cmp_values(value_a.as_ref(), value_b.as_ref())
                        .then_with(|| a.id.id().cmp(b.id.id()))
                });
            }
            Some(sort) if self.order == PartOrder::Requested => rows.sort_by(|a, b| {
                let (a, b) = (sort.position(a), sort.position(b));
                sort.cmp_values(a.value.as_ref(), b.value.as_ref())
                    .then_with(|| b.reference.cmp(&a.reference))
            }),
            _ => {}
        }
        rows
    }
}

/// A part, by its number.
#[derive(PartialEq)]
struct Nth(usize);

impl PartKind for Nth {
    fn key(&self) -> String {
        self.0.to_string()
    }

    fn parse(key: &str) -> Option<Self> {
        key.parse().ok().map(Self)
    }
}

#[async_trait]
impl Provider for Shifting {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn plan(&self, question: &Question) -> Result<Plan, ProviderError> {
        let order = if question.sort.is_some() { self.order } else { PartOrder::Own };
        let parts = (0..self.parts).map(|part| Part::of(&Nth(part), order));
        Ok(Plan { parts: parts.collect(), ..Plan::default() })
    }

    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        _: Deadline,
    ) -> Result<Page, ProviderError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let part: usize = part.read::<Nth>().unwrap().0;
        let rows: Vec<Invoice> = self
            .in_order(question.sort)
            .into_iter()
            .enumerate()
            .filter(|(at, _)| at % self.parts == part)
            .map(|(_, row)| row)
            .collect();
        let skip = if self.stuck { 0 } else { start.skip as usize };
        let from = skip.min(rows.len());
        let to = (from + self.cap).min(rows.len());
        let next = start.after((to - from) as u64);
        let (following, announces_more, total) = match self.says {
            Says::Nothing => ((to > from).then_some(next).into_iter().collect(), false, None),
            Says::Next => {
                let more = self.stuck || to < rows.len();
                (more.then_some(next).into_iter().collect(), more, None)
            }
            Says::Total => {
                let pages = (to..rows.len()).step_by(self.cap).map(|at| Start::at(at as u64));
                (pages.collect(), to < rows.len(), Some(rows.len() as u64))
            }
            Says::TooMany(more) => {
                let total = rows.len() as u64 + more;
                (vec![next], (to as u64) < total, Some(total))
            }
        };
        self.after.lock().unwrap()(&mut self.rows.lock().unwrap());
        let before = match skip.checked_sub(1).map(|before| rows.get(before)) {
            Some(Some(one)) if self.shows_before => Before::Invoice(one.id.clone()),
            Some(None) if self.shows_before => Before::Nothing,
            _ => Before::Unknown,
        };
        Ok(Page {
            before,
            invoices: rows[from..to].to_vec(),
            following,
            announces_more,
            total,
            ..Page::default()
        })
    }

    async fn get(&self, _: &str, _: &View, _: Deadline) -> Result<Invoice, ProviderError> {
        Err(ProviderError::new(ErrorKind::NotFound, "made-up", &name(), "get", "none"))
    }

    fn completes_one_by_one(&self, view: &View) -> bool {
        self.completes && view.wants(Include::Lines)
    }

    async fn complete(
        &self,
        mut invoices: Vec<Invoice>,
        _: &View,
        _: Deadline,
    ) -> Result<Vec<Invoice>, ProviderError> {
        if self.grows > 0 {
            self.calls.fetch_add(invoices.len(), Ordering::Relaxed);
            invoices.iter_mut().for_each(|one| one.terms = Some("t".repeat(self.grows)));
        }
        Ok(invoices)
    }
}
