//! Fusebill's calls.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures::future::{join_all, try_join_all};
use http::{Method, header};
use invoice::{Include, Invoice, Problem, Write};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::resource::{Listing, Resource};
use super::{CAPABILITIES, limits, plan, rules, wire};
use crate::account::{Account, is_json};
use crate::error::Said;
use crate::numbered::{Envelope, Judgement, NumberedPage};
use crate::provider::{After, Page, Part, Plan, Provider, Question, Reading, Start, View, Written};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::transport::{Reply, Request};
use crate::wire::Text;
use crate::{Capabilities, Deadline, ErrorKind, ProviderError, Transport};

/// Production [seed 003].
const HOST: &str = "https://secure.fusebill.com/v1";

pub(super) struct Fusebill {
    pub(super) account: Account,
    pub(super) authorization: SecretString,
    /// The largest page that this account is known to give, where it gave fewer
    /// than were asked for.
    largest_page: AtomicU64,
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
    // The key as given: it is encoded already [vendor].
    let authorization = format!("Basic {}", key.expose_secret()).into();
    Ok(Box::new(Fusebill {
        account: Account::new(&CAPABILITIES, name, base, transport, explain)
            .limited_by(limits::windows),
        authorization,
        largest_page: AtomicU64::new(u64::MAX),
    }))
}

/// Their words [seed 003].
pub(super) fn explain(reply: &Reply) -> (ErrorKind, Said) {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(rename = "Errors")]
        errors: Vec<Fault>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Fault {
        #[serde(default)]
        key: Text,
        #[serde(default)]
        value: Text,
    }
    let words =
        is_json(reply).then(|| invoice::json::read_slice::<Refusal>(&reply.body).ok()).flatten();
    let faults = words.map(|words| words.errors).unwrap_or_default();
    let mut said = Said::default();
    for fault in faults {
        said.code = said.code.or(fault.key.filled());
        said.message = match (said.message, fault.value.filled()) {
            (Some(before), Some(value)) => Some(format!("{before}; {value}")),
            (before, value) => before.or(value),
        };
    }
    (ErrorKind::of_status(reply.status.as_u16()), said)
}

/// What the headers say of a page [vendor]: `X-NextPage` is -1 on the last, and
/// `X-Count` is how many match.
pub(super) fn envelope(next: Option<i64>, count: Option<u64>, rows: usize) -> Envelope {
    let rows = u64::try_from(rows).unwrap_or(u64::MAX);
    Envelope { rows, total: count, next: next.map(|next| next > 0) }
}

impl Fusebill {
    async fn read(
        &self,
        operation: &'static str,
        path: &[&str],
        parameters: &[(&'static str, String)],
        deadline: Deadline,
    ) -> Result<Reply, ProviderError> {
        let mut url = self.account.url(operation, path)?;
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        let request = Request::read(Method::GET, url)
            .secret_header(header::AUTHORIZATION, &self.authorization);
        self.account.send(operation, request, deadline).await
    }

    /// One page of `listing`; none where its customer is not there.
    async fn numbered(
        &self,
        listing: &Listing,
        question: &Question,
        page: NumberedPage,
        deadline: Deadline,
    ) -> Result<Option<Reply>, ProviderError> {
        let mut parameters = plan::parameters(listing, question);
        parameters.push(("pageSize", page.size.to_string()));
        parameters.push(("pageNumber", page.number.to_string()));
        let reply = self.read("list", &listing.path(), &parameters, deadline).await;
        match reply {
            // In their own words: a customer that is not there has no invoices
            // [assumed].
            Err(error)
                if error.kind == ErrorKind::NotFound
                    && error.said.message.is_some()
                    && listing.customer.is_some() =>
            {
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// An invoice of `listing`. Where it does not bring charges, what stands in
    /// their place says nothing; and whose invoices it has, it says itself.
    fn listed(
        &self,
        listing: &Listing,
        raw: &RawValue,
        view: &View,
    ) -> Result<Invoice, ProviderError> {
        let mut invoice = wire::invoice(&self.account, "list", listing.resource, raw, view)?;
        if !listing.has_charges() && view.wants(Include::Lines) {
            invoice.lines = Some(None);
        }
        if let (None, Some(customer)) = (&invoice.customer.id, &listing.customer) {
            invoice.customer.id = Some(self.account.reference(customer.as_str()));
        }
        Ok(invoice)
    }

    async fn one(
        &self,
        operation: &'static str,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        let Some((resource, path)) = Resource::find(id) else {
            let detail = "ids are integers, a draft's after `draft.`";
            return Err(self.account.error(ErrorKind::NotFound, operation, detail));
        };
        let tracked = match resource {
            Resource::Posted => view.show_tracked_items,
            Resource::Drafts => None,
        };
        let parameters: Vec<_> =
            tracked.map(|show| ("showTrackedItems", show.to_string())).into_iter().collect();
        let reply = self.read(operation, &path, &parameters, deadline).await?;
        let raw: &RawValue = self.account.json(operation, &reply.body)?;
        wire::invoice(&self.account, operation, resource, raw, view)
    }

    /// With the lines of its own resource; without, where it is gone by now: a
    /// draft that was posted has another id [vendor].
    async fn with_lines(
        &self,
        mut invoice: Invoice,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        if !matches!(invoice.lines, Some(Some(_))) {
            match self.one("list", invoice.id.id(), view, deadline).await {
                Ok(whole) => invoice.lines = whole.lines,
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(invoice)
    }
}

#[async_trait]
impl Provider for Fusebill {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn plan(&self, question: &Question) -> Result<Plan, ProviderError> {
        Ok(plan::plan(question))
    }

    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let Some(listing) = Listing::named(&part.name) else {
            let detail = "there is no such part";
            return Err(self.account.error(ErrorKind::InvalidStart, "list", detail));
        };
        // The seed's size, and the largest that is certain [vendor].
        let size = match question.reading {
            Reading::Few(_) => 100,
            Reading::Whole => 1000,
        };
        let size = size.min(self.largest_page.load(Ordering::Relaxed));
        let mut page = NumberedPage::at(start, size);
        loop {
            let Some(reply) = self.numbered(&listing, question, page, deadline).await? else {
                return Ok(Page { total: Some(0), ..Page::default() });
            };
            let listed: Vec<&RawValue> = self.account.json("list", &reply.body)?;
            let next = reply.header("x-nextpage").and_then(|page| page.trim().parse().ok());
            let count = reply.header("x-count").and_then(|count| count.trim().parse().ok());
            let envelope = envelope(next, count, listed.len());
            if let Some(shown) = page.shown_size(&envelope).filter(|shown| *shown < page.size) {
                self.largest_page.fetch_min(shown, Ordering::Relaxed);
            }
            let passed_over = match page.judge(&envelope) {
                Judgement::Sound(passed_over) => usize::try_from(passed_over).unwrap_or(usize::MAX),
                Judgement::Ask(other) => {
                    page = other;
                    continue;
                }
                Judgement::Uncountable => {
                    let detail = "its pages have no common size: they cannot be counted";
                    return Err(self.account.error(ErrorKind::BadResponse, "list", detail));
                }
            };
            let invoices = listed.into_iter().skip(passed_over);
            let read = |raw: &RawValue| self.listed(&listing, raw, &question.view);
            return Ok(page.page(&envelope).with_rows(invoices, read));
        }
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
