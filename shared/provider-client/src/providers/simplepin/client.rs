//! SimplePin's client: what opens it, what every call carries, and which of its files does
//! what.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use futures::future::try_join_all;
use http::{HeaderName, header};
use invoice::{Include, Invoice, Problem, Write};
use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use super::error::{explain, explain_success};
use super::query::{self, Customer};
use super::{CAPABILITIES, rules};
use crate::SendKey;
use crate::account::Account;
use crate::provider::{After, Page, Part, Plan, Provider, Question, Start, View, Written};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::transport::Request;
use crate::{Assumptions, Capabilities, Deadline, ErrorKind, ProviderError, Transport};

pub(super) struct SimplePin {
    pub(super) account: Account,
    authorization: SecretString,
    token: SecretString,
    roster: Option<BTreeSet<String>>,
    /// Whether an answer has held several invoices.
    pub(super) gives_several: AtomicBool,
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
        gives_several: AtomicBool::new(false),
    })
}

impl SimplePin {
    pub(super) fn url(
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
    pub(super) fn signed(&self, request: Request) -> Request {
        request
            .secret_header(header::AUTHORIZATION, &self.authorization)
            .secret_header(HeaderName::from_static("token"), &self.token)
    }

    pub(super) fn bad(&self, operation: &'static str, detail: &str) -> ProviderError {
        self.account.error(ErrorKind::BadResponse, operation, detail)
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
        let seen = self.account.assumptions();
        let by_provider = query::by_provider(&question.filter, seen);
        let mut plan = Plan { parts: Vec::new(), by_provider };
        if query::answerable(question) {
            // Nobody is called nothing; sent, it might mean everybody.
            let named = customers.iter().filter(|id| !id.trim().is_empty());
            let order = query::order(question);
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
        self.page_of(question, part, start, deadline).await
    }

    async fn get(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        self.one(id, view, deadline).await
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

#[cfg(test)]
mod tests;
