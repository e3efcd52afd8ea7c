//! One connection as it takes part in a listing: the question put to it, what
//! it may contribute, and what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::ListQuery;
use invoice::{ConnectionName, Invoice, Problem, Scope, Sort};
use jiff::Timestamp;
use provider_client::provider::{LeftOut, Part, PartKey, PartOrder, Start};
use provider_client::{Deadline, ErrorKind, ProviderError};

use super::page_cache::PageCache;
use super::planned_question::PlannedQuestion;
use super::serialized::SerializedInvoice;
use super::source::{AppliedBy, RowsLeftOut, Source, SourceOrigin, SourceStatus};
use crate::connection::Connection;

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
    totals: BTreeMap<PartKey, Option<u64>>,
    fetched_at: Option<Timestamp>,
    page_cache: Arc<dyn PageCache>,
    planned: Option<PlannedQuestion>,
}

impl Participant {
    /// `connection`, asked `query` within `scope`. Sends nothing.
    pub fn new(
        connection: &Connection,
        query: &ListQuery,
        scope: &Scope,
        page_cache: &Arc<dyn PageCache>,
    ) -> Self {
        let planned = connection.provider.clone().and_then(|provider| {
            PlannedQuestion::new(&connection.name, provider, query, scope, page_cache)
                .map_err(|error| Problem::from(&error))
        });
        let (planned, problem) = match planned {
            Ok(planned) => (Some(planned), None),
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
            page_cache: page_cache.clone(),
            planned,
        }
    }

    /// What to ask; none once it has failed.
    pub fn planned(&self) -> Option<PlannedQuestion> {
        if self.problem.is_some() { None } else { self.planned.clone() }
    }

    /// How many of its pages may still be read for this answer.
    pub fn calls_left(&self) -> usize {
        self.planned.as_ref().map_or(0, |planned| planned.calls_left())
    }

    /// Notes that `calls` of those it may make for this answer were made before.
    pub fn spend(&self, calls: usize) {
        if let Some(planned) = &self.planned {
            planned.spend(calls);
        }
    }

    /// Notes that its provider is asked now.
    pub fn fetching(&mut self) {
        let copied_at = self.copied_at();
        self.fetched_at.get_or_insert_with(|| copied_at.unwrap_or_else(|| self.page_cache.now()));
    }

    fn copied_at(&self) -> Option<Timestamp> {
        self.planned.as_ref().and_then(PlannedQuestion::copied_at)
    }

    /// Notes what a page says of its whole part: pages that differ say nothing.
    pub fn note_total(&mut self, part: &Part, total: Option<u64>) {
        let known = self.totals.entry(part.key().clone()).or_insert(total);
        if *known != total {
            *known = None;
        }
    }

    /// Notes that what was read of a part contradicts what was said of it.
    pub fn contradict(&mut self, part: &Part) {
        self.totals.insert(part.key().clone(), None);
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
        invoices: Vec<SerializedInvoice>,
        deadline: Deadline,
    ) -> Result<Vec<SerializedInvoice>, Problem> {
        let Some(PlannedQuestion { provider, question, .. }) = &self.planned else {
            return Ok(invoices);
        };
        let invoices = invoices.into_iter().map(SerializedInvoice::into_invoice).collect();
        let completed = provider.complete(invoices, &question.view, deadline).await;
        let completed = completed.map_err(|error| Problem::from(&error))?;
        Ok(completed.into_iter().map(SerializedInvoice::new).collect())
    }

    /// What became of it, for the answer.
    pub fn source(&self, query: &ListQuery) -> Source {
        let (kept_at, is_stale) =
            self.planned.as_ref().map(PlannedQuestion::taken).unwrap_or_default();
        // Of several moments the first: nothing in it is older.
        let fetched_at = [self.fetched_at, kept_at].into_iter().flatten().min();
        let age = fetched_at.map(|moment| self.page_cache.now().duration_since(moment).as_secs());
        let left_out = self.left_out();
        let status = match (&self.problem, fetched_at) {
            (Some(_), _) => SourceStatus::Failed,
            (None, Some(_)) if is_stale => SourceStatus::Stale,
            (None, Some(_)) if left_out.is_some() => SourceStatus::Partial,
            (None, Some(_)) => SourceStatus::Ok,
            (None, None)
                if self.planned.as_ref().is_some_and(|planned| planned.plan.parts.is_empty()) =>
            {
                // Nothing to ask: no invoice of it can answer.
                SourceStatus::Ok
            }
            (None, None) => SourceStatus::Unread,
        };
        let planned = self.planned.as_ref();
        Source {
            connection: self.name.clone(),
            status,
            from: match self.copied_at() {
                Some(_) => SourceOrigin::Copy,
                None => SourceOrigin::Provider,
            },
            fetched_at,
            age: age.map(|age| u64::try_from(age).unwrap_or(0)),
            total: if self.problem.is_none() { self.total() } else { None },
            filters: planned.map(PlannedQuestion::applied).unwrap_or_default(),
            sort: query.sort.zip(planned).map(|(sort, planned)| self.sorted_by(planned, sort)),
            left_out: left_out.filter(|_| self.problem.is_none()),
            problem: self.problem.clone(),
        }
    }

    /// Notes that no answer holds this invoice, and that it is left out.
    pub fn leave_out_giant(&self, invoice: &Invoice) {
        let Some(planned) = &self.planned else { return };
        let reason = format!(
            "invoice `{}` alone is larger than one answer may be: ask for it without `includes`",
            invoice.id
        );
        // By its reference: where it stands does not matter any more.
        let start = Start { token: Some(invoice.id.to_string()), skip: 0 };
        planned.leave_out_of(None, &start, LeftOut { place: 0, reason });
    }

    /// The rows that are left out of what it gave; none where none is, and where nothing of
    /// it was read.
    pub fn left_out(&self) -> Option<RowsLeftOut> {
        let planned = self.planned.as_ref()?;
        let of_copy = self.fetched_at.and_then(|_| planned.left_out_of_copy());
        match (planned.left_out(), of_copy) {
            (Some(read), Some(copy)) => {
                Some(RowsLeftOut { count: read.count.saturating_add(copy.count), ..read })
            }
            (read, copy) => read.or(copy),
        }
    }

    /// Why it is not whole, although it did not fail.
    pub fn partial(&self) -> Option<Problem> {
        let RowsLeftOut { count, reason } = self.left_out()?;
        let planned = self.planned.as_ref()?;
        let detail = format!("{count} of its rows cannot be read and are left out: {reason}");
        Some(Problem::from(&planned.error(ErrorKind::BadResponse, detail)))
    }

    fn total(&self) -> Option<u64> {
        let planned = self.planned.as_ref()?;
        if planned.plan.parts.is_empty() {
            return Some(0);
        }
        // What we counted lacks the rows that are left out.
        if self.counted.is_some() {
            return self.counted.filter(|_| self.left_out().is_none());
        }
        // A provider's number counts only what it filtered itself.
        if planned.picks_out() {
            return None;
        }
        planned.plan.parts.iter().map(|part| self.totals.get(part.key()).copied().flatten()).sum()
    }

    fn sorted_by(&self, planned: &PlannedQuestion, sort: Sort) -> AppliedBy {
        if planned.provider.capabilities().filter(sort.key.parameter()).is_none() {
            return AppliedBy::Absent;
        }
        if planned.copied_at().is_some() {
            return AppliedBy::Copy;
        }
        let by_provider = planned.plan.parts.iter().all(|part| part.order != PartOrder::Own);
        if by_provider && !self.sorted_by_us { AppliedBy::Provider } else { AppliedBy::Bridge }
    }
}
