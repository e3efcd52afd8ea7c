//! Nue's client: what opens it, what every call carries, and which of its files does what.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use invoice::{Invoice, Problem, Write};
use jiff::Timestamp;
use secrecy::SecretString;

use super::{CAPABILITIES, HOST, error, key_header, query, rules, write};
use crate::SendKey;
use crate::account::Account;
use crate::provider::{After, Page, Part, Plan, Provider, Question, Start, View, Written};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::transport::{Reply, Request};
use crate::{Assumptions, Capabilities, Deadline, ProviderError, Transport};

pub(super) struct Nue {
    pub(super) account: Account,
    api_key: SecretString,
    /// The largest page that this account is known to give by REST, where it gave
    /// fewer than were asked for.
    pub(super) largest_page: AtomicU64,
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
        account: Account::new(&CAPABILITIES, name, base, transport, error::explain)
            .explaining_success_by(error::explain_success),
        api_key,
        largest_page: AtomicU64::new(u64::MAX),
    }))
}

impl Nue {
    pub(super) async fn send(
        &self,
        operation: &'static str,
        request: Request,
        deadline: Deadline,
    ) -> Result<Reply, ProviderError> {
        let request = request.secret_header(key_header(), &self.api_key);
        self.account.send(operation, request, deadline).await
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

    fn plan(&self, question: &Question) -> Result<Plan, ProviderError> {
        Ok(query::planned(question, self.account.assumptions()))
    }

    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        if query::by_rest(question, self.account.assumptions()) {
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
        self.one(id, view, deadline).await
    }

    /// By one query, where GraphQL has what is asked for. Texts that are no ids
    /// of Nue's are asked for one by one: the answer is Nue's, and theirs alone.
    async fn get_many(
        &self,
        ids: &[&str],
        view: &View,
        deadline: Deadline,
    ) -> Vec<Result<Invoice, ProviderError>> {
        self.several(ids, view, deadline).await
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
        let Some(request) = write::request(&self.account, write, invoices)? else {
            return Ok(Vec::new());
        };
        let operation = write.action().word();
        let reply = self.send(operation, request, deadline).await?;
        write::shown(&self.account, operation, &reply, invoices)
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
