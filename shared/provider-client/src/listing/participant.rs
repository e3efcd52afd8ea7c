//! One connection as it takes part in a listing: the question put to it, what
//! it may contribute, and what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use invoice::{
    ConnectionName, Invoice, ListQuery, MAX_LIMIT, Parameter, Problem, Scope, Sort, Verdict,
};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::MAX_CALLS;
use super::shelf::{Shelf, ShelfName, Shelved};
use super::source::{AppliedBy, RowsLeftOut, Source, SourceStatus};
use crate::connection::Connection;
use crate::provider::{
    LeftOut, Page, Part, PartOrder, Plan, Provider, Question, Reading, Start, View,
};
use crate::{Deadline, ErrorKind, ProviderError};

/// One connection in one listing.
pub(super) struct Participant {
    pub name: ConnectionName,
    /// Why its invoices are not in the answer.
    pub problem: Option<Problem>,
    /// Invoices that answer, where all of them have been read.
    pub counted: Option<u64>,
    /// Whether we established the order of any part.
    pub sorted_by_us: bool,
    /// Whether its plan rests on an assumption that its provider has refused: it
    /// is to be planned and read anew.
    pub is_outdated: bool,
    /// Invoices of each part, where its provider says.
    totals: BTreeMap<String, Option<u64>>,
    fetched_at: Option<Timestamp>,
    shelf: Arc<dyn Shelf>,
    asking: Option<Asking>,
}

/// A question that could be put, and to whom.
#[derive(Clone)]
pub(super) struct Asking {
    name: ConnectionName,
    provider: Arc<dyn Provider>,
    pub question: Question,
    pub plan: Plan,
    /// The plan as its provider made it, and how many assumptions had been dropped
    /// then.
    planned: Plan,
    dropped: usize,
    judged: Vec<(Parameter, bool)>,
    /// Whether the caller is shown comments, and may find invoices by them.
    shows_comments: bool,
    shelf: Arc<dyn Shelf>,
    taken: Arc<Mutex<Taken>>,
    left_out: Arc<Mutex<Rows>>,
    /// How many pages may still be read for this answer.
    calls_left: Arc<AtomicUsize>,
}

/// Rows that are left out, by the part they stand in and their place in it, so
/// that one that is read again counts once; and why.
type Rows = BTreeMap<(String, Option<String>, u64), String>;

/// What was taken off the shelf rather than read.
#[derive(Default)]
struct Taken {
    /// When the oldest of it was read.
    fetched_at: Option<Timestamp>,
    /// Whether any stands in for what could not be read.
    is_stale: bool,
}

impl Participant {
    /// `connection`, asked `query` within `scope`. Sends nothing.
    pub fn new(
        connection: &Connection,
        query: &ListQuery,
        scope: &Scope,
        shelf: &Arc<dyn Shelf>,
    ) -> Self {
        let asking = connection.provider.clone().and_then(|provider| {
            Asking::new(&connection.name, provider, query, scope, shelf)
                .map_err(|error| Problem::from(&error))
        });
        let (asking, problem) = match asking {
            Ok(asking) => (Some(asking), None),
            Err(problem) => (None, Some(problem)),
        };
        Self {
            name: connection.name.clone(),
            problem,
            counted: None,
            sorted_by_us: false,
            is_outdated: false,
            totals: BTreeMap::new(),
            fetched_at: None,
            shelf: shelf.clone(),
            asking,
        }
    }

    /// What to ask; none once it has failed.
    pub fn asking(&self) -> Option<Asking> {
        if self.problem.is_some() { None } else { self.asking.clone() }
    }

    /// How many of its pages may still be read for this answer.
    pub fn calls_left(&self) -> usize {
        self.asking.as_ref().map_or(0, |asking| asking.calls_left.load(Ordering::Relaxed))
    }

    /// Notes that its provider is asked now.
    pub fn fetching(&mut self) {
        self.fetched_at.get_or_insert_with(|| self.shelf.now());
    }

    /// Notes what a page says of its whole part: pages that differ say nothing.
    pub fn note_total(&mut self, part: &Part, total: Option<u64>) {
        let known = self.totals.entry(part.name.clone()).or_insert(total);
        if *known != total {
            *known = None;
        }
    }

    /// Notes that what was read of a part contradicts what was said of it.
    pub fn contradict(&mut self, part: &Part) {
        self.totals.insert(part.name.clone(), None);
    }

    /// Notes that it failed.
    pub fn fail(&mut self, error: &ProviderError) {
        if error.kind == ErrorKind::PlanOutdated {
            self.is_outdated = true;
            self.problem = Some(Problem::from(error));
            return;
        }
        tracing::warn!(
            connection = %self.name,
            kind = ?error.kind,
            status = error.status,
            detail = error.detail,
            "a connection failed"
        );
        self.problem = Some(Problem::from(error));
    }

