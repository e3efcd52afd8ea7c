//! Nue Self-Service's client: what opens it, and which of its files does what.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use async_trait::async_trait;
use invoice::{Invoice, Parameter};
use secrecy::SecretString;

use super::CAPABILITIES;
use super::error::explain;
use super::query::{asked, groups};
use crate::account::Account;
use crate::provider::{Page, Part, PartOrder, Plan, Provider, Question, Start, View};
use crate::providers::nue::{HOST, error, pages};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::{Assumptions, Capabilities, Deadline, ErrorKind, ProviderError, Transport};

pub(super) struct NueSelfService {
    pub(super) account: Account,
    pub(super) api_key: SecretString,
    roster: BTreeSet<String>,
    /// Invoices on a page, where there are pages.
    pub(super) page_size: AtomicU64,
    /// Whether a second page was the first again: all comes at once.
    pub(super) repeats_pages: AtomicBool,
}

pub(super) fn connect(
    secret: &ConnectionSecret,
    transport: Transport,
) -> Result<Box<dyn Provider>, SecretFault> {
    Ok(Box::new(open(secret, transport)?))
}

fn open(secret: &ConnectionSecret, transport: Transport) -> Result<NueSelfService, SecretFault> {
    let mut fields = secret.reader();
    let api_key = fields.secret("apiKey");
    let roster = fields.customers().unwrap_or_default();
    let base = fields.base_url(Some(HOST));
    let base = fields.finish(base)?;
    let name = secret.connection().clone();
    Ok(NueSelfService {
        account: Account::new(&CAPABILITIES, name, base, transport, explain)
            .explaining_success_by(error::explain_success),
        api_key,
        roster,
        page_size: AtomicU64::new(pages::DEFAULT),
        repeats_pages: AtomicBool::new(false),
    })
}

impl NueSelfService {
    /// Who is meant: those named, else the roster.
    pub(super) fn customers<'a>(
        &'a self,
        operation: &'static str,
        named: Option<&'a BTreeSet<String>>,
    ) -> Result<&'a BTreeSet<String>, ProviderError> {
        let roster = Some(&self.roster).filter(|roster| !roster.is_empty());
        named.or(roster).ok_or_else(|| {
            let what = "it shows invoices by customer only";
            let detail = if operation == "list" {
                format!(
                    "{what}: name customers in `customerIds`, or list them as `customers` in the \
                     connection's secret"
                )
            } else {
                format!("{what}: list the customers as `customers` in the connection's secret")
            };
            self.account.error(ErrorKind::CustomerRequired, operation, detail)
        })
    }
}

#[async_trait]
impl Provider for NueSelfService {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn assumptions(&self) -> Option<Arc<Assumptions>> {
        Some(self.account.assumptions().clone())
    }

    fn plan(&self, question: &Question) -> Result<Plan, ProviderError> {
        let customers = self.customers("list", question.customers.as_ref())?;
        let Some(mut asked) = asked(&question.filter) else {
            return Ok(Plan::default());
        };
        if question.customers.is_some() {
            asked.by_provider.insert(Parameter::CustomerIds);
        }
        Ok(Plan {
            parts: groups(customers).map(|(first, _)| Part::of(&first, PartOrder::Own)).collect(),
            by_provider: asked.by_provider,
        })
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

    /// Through the list of the roster's customers: there is no call for one.
    async fn get(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        self.one(id, view, deadline).await
    }
}

#[cfg(test)]
mod tests;
