//! Nue's calls that read.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering::Relaxed;

use futures::future::join_all;
use http::Method;
use invoice::Invoice;
use serde_json::value::RawValue;

use super::client::Nue;
use super::graphql::Query;
use super::pages::Listed;
use super::query::{Whose, planned};
use super::{CAPABILITIES, assumptions, graphql, rest, wire};
use crate::numbered::{Judgement, NumberedPage};
use crate::provider::{Before, Page, Part, Question, Start, View};
use crate::transport::Request;
use crate::{Assumptions, Deadline, ErrorKind, ProviderError, identity};

/// Invoices that were asked for together.
#[derive(Default)]
struct Gathered {
    found: HashMap<String, Invoice>,
    /// The ids of those whose rows cannot be read, or may not have come.
    unread: BTreeSet<String>,
}

/// Invoices as they come.
type Rows = Vec<Box<RawValue>>;

/// How many rows are asked for.
#[derive(Clone, Copy)]
enum Limit {
    Rows(usize),
    /// A page's, and so many beside.
    PageAnd(usize),
}

impl Nue {
    /// One invoice, with all of `view`.
    pub(super) async fn one(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        let mut url = self.account.url("get", &["invoices", id])?;
        if let Some(includes) = rest::includes(view) {
            url.query_pairs_mut().append_pair("includes", &includes);
        }
        let request = Request::read(Method::GET, url);
        let reply = self.send("get", request, deadline).await?;
        let body = rest::unwrapped(self.account.json("get", &reply.body)?);
        let invoice = wire::invoice(&self.account, &CAPABILITIES, "get", body, view)?;
        identity::asked_for(self, id, "get", invoice)
    }

    /// Several invoices, in the order asked.
    pub(super) async fn several(
        &self,
        ids: &[&str],
        view: &View,
        deadline: Deadline,
    ) -> Vec<Result<Invoice, ProviderError>> {
        let by_query = |id: &str| graphql::is_id(id) && !rest::is_needed(view);
        let queried: Vec<&str> = ids.iter().copied().filter(|id| by_query(id)).collect();
        let gathered = self.gathered(&queried, view, deadline).await;
        // Not all of an invoice, or not several: the REST edition tells of each.
        let is_refused = matches!(&gathered, Err(error) if error.kind == ErrorKind::PlanOutdated);
        join_all(ids.iter().map(|id| async {
            if is_refused || !by_query(id) {
                return self.one(id, view, deadline).await;
            }
            let Gathered { found, unread } = gathered.as_ref().map_err(told_again)?;
            if unread.contains(*id) {
                return self.one(id, view, deadline).await;
            }
            let found = found.get(*id).cloned();
            found.ok_or_else(|| self.account.error(ErrorKind::NotFound, "get", "no such invoice"))
        }))
        .await
    }

    /// The rows that answer `query`, as it is made of what has been seen: where what it
    /// assumes is refused by name, it is made anew without, and asked again.
    async fn queried(
        &self,
        operation: &'static str,
        query: impl Fn(&Assumptions) -> Result<Query, ProviderError>,
        deadline: Deadline,
    ) -> Result<(Rows, Query), ProviderError> {
        loop {
            let query = query(self.account.assumptions())?;
            match self.query(operation, &query, deadline).await {
                Ok(rows) => {
                    self.account.assumptions().confirm(&query.used);
                    return Ok((rows, query));
                }
                Err(error) => {
                    let words = error.said.message.as_deref();
                    let used = assumptions::in_question(&query.used, words);
                    if !self.account.drops(&used, &error) {
                        return Err(error);
                    }
                }
            }
        }
    }

    async fn query(
        &self,
        operation: &'static str,
        query: &Query,
        deadline: Deadline,
    ) -> Result<Rows, ProviderError> {
        let url = self.account.url(operation, &["orders", "async", "graphql"])?;
        let request = Request::read(Method::POST, url).json(&query.body);
        let reply = self.send(operation, request, deadline).await?;
        graphql::rows(&self.account, operation, &reply)
    }

    fn page_of(&self, rows: &[&RawValue], view: &View) -> Page {
        let read = |raw: &&RawValue| wire::invoice(&self.account, &CAPABILITIES, "list", raw, view);
        Page::of_rows(rows, read)
    }

