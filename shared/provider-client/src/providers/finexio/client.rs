//! Finexio's calls.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, header};
use invoice::Invoice;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::{CAPABILITIES, probes, wire};
use crate::account::{Account, is_json, object};
use crate::error::Said;
use crate::numbered::{Envelope, Judgement, NumberedPage};
use crate::probe::Probe;
use crate::provider::{Everything, Page, Part, PartOrder, Plan, Provider, Question, Start, View};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::transport::{Reply, Request};
use crate::wire::fitting;
use crate::{Assumptions, Capabilities, Deadline, ErrorKind, ProviderError, Transport, identity};

/// Production (finexio R1, R2).
const HOST: &str = "https://api.finexio.com";
/// Invoices on a page; fixed (finexio R5). Another size is learned from the pages.
const PAGE: u64 = 100;

struct Finexio {
    account: Account,
    authorization: SecretString,
    /// Invoices on a page, as the pages of this account show it.
    page_size: AtomicU64,
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

/// An error's words, in the framework's form (finexio R4).
#[derive(Deserialize)]
struct Refusal {
    detail: String,
}

/// A wrong password is a 403 (finexio R3). A 404 without a `detail` is not Finexio's.
fn explain(reply: &Reply) -> (ErrorKind, Said) {
    let refusal = is_json(reply).then(|| object::<Refusal>(&reply.body)).flatten();
    let kind = match ErrorKind::of_status(reply.status.as_u16()) {
        ErrorKind::NotFound if refusal.is_none() => ErrorKind::BadResponse,
        kind => kind,
    };
    let message = refusal.map(|refusal| refusal.detail);
    (kind, Said { message, ..Said::default() })
}

/// An error that comes with a status of success means what its words say: those of the
/// vendor (finexio R3), and the framework's defaults, as is assumed (finexio R10).
fn explain_success(reply: &Reply) -> Option<(ErrorKind, Said)> {
    #[derive(Deserialize)]
    struct Answer {
        id: Option<IgnoredAny>,
        results: Option<IgnoredAny>,
        detail: String,
    }
    let Answer { id: None, results: None, detail } = object(&reply.body)? else { return None };
    let kind = match detail.as_str() {
        "Not found." | "Invalid page." => ErrorKind::NotFound,
        "Invalid username/password."
        | "Authentication credentials were not provided."
        | "You do not have permission to perform this action." => ErrorKind::Credentials,
        throttled if throttled.starts_with("Request was throttled.") => ErrorKind::RateLimited,
        _ => ErrorKind::Failed,
    };
    Some((kind, Said { message: Some(detail), ..Said::default() }))
}

#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(default, deserialize_with = "fitting")]
    count: Option<u64>,
    /// A link to the next page. It may name another host (finexio R8): that there is
    /// one counts, and pages are asked for by their number.
    #[serde(borrow, default)]
    next: Option<&'a RawValue>,
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
}

impl Listed<'_> {
    /// `count` announces as well as `next` does.
    fn envelope(&self) -> Envelope {
        Envelope {
            rows: u64::try_from(self.results.len()).unwrap_or(u64::MAX),
            total: self.count,
            next: self.next.is_some().then_some(true),
        }
    }
}

/// Whether a page lies past the end, in the framework's words (finexio R9). Any other 404 may be
/// a proxy's, and must not end a list.
fn is_past_the_end(error: &ProviderError) -> bool {
    error.kind == ErrorKind::NotFound && error.said.message.as_deref() == Some("Invalid page.")
}

impl Finexio {
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

#[async_trait]
impl Provider for Finexio {
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
        let nobody = question.customers.as_ref().is_some_and(BTreeSet::is_empty);
        let answerable = !nobody && wire::answerable(question);
        Ok(Plan {
            parts: answerable.then(|| Part::of(&Everything, PartOrder::Own)).into_iter().collect(),
            ..Plan::default()
        })
    }

    async fn page(
        &self,
        question: &Question,
        _part: &Part,
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

    async fn get(
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
}

#[cfg(test)]
mod tests;
