//! Stripe's calls that read.

use http::Method;
use invoice::{Include, Invoice, Line};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::assumptions::DELETED_CURSOR;
use super::client::Stripe;
use super::error::{if_there, is_missing};
use super::line::line;
use super::money::Unit;
use super::query::{self, Slice};
use super::wire;
use crate::provider::{Page, Part, Question, Reading, Start, View};
use crate::transport::{Reply, Request};
use crate::{Deadline, ErrorKind, ProviderError, identity};

/// The most objects on a page (stripe R59).
const LARGEST: u64 = 100;

/// A list object: no total, and `has_more` says whether it goes on (stripe R8).
#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    has_more: bool,
}

/// The last object of a page, behind which the next one begins, and when that
/// was created, should it be gone when it is named (stripe R7).
#[derive(Debug, Clone, PartialEq, Eq)]
struct LastRow {
    id: String,
    created: Option<i64>,
}

impl LastRow {
    fn of(raw: &RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        struct Object {
            id: String,
            created: Option<i64>,
        }
        let object: Object = invoice::json::read(raw.get()).ok()?;
        Some(Self { id: object.id, created: object.created })
    }

    fn token(&self) -> String {
        format!("{} {}", self.created.map(|at| at.to_string()).unwrap_or_default(), self.id)
    }

    fn read(token: &str) -> Option<Self> {
        let (created, id) = token.split_once(' ')?;
        let created = if created.is_empty() { None } else { Some(created.parse().ok()?) };
        Some(Self { id: id.to_owned(), created })
    }
}

type Parameters = Vec<(String, String)>;

impl Stripe {
    /// One page of `part`, beginning at `start`.
    pub(super) async fn page_of(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let no_start = || {
            let detail = "there is no such place to go on from";
            self.account.error(ErrorKind::InvalidStart, "list", detail)
        };
        let slice = part.read::<Slice>().ok_or_else(no_start)?;
        let mut after = match &start.token {
            Some(token) => Some(LastRow::read(token).ok_or_else(no_start)?),
            None => None,
        };
        let mut skip = usize::try_from(start.skip).unwrap_or(usize::MAX);
        let limit = match question.reading {
            Reading::Few(few) => LARGEST.min(u64::from(few).saturating_add(start.skip)).max(1),
            Reading::Whole => LARGEST,
        };
        loop {
            let reply = self.listed(&slice, question, (after.as_ref(), limit), deadline).await;
            let reply = match reply {
                // Nobody has no invoices (stripe R4).
                Err(refused) if is_missing(&refused, "customer") => return Ok(Page::default()),
                reply => reply?,
            };
            let list: List<'_> = self.account.json("list", &reply.body)?;
            let next = list.data.iter().rev().find_map(|raw| LastRow::of(raw));
            if list.has_more && (next.is_none() || next == after) {
                return Err(self.endless());
            }
            if list.has_more && skip >= list.data.len() {
                skip -= list.data.len();
                after = next;
                continue;
            }
            let rows = list.data.iter().skip(skip);
            let read = |raw: &&RawValue| wire::invoice(&self.account, "list", raw, &question.view);
            let following = next
                .filter(|_| list.has_more)
                .map(|next| Start { token: Some(next.token()), skip: 0 });
            return Ok(Page {
                following: following.into_iter().collect(),
                announces_more: list.has_more,
                ..Page::of_rows(rows, read)
            });
        }
    }

    /// One invoice, with all of `view`.
    pub(super) async fn one(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        if id.is_empty() {
            let detail = "an id is not empty";
            return Err(self.account.error(ErrorKind::NotFound, "get", detail));
        }
        let reply = self.read("get", &["v1", "invoices", id], &Vec::new(), deadline).await?;
        let raw: &RawValue = self.account.json("get", &reply.body)?;
        let invoice = wire::invoice(&self.account, "get", raw, view)?;
        let invoice = identity::asked_for(self, id, "get", invoice)?;
        self.completed(invoice, view, deadline).await
    }