    /// Adds to `invoices` what its listing does not carry.
    pub async fn complete(
        &self,
        invoices: Vec<Invoice>,
        deadline: Deadline,
    ) -> Result<Vec<Invoice>, Problem> {
        match &self.asking {
            Some(Asking { provider, question, .. }) if !question.view.includes.is_empty() => {
                provider
                    .complete(invoices, &question.view, deadline)
                    .await
                    .map_err(|error| Problem::from(&error))
            }
            _ => Ok(invoices),
        }
    }

    /// What became of it, for the answer.
    pub fn source(&self, query: &ListQuery) -> Source {
        let (kept_at, is_stale) = self.asking.as_ref().map(Asking::taken).unwrap_or_default();
        // Of several moments the first: nothing in it is older.
        let fetched_at = [self.fetched_at, kept_at].into_iter().flatten().min();
        let age = fetched_at.map(|moment| self.shelf.now().duration_since(moment).as_secs());
        let left_out = self.left_out();
        let status = match (&self.problem, fetched_at) {
            (Some(_), _) => SourceStatus::Failed,
            (None, Some(_)) if is_stale => SourceStatus::Stale,
            (None, Some(_)) if left_out.is_some() => SourceStatus::Partial,
            (None, Some(_)) => SourceStatus::Ok,
            (None, None)
                if self.asking.as_ref().is_some_and(|asking| asking.plan.parts.is_empty()) =>
            {
                // Nothing to ask: no invoice of it can answer.
                SourceStatus::Ok
            }
            (None, None) => SourceStatus::Unread,
        };
        let asking = self.asking.as_ref();
        Source {
            connection: self.name.clone(),
            status,
            fetched_at,
            age: age.map(|age| u64::try_from(age).unwrap_or(0)),
            total: if self.problem.is_none() { self.total() } else { None },
            filters: asking.map(Asking::applied).unwrap_or_default(),
            sort: query.sort.zip(asking).map(|(sort, asking)| self.sorted_by(asking, sort)),
            left_out: left_out.filter(|_| self.problem.is_none()),
            problem: self.problem.clone(),
        }
    }

    /// Notes that no answer holds this invoice, and that it is left out.
    pub fn leave_out_giant(&self, invoice: &Invoice) {
        let Some(asking) = &self.asking else { return };
        let reason = format!(
            "invoice `{}` alone is larger than one answer may be: ask for it without `includes`",
            invoice.id
        );
        // By its reference: where it stands does not matter any more.
        let start = Start { token: Some(invoice.id.to_string()), skip: 0 };
        asking.leave_out_of("", &start, LeftOut { place: 0, reason });
    }

    /// The rows that are left out of what it gave; none where none is.
    pub fn left_out(&self) -> Option<RowsLeftOut> {
        self.asking.as_ref().and_then(Asking::left_out)
    }

    /// Why it is not whole, although it did not fail.
    pub fn partial(&self) -> Option<Problem> {
        let RowsLeftOut { count, reason } = self.left_out()?;
        let asking = self.asking.as_ref()?;
        let detail = format!("{count} of its rows cannot be read and are left out: {reason}");
        Some(Problem::from(&asking.error(ErrorKind::BadResponse, detail)))
    }

    fn total(&self) -> Option<u64> {
        let asking = self.asking.as_ref()?;
        if asking.plan.parts.is_empty() {
            return Some(0);
        }
        // What we counted lacks the rows that are left out.
        if self.counted.is_some() {
            return self.counted.filter(|_| self.left_out().is_none());
        }
        // A provider's number counts only what it filtered itself.
        if asking.picks_out() {
            return None;
        }
        asking.plan.parts.iter().map(|part| self.totals.get(&part.name).copied().flatten()).sum()
    }

    fn sorted_by(&self, asking: &Asking, sort: Sort) -> AppliedBy {
        if asking.provider.capabilities().filter(sort.key.parameter()).is_none() {
            return AppliedBy::Absent;
        }
        let by_provider = asking.plan.parts.iter().all(|part| part.order != PartOrder::Own);
        if by_provider && !self.sorted_by_us { AppliedBy::Provider } else { AppliedBy::Gateway }
    }
}