    /// The invoices that there are of these ids. A missing one is
    /// asked for again among the missing: only an answer with none of them tells
    /// that they are not there, for one with some may have been cut. Where rows
    /// cannot be read and nothing else comes, those still missing are unread.
    async fn gathered(
        &self,
        ids: &[&str],
        view: &View,
        deadline: Deadline,
    ) -> Result<Gathered, ProviderError> {
        let Gathered { mut found, mut unread } = Gathered::default();
        let mut missing: BTreeSet<&str> = ids.iter().copied().collect();
        while !missing.is_empty() {
            let asked = missing.iter().take(usize::from(graphql::LARGEST));
            let asked: Vec<&str> = asked.copied().collect();
            let query = |seen: &Assumptions| {
                let query = graphql::by_id(&asked, seen).filter(|_| graphql::shows_all(seen));
                query.ok_or_else(|| self.outdated("get"))
            };
            let (rows, _) = self.queried("get", query, deadline).await.map_err(unfound)?;
            if rows.is_empty() {
                missing.retain(|id| !asked.contains(id));
            }
            let before = found.len();
            for raw in &rows {
                let read = wire::invoice(&self.account, &CAPABILITIES, "get", raw, view);
                // Of which invoice a row tells that cannot be read, nobody knows.
                let Ok(invoice) = read else { continue };
                let id = invoice.id.id();
                if !asked.contains(&id) {
                    let detail = "it answered with an invoice that was not asked for";
                    return Err(self.account.error(ErrorKind::BadResponse, "get", detail));
                }
                missing.remove(id);
                found.insert(id.to_owned(), invoice);
            }
            if found.len() == before {
                let of_asked = asked.iter().filter(|id| missing.remove(**id));
                unread.extend(of_asked.map(|id| (*id).to_owned()));
            }
        }
        Ok(Gathered { found, unread })
    }

    /// The error of a page whose plan rests on what has been refused since.
    fn outdated(&self, operation: &'static str) -> ProviderError {
        let detail = "what the question rests on has been refused";
        self.account.error(ErrorKind::PlanOutdated, operation, detail)
    }

    /// Rows from `skip` on, at most so many.
    async fn rows_from(
        &self,
        question: &Question,
        part: &Part,
        (skip, limit): (u64, Limit),
        deadline: Deadline,
    ) -> Result<(Rows, Query), ProviderError> {
        let seen = self.account.assumptions();
        let plan = planned(question, seen);
        let query = |seen: &Assumptions| {
            if planned(question, seen) != plan {
                return Err(self.outdated("list"));
            }
            let one = self.customer(part)?.map(|id| BTreeSet::from([id]));
            let customers = one.as_ref().or(question.customers.as_ref());
            let asked = graphql::asked(question, customers, seen);
            let asked = asked.ok_or_else(|| self.outdated("list"))?;
            let limit = match limit {
                Limit::Rows(rows) => rows,
                Limit::PageAnd(more) => graphql::page_size(question.reading, seen) + more,
            };
            Ok(asked.rows(question.sort, skip, limit, seen))
        };
        self.queried("list", query, deadline).await
    }

