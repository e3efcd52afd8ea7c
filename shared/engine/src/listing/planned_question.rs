//! One connection's question as it is put to its provider: the plan, the pages read
//! by it, and whether what comes answers the question.

mod answers;
mod keeping;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use api::{ListQuery, MAX_LIMIT};
use futures::FutureExt;
use invoice::{ConnectionName, Invoice, Parameter, Scope};
use jiff::Timestamp;
use provider_client::provider::{
    BringsNothing, Copied, LeftOut, MovedUp, Page, PageEnd, Part, PartKey, Placed, Plan, Provider,
    Question, Reading, Start, View,
};
use provider_client::{Deadline, ErrorKind, ProviderError};

use super::bounds::MAX_CALLS;
use super::page_cache::{PageCache, PageKey};
use super::source::{AppliedBy, RowsLeftOut};

/// A question that can be put to a provider, with the plan to put it by.
#[derive(Clone)]
pub(super) struct PlannedQuestion {
    name: ConnectionName,
    pub provider: Arc<dyn Provider>,
    pub question: Question,
    pub plan: Plan,
    /// The plan as its provider made it, and how many assumptions had been dropped
    /// then.
    provider_plan: Plan,
    dropped: usize,
    judged: Vec<(Parameter, bool)>,
    /// Whether the caller is shown comments, and may find invoices by them.
    pub shows_comments: bool,
    page_cache: Arc<dyn PageCache>,
    taken: Arc<Mutex<Taken>>,
    left_out: Arc<Mutex<Rows>>,
    /// How many pages may still be read for this answer.
    calls_left: Arc<AtomicUsize>,
}

/// Rows that are left out, by the part they stand in and their place in it, so
/// that one that is read again counts once; and why.
type Rows = BTreeMap<(Option<PartKey>, Option<String>, u64), String>;

/// Why rows are left out of a copy, of which no more is kept than their number.
const LEFT_OUT_OF_COPY: &str = "no invoice could be made of them when the copy was made";

/// What was taken from the page cache rather than read.
#[derive(Default)]
struct Taken {
    /// When the oldest of it was read.
    fetched_at: Option<Timestamp>,
    /// Whether any stands in for what could not be read.
    is_stale: bool,
}

impl PlannedQuestion {
    pub fn new(
        name: &ConnectionName,
        provider: Arc<dyn Provider>,
        query: &ListQuery,
        scope: &Scope,
        page_cache: &Arc<dyn PageCache>,
    ) -> Result<Self, ProviderError> {
        let filter = &query.filter;
        let question = Question {
            customers: filter.customers_at(name, scope),
            filter: filter.clone(),
            sort: query.sort,
            view: View {
                includes: query.includes.clone(),
                show_zero_dollar_charges: filter.show_zero_dollar_charges,
                show_tracked_items: filter.show_tracked_items,
            },
            // A walk that goes on meets the last invoice had once more.
            reading: Reading::Few(query.limit.saturating_add(query.cursor.is_some().into())),
        };
        let nobody = question.customers.as_ref().is_some_and(BTreeSet::is_empty);
        let no_day = filter.invoice_date.is_empty() || filter.due_date.is_empty();
        let dropped = dropped(provider.as_ref());
        let provider_plan =
            if nobody || no_day { Plan::default() } else { provider.plan(&question)? };
        let mut plan = provider_plan.clone();
        let shows_comments = *scope == Scope::All;
        if !shows_comments {
            // A provider's search looks into what the caller is not shown.
            plan.by_provider.remove(&Parameter::Search);
        }
        let judged: Vec<(Parameter, bool)> = filter
            .asked()
            .into_iter()
            .filter(|parameter| !parameter.is_view() && *parameter != Parameter::CustomerIds)
            .map(|parameter| (parameter, plan.by_provider.contains(&parameter)))
            .collect();
        let (name, page_cache, taken) = (name.clone(), page_cache.clone(), Arc::default());
        // Completing makes a call for each invoice that is given.
        let completing = match provider.completes_one_by_one(&question.view) {
            true => usize::from(query.limit),
            false => 0,
        };
        let calls = MAX_CALLS.saturating_sub(completing);
        let calls_left = Arc::new(AtomicUsize::new(calls));
        let mut planned = Self {
            name,
            provider,
            question,
            plan,
            provider_plan,
            dropped,
            judged,
            shows_comments,
            page_cache,
            taken,
            left_out: Arc::default(),
            calls_left,
        };
        if query.sort.is_some() && planned.plan.parts.len() > calls {
            return Err(planned.too_many_calls());
        }
        if planned.picks_out() {
            // More is read than is given: small pages would only be many.
            planned.question.reading = Reading::Few(MAX_LIMIT);
        }
        Ok(planned)
    }

    /// How many pages may still be read for this answer.
    pub fn calls_left(&self) -> usize {
        self.calls_left.load(Ordering::Relaxed)
    }

    /// Takes `calls` from those that may still be made for this answer.
    pub fn spend(&self, calls: usize) {
        let left = |left: usize| Some(left.saturating_sub(calls));
        let _ = self.calls_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
    }

    /// The question as one to be read whole.
    pub fn whole(&self) -> Self {
        let question = Question { reading: Reading::Whole, ..self.question.clone() };
        Self { question, ..self.clone() }
    }

    /// Reads one page; what is kept of it, where it cannot be read now.
    pub async fn page(
        &self,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let name = PageKey::page(&self.name, &self.question, part, start);
        let asked_at = self.page_cache.now();
        match self.page_now(part, start, deadline).await {
            Ok(page) => {
                self.put(name, asked_at, &page);
                Ok(page)
            }
            Err(error) => self.instead_of(error, &name).await,
        }
    }

