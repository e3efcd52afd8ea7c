//! SimplePin's calls.

mod writes;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::try_join_all;
use http::{HeaderName, Method, header};
use invoice::{Action, Include, Invoice, Parameter, Problem, Write};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use super::assumptions::{CUSTOMER_IN_QUERY, DATES};
use super::list::{self, ListModel};
use super::{CAPABILITIES, probes, rules, wire};
use crate::SendKey;
use crate::account::{Account, is_json, object};
use crate::error::Said;
use crate::probe::Probe;
use crate::provider::{
    After, Page, Part, PartKind, Plan, Provider, Question, Start, View, Written,
};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::transport::{Reply, Request};
use crate::wire::Text;
use crate::{Assumptions, Capabilities, Deadline, ErrorKind, ProviderError, Transport, identity};

/// What is wrong with a row of a customer's list that is not theirs.
const ANOTHER_CUSTOMERS: &str = "its answer holds an invoice of another customer";

struct SimplePin {
    account: Account,
    authorization: SecretString,
    token: SecretString,
    roster: Option<BTreeSet<String>>,
}

pub(super) fn connect(
    secret: &ConnectionSecret,
    transport: Transport,
) -> Result<Box<dyn Provider>, SecretFault> {
    Ok(Box::new(open(secret, transport)?))
}

fn open(secret: &ConnectionSecret, transport: Transport) -> Result<SimplePin, SecretFault> {
    let mut fields = secret.reader();
    let (authorization, token) = (fields.secret("authorization"), fields.secret("token"));
    let roster = fields.customers();
    let base = fields.base_url(None);
    fields.finish(base).map(|base| SimplePin {
        account: Account::new(&CAPABILITIES, secret.connection().clone(), base, transport, explain)
            .explaining_success_by(explain_success),
        authorization,
        token,
        roster,
    })
}

/// What comes with an error is stated nowhere: words are taken where JSON has them
/// under a usual name, as is assumed (simplepin R25).
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    code: Text,
    #[serde(default)]
    message: Text,
    /// As in the answer to `update_status` (simplepin R16).
    #[serde(default)]
    result_message: Text,
}

impl Refusal {
    fn said(self) -> Said {
        Said {
            code: self.code.filled(),
            message: self.message.filled().or(self.result_message.filled()),
            request_id: None,
        }
    }
}

/// 401, 403 and 404 are listed (simplepin R23).
fn explain(reply: &Reply) -> (ErrorKind, Said) {
    let words = is_json(reply).then(|| object::<Refusal>(&reply.body)).flatten();
    (ErrorKind::of_status(reply.status.as_u16()), words.unwrap_or_default().said())
}

/// An object that names no invoice and has an error's words or code is an error,
/// whatever the status; a code that is a status says which (simplepin R25).
fn explain_success(reply: &Reply) -> Option<(ErrorKind, Said)> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(default)]
        uuid: Text,
    }
    let named: Named = object(&reply.body)?;
    if named.uuid.filled().is_some() {
        return None;
    }
    let refusal: Refusal = object(&reply.body)?;
    let kind = match refusal.code.0.as_deref().and_then(|code| code.parse().ok()) {
        Some(status @ 400..=599) => ErrorKind::of_status(status),
        _ if refusal.message.0.is_none() => return None,
        _ => ErrorKind::Failed,
    };
    Some((kind, refusal.said()))
}