    async fn read(
        &self,
        operation: &'static str,
        path: &[&str],
        parameters: &Parameters,
        deadline: Deadline,
    ) -> Result<Reply, ProviderError> {
        let mut url = self.account.url(operation, path)?;
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        self.account.send(operation, self.signed(Request::read(Method::GET, url)), deadline).await
    }

    /// One page of `slice`, after the object named; from the second in which that
    /// was created, where it is gone by now: what was had is met again, and known.
    async fn listed(
        &self,
        slice: &Slice,
        question: &Question,
        (after, limit): (Option<&LastRow>, u64),
        deadline: Deadline,
    ) -> Result<Reply, ProviderError> {
        let path = ["v1", "invoices"];
        let mut parameters = query::parameters(slice, &question.filter);
        parameters.push(("limit".to_owned(), limit.to_string()));
        let plain = parameters.clone();
        parameters.extend(after.map(|after| ("starting_after".to_owned(), after.id.clone())));
        let refused = match self.read("list", &path, &parameters, deadline).await {
            Err(refused) if is_missing(&refused, "starting_after") => refused,
            other => return other,
        };
        let Some(created) = after.and_then(|after| after.created) else { return Err(refused) };
        let again = self.read("list", &path, &query::up_to(plain, created), deadline).await?;
        self.account.assumptions().confirm(&[&DELETED_CURSOR]);
        Ok(again)
    }

    /// All objects below an invoice, a hundred a call.
    async fn all_below(
        &self,
        path: &[&str],
        parameters: &Parameters,
        deadline: Deadline,
    ) -> Result<Vec<Box<RawValue>>, ProviderError> {
        let mut all: Vec<Box<RawValue>> = Vec::new();
        let mut after: Option<LastRow> = None;
        loop {
            let mut parameters = parameters.clone();
            parameters.push(("limit".to_owned(), LARGEST.to_string()));
            parameters.extend(after.iter().map(|it| ("starting_after".to_owned(), it.id.clone())));
            let reply = self.read("list", path, &parameters, deadline).await?;
            let list: List<'_> = self.account.json("list", &reply.body)?;
            let last = list.data.last().and_then(|raw| LastRow::of(raw));
            all.extend(list.data.into_iter().map(ToOwned::to_owned));
            match last {
                _ if !list.has_more => return Ok(all),
                Some(last) if after.as_ref() != Some(&last) => after = Some(last),
                _ => return Err(self.endless()),
            }
        }
    }

    fn endless(&self) -> ProviderError {
        let detail = "it says that there is more, and brings nothing to go on from";
        self.account.error(ErrorKind::BadResponse, "list", detail)
    }

    /// The lines that the object does not hold whole (stripe R9); none where the
    /// invoice is gone by now.
    async fn lines(
        &self,
        invoice: &Invoice,
        deadline: Deadline,
    ) -> Result<Option<Vec<Line>>, ProviderError> {
        let path = ["v1", "invoices", invoice.id.id(), "lines"];
        let all = if_there(self.all_below(&path, &Vec::new(), deadline).await)?;
        let unit = invoice.currency.and_then(|currency| Unit::of(currency.code()));
        Ok(all.and_then(|all| all.iter().map(|raw| line(raw, unit)).collect()))
    }

    /// The payments of an invoice (stripe R9); none where it, or the call for them, is
    /// not there.
    async fn payments(
        &self,
        invoice: &Invoice,
        deadline: Deadline,
    ) -> Result<Option<Vec<Box<RawValue>>>, ProviderError> {
        let of = vec![("invoice".to_owned(), invoice.id.id().to_owned())];
        if_there(self.all_below(&["v1", "invoice_payments"], &of, deadline).await)
    }

    pub(super) async fn completed(
        &self,
        mut invoice: Invoice,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        if view.wants(Include::Lines) && !matches!(invoice.lines, Some(Some(_))) {
            invoice.lines = Some(self.lines(&invoice, deadline).await?);
        }
        if view.wants(Include::Payments) {
            invoice.payments = Some(self.payments(&invoice, deadline).await?);
        }
        Ok(invoice)
    }
}
