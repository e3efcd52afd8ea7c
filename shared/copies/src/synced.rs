//! A connection of which a copy is kept, as the listing engine sees it: a provider like any
//! other, that can apply every filter and every order.
//!
//! Listings are answered from the copy. Whatever is asked of one invoice, and every write,
//! goes to the provider; what a write comes to is in the copy before it is answered.

mod keeping;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use invoice::{ConnectionName, Include, Invoice, Parameter, Problem, Write};
use jiff::{SignedDuration, Timestamp};
use provider_client::SendKey;
use provider_client::provider::{
    After, Copied, LeftOut, Page, Part, PartKind, PartOrder, Plan, Provider, Question, Reading,
    Start, Stretch, View, Written,
};
use provider_client::{Assumptions, Capabilities, Deadline, ErrorKind, ProviderError};

use crate::index::Index;
use crate::scan::{Scan, scans};
use crate::store::CopyStore;
use keeping::is_nothing_done;

/// The most invoices of one page.
const MOST: usize = 200;

/// What a complete copy is known to be.
#[derive(Debug, Clone)]
pub struct CopyFacts {
    /// When the last run began that read all of the connection.
    pub as_of: Timestamp,
    /// The parameters that some of its invoices do not show the value of: where a provider
    /// filters by what it does not show, only the provider can answer.
    pub lacking: BTreeSet<Parameter>,
    /// The rows of the connection that no invoice could be made of when it was made: they are
    /// not in it, or as they once were.
    pub left_out: u64,
}

/// A provider with its copy.
pub struct SyncedProvider {
    connection: ConnectionName,
    provider: Arc<dyn Provider>,
    store: CopyStore,
    retention: SignedDuration,
    /// None where the provider is to be asked, whatever is kept.
    copy: Option<CopyFacts>,
}

impl SyncedProvider {
    /// The connection, whose listings are answered from its copy. Where there is none that is
    /// complete, or the caller wants none, they are the provider's, and writes alone are kept.
    pub fn new(
        connection: ConnectionName,
        provider: Arc<dyn Provider>,
        store: CopyStore,
        retention: SignedDuration,
        copy: Option<CopyFacts>,
    ) -> Self {
        Self { connection, provider, store, retention, copy }
    }

    /// The copy, where the question can be answered from it as its provider would.
    fn copy_for(&self, question: &Question) -> Option<&CopyFacts> {
        let copy = self.copy.as_ref()?;
        let capabilities = self.provider.capabilities();
        if capabilities.customer_required && question.customers.is_some() {
            // Who is not on the connection's roster is not in its copy.
            return None;
        }
        if copy.left_out > 0 && question.customers.is_some() {
            // Whose the rows are that it lacks, nobody knows: they may be these customers'.
            return None;
        }
        let asked = question.filter.asked();
        let hidden = asked.iter().any(|parameter| copy.lacking.contains(parameter));
        let plan = if hidden { self.provider.plan(question).ok() } else { None };
        let is_hidden = |plan: Plan| {
            asked.iter().any(|it| copy.lacking.contains(it) && plan.by_provider.contains(it))
        };
        if plan.is_some_and(is_hidden) { None } else { Some(copy) }
    }

    fn scan(&self, question: &Question, part: &Part) -> Option<Scan> {
        let CopyPart { place, index } = part.read()?;
        scans(question).into_iter().nth(place).filter(|scan| scan.index == index)
    }

    async fn read_copy(
        &self,
        question: &Question,
        scan: &Scan,
        start: &Start,
    ) -> Result<Page, ProviderError> {
        let wanted = match question.reading {
            Reading::Few(invoices) => usize::from(invoices).clamp(1, MOST),
            Reading::Whole => MOST,
        };
        let skip = usize::try_from(start.skip).unwrap_or(usize::MAX);
        let wanted = wanted.saturating_add(skip);
        let reading =
            scan.read(&self.store, &self.connection, question, start.token.as_deref(), wanted);
        let read = reading
            .await
            .map_err(|why| self.error(ErrorKind::CopyUnavailable, format!("its copy: {why}")))?;
        let place =
            |key: &str| question.sort.and_then(|sort| scan.position(&self.connection, sort, key));
        let behind = match skip.checked_sub(1) {
            None => start.token.as_deref(),
            Some(last) => read.keys.get(last).map(String::as_str),
        };
        let mut page = Page {
            stretch: Some(Stretch {
                behind: behind.and_then(place),
                up_to: read.up_to.as_deref().and_then(place),
                tokens: read.keys.iter().skip(skip).cloned().collect(),
            }),
            following: read
                .up_to
                .map(|key| Start { token: Some(key), skip: 0 })
                .into_iter()
                .collect(),
            ..Page::default()
        };
        for (place, row) in (0..).zip(read.rows.into_iter().skip(skip)) {
            match row {
                Ok(invoice) => page.invoices.push(invoice),
                Err(reason) => page.left_out.push(LeftOut { place, reason: reason.to_owned() }),
            }
        }
        Ok(page)
    }

    fn error(&self, kind: ErrorKind, detail: String) -> ProviderError {
        ProviderError::new(kind, self.capabilities().provider, &self.connection, "list", detail)
    }
}

/// A part of what the copy answers: one of the scans that the question comes to.
#[derive(Debug, PartialEq, Eq)]
struct CopyPart {
    place: usize,
    index: Index,
}

/// Its key is such as `copy/0/status`.
impl PartKind for CopyPart {
    fn key(&self) -> String {
        format!("copy/{}/{}", self.place, self.index.name())
    }

