//! Nue's calls.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use async_trait::async_trait;
use futures::future::join_all;
use http::Method;
use invoice::{Invoice, Parameter, Problem, Write};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::value::RawValue;

use super::graphql::Query;
use super::pages::Listed;
use super::probes;
use super::{
    CAPABILITIES, HOST, assumptions, graphql, key_header, refusal, rest, rules, wire, writing,
};
use crate::SendKey;
use crate::account::Account;
use crate::numbered::{Judgement, NumberedPage};
use crate::probe::Probe;
use crate::provider::{
    After, Page, Part, PartKind, PartOrder, Plan, Provider, Question, Start, View, Written,
};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::transport::{Reply, Request};
use crate::{Assumptions, Capabilities, Deadline, ErrorKind, ProviderError, Transport, identity};

/// A part: everybody's invoices, or one customer's.
#[derive(Debug, PartialEq, Eq)]
enum Whose {
    Everybody,
    Customer(String),
}

/// Its key is `all`, or such as `customer 0018c00002FPmYtAAL`.
impl PartKind for Whose {
    fn key(&self) -> String {
        match self {
            Self::Everybody => "all".to_owned(),
            Self::Customer(id) => format!("customer {id}"),
        }
    }

    fn parse(key: &str) -> Option<Self> {
        match key.strip_prefix("customer ") {
            Some(id) => Some(Self::Customer(id.to_owned())),
            None => (key == "all").then_some(Self::Everybody),
        }
    }
}

struct Nue {
    account: Account,
    api_key: SecretString,
    /// The largest page that this account is known to give by REST, where it gave
    /// fewer than were asked for.
    largest_page: AtomicU64,
}

pub(super) fn connect(
    secret: &ConnectionSecret,
    transport: Transport,
) -> Result<Box<dyn Provider>, SecretFault> {
    let mut fields = secret.reader();
    let api_key = fields.secret("apiKey");
    let base = fields.base_url(Some(HOST));
    let base = fields.finish(base)?;
    let name = secret.connection().clone();
    Ok(Box::new(Nue {
        account: Account::new(&CAPABILITIES, name, base, transport, refusal::explain)
            .explaining_success_by(refusal::explain_success),
        api_key,
        largest_page: AtomicU64::new(u64::MAX),
    }))
}

/// Invoices that were asked for together.
#[derive(Default)]
struct Gathered {
    found: HashMap<String, Invoice>,
    /// The ids of those whose rows cannot be read, or may not have come.
    unread: BTreeSet<String>,
}

impl Nue {
    async fn send(
        &self,
        operation: &'static str,
        request: Request,
        deadline: Deadline,
    ) -> Result<Reply, ProviderError> {
        let request = request.secret_header(key_header(), &self.api_key);
        self.account.send(operation, request, deadline).await
    }

