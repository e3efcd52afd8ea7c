//! Finexio's calls.

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

struct Finexio {
    account: Account,
    authorization: SecretString,
}

pub(super) fn connect(
    secret: &ConnectionSecret,
    transport: Transport,
) -> Result<Box<dyn Provider>, SecretFault> {
    let mut fields = secret.reader();
    let (username, password) = (fields.secret("username"), fields.secret("password"));
    let base = fields.base_url(Some(HOST));
    fields.finish(base).map(|base| {
        let pair = format!("{}:{}", username.expose_secret(), password.expose_secret());
        let account =
            Account::new(&CAPABILITIES, secret.connection().clone(), base, transport, explain);
        let authorization = format!("Basic {}", STANDARD.encode(pair)).into();
        Box::new(Finexio { account, authorization }) as Box<dyn Provider>
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

    fn plan(&self, _question: &Question) -> Result<Plan, ProviderError> {
        let all = Part { name: "all".to_owned(), order: PartOrder::Own };
        Ok(Plan { parts: vec![all], ..Plan::default() })
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
            // A page past the end [assumed, the framework's default]: the listing
            // has shrunk since the cursor was made.
            Err(error) if error.kind == ErrorKind::NotFound && page > 0 => {
                return Ok(Page::default());
            }
            other => other?,
        };
        let listed: Listed<'_> = self.account.json("list", &reply.body)?;
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