    /// A page, or all rows at once where there are no pages. The row before it is asked for
    /// with it, to know where it begins, and the row after it, to know whether there is one. A
    /// page that is shorter than asked ends nothing: whether a row follows is asked.
    pub(super) async fn graphql_page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let mut overlap = usize::from(start.skip > 0);
        let from = (start.before(1).skip, Limit::PageAnd(overlap + 1));
        let (mut rows, mut query) = self.rows_from(question, part, from, deadline).await?;
        if overlap > 0 && rows.len() == 1 && query.limit.is_some() {
            // Nothing follows, or no more than one row is given at once.
            overlap = 0;
            let from = (start.skip, Limit::PageAnd(1));
            (rows, query) = self.rows_from(question, part, from, deadline).await?;
        }
        let rows: Vec<&RawValue> = rows.iter().map(Box::as_ref).collect();
        let Some(limit) = query.limit else {
            let from = usize::try_from(start.skip).unwrap_or(usize::MAX);
            let rest = rows.get(from..).unwrap_or_default();
            let page = self.page_of(rest, &question.view);
            // A number of ours: rows that are left out are no invoices in it.
            let total = u64::try_from(rows.len()).ok().filter(|_| page.left_out.is_empty());
            return Ok(Page { total, ..page });
        };
        // More than was asked for is a `limit` that was not heeded: the rest waits.
        let page = rows.get(..limit - 1).unwrap_or(&rows);
        if rows.len() > limit {
            let words = format!("asked for {limit} rows at most, it sends {}", rows.len());
            self.account.assumptions().note(&assumptions::LIMIT, words);
        }
        let (before, page) = page.split_at_checked(overlap).unwrap_or_default();
        let next = start.after(u64::try_from(page.len()).unwrap_or(u64::MAX));
        let announces_more = rows.len() > overlap + page.len();
        let mut more = announces_more;
        if !more && !page.is_empty() {
            more = self.leads_on(question, part, (page, next.skip), deadline).await?;
        }
        Ok(Page {
            following: more.then_some(next).into_iter().collect(),
            // A row that is asked for by itself may be one of these, moved on.
            announces_more,
            before: Before::shown(overlap, self.page_of(before, &question.view)),
            ..self.page_of(page, &question.view)
        })
    }

    /// Whether a row follows these, which end before `end`: the last of them is asked for
    /// again, with the row behind it. Where it stands there no more, something has moved, and
    /// a page has to tell.
    async fn leads_on(
        &self,
        question: &Question,
        part: &Part,
        (page, end): (&[&RawValue], u64),
        deadline: Deadline,
    ) -> Result<bool, ProviderError> {
        let from = (end.saturating_sub(1), Limit::Rows(2));
        let (rows, query) = self.rows_from(question, part, from, deadline).await?;
        let is_last = |row: &RawValue| page.last().is_some_and(|last| last.get() == row.get());
        match (rows.as_slice(), page) {
            _ if query.limit.is_none() => Err(self.outdated("list")),
            ([again, ..], [first, _, ..]) if again.get() == first.get() => {
                let detail = "it begins anew wherever it is asked to go on: `offset` is not heeded";
                Err(self.account.error(ErrorKind::BadResponse, "list", detail))
            }
            ([last], [_, _, ..]) if is_last(last) => Ok(false),
            ([last], _) if is_last(last) => {
                // Nothing follows, or no more than one row is given at once.
                let from = (end, Limit::Rows(1));
                let (rows, _) = self.rows_from(question, part, from, deadline).await?;
                Ok(!rows.is_empty())
            }
            _ => Ok(true),
        }
    }

    /// The one customer whose invoices a part holds; none where it is everybody's.
    fn customer(&self, part: &Part) -> Result<Option<String>, ProviderError> {
        match part.read() {
            Some(Whose::Everybody) => Ok(None),
            Some(Whose::Customer(id)) => Ok(Some(id)),
            None => Err(self.account.error(ErrorKind::InvalidStart, "list", "no such part")),
        }
    }

    pub(super) async fn rest_page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let Some(asked) = rest::asked(question) else {
            return Ok(Page::default());
        };
        let customer = self.customer(part)?;
        let size = rest::page_size(question.reading).min(self.largest_page.load(Relaxed));
        let mut page = NumberedPage::at(start, size);
        loop {
            let mut url = self.account.url("list", &["invoices"])?;
            url.query_pairs_mut().extend_pairs(asked.parameters(
                &question.view,
                customer.as_deref(),
                page.number + 1,
                page.size,
            ));
            let reply = self.send("list", Request::read(Method::GET, url), deadline).await?;
            let listed = Listed::read(&self.account, "list", &reply.body)?;
            let envelope = listed.envelope();
            if let Some(shown) = page.shown_size(&envelope).filter(|shown| *shown < page.size) {
                self.largest_page.fetch_min(shown, Relaxed);
            }
            match page.judge(&envelope) {
                Judgement::Sound(passed_over) => {
                    let passed_over = usize::try_from(passed_over).unwrap_or(usize::MAX);
                    let rows = listed.rows.get(passed_over..).unwrap_or_default();
                    let Page { invoices, left_out, .. } = self.page_of(rows, &question.view);
                    return Ok(Page { invoices, left_out, ..page.page(&envelope) });
                }
                Judgement::Ask(other) => page = other,
                Judgement::Uncountable => {
                    let detail = "its pages have no common size: they cannot be counted";
                    return Err(self.account.error(ErrorKind::BadResponse, "list", detail));
                }
            }
        }
    }
}

/// A query's address that is not there says nothing of the invoices asked for.
fn unfound(error: ProviderError) -> ProviderError {
    if error.kind != ErrorKind::NotFound {
        return error;
    }
    ProviderError { kind: ErrorKind::Failed, ..error }
}

/// One failure, of each of the invoices that were asked for together.
fn told_again(error: &ProviderError) -> ProviderError {
    ProviderError {
        connection: error.connection.clone(),
        detail: error.detail.clone(),
        said: error.said.clone(),
        source: None,
        ..*error
    }
}
