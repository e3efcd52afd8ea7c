//! Finexio's calls that read.

use std::sync::atomic::Ordering;

use http::{Method, header};
use invoice::Invoice;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::client::Finexio;
use super::error::is_past_the_end;
use super::wire;
use crate::numbered::{Envelope, Judgement, NumberedPage};
use crate::provider::{Page, Question, Start, View};
use crate::transport::{Reply, Request};
use crate::wire::fitting;
use crate::{Deadline, ErrorKind, ProviderError, identity};

/// A page of the list.
#[derive(Deserialize)]
pub(super) struct Listed<'a> {
    #[serde(default, deserialize_with = "fitting")]
    pub(super) count: Option<u64>,
    /// A link to the next page. It may name another host (finexio R8): that there is
    /// one counts, and pages are asked for by their number.
    #[serde(borrow, default)]
    pub(super) next: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) results: Vec<&'a RawValue>,
}

impl Listed<'_> {
    /// `count` announces as well as `next` does.
    pub(super) fn envelope(&self) -> Envelope {
        Envelope {
            rows: u64::try_from(self.results.len()).unwrap_or(u64::MAX),
            total: self.count,
            next: self.next.is_some().then_some(true),
        }
    }
}

impl Finexio {
    /// One page of the list, beginning at `start`.
    pub(super) async fn page_of(
        &self,
        question: &Question,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let mut page = NumberedPage::at(start, self.page_size.load(Ordering::Relaxed));
        loop {
            let reply = self.numbered(page.number, deadline).await?;
            let listed: Option<Listed<'_>> = match &reply {
                Some(reply) => Some(self.account.json("list", &reply.body)?),
                None => None,
            };
            let nothing = Envelope { rows: 0, total: None, next: None };
            let envelope = listed.as_ref().map_or(nothing, Listed::envelope);
            if let Some(size) = page.shown_size(&envelope) {
                self.page_size.store(size, Ordering::Relaxed);
            }
            let passed_over = match page.judge(&envelope) {
                Judgement::Sound(passed_over) => usize::try_from(passed_over).unwrap_or(usize::MAX),
                Judgement::Ask(other) => {
                    page = other;
                    continue;
                }
                Judgement::Uncountable => {
                    return Err(self.account.error(
                        ErrorKind::BadResponse,
                        "list",
                        "its `count` and the number of invoices on its pages do not fit",
                    ));
                }
            };
            let results = listed.map(|listed| listed.results).unwrap_or_default();
            let invoices = results.into_iter().skip(passed_over);
            let read = |raw: &RawValue| wire::invoice(&self.account, "list", raw, &question.view);
            return Ok(page.page(&envelope).with_rows(invoices, read));
        }
    }

    /// One invoice, with all of `view`.
    pub(super) async fn one(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        let reply = self.read("get", &["v2", "invoices", id, ""], None, deadline).await?;
        let raw: &RawValue = self.account.json("get", &reply.body)?;
        let invoice = wire::invoice(&self.account, "get", raw, view)?;
        identity::asked_for(self, id, "get", invoice)
    }

    /// The page of this number, from 0; none where it lies past the end: the
    /// listing has shrunk since, or its pages are larger than was thought.
    async fn numbered(
        &self,
        number: u64,
        deadline: Deadline,
    ) -> Result<Option<Reply>, ProviderError> {
        let path = ["v2", "invoices", ""];
        let reply = self.read("list", &path, Some(number.saturating_add(1)), deadline).await;
        match reply {
            Err(error) if number > 0 && is_past_the_end(&error) => Ok(None),
            other => other.map(Some),
        }
    }

    async fn read(
        &self,
        operation: &'static str,
        path: &[&str],
        page: Option<u64>,
        deadline: Deadline,
    ) -> Result<Reply, ProviderError> {
        // The last segment is empty: their paths end in a slash (finexio R7).
        let mut url = self.account.url(operation, path)?;
        if let Some(page) = page {
            url.query_pairs_mut().append_pair("page", &page.to_string());
        }
        let request = Request::read(Method::GET, url)
            .secret_header(header::AUTHORIZATION, &self.authorization);
        self.account.send(operation, request, deadline).await
    }
}
