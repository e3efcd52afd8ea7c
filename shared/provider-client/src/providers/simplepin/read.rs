//! SimplePin's calls that read.

use std::sync::atomic::Ordering::Relaxed;

use http::Method;
use invoice::Invoice;
use serde_json::value::RawValue;

use super::assumptions::CUSTOMER_IN_QUERY;
use super::client::SimplePin;
use super::error::not_listed;
use super::query::{Customer, ListModel, by_provider};
use super::wire;
use crate::provider::{Before, Page, Part, Provider, Question, Start, View};
use crate::transport::{Reply, Request};
use crate::{Deadline, ErrorKind, ProviderError, identity};

/// What is wrong with a row of a customer's list that is not theirs.
const ANOTHER_CUSTOMERS: &str = "its answer holds an invoice of another customer";

impl SimplePin {
    /// One page of `part`, beginning at `start`.
    pub(super) async fn page_of(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let Some(Customer(customer)) = part.read() else {
            return Err(self.account.error(ErrorKind::InvalidStart, "list", "no such part"));
        };
        // Of a server that gives one row at once, the row before the page would be all.
        let overlap = u16::from(start.skip > 0 && self.gives_several.load(Relaxed));
        let place = (start.skip, overlap);
        let (model, reply) = self.list(question, &customer, place, deadline).await?;
        let listed: Vec<&RawValue> = self.account.json("list", &reply.body)?;
        self.gives_several.fetch_or(listed.len() > 1, Relaxed);
        let asked = usize::from(model.count);
        if listed.len() > asked {
            return Err(self.bad("list", "its answer holds more invoices than were asked for"));
        }
        // A full page leads on: one that is repeated is of a server that does not heed `first`.
        let announces_more = listed.len() == asked;
        let overlap = usize::from(overlap);
        let (before, listed) = listed.split_at_checked(overlap).unwrap_or_default();
        let read = |raw: &&RawValue| self.listed(&customer, raw, &question.view);
        // No total, no link, and no stated size of a page: only an empty one, or
        // one that repeats what was had, is the last.
        let came = u64::try_from(listed.len()).unwrap_or(u64::MAX);
        let next = (came > 0).then(|| start.after(came));
        let page = Page::of_rows(listed, read);
        if page.invoices.is_empty()
            && page.left_out.iter().any(|row| row.reason == ANOTHER_CUSTOMERS)
        {
            // Not one row that is odd: the customer is not looked at.
            return Err(self.bad("list", ANOTHER_CUSTOMERS));
        }
        let before = Before::shown(overlap, Page::of_rows(before, read));
        Ok(Page { following: next.into_iter().collect(), announces_more, before, ..page })
    }

    /// One invoice, with all of `view`.
    pub(super) async fn one(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        let request = self.get_request(id)?;
        let reply = self.account.send("get", request, deadline).await?;
        let raw: &RawValue = self.account.json("get", &reply.body)?;
        let invoice = wire::invoice(&self.account, "get", raw, view)?;
        identity::asked_for(self, id, "get", invoice)
    }

    /// `customer_id` in the query string (simplepin R4): the body's model has none.
    pub(super) fn list_request(
        &self,
        customer: &str,
        model: &ListModel<'_>,
    ) -> Result<Request, ProviderError> {
        let mut url = self.account.url("list", &["v2", "invoice", "list"])?;
        if self.account.assumptions().may_use(&CUSTOMER_IN_QUERY) {
            url.query_pairs_mut().append_pair("customer_id", customer);
        }
        // A read, although a POST: it may be sent again.
        Ok(self.signed(Request::read(Method::POST, url).json(model)))
    }

    /// The answer to a list of one customer's invoices, and what was asked: where
    /// what is assumed of it is refused by name, it is asked again without.
    async fn list<'a>(
        &self,
        question: &'a Question,
        customer: &'a str,
        (place, overlap): (u64, u16),
        deadline: Deadline,
    ) -> Result<(ListModel<'a>, Reply), ProviderError> {
        let seen = self.account.assumptions();
        let applied = || by_provider(&question.filter, seen);
        let planned = applied();
        loop {
            let model = ListModel::new(question, place, overlap).without_refused(customer, seen);
            let request = self.list_request(customer, &model)?;
            match self.account.send("list", request, deadline).await {
                Ok(reply) => {
                    seen.confirm(&model.used());
                    return Ok((model, reply));
                }
                Err(error) if self.account.drops(&model.used(), &error) => {}
                Err(error) => return Err(not_listed(error)),
            }
            // All that a plan takes from what has been seen; its parts do not change.
            if applied() != planned {
                let detail = "what the question rests on has been refused";
                return Err(self.account.error(ErrorKind::PlanOutdated, "list", detail));
            }
        }
    }

    /// Verb and path are assumed (simplepin R11), `uuid` is stated (simplepin R10).
    pub(super) fn get_request(&self, uuid: &str) -> Result<Request, ProviderError> {
        let url = self.url("get", &["v2", "invoice", "get"], ("uuid", uuid))?;
        Ok(self.signed(Request::read(Method::GET, url)))
    }

    /// The invoice in `raw`, which answers a listing of `customer`. Held to it,
    /// as where `customer_id` stands is assumed: were it passed over, a
    /// customer would be shown another's invoices.
    fn listed(
        &self,
        customer: &str,
        raw: &RawValue,
        view: &View,
    ) -> Result<Invoice, ProviderError> {
        let invoice = wire::invoice(&self.account, "list", raw, view)?;
        match &invoice.customer.id {
            Some(id) if id.id() != customer => Err(self.bad("list", ANOTHER_CUSTOMERS)),
            _ => Ok(invoice),
        }
    }

    /// The lines of an invoice; none where it is gone since it was listed.
    pub(super) async fn lines(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Option<Vec<invoice::Line>>, ProviderError> {
        match self.get(id, view, deadline).await {
            Ok(invoice) => Ok(invoice.lines.flatten()),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