    /// The answer to `query`, as it is made of what has been seen: where what it
    /// assumes is refused by name, it is made anew without, and asked again.
    async fn queried(
        &self,
        operation: &'static str,
        query: impl Fn(&Assumptions) -> Result<Query, ProviderError>,
        deadline: Deadline,
    ) -> Result<(Reply, Query), ProviderError> {
        loop {
            let query = query(self.account.assumptions())?;
            match self.query(operation, &query, deadline).await {
                Ok(reply) => {
                    self.account.assumptions().confirm(&query.used);
                    return Ok((reply, query));
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
    ) -> Result<Reply, ProviderError> {
        let url = self.account.url(operation, &["orders", "async", "graphql"])?;
        let request = Request::read(Method::POST, url).json(&query.body);
        let reply = self.send(operation, request, deadline).await?;
        graphql::refused(&self.account, operation, &reply)?;
        Ok(reply)
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
            let (reply, _) = self.queried("get", query, deadline).await.map_err(unfound)?;
            let rows = graphql::rows(&self.account, "get", &reply)?;
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

    /// Rows from `skip` on; one more than the page has is asked for, to know
    /// whether there is one.
    async fn rows_from(
        &self,
        question: &Question,
        part: &Part,
        (skip, limit): (u64, Option<usize>),
        deadline: Deadline,
    ) -> Result<(Reply, Query), ProviderError> {
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
            let limit = limit.unwrap_or_else(|| graphql::page_size(question.reading, seen) + 1);
            Ok(asked.rows(question.sort, skip, limit, seen))
        };
        self.queried("list", query, deadline).await
    }

    /// A page, or all rows at once where there are no pages. A page that is
    /// shorter than asked ends nothing: whether a row follows is asked.
    async fn graphql_page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let (reply, query) = self.rows_from(question, part, (start.skip, None), deadline).await?;
        let rows = graphql::rows(&self.account, "list", &reply)?;
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
        let next = start.after(u64::try_from(page.len()).unwrap_or(u64::MAX));
        let announces_more = rows.len() > page.len();
        let mut more = announces_more;
        if !more && !page.is_empty() {
            more = self.leads_on(question, part, (page, next.skip), deadline).await?;
        }
        Ok(Page {
            following: more.then_some(next).into_iter().collect(),
            // A row that is asked for by itself may be one of these, moved on.
            announces_more,
            ..self.page_of(page, &question.view)
        })
    }

    /// Whether a row follows these, which end before `skip`.
    async fn leads_on(
        &self,
        question: &Question,
        part: &Part,
        (page, skip): (&[&RawValue], u64),
        deadline: Deadline,
    ) -> Result<bool, ProviderError> {
        let (reply, query) = self.rows_from(question, part, (skip, Some(1)), deadline).await?;
        let rows = graphql::rows(&self.account, "list", &reply)?;
        match (rows.first(), page) {
            _ if query.limit.is_none() => Err(self.outdated("list")),
            (None, _) => Ok(false),
            (Some(next), [first, _, ..]) if next.get() == first.get() => {
                let detail = "it begins anew wherever it is asked to go on: `offset` is not heeded";
                Err(self.account.error(ErrorKind::BadResponse, "list", detail))
            }
            (Some(_), _) => Ok(true),
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

    async fn rest_page(
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

/// How `question` is put, by what has been seen: to REST where GraphQL is not
/// known to have what it asks for.
fn planned(question: &Question, seen: &Assumptions) -> Plan {
    if by_rest(question, seen) { rest_plan(question) } else { graphql_plan(question, seen) }
}

fn by_rest(question: &Question, seen: &Assumptions) -> bool {
    rest::is_needed(&question.view) || !graphql::can_tell(question, seen)
}

/// GraphQL lists everything asked in one part, or in one of each customer where
/// it takes one at a time.
fn graphql_plan(question: &Question, seen: &Assumptions) -> Plan {
    let Some(asked) = graphql::asked(question, question.customers.as_ref(), seen) else {
        return Plan::default();
    };
    let mut by_provider = asked.by_provider;
    let in_order = graphql::is_in_order(question.sort, seen);
    let order = if in_order { PartOrder::RequestedThenId } else { PartOrder::Own };
    let parts = match &question.customers {
        Some(customers) if !by_provider.contains(&Parameter::CustomerIds) => {
            by_provider.insert(Parameter::CustomerIds);
            customers.iter().cloned().map(Whose::Customer).collect()
        }
        _ => vec![Whose::Everybody],
    };
    Plan { parts: parts.iter().map(|whose| Part::of(whose, order)).collect(), by_provider }
}

/// REST takes one customer at a time, and its order is not stated.
fn rest_plan(question: &Question) -> Plan {
    let Some(mut asked) = rest::asked(question) else {
        return Plan::default();
    };
    let part = |whose| Part::of(&whose, PartOrder::Own);
    let Some(customers) = &question.customers else {
        return Plan { parts: vec![part(Whose::Everybody)], by_provider: asked.by_provider };
    };
    asked.by_provider.insert(Parameter::CustomerIds);
    Plan {
        // An id that is not plain is nobody's.
        parts: customers
            .iter()
            .filter(|id| rest::is_plain(id))
            .map(|id| part(Whose::Customer(id.clone())))
            .collect(),
        by_provider: asked.by_provider,
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

#[async_trait]
impl Provider for Nue {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn assumptions(&self) -> Option<Arc<Assumptions>> {
        Some(self.account.assumptions().clone())
    }

    fn probes(&self) -> &'static [Probe] {
        probes::ALL
    }

    fn plan(&self, question: &Question) -> Result<Plan, ProviderError> {
        Ok(planned(question, self.account.assumptions()))
    }

    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        if by_rest(question, self.account.assumptions()) {
            self.rest_page(question, part, start, deadline).await
        } else {
            self.graphql_page(question, part, start, deadline).await
        }
    }

    async fn get(
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

    /// Ids are UUIDs, which are compared without regard to case, and written in lower
    /// case (RFC 9562, 4).
    fn canonical_id<'a>(&self, id: &'a str) -> Cow<'a, str> {
        identity::in_lower_case(id)
    }

    /// By one query, where GraphQL has what is asked for. Texts that are no ids
    /// of Nue's are asked for one by one: the answer is Nue's, and theirs alone.
    async fn get_many(
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
                return self.get(id, view, deadline).await;
            }
            let Gathered { found, unread } = gathered.as_ref().map_err(told_again)?;
            if unread.contains(*id) {
                return self.get(id, view, deadline).await;
            }
            let found = found.get(*id).cloned();
            found.ok_or_else(|| self.account.error(ErrorKind::NotFound, "get", "no such invoice"))
        }))
        .await
    }

    fn refusal(&self, write: &Write, invoice: &Invoice) -> Option<Problem> {
        rules::refusal(write, invoice)
    }

    async fn write(
        &self,
        write: &Write,
        invoices: &[Invoice],
        _: &SendKey,
        deadline: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        let Some(request) = writing::request(&self.account, write, invoices)? else {
            return Ok(Vec::new());
        };
        let operation = write.action().word();
        let reply = self.send(operation, request, deadline).await?;
        writing::shown(&self.account, operation, &reply, invoices)
    }

    async fn after(
        &self,
        write: &Write,
        before: &[Invoice],
        _since: Timestamp,
        deadline: Deadline,
    ) -> Vec<Result<After, ProviderError>> {
        let ids: Vec<&str> = before.iter().map(|invoice| invoice.id.id()).collect();
        let now = self.get_many(&ids, &View::default(), deadline).await;
        before.iter().zip(now).map(|(before, now)| rules::after(write, before, now)).collect()
    }
}

#[cfg(test)]
mod tests;
