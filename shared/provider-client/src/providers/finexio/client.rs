//! Finexio's calls.

use std::collections::BTreeSet;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, header};
use invoice::Invoice;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{CAPABILITIES, wire};
use crate::account::{Account, is_json};
use crate::error::Said;
use crate::provider::{Page, Part, PartOrder, Plan, Provider, Question, Start, View};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::transport::{Reply, Request};
use crate::{Capabilities, Deadline, ErrorKind, ProviderError, Transport};

/// Production [seed 004, vendor].
const HOST: &str = "https://api.finexio.com";
/// Invoices on a page; fixed [vendor].
const PAGE: u64 = 100;
/// More invoices than any account holds [assumed]: a larger `count` is not
/// believed, as every page it announces is named at once.
const MOST: u64 = 100_000_000;

struct Finexio {
    account: Account,
    authorization: SecretString,
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
            Account::new(&CAPABILITIES, secret.connection().clone(), base, transport, explain);
        let authorization = format!("Basic {}", STANDARD.encode(pair)).into();
        Box::new(Finexio { account, authorization })
    })
}

/// A wrong password is a 403 [vendor]; words come as `detail`.
fn explain(reply: &Reply) -> (ErrorKind, Said) {
    #[derive(Deserialize)]
    struct Refusal {
        detail: Option<String>,
    }
    let words =
        is_json(reply).then(|| serde_json::from_slice::<Refusal>(&reply.body).ok()).flatten();
    let said = Said { message: words.and_then(|words| words.detail), ..Said::default() };
    (ErrorKind::of_status(reply.status.as_u16()), said)
}

#[derive(Deserialize)]
struct Listed<'a> {
    count: u64,
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
}

impl Listed<'_> {
    /// Whether this can be the `page`th page, from 0: pages are counted, so one
    /// of another size than theirs would have us pass over invoices.
    fn is_sound(&self, page: u64) -> bool {
        let held = u64::try_from(self.results.len()).unwrap_or(u64::MAX);
        let is_last = (page + 1).saturating_mul(PAGE) >= self.count;
        self.count <= MOST && (held == PAGE || (is_last && held < PAGE))
    }
}

/// A page past the end [assumed, the framework's default]. Any other 404 may be
/// a proxy's, and must not end a list.
fn is_past_the_end(error: &ProviderError) -> bool {
    error.kind == ErrorKind::NotFound && error.said.message.as_deref() == Some("Invalid page.")
}

impl Finexio {
    async fn read(
        &self,
        operation: &'static str,
        path: &[&str],
        page: Option<u64>,
        deadline: Deadline,
    ) -> Result<Reply, ProviderError> {
        // The last segment is empty: their paths end in a slash [seed 004].
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

    fn plan(&self, question: &Question) -> Result<Plan, ProviderError> {
        let nobody = question.customers.as_ref().is_some_and(BTreeSet::is_empty);
        let answerable = !nobody && wire::answerable(question);
        Ok(Plan {
            parts: answerable
                .then(|| Part { name: "all".to_owned(), order: PartOrder::Own })
                .into_iter()
                .collect(),
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
        let page = start.skip / PAGE;
        let reply = self.read("list", &["v2", "invoices", ""], Some(page + 1), deadline).await;
        let reply = match reply {
            // The listing has shrunk since the cursor was made.
            Err(error) if page > 0 && is_past_the_end(&error) => return Ok(Page::default()),
            other => other?,
        };
        let listed: Listed<'_> = self.account.json("list", &reply.body)?;
        if !listed.is_sound(page) {
            return Err(self.account.error(
                ErrorKind::BadResponse,
                "list",
                "its `count` and the number of invoices on its page do not fit",
            ));
        }
        let passed_over = usize::try_from(start.skip % PAGE).unwrap_or(usize::MAX);
        let invoices = listed.results.iter().skip(passed_over);
        // `next` may name another host: pages are counted, never followed.
        let following = (page + 1..listed.count.div_ceil(PAGE)).map(|page| Start::at(page * PAGE));
        Ok(Page {
            invoices: invoices
                .map(|raw| wire::invoice(&self.account, "list", raw, &question.view))
                .collect::<Result<_, _>>()?,
            following: following.collect(),
            total: Some(listed.count),
        })
    }

    async fn get(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        let reply = self.read("get", &["v2", "invoices", id, ""], None, deadline).await?;
        let raw: &RawValue = self.account.json("get", &reply.body)?;
        wire::invoice(&self.account, "get", raw, view)
    }
}

#[cfg(test)]
mod tests;