impl SimplePin {
    fn url(
        &self,
        operation: &'static str,
        path: &[&str],
        query: (&'static str, &str),
    ) -> Result<Url, ProviderError> {
        let mut url = self.account.url(operation, path)?;
        url.query_pairs_mut().append_pair(query.0, query.1);
        Ok(url)
    }

    /// The request with both keys (simplepin R2).
    fn signed(&self, request: Request) -> Request {
        request
            .secret_header(header::AUTHORIZATION, &self.authorization)
            .secret_header(HeaderName::from_static("token"), &self.token)
    }

    /// `customer_id` in the query string (simplepin R4): the body's model has none.
    fn list_request(
        &self,
        customer: &str,
        model: &ListModel<'_>,
    ) -> Result<Request, ProviderError> {
        let mut url = self.account.url("list", &["v2", "invoice", "list"])?;
        if self.account.assumptions().may_use(&CUSTOMER_IN_QUERY) {
            url.query_pairs_mut().append_pair("customer_id", customer);
        }
        // A read, although a POST: it may be sent again.
        Ok(self.signed(Request::read(Method::POST, url).json(model)))
    }

    /// The answer to a list of one customer's invoices, and what was asked: where
    /// what is assumed of it is refused by name, it is asked again without.
    async fn list<'a>(
        &self,
        question: &'a Question,
        customer: &'a str,
        start: &Start,
        deadline: Deadline,
    ) -> Result<(ListModel<'a>, Reply), ProviderError> {
        let seen = self.account.assumptions();
        let plan = self.plan(question)?;
        loop {
            let model = ListModel::new(question, start.skip).without_refused(customer, seen);
            let request = self.list_request(customer, &model)?;
            match self.account.send("list", request, deadline).await {
                Ok(reply) => {
                    seen.confirm(&model.used());
                    return Ok((model, reply));
                }
                Err(error) if self.account.drops(&model.used(), &error) => {}
                Err(error) => return Err(not_listed(error)),
            }
            if self.plan(question)? != plan {
                let detail = "what the question rests on has been refused";
                return Err(self.account.error(ErrorKind::PlanOutdated, "list", detail));
            }
        }
    }

    /// Verb and path are assumed (simplepin R11), `uuid` is stated (simplepin R10).
    fn get_request(&self, uuid: &str) -> Result<Request, ProviderError> {
        let url = self.url("get", &["v2", "invoice", "get"], ("uuid", uuid))?;
        Ok(self.signed(Request::read(Method::GET, url)))
    }

    fn bad(&self, operation: &'static str, detail: &str) -> ProviderError {
        self.account.error(ErrorKind::BadResponse, operation, detail)
    }

    /// The invoice in `raw`, which answers a listing of `customer`. Held to it,
    /// as where `customer_id` stands is assumed: were it passed over, a
    /// customer would be shown another's invoices.
    fn listed(
        &self,
        customer: &str,
        raw: &RawValue,
        view: &View,
    ) -> Result<Invoice, ProviderError> {
        let invoice = wire::invoice(&self.account, "list", raw, view)?;
        match &invoice.customer.id {
            Some(id) if id.id() != customer => Err(self.bad("list", ANOTHER_CUSTOMERS)),
            _ => Ok(invoice),
        }
    }

