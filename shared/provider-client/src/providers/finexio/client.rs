//! Finexio's client: what opens it, and which of its files does what.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use invoice::Invoice;
use secrecy::{ExposeSecret, SecretString};

use super::error::{explain, explain_success};
use super::{CAPABILITIES, query};
use crate::account::Account;
use crate::provider::{Page, Part, Plan, Provider, Question, Start, View};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::{Assumptions, Capabilities, Deadline, ProviderError, Transport};

/// Production (finexio R1, R2).
const HOST: &str = "https://api.finexio.com";
/// Invoices on a page; fixed (finexio R5). Another size is learned from the pages.
const PAGE: u64 = 100;

pub(super) struct Finexio {
    pub(super) account: Account,
    pub(super) authorization: SecretString,
    /// Invoices on a page, as the pages of this account show it.
    pub(super) page_size: AtomicU64,
}

pub(super) fn connect(
    secret: &ConnectionSecret,
    transport: Transport,
) -> Result<Box<dyn Provider>, SecretFault> {
    let mut fields = secret.reader();
    // Both are encoded before they stand in the header.
    let username = fields.basic_user("username");
    let password = fields.encoded_secret("password");
    let base = fields.base_url(Some(HOST));
    fields.finish(base).map(|base| -> Box<dyn Provider> {
        let pair = format!("{}:{}", username.expose_secret(), password.expose_secret());
        let account =
            Account::new(&CAPABILITIES, secret.connection().clone(), base, transport, explain)
                .explaining_success_by(explain_success);
        let authorization = format!("Basic {}", STANDARD.encode(pair)).into();
        Box::new(Finexio { account, authorization, page_size: AtomicU64::new(PAGE) })
    })
}

#[async_trait]
impl Provider for Finexio {
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
        _part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        self.page_of(question, start, deadline).await
    }

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