impl Asking {
    fn new(
        name: &ConnectionName,
        provider: Arc<dyn Provider>,
        query: &ListQuery,
        scope: &Scope,
        shelf: &Arc<dyn Shelf>,
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
        let planned = if nobody || no_day { Plan::default() } else { provider.plan(&question)? };
        let mut plan = planned.clone();
        let shows_comments = *scope == Scope::All;
        if !shows_comments {
            // A provider's search looks into what the caller is not shown.
            plan.by_provider.remove(&Parameter::Search);
        }
        let judged: Vec<(Parameter, bool)> = filter
            .asked()
            .into_iter()
            .filter(|parameter| !is_view(*parameter) && *parameter != Parameter::CustomerIds)
            .map(|parameter| (parameter, plan.by_provider.contains(&parameter)))
            .collect();
        let (name, shelf, taken) = (name.clone(), shelf.clone(), Arc::default());
        // Completing makes a call for each invoice that is given.
        let completing = match provider.completes_one_by_one(&question.view) {
            true => usize::from(query.limit),
            false => 0,
        };
        let calls = MAX_CALLS.saturating_sub(completing);
        let calls_left = Arc::new(AtomicUsize::new(calls));
        let mut asking = Self {
            name,
            provider,
            question,
            plan,
            planned,
            dropped,
            judged,
            shows_comments,
            shelf,
            taken,
            left_out: Arc::default(),
            calls_left,
        };
        if query.sort.is_some() && asking.plan.parts.len() > calls {
            return Err(asking.too_many_calls());
        }
        if asking.picks_out() {
            // More is read than is given: small pages would only be many.
            asking.question.reading = Reading::Few(MAX_LIMIT);
        }
        Ok(asking)
    }

    /// The same question, to be read whole.
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
        let name = ShelfName::page(&self.name, &self.question, part, start);
        let asked_at = self.shelf.now();
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

    /// Whether an assumption has been dropped since the question was planned, and
    /// the plan would be another without it.
    fn is_outdated(&self) -> bool {
        dropped(self.provider.as_ref()) != self.dropped
            && self.provider.plan(&self.question).ok().as_ref() != Some(&self.planned)
    }

    /// The page without the invoices of other customers than were asked for,
    /// such as those of a customer who was merged into another: each is left out
    /// by itself.
    ///
    /// # Errors
    /// `BadResponse`, when no invoice of the page is of the customers asked for:
    /// the provider does not look at them.
    fn of_customers(&self, page: Page) -> Result<Page, ProviderError> {
        if !self.plan.by_provider.contains(&Parameter::CustomerIds)
            || page.invoices.iter().all(|invoice| self.is_of_customers_asked(invoice))
        {
            return Ok(page);
        }
        if !page.invoices.iter().any(|invoice| self.is_of_customers_asked(invoice)) {
            return Err(self.contradicted(Parameter::CustomerIds));
        }
        let (following, announces_more, total) =
            (page.following.clone(), page.announces_more, page.total);
        let mut kept = Page { following, announces_more, total, ..Page::default() };
        for (place, row) in (0..).zip(page.rows()) {
            match row {
                Ok(invoice) if self.is_of_customers_asked(&invoice) => kept.invoices.push(invoice),
                Ok(_) => {
                    let reason =
                        "an invoice of its answer is another customer's than was asked for";
                    kept.left_out.push(LeftOut { place, reason: reason.to_owned() });
                }
                Err(row) => kept.left_out.push(row),
            }
        }
        Ok(kept)
    }

    fn is_of_customers_asked(&self, invoice: &Invoice) -> bool {
        let id = invoice.customer.id.as_ref();
        self.question
            .customers
            .as_ref()
            .is_none_or(|wanted| id.is_some_and(|id| wanted.contains(id.id())))
    }

    /// Notes that a row of the page that was read from `start` is left out.
    pub fn leave_out(&self, part: usize, start: &Start, row: LeftOut) {
        if let Some(part) = self.plan.parts.get(part) {
            self.leave_out_of(&part.name, start, row);
        }
    }

    /// Notes the same of the part of this name.
    pub fn leave_out_of(&self, part: &str, start: &Start, row: LeftOut) {
        let Start { token, skip } = start.after(row.place);
        let mut left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        left_out.insert((part.to_owned(), token, skip), row.reason);
    }

    /// How many rows are left out, and why the first of them; none where none is.
    fn left_out(&self) -> Option<RowsLeftOut> {
        let left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = left_out.values().next()?.clone();
        Some(RowsLeftOut { count: left_out.len(), reason })
    }

    /// Puts on the shelf what was asked for at this moment.
    pub fn put(&self, name: ShelfName, asked_at: Timestamp, value: &impl Serialize) {
        if self.shelf.wants(&name)
            && let Some(shelved) = Shelved::of(asked_at, value)
        {
            self.shelf.put(name, shelved);
        }
    }

