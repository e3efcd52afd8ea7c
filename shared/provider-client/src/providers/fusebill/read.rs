//! Fusebill's calls that read.

use std::sync::atomic::Ordering;

use http::{Method, header};
use invoice::{Include, Invoice};
use serde_json::value::RawValue;

use super::client::Fusebill;
use super::language::digits;
use super::resource::{Listing, Resource};
use super::{query, wire};
use crate::numbered::{Envelope, Judgement, NumberedPage};
use crate::provider::{Page, Part, Question, Reading, Start, View};
use crate::transport::{Reply, Request};
use crate::{Deadline, ErrorKind, ProviderError, identity};

/// What the headers say of a page (fusebill R26): `X-NextPage` is -1 on the last, and
/// `X-Count` is how many match.
pub(super) fn envelope(next: Option<i64>, count: Option<u64>, rows: usize) -> Envelope {
    let rows = u64::try_from(rows).unwrap_or(u64::MAX);
    Envelope { rows, total: count, next: next.map(|next| next > 0) }
}

impl Fusebill {
    /// One page of `part`, beginning at `start`.
    pub(super) async fn page_of(
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
        let mut parameters = query::parameters(listing, question);
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

    /// One invoice, with all of `view`.
    pub(super) async fn one(
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
    pub(super) async fn with_lines(
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
