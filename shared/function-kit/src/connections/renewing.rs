//! A provider whose calls outlive a rotation of its secret.
//!
//! A call that is refused for its credentials is made again, once, where there
//! are others by now. It was refused, so nothing has been done: that holds for
//! writes as well.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use invoice::{Invoice, Problem, Write};
use jiff::Timestamp;
use provider_client::SendKey;
use provider_client::error::Fate;
use provider_client::provider::{After, Page, Part, Plan, Question, Start, View, Written};
use provider_client::{Assumptions, Capabilities, Deadline, ErrorKind, Provider, ProviderError};

use super::slot::ConnectionSlot;

/// The provider of a connection, by whatever secret it has.
pub(super) struct Renewing {
    connection: Weak<ConnectionSlot>,
    /// By the secret it was opened with: asked where no other is held.
    opened: Arc<dyn Provider>,
}

impl Renewing {
    pub fn new(connection: Weak<ConnectionSlot>, opened: Arc<dyn Provider>) -> Self {
        Self { connection, opened }
    }

    fn current(&self) -> Arc<dyn Provider> {
        let held = self.connection.upgrade().and_then(|connection| connection.current());
        held.unwrap_or_else(|| self.opened.clone())
    }

    /// Whom to ask again what `asked` has failed at; none where its word stands.
    async fn instead(
        &self,
        asked: &Arc<dyn Provider>,
        error: Option<&ProviderError>,
        deadline: Deadline,
    ) -> Option<Arc<dyn Provider>> {
        error.filter(|error| is_refused(error))?;
        self.connection.upgrade()?.instead_of(asked, deadline).await
    }
}

fn is_refused(error: &ProviderError) -> bool {
    error.kind == ErrorKind::Credentials && error.fate == Fate::NotAccepted
}

/// What was refused, of what was asked for together.
fn refused<A: Clone, T>(asked: &[A], outcomes: &[Result<T, ProviderError>]) -> Vec<A> {
    let outcomes = asked.iter().zip(outcomes);
    let refused = outcomes.filter(|(_, outcome)| outcome.as_ref().is_err_and(is_refused));
    refused.map(|(asked, _)| asked.clone()).collect()
}

/// Puts the answers to what was asked again in their places.
fn replace_failed<T>(
    outcomes: &mut [Result<T, ProviderError>],
    again: Vec<Result<T, ProviderError>>,
) {
    let places = outcomes.iter_mut().filter(|outcome| outcome.as_ref().is_err_and(is_refused));
    for (place, answer) in places.zip(again) {
        *place = answer;
    }
}

fn first_refusal<T>(outcomes: &[Result<T, ProviderError>]) -> Option<&ProviderError> {
    outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).find(|error| is_refused(error))
}

#[async_trait]
impl Provider for Renewing {
    fn capabilities(&self) -> &'static Capabilities {
        self.opened.capabilities()
    }

    fn assumptions(&self) -> Option<Arc<Assumptions>> {
        self.current().assumptions()
    }

    fn plan(&self, question: &Question) -> Result<Plan, ProviderError> {
        self.current().plan(question)
    }

    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let asked = self.current();
        let page = asked.page(question, part, start, deadline).await;
        match self.instead(&asked, page.as_ref().err(), deadline).await {
            Some(other) => other.page(question, part, start, deadline).await,
            None => page,
        }
    }

    async fn get(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        let asked = self.current();
        let invoice = asked.get(id, view, deadline).await;
        match self.instead(&asked, invoice.as_ref().err(), deadline).await {
            Some(other) => other.get(id, view, deadline).await,
            None => invoice,
        }
    }

    async fn complete(
        &self,
        invoices: Vec<Invoice>,
        view: &View,
        deadline: Deadline,
    ) -> Result<Vec<Invoice>, ProviderError> {
        let asked = self.current();
        let completed = asked.complete(invoices.clone(), view, deadline).await;
        match self.instead(&asked, completed.as_ref().err(), deadline).await {
            Some(other) => other.complete(invoices, view, deadline).await,
            None => completed,
        }
    }

    async fn get_many(
        &self,
        ids: &[&str],
        view: &View,
        deadline: Deadline,
    ) -> Vec<Result<Invoice, ProviderError>> {
        let asked = self.current();
        let mut invoices = asked.get_many(ids, view, deadline).await;
        if let Some(other) = self.instead(&asked, first_refusal(&invoices), deadline).await {
            let again = other.get_many(&refused(ids, &invoices), view, deadline).await;
            replace_failed(&mut invoices, again);
        }
        invoices
    }

    fn refusal(&self, write: &Write, invoice: &Invoice) -> Option<Problem> {
        self.current().refusal(write, invoice)
    }

    async fn write(
        &self,
        write: &Write,
        invoices: &[Invoice],
        key: &SendKey,
        deadline: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        let asked = self.current();
        let written = asked.write(write, invoices, key, deadline).await;
        match self.instead(&asked, written.as_ref().err(), deadline).await {
            Some(other) => other.write(write, invoices, key, deadline).await,
            None => written,
        }
    }

    async fn after(
        &self,
        write: &Write,
        before: &[Invoice],
        since: Timestamp,
        deadline: Deadline,
    ) -> Vec<Result<After, ProviderError>> {
        let asked = self.current();
        let mut after = asked.after(write, before, since, deadline).await;
        if let Some(other) = self.instead(&asked, first_refusal(&after), deadline).await {
            let again = other.after(write, &refused(before, &after), since, deadline).await;
            replace_failed(&mut after, again);
        }
        after
    }
}