    /// The lines of an invoice; none where it is gone since it was listed.
    async fn lines(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Option<Vec<invoice::Line>>, ProviderError> {
        match self.get(id, view, deadline).await {
            Ok(invoice) => Ok(invoice.lines.flatten()),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A part: the invoices of one customer. Its key is the customer's id.
#[derive(Debug, PartialEq, Eq)]
struct Customer(String);

impl PartKind for Customer {
    fn key(&self) -> String {
        self.0.clone()
    }

    fn parse(key: &str) -> Option<Self> {
        Some(Self(key.to_owned()))
    }
}

#[async_trait]
impl Provider for SimplePin {
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
        let roster = self.roster.as_ref().filter(|roster| !roster.is_empty());
        let Some(customers) = question.customers.as_ref().or(roster) else {
            return Err(self.account.error(
                ErrorKind::CustomerRequired,
                "list",
                "it lists the invoices of one customer at a time: name some in \
                 `customerIds`, or add `customers` to the connection's secret",
            ));
        };
        let mut plan = Plan { parts: Vec::new(), by_provider: list::by_provider(&question.filter) };
        if !self.account.assumptions().may_use(&DATES) {
            plan.by_provider.remove(&Parameter::InvoiceDate);
        }
        if list::answerable(question) {
            // Nobody is called nothing; sent, it might mean everybody.
            let named = customers.iter().filter(|id| !id.trim().is_empty());
            let order = list::order(question);
            plan.parts.extend(named.map(|id| Part::of(&Customer(id.clone()), order)));
        }
        Ok(plan)
    }

    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let Some(Customer(customer)) = part.read() else {
            return Err(self.account.error(ErrorKind::InvalidStart, "list", "no such part"));
        };
        let (model, reply) = self.list(question, &customer, start, deadline).await?;
        let listed: Vec<&RawValue> = self.account.json("list", &reply.body)?;
        let asked = usize::from(model.count);
        if listed.len() > asked {
            return Err(self.bad("list", "its answer holds more invoices than were asked for"));
        }
        // No total, no link, and no stated size of a page: only an empty one, or
        // one that repeats what was had, is the last.
        let came = u64::try_from(listed.len()).unwrap_or(u64::MAX);
        let next = (came > 0).then(|| start.after(came));
        let page = Page::of_rows(listed, |raw| self.listed(&customer, raw, &question.view));
        if page.invoices.is_empty()
            && page.left_out.iter().any(|row| row.reason == ANOTHER_CUSTOMERS)
        {
            // Not one row that is odd: the customer is not looked at.
            return Err(self.bad("list", ANOTHER_CUSTOMERS));
        }
        // A full page leads on: one that is repeated is of a server that does not
        // heed `first`.
        let announces_more = came == u64::from(model.count);
        Ok(Page { following: next.into_iter().collect(), announces_more, ..page })
    }

    async fn get(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        let request = self.get_request(id)?;
        let reply = self.account.send("get", request, deadline).await?;
        let raw: &RawValue = self.account.json("get", &reply.body)?;
        let invoice = wire::invoice(&self.account, "get", raw, view)?;
        identity::asked_for(self, id, "get", invoice)
    }

    /// A `uuid` is compared without regard to case, and written in lower case
    /// (RFC 9562, 4; simplepin R27).
    fn canonical_id<'a>(&self, id: &'a str) -> Cow<'a, str> {
        identity::in_lower_case(id)
    }

    /// The calls that activate and cancel have no place for a comment (simplepin R16).
    fn keeps_comments(&self, action: Action) -> bool {
        action == Action::Update
    }

    fn refusal(&self, write: &Write, invoice: &Invoice) -> Option<Problem> {
        rules::refusal(write, invoice)
    }

    /// The answer names the invoice (simplepin R16) and does not show it: nothing is
    /// returned as written, and what came of it is read.
    async fn write(
        &self,
        write: &Write,
        invoices: &[Invoice],
        _: &SendKey,
        deadline: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        if let Some(invoice) = invoices.first() {
            self.write_one(write, invoice, deadline).await?;
        }
        Ok(Vec::new())
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
        let now = before.iter().zip(now);
        now.map(|(before, now)| rules::after(write, before.status, now)).collect()
    }

    fn completes_one_by_one(&self, view: &View) -> bool {
        view.wants(Include::Lines)
    }

    /// Listed invoices have no lines (simplepin R9): each is read by itself.
    async fn complete(
        &self,
        mut invoices: Vec<Invoice>,
        view: &View,
        deadline: Deadline,
    ) -> Result<Vec<Invoice>, ProviderError> {
        if view.wants(Include::Lines) {
            let reads = invoices.iter().map(|invoice| self.lines(invoice.id.id(), view, deadline));
            let all = try_join_all(reads).await?;
            for (invoice, lines) in invoices.iter_mut().zip(all) {
                invoice.lines = Some(lines);
            }
        }
        Ok(invoices)
    }
}

/// What a 404 to a listing means is not stated. It may be an unknown customer,
/// or a `baseUrl` that leads elsewhere: an empty list would hide the second.
fn not_listed(error: ProviderError) -> ProviderError {
    match error.kind {
        ErrorKind::NotFound => ProviderError {
            detail: "it answered 404 to `list`: it does not know the customer, or the secret's \
                     `baseUrl` is not the address of its API"
                .to_owned(),
            ..error
        },
        _ => error,
    }
}

#[cfg(test)]
mod tests;
