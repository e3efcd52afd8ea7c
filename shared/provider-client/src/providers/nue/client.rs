//! Nue's calls.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use futures::future::join_all;
use http::Method;
use invoice::{Invoice, Parameter, Problem, Write};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::value::RawValue;

use super::graphql::Query;
use super::{CAPABILITIES, HOST, graphql, key_header, refusal, rest, rules, wire, writing};
use crate::account::Account;
use crate::provider::{
    After, Page, Part, PartOrder, Plan, Provider, Question, Start, View, Written,
};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::transport::{Reply, Request};
use crate::{Capabilities, Deadline, ErrorKind, ProviderError, Transport, identity};

/// The name of the part that holds everybody's invoices.
const ALL: &str = "all";
/// Before the customer's id, the name of the part that holds one customer's.
const CUSTOMER: &str = "customer ";

struct Nue {
    account: Account,
    api_key: SecretString,
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
    }))
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

    async fn query(
        &self,
        operation: &'static str,
        query: &Query,
        deadline: Deadline,
    ) -> Result<Reply, ProviderError> {
        let url = self.account.url(operation, &["orders", "async", "graphql"])?;
        let request = Request::read(Method::POST, url).json(&query.body);
        let reply = self.send(operation, request, deadline).await;
        reply.map_err(|error| query.blamed(error))
    }

    fn invoices(
        &self,
        operation: &'static str,
        rows: &[&RawValue],
        view: &View,
    ) -> Result<Vec<Invoice>, ProviderError> {
        rows.iter()
            .map(|raw| wire::invoice(&self.account, &CAPABILITIES, operation, raw, view))
            .collect()
    }

    fn page_of(&self, rows: &[&RawValue], view: &View) -> Page {
        let read = |raw: &&RawValue| wire::invoice(&self.account, &CAPABILITIES, "list", raw, view);
        Page::of_rows(rows, read)
    }

    /// Those of these invoices that there are, by their ids. A missing one is
    /// asked for again among the missing: only an answer with none of them tells
    /// that they are not there, for one with some may have been cut.
    async fn gathered(
        &self,
        ids: &[&str],
        view: &View,
        deadline: Deadline,
    ) -> Result<HashMap<String, Invoice>, ProviderError> {
        let mut found = HashMap::new();
        let mut missing: BTreeSet<&str> = ids.iter().copied().collect();
        while !missing.is_empty() {
            let asked = missing.iter().take(usize::from(graphql::LARGEST));
            let asked: Vec<&str> = asked.copied().collect();
            let query = graphql::by_id(&asked);
            let reply = self.query("get", &query, deadline).await.map_err(unfound)?;
            let rows = query.rows(&self.account, "get", &reply)?;
            if rows.is_empty() {
                missing.retain(|id| !asked.contains(id));
            }
            for invoice in self.invoices("get", &rows, view)? {
                let id = invoice.id.id();
                if !asked.contains(&id) {
                    let detail = "it answered with an invoice that was not asked for";
                    return Err(self.account.error(ErrorKind::BadResponse, "get", detail));
                }
                missing.remove(id);
                found.insert(id.to_owned(), invoice);
            }
        }
        Ok(found)
    }

    /// One row more than the page is asked for, to know whether there is one.
    /// More than that is a `limit` that was not heeded: the rest waits.
    async fn graphql_page(
        &self,
        question: &Question,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let Some(asked) = graphql::asked(question) else {
            return Ok(Page::default());
        };
        let size = graphql::page_size(question.reading);
        let query = asked.query(question.sort, start.skip, size + 1);
        let reply = self.query("list", &query, deadline).await?;
        let rows = query.rows(&self.account, "list", &reply)?;
        let page = rows.get(..size).unwrap_or(&rows);
        let next = start.after(u64::try_from(page.len()).unwrap_or(u64::MAX));
        let mut more = rows.len() > size;
        if !more && graphql::may_be_cut(rows.len()) {
            let query = asked.query(question.sort, next.skip, 1);
            let reply = self.query("list", &query, deadline).await?;
            more = !query.rows(&self.account, "list", &reply)?.is_empty();
        }
        Ok(Page {
            following: more.then_some(next).into_iter().collect(),
            announces_more: rows.len() > size,
            ..self.page_of(page, &question.view)
        })
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
        let size = rest::page_size(question.reading);
        let page = start.skip / size;
        let mut url = self.account.url("list", &["invoices"])?;
        let customer = part.name.strip_prefix(CUSTOMER);
        url.query_pairs_mut().extend_pairs(asked.parameters(
            &question.view,
            customer,
            page + 1,
            size,
        ));
        let request = Request::read(Method::GET, url);
        let reply = self.send("list", request, deadline).await?;
        let listed: rest::Listed<'_> = self.account.json("list", &reply.body)?;
        if !listed.is_sound(page, size) {
            let detail = "its page has not the size asked for, or its total cannot be";
            return Err(self.account.error(ErrorKind::BadResponse, "list", detail));
        }
        let (total, from) = (listed.pagination.total, start.skip % size);
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let rows = listed.data.get(from..).unwrap_or_default();
        Ok(Page {
            following: (page + 1..total.div_ceil(size))
                .map(|page| Start::at(page * size))
                .collect(),
            announces_more: page + 1 < total.div_ceil(size),
            total: Some(total),
            ..self.page_of(rows, &question.view)
        })
    }
}

/// GraphQL lists everything asked in one part, in the asked order.
fn graphql_plan(question: &Question) -> Plan {
    let Some(asked) = graphql::asked(question) else {
        return Plan::default();
    };
    let order = match question.sort.and_then(graphql::sorted_by) {
        Some(_) => PartOrder::AskedThenId,
        None => PartOrder::Own,
    };
    Plan { parts: vec![Part { name: ALL.to_owned(), order }], by_provider: asked.by_provider }
}

/// REST takes one customer at a time, and its order is not stated.
fn rest_plan(question: &Question) -> Plan {
    let Some(mut asked) = rest::asked(question) else {
        return Plan::default();
    };
    let part = |name| Part { name, order: PartOrder::Own };
    let Some(customers) = &question.customers else {
        return Plan { parts: vec![part(ALL.to_owned())], by_provider: asked.by_provider };
    };
    asked.by_provider.insert(Parameter::CustomerIds);
    Plan {
        // An id that is not plain is nobody's.
        parts: customers
            .iter()
            .filter(|id| rest::is_plain(id))
            .map(|id| part(format!("{CUSTOMER}{id}")))
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

    fn plan(&self, question: &Question) -> Result<Plan, ProviderError> {
        Ok(if rest::is_needed(&question.view) {
            rest_plan(question)
        } else {
            graphql_plan(question)
        })
    }

    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        if rest::is_needed(&question.view) {
            self.rest_page(question, part, start, deadline).await
        } else {
            self.graphql_page(question, start, deadline).await
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
        join_all(ids.iter().map(|id| async {
            if !by_query(id) {
                return self.get(id, view, deadline).await;
            }
            let found = gathered.as_ref().map_err(told_again)?.get(*id).cloned();
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
