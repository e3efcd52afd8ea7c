//! Stripe's client: what opens it, what every call carries, and which of its files does what.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::try_join_all;
use http::{HeaderName, HeaderValue, header};
use invoice::{Invoice, Problem, Write};
use secrecy::{ExposeSecret, SecretString};

use super::error::{explain, explain_success};
use super::{CAPABILITIES, query, rules};
use crate::SendKey;
use crate::account::Account;
use crate::provider::{Page, Part, Plan, Provider, Question, Start, View, Written};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::transport::Request;
use crate::{Assumptions, Capabilities, Deadline, ProviderError, Transport};

/// Production (stripe R1).
const HOST: &str = "https://api.stripe.com";
/// The edition that the mapping is written against. Without the header the
/// account's own default applies, and the object differs a lot (stripe R2).
const VERSION: HeaderValue = HeaderValue::from_static("2026-08-26.dahlia");
pub(super) struct Stripe {
    pub(super) account: Account,
    authorization: SecretString,
    /// The connected account that is acted for (stripe R3).
    acted_for: Option<SecretString>,
}

pub(super) fn connect(
    secret: &ConnectionSecret,
    transport: Transport,
) -> Result<Box<dyn Provider>, SecretFault> {
    let mut fields = secret.reader();
    let key = fields.secret("apiKey");
    let acted_for = fields.optional_secret("account");
    let base = fields.base_url(Some(HOST));
    let base = fields.finish(base)?;
    let name = secret.connection().clone();
    let account = Account::new(&CAPABILITIES, name, base, transport, explain);
    Ok(Box::new(Stripe {
        account: account.explaining_success_by(explain_success),
        authorization: format!("Bearer {}", key.expose_secret()).into(),
        acted_for,
    }))
}

impl Stripe {
    /// What every call carries (stripe R1 to R3).
    pub(super) fn signed(&self, request: Request) -> Request {
        let request = request
            .secret_header(header::AUTHORIZATION, &self.authorization)
            .header(HeaderName::from_static("stripe-version"), VERSION);
        match &self.acted_for {
            Some(account) => {
                request.secret_header(HeaderName::from_static("stripe-account"), account)
            }
            None => request,
        }
    }
}

#[async_trait]
impl Provider for Stripe {
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
        self.one(id, view, deadline).await
    }

    async fn complete(
        &self,
        invoices: Vec<Invoice>,
        view: &View,
        deadline: Deadline,
    ) -> Result<Vec<Invoice>, ProviderError> {
        let completing = invoices.into_iter().map(|one| self.completed(one, view, deadline));
        try_join_all(completing).await
    }

    fn refusal(&self, write: &Write, invoice: &Invoice) -> Option<Problem> {
        rules::refusal(write, invoice)
    }

    async fn write(
        &self,
        write: &Write,
        invoices: &[Invoice],
        key: &SendKey,
        deadline: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        match invoices.first() {
            Some(before) => self.send(write, before, key, deadline).await,
            None => Ok(Vec::new()),
        }
    }
}