    fn parse(key: &str) -> Option<Self> {
        let (place, name) = key.strip_prefix("copy/")?.split_once('/')?;
        let index = Index::OF_INVOICES.into_iter().find(|index| index.name() == name)?;
        Some(Self { place: place.parse().ok()?, index })
    }
}

#[async_trait]
impl Provider for SyncedProvider {
    fn capabilities(&self) -> &'static Capabilities {
        self.provider.capabilities()
    }

    fn assumptions(&self) -> Option<Arc<Assumptions>> {
        self.provider.assumptions()
    }

    fn plan(&self, question: &Question) -> Result<Plan, ProviderError> {
        if self.copy_for(question).is_none() {
            return self.provider.plan(question);
        }
        let ordered_by = |scan: &Scan| match (question.sort, scan.index.sort_key()) {
            (Some(sort), Some(key)) if sort.key == key => PartOrder::RequestedThenId,
            _ => PartOrder::Own,
        };
        let parts = scans(question)
            .iter()
            .enumerate()
            .map(|(place, scan)| Part::of(&CopyPart { place, index: scan.index }, ordered_by(scan)))
            .collect();
        let mut by_provider: BTreeSet<Parameter> =
            question.filter.asked().into_iter().filter(|it| !it.is_view()).collect();
        if question.customers.is_some() {
            by_provider.insert(Parameter::CustomerIds);
        }
        Ok(Plan { parts, by_provider })
    }

    fn copied(&self, plan: &Plan) -> Option<Copied> {
        let is_copy = plan.parts.iter().any(|part| part.read::<CopyPart>().is_some());
        let CopyFacts { as_of, left_out, .. } = *self.copy.as_ref().filter(|_| is_copy)?;
        Some(Copied { as_of, left_out })
    }

    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        if part.read::<CopyPart>().is_none() {
            return self.provider.page(question, part, start, deadline).await;
        }
        let Some(scan) = self.scan(question, part) else {
            return Err(self.error(ErrorKind::InvalidStart, "no such part of its copy".to_owned()));
        };
        if start.token.as_deref().is_some_and(|key| !scan.holds(key)) {
            return Err(self.error(ErrorKind::InvalidStart, "no such place in its copy".to_owned()));
        }
        match tokio::time::timeout(deadline.left(), self.read_copy(question, &scan, start)).await {
            Ok(page) => page,
            Err(_) => {
                Err(self.error(ErrorKind::Timeout, "its copy did not answer in time".to_owned()))
            }
        }
    }

    async fn get(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        self.provider.get(id, view, deadline).await
    }

    async fn complete(
        &self,
        invoices: Vec<Invoice>,
        view: &View,
        deadline: Deadline,
    ) -> Result<Vec<Invoice>, ProviderError> {
        let is_bare = |invoice: &Invoice| view.includes.iter().any(|it| lacks(invoice, *it));
        if self.copy.is_none() || !invoices.iter().any(is_bare) {
            return self.provider.complete(invoices, view, deadline).await;
        }
        // The copy holds none of it: each invoice is read at its provider.
        let ids: Vec<&str> = invoices.iter().map(|invoice| invoice.id.id()).collect();
        let read = self.provider.get_many(&ids, view, deadline).await;
        let mut completed = Vec::new();
        for (mut invoice, read) in invoices.into_iter().zip(read) {
            match read {
                Ok(read) => {
                    (invoice.lines, invoice.assets) = (read.lines, read.assets);
                    (invoice.orders, invoice.payments, invoice.raw) =
                        (read.orders, read.payments, read.raw);
                    completed.push(invoice);
                }
                // Gone since the copy was made: it is not given.
                Err(error)
                    if matches!(error.kind, ErrorKind::NotFound | ErrorKind::OtherInvoice) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(completed)
    }

    fn completes_one_by_one(&self, view: &View) -> bool {
        (self.copy.is_some() && !view.includes.is_empty())
            || self.provider.completes_one_by_one(view)
    }

    async fn get_many(
        &self,
        ids: &[&str],
        view: &View,
        deadline: Deadline,
    ) -> Vec<Result<Invoice, ProviderError>> {
        self.provider.get_many(ids, view, deadline).await
    }

    fn refusal(&self, write: &Write, invoice: &Invoice) -> Option<Problem> {
        self.provider.refusal(write, invoice)
    }

    async fn write(
        &self,
        write: &Write,
        invoices: &[Invoice],
        key: &SendKey,
        deadline: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        let announced = self.announce(write, invoices, deadline).await?;
        match self.provider.write(write, invoices, key, deadline).await {
            Ok(written) => {
                self.keep_written(&announced, invoices, &written).await;
                Ok(written)
            }
            Err(error) => {
                if is_nothing_done(&error, write, invoices.len()) {
                    self.withdraw(&announced).await;
                }
                Err(error)
            }
        }
    }

    async fn after(
        &self,
        write: &Write,
        before: &[Invoice],
        since: Timestamp,
        deadline: Deadline,
    ) -> Vec<Result<After, ProviderError>> {
        let after = self.provider.after(write, before, since, deadline).await;
        self.keep_read(write, before, after, deadline).await
    }
}

fn lacks(invoice: &Invoice, include: Include) -> bool {
    match include {
        Include::Lines => invoice.lines.is_none(),
        Include::Assets => invoice.assets.is_none(),
        Include::Orders => invoice.orders.is_none(),
        Include::Payments => invoice.payments.is_none(),
        Include::Raw => invoice.raw.is_none(),
    }
}
