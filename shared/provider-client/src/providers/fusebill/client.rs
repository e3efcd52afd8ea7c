//! Fusebill's client: what opens it, and which of its files does what.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use futures::future::{join_all, try_join_all};
use invoice::{Include, Invoice, Problem, Write};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::error::{explain, explain_success};
use super::{CAPABILITIES, limits, query, rules};
use crate::SendKey;
use crate::account::Account;
use crate::provider::{After, Page, Part, Plan, Provider, Question, Start, View, Written};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::{Assumptions, Capabilities, Deadline, ProviderError, Transport};

/// Production (fusebill R1).
const HOST: &str = "https://secure.fusebill.com/v1";

pub(super) struct Fusebill {
    pub(super) account: Account,
    pub(super) authorization: SecretString,
    /// The largest page that this account is known to give, where it gave fewer
    /// than were asked for.
    pub(super) largest_page: AtomicU64,
}

pub(super) fn connect(
    secret: &ConnectionSecret,
    transport: Transport,
) -> Result<Box<dyn Provider>, SecretFault> {
    let mut fields = secret.reader();
    let key = fields.secret("apiKey");
    let base = fields.base_url(Some(HOST));
    let base = fields.finish(base)?;
    let name = secret.connection().clone();
    // The key as given: it is encoded already (fusebill R2).
    let authorization = format!("Basic {}", key.expose_secret()).into();
    Ok(Box::new(Fusebill {
        account: Account::new(&CAPABILITIES, name, base, transport, explain)
            .limited_by(limits::windows)
            .explaining_success_by(explain_success),
        authorization,
        largest_page: AtomicU64::new(u64::MAX),
    }))
}

#[async_trait]
impl Provider for Fusebill {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn assumptions(&self) -> Option<Arc<Assumptions>> {
        Some(self.account.assumptions().clone())
    }

    fn plan(&self, question: &Question) -> Result<Plan, ProviderError> {
        Ok(query::plan(question))
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
        self.one("get", id, view, deadline).await
    }

    async fn complete(
        &self,
        invoices: Vec<Invoice>,
        view: &View,
        deadline: Deadline,
    ) -> Result<Vec<Invoice>, ProviderError> {
        if !view.wants(Include::Lines) {
            return Ok(invoices);
        }
        let view = &View { includes: vec![Include::Lines], ..view.clone() };
        let reading = invoices.into_iter().map(|invoice| self.with_lines(invoice, view, deadline));
        try_join_all(reading).await
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
        match invoices.first() {
            Some(before) => self.send(write, before, deadline).await,
            None => Ok(Vec::new()),
        }
    }

    async fn after(
        &self,
        write: &Write,
        before: &[Invoice],
        since: Timestamp,
        deadline: Deadline,
    ) -> Vec<Result<After, ProviderError>> {
        let became = before.iter().map(|before| self.became(write, before, since, deadline));
        join_all(became).await
    }
}