    /// What is fresh on the shelf.
    pub async fn fresh<T: DeserializeOwned>(&self, name: &ShelfName) -> Option<T> {
        let kept = self.shelf.find(name, true).await?;
        self.take(&kept, false)
    }

    /// What is kept in place of what the provider could not give, or the failure.
    pub async fn instead_of<T: DeserializeOwned>(
        &self,
        error: ProviderError,
        name: &ShelfName,
    ) -> Result<T, ProviderError> {
        let kept = if error.kind.is_outage() { self.shelf.find(name, false).await } else { None };
        kept.and_then(|kept| self.take(&kept, true)).ok_or(error)
    }

    fn take<T: DeserializeOwned>(&self, kept: &Shelved, is_stale: bool) -> Option<T> {
        let value = kept.read()?;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let moments = [taken.fetched_at, Some(kept.fetched_at)];
        taken.fetched_at = moments.into_iter().flatten().min();
        taken.is_stale |= is_stale;
        Some(value)
    }

    /// When the oldest of what was taken off the shelf was read, and whether any
    /// of it is stale.
    fn taken(&self) -> (Option<Timestamp>, bool) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        (taken.fetched_at, taken.is_stale)
    }

    /// How far to go back at least from a hint that led too far: a page of this
    /// answer may have left since.
    pub fn stride(&self) -> u64 {
        match self.question.reading {
            Reading::Few(invoices) => invoices.into(),
            Reading::Whole => MAX_LIMIT.into(),
        }
    }

    /// The connection.
    pub fn name(&self) -> &ConnectionName {
        &self.name
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.shelf.now()
    }

    /// Whether `invoice` answers the question. Where the provider applied a
    /// filter its answer stands, unless the invoice plainly contradicts it.
    ///
    /// # Errors
    /// `BadResponse`, when the provider returned what was not asked for: it
    /// does not filter as we were told, and no list of it could be trusted.
    pub fn admits(&self, invoice: &Invoice) -> Result<bool, ProviderError> {
        let mut admitted = self.is_of_customer(invoice)?;
        for (parameter, trusted) in &self.judged {
            let hidden = *parameter == Parameter::Search && !self.shows_comments;
            let seen = hidden.then(|| Invoice { comments: Vec::new(), ..invoice.clone() });
            let seen = seen.as_ref().unwrap_or(invoice);
            match self.question.filter.verdict(*parameter, seen) {
                Verdict::Pass => {}
                Verdict::Unsaid if *trusted => {}
                // The provider's search looks where it likes.
                Verdict::Fail if *trusted && *parameter == Parameter::Search => {}
                Verdict::Fail if *trusted => return Err(self.contradicted(*parameter)),
                Verdict::Fail | Verdict::Unsaid => admitted = false,
            }
        }
        Ok(admitted)
    }

    fn is_of_customer(&self, invoice: &Invoice) -> Result<bool, ProviderError> {
        let of = self.is_of_customers_asked(invoice);
        if !of && self.plan.by_provider.contains(&Parameter::CustomerIds) {
            return Err(self.contradicted(Parameter::CustomerIds));
        }
        Ok(of)
    }

    /// Whether not all that its provider returns answers.
    fn picks_out(&self) -> bool {
        let narrows_customers = self.question.customers.is_some()
            && !self.plan.by_provider.contains(&Parameter::CustomerIds);
        narrows_customers || self.judged.iter().any(|(_, trusted)| !trusted)
    }

    fn contradicted(&self, parameter: Parameter) -> ProviderError {
        self.error(
            ErrorKind::BadResponse,
            format!(
                "it was asked for `{}` and returned an invoice that does not answer it",
                parameter.word()
            ),
        )
    }

    /// The refusal of a question that takes more calls than an answer may make.
    pub fn too_many_calls(&self) -> ProviderError {
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
        self.error(
            ErrorKind::BadResponse,
            "more invoices should follow, and its pages bring none that can be read and was not sent before",
        )
    }

    /// A failure to list.
    pub fn error(&self, kind: ErrorKind, detail: impl Into<String>) -> ProviderError {
        ProviderError::new(kind, self.provider.capabilities().provider, &self.name, "list", detail)
    }

    fn applied(&self) -> BTreeMap<Parameter, AppliedBy> {
        let capabilities = self.provider.capabilities();
        let applied = |parameter| {
            if self.plan.by_provider.contains(&parameter) {
                AppliedBy::Provider
            } else if capabilities.filter(parameter).is_some() && !is_view(parameter) {
                AppliedBy::Gateway
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

/// Parameters that say what of an invoice is shown.
fn is_view(parameter: Parameter) -> bool {
    matches!(parameter, Parameter::ShowZeroDollarCharges | Parameter::ShowTrackedItems)
}
