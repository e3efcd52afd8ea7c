//! Fusebill's calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures::future::{join_all, try_join_all};
use http::{Method, header};
use invoice::{Action, Include, Invoice, Problem, Write};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::query::digits;
use super::resource::{Listing, Resource};
use super::{CAPABILITIES, limits, plan, probes, rules, wire};
use crate::SendKey;
use crate::account::{Account, is_json, object};
use crate::error::Said;
use crate::numbered::{Envelope, Judgement, NumberedPage};
use crate::probe::Probe;
use crate::provider::{After, Page, Part, Plan, Provider, Question, Reading, Start, View, Written};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::transport::{Reply, Request};
use crate::wire::Text;
use crate::{Assumptions, Capabilities, Deadline, ErrorKind, ProviderError, Transport, identity};

/// Production (fusebill R1).
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

/// An error as Fusebill tells it (fusebill R3).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refusal {
    #[serde(default)]
    http_status_code: Text,
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

impl Refusal {
    fn said(self) -> Said {
        let mut said = Said::default();
        for fault in self.errors {
            said.code = said.code.or(fault.key.filled());
            said.message = match (said.message, fault.value.filled()) {
                (Some(before), Some(value)) => Some(format!("{before}; {value}")),
                (before, value) => before.or(value),
            };
        }
        said
    }
}

/// A 404 that is not in Fusebill's form (fusebill R3) is not Fusebill's.
pub(super) fn explain(reply: &Reply) -> (ErrorKind, Said) {
    let refusal = is_json(reply).then(|| object::<Refusal>(&reply.body)).flatten();
    let kind = match ErrorKind::of_status(reply.status.as_u16()) {
        ErrorKind::NotFound if refusal.is_none() => ErrorKind::BadResponse,
        kind => kind,
    };
    (kind, refusal.map(Refusal::said).unwrap_or_default())
}

/// An error that comes with a status of success means what its own `HttpStatusCode`
/// says, as is assumed (fusebill R5).
pub(super) fn explain_success(reply: &Reply) -> Option<(ErrorKind, Said)> {
    let refusal: Refusal = object(&reply.body)?;
    let status = refusal.http_status_code.0.as_deref().and_then(|code| code.parse().ok());
    let kind = match status {
        Some(status @ 400..=599) => ErrorKind::of_status(status),
        _ if refusal.errors.is_empty() => return None,
        _ => ErrorKind::Failed,
    };
    Some((kind, refusal.said()))
}

/// What the headers say of a page (fusebill R26): `X-NextPage` is -1 on the last, and
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
            // In their own words: a customer that is not there has no
            // invoices, as is assumed (fusebill R15).
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
            let detail = "a draft's id follows after `draft.`";
            return Err(self.account.error(ErrorKind::NotFound, operation, detail));
        };
        let tracked = match resource {
            Resource::Posted => view.show_tracked_items,
            Resource::Drafts => None,
        };
        let parameters: Vec<_> =
            tracked.map(|show| ("showTrackedItems", show.to_string())).into_iter().collect();
        let reply = self.read(operation, &path, &parameters, deadline).await;
        let reply = reply.map_err(|error| unread(&path, error))?;
        let raw: &RawValue = self.account.json(operation, &reply.body)?;
        let invoice = wire::invoice(&self.account, operation, resource, raw, view)?;
        identity::asked_for(self, id, operation, invoice)
    }

    /// With the lines of its own resource; without, where it is gone by now: a
    /// draft that was posted has another id (fusebill R40).
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

/// Ids are integers (fusebill R9): what Fusebill holds against one that is none is that it
/// has no such invoice.
fn unread([_, id]: &[&str; 2], error: ProviderError) -> ProviderError {
    match error.kind {
        ErrorKind::Rejected if !digits(id) => ProviderError { kind: ErrorKind::NotFound, ..error },
        _ => error,
    }
}

#[async_trait]
impl Provider for Fusebill {
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
        Ok(plan::plan(question))
    }

    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let Some(listing) = part.read::<Listing>() else {
            let detail = "there is no such part";
            return Err(self.account.error(ErrorKind::InvalidStart, "list", detail));
        };
        // The seed's size, and the largest that is certain (fusebill R25).
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

    fn completes_one_by_one(&self, view: &View) -> bool {
        view.wants(Include::Lines)
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

    /// The calls that activate and cancel have no place for a comment (fusebill R39, R42).
    fn keeps_comments(&self, action: Action) -> bool {
        action == Action::Update
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