    /// Reads one page from its provider.
    pub async fn page_now(
        &self,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let left = |calls: usize| calls.checked_sub(1);
        if self.calls_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_err() {
            return Err(self.too_many_calls());
        }
        let page = self.provider.page(&self.question, part, start, deadline).await?;
        if self.is_outdated() {
            let detail = "its plan rests on what its provider has refused since";
            return Err(self.error(ErrorKind::PlanOutdated, detail));
        }
        self.of_customers(page)
    }

    /// Reads once more what stands before a page, where it is not seen that it begins at
    /// `end`: what is left out of that is noted.
    pub async fn moved_up(
        &self,
        part: &Part,
        end: &PageEnd,
        page: (&Start, &Page),
        is_known: &(dyn Fn(&Invoice) -> bool + Sync),
        deadline: Deadline,
    ) -> Result<MovedUp, ProviderError> {
        let read = |start: Start| async move { self.page(part, &start, deadline).await }.boxed();
        let moved = end.moved_up(page, self.stride(), is_known, &read).await?;
        for Placed { at, row } in &moved.rows {
            if let Err(row) = row {
                self.leave_out_of(Some(part.key()), at, row.clone());
            }
        }
        Ok(moved)
    }

    /// Whether an assumption has been dropped since the question was planned, and
    /// the plan would be another without it.
    fn is_outdated(&self) -> bool {
        dropped(self.provider.as_ref()) != self.dropped
            && self.provider.plan(&self.question).ok().as_ref() != Some(&self.provider_plan)
    }

    /// Notes that a row of the page that was read from `start` is left out.
    pub fn leave_out(&self, part: usize, start: &Start, row: LeftOut) {
        if let Some(part) = self.plan.parts.get(part) {
            self.leave_out_of(Some(part.key()), start, row);
        }
    }

    /// Notes the same of a row of the part of this key; none where it is in no part.
    pub fn leave_out_of(&self, part: Option<&PartKey>, start: &Start, row: LeftOut) {
        let Start { token, skip } = start.after(row.place);
        let mut left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        left_out.insert((part.cloned(), token, skip), row.reason);
    }

    /// How many rows are left out, and why the first of them; none where none is.
    pub fn left_out(&self) -> Option<RowsLeftOut> {
        let left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = left_out.values().next()?.clone();
        Some(RowsLeftOut { count: left_out.len(), reason })
    }

    /// How far to go back at least from a hint that led too far: a page of this
    /// answer may have left since.
    pub fn stride(&self) -> u64 {
        match self.question.reading {
            Reading::Few(invoices) => invoices.into(),
            Reading::Whole => MAX_LIMIT.into(),
        }
    }

    /// The moment of the copy that answers; none where the provider is asked.
    pub fn copied_at(&self) -> Option<Timestamp> {
        self.copied().map(|copied| copied.as_of)
    }

    /// The rows that its copy lacks, where one answers: which of them would answer the
    /// question, nobody knows. None where it lacks none.
    pub fn left_out_of_copy(&self) -> Option<RowsLeftOut> {
        let count = usize::try_from(self.copied()?.left_out).unwrap_or(usize::MAX);
        (count > 0).then(|| RowsLeftOut { count, reason: LEFT_OUT_OF_COPY.to_owned() })
    }

    fn copied(&self) -> Option<Copied> {
        self.provider.copied(&self.plan)
    }

    /// The connection.
    pub fn name(&self) -> &ConnectionName {
        &self.name
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.page_cache.now()
    }

    /// The refusal of a question that takes more calls than an answer may make.
    pub fn too_many_calls(&self) -> ProviderError {
        if self.question.sort.is_none() {
            return self.error(
                ErrorKind::TooManyToSum,
                format!(
                    "to read all that answers takes more than the {MAX_CALLS} calls that one request may make of it; \
                     name fewer customers in `customerIds`, narrow the question, or leave the connection out"
                ),
            );
        }
        self.error(
            ErrorKind::TooManyToSort,
            format!(
                "to answer this in order takes more than the {MAX_CALLS} calls that one request may make of it \
                 ({} listings side by side, and one call for each invoice whose `includes` are read by themselves); \
                 name fewer customers in `customerIds`, ask for fewer invoices by `limit`, leave `includes` out, \
                 or ask without `sort`",
                self.plan.parts.len()
            ),
        )
    }

    /// The failure of a provider whose pages do not bring what they announce.
    pub fn brings_nothing(&self) -> ProviderError {
        self.error(ErrorKind::BadResponse, BringsNothing::DETAIL)
    }

    /// A failure to list.
    pub fn error(&self, kind: ErrorKind, detail: impl Into<String>) -> ProviderError {
        ProviderError::new(kind, self.provider.capabilities().provider, &self.name, "list", detail)
    }

    pub fn applied(&self) -> BTreeMap<Parameter, AppliedBy> {
        let capabilities = self.provider.capabilities();
        let is_copy = self.copied_at().is_some();
        let applied = |parameter: Parameter| {
            if is_copy && !parameter.is_view() {
                // What a provider has no data of, its copy has none of either.
                let has_data = capabilities.filter(parameter).is_some();
                if has_data { AppliedBy::Copy } else { AppliedBy::Absent }
            } else if self.plan.by_provider.contains(&parameter) {
                AppliedBy::Provider
            } else if capabilities.filter(parameter).is_some() && !parameter.is_view() {
                AppliedBy::Bridge
            } else {
                AppliedBy::Absent
            }
        };
        self.question
            .filter
            .asked()
            .into_iter()
            .map(|parameter| (parameter, applied(parameter)))
            .collect()
    }
}

/// How many assumptions about a provider have been dropped.
fn dropped(provider: &dyn Provider) -> usize {
    provider.assumptions().map_or(0, |assumptions| assumptions.dropped())
}
