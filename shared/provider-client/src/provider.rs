//! The seam: what every provider is to the rest of the house.
//!
//! A listing is put to a provider in two steps. [`Provider::plan`] is pure: it
//! says of which parts the answer is made up and who applies what. Then
//! [`Provider::page`] reads one page of one part. Merging, filtering what the
//! provider cannot, sorting what it cannot, and going on from a cursor are the
//! same for every provider and live in the crate `engine`.

mod after;
pub(crate) mod identity;
mod kind;
pub(crate) mod numbered;
mod part;
pub mod rules;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::join_all;
use invoice::{
    Action, Filter, Include, Invoice, Parameter, PaymentStatus, Position, Problem, Sort, Status,
    StatusFilter, Write,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::probe::Probe;
use crate::{Assumptions, Capabilities, Deadline, ProviderError, SendKey};

pub use after::{After, Written};
pub use kind::ProviderKind;
pub use part::{Everything, Part, PartKey, PartKind, PartOrder};

/// One account at one provider.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> &'static Capabilities;

    /// What has been seen of what is assumed of it; none where nothing is assumed.
    fn assumptions(&self) -> Option<Arc<Assumptions>> {
        None
    }

    /// The readings that show whether each of its assumptions holds.
    fn probes(&self) -> &'static [Probe] {
        &[]
    }

    /// How `question` is put to it. Sends nothing.
    ///
    /// # Errors
    /// When it cannot be put at all (`CustomerRequired`).
    fn plan(&self, question: &Question) -> Result<Plan, ProviderError>;

    /// The moment of the copy that the plan is answered from: nothing in it is older. None
    /// where the provider itself is asked.
    fn copied_at(&self, plan: &Plan) -> Option<Timestamp> {
        let _ = plan;
        None
    }

    /// Reads one page of one part of the plan for `question`, beginning exactly
    /// at `start`.
    ///
    /// # Errors
    /// When the provider fails, or what it says cannot be read.
    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError>;

    /// Reads one invoice by the provider's own id, with all of `view`. The invoice has
    /// this id, or another spelling of it ([`Provider::canonical_id`]).
    ///
    /// # Errors
    /// When the provider fails, has no such invoice (`NotFound`), or answers with
    /// another one (`OtherInvoice`).
    async fn get(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError>;

    /// The one spelling of `id` among all that the provider takes for the same id; `id`
    /// itself where ids are compared byte by byte. Two ids are one where these are equal.
    fn canonical_id<'a>(&self, id: &'a str) -> Cow<'a, str> {
        Cow::Borrowed(id)
    }

    /// Adds to listed invoices what `view` asks for and the provider's listing
    /// does not carry. Called for the invoices that are answered, and no others.
    ///
    /// # Errors
    /// When the provider fails.
    async fn complete(
        &self,
        invoices: Vec<Invoice>,
        view: &View,
        deadline: Deadline,
    ) -> Result<Vec<Invoice>, ProviderError> {
        let _ = (view, deadline);
        Ok(invoices)
    }

    /// Whether [`complete`](Self::complete) makes a call for each invoice.
    fn completes_one_by_one(&self, view: &View) -> bool {
        let _ = view;
        false
    }

    /// Reads several invoices by the provider's own ids; each has its answer,
    /// in the order asked.
    async fn get_many(
        &self,
        ids: &[&str],
        view: &View,
        deadline: Deadline,
    ) -> Vec<Result<Invoice, ProviderError>> {
        join_all(ids.iter().map(|id| self.get(id, view, deadline))).await
    }

    /// Why `write` cannot be done to `invoice` as it is, by the provider's
    /// rules; none where it can. Sends nothing.
    fn refusal(&self, write: &Write, invoice: &Invoice) -> Option<Problem> {
        rules::refusal(self.capabilities(), write, invoice)
    }

    /// Whether the provider keeps the comment of such an action on the invoice,
    /// to be read there. Where it does not, the comment stays in our own record.
    fn keeps_comments(&self, action: Action) -> bool {
        let _ = action;
        true
    }

    /// Sends `write` for these invoices in one call: one of them, or up to as
    /// many as [`Capabilities::write`] says. Returns the invoices as the answer
    /// shows them, as far as it does. The provider is told `key`, where it takes one
    /// to do nothing twice: what is sent again comes under the same key.
    ///
    /// # Errors
    /// When the provider refuses or fails; [`ProviderError::fate`] tells whether
    /// anything can have happened.
    async fn write(
        &self,
        write: &Write,
        invoices: &[Invoice],
        key: &SendKey,
        deadline: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        let _ = (key, deadline);
        match invoices.first() {
            Some(first) => Err(rules::unsupported(self.capabilities(), &first.connection, write)),
            None => Ok(Vec::new()),
        }
    }

    /// What has become of invoices since `write` may have been sent at `since`;
    /// `before` is how they stood then. Each has its answer, in that order.
    async fn after(
        &self,
        write: &Write,
        before: &[Invoice],
        since: Timestamp,
        deadline: Deadline,
    ) -> Vec<Result<After, ProviderError>> {
        let _ = since;
        let ids: Vec<&str> = before.iter().map(|invoice| invoice.id.id()).collect();
        let now = self.get_many(&ids, &View::default(), deadline).await;
        now.into_iter().map(|now| rules::after(write, now)).collect()
    }
}

/// What is asked of one connection.
#[derive(Debug, Clone)]
pub struct Question {
    /// The filter; its `customer_ids` are resolved into `customers`.
    pub filter: Filter,
    /// The provider's ids of the customers meant: what was asked, within what
    /// the caller may see. None is everybody (a provider that lists by customer
    /// only takes its roster then).
    pub customers: Option<BTreeSet<String>>,
    /// The order asked for.
    pub sort: Option<Sort>,
    /// What of each invoice.
    pub view: View,
    /// How much will be read.
    pub reading: Reading,
}

impl Question {
    /// Whether an invoice in one of these states could answer. What is unknown
    /// may turn up anywhere, and is taken to be among them.
    pub(crate) fn could_be(&self, lifecycle: &[Status], payment: &[PaymentStatus]) -> bool {
        let paid = |wanted: &BTreeSet<PaymentStatus>| {
            wanted.contains(&PaymentStatus::Unknown)
                || payment.iter().any(|word| wanted.contains(word))
        };
        let either = |wanted: &StatusFilter| {
            wanted.lifecycle.contains(&Status::Unknown)
                || lifecycle.iter().any(|word| wanted.lifecycle.contains(word))
                || paid(&wanted.payment)
        };
        self.filter.status.as_ref().is_none_or(either)
            && self.filter.payment_status.as_ref().is_none_or(paid)
    }
}

/// What of an invoice is wanted.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// What beside the invoice itself.
    pub includes: Vec<Include>,
    /// Whether lines of nothing are shown.
    pub show_zero_dollar_charges: Option<bool>,
    /// Whether tracked items are shown.
    pub show_tracked_items: Option<bool>,
}

impl View {
    /// Whether `include` is asked for.
    pub fn wants(&self, include: Include) -> bool {
        self.includes.contains(&include)
    }

    /// Ends a mapping: everything asked for is there. What the provider has no
    /// such thing of (or the mapping left out) is null, and `raw` is `object`.
    pub(crate) fn finish(&self, mut invoice: Invoice, object: &RawValue) -> Invoice {
        for include in &self.includes {
            match include {
                Include::Lines => invoice.lines = invoice.lines.or(Some(None)),
                Include::Assets => invoice.assets = invoice.assets.or(Some(None)),
                Include::Orders => invoice.orders = invoice.orders.or(Some(None)),
                Include::Payments => invoice.payments = invoice.payments.or(Some(None)),
                Include::Raw => invoice.raw = Some(object.to_owned()),
            }
        }
        invoice
    }
}

/// How much of the answer will be read: lets a provider choose its page size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// At most this many invoices.
    Few(u16),
    /// All of them.
    Whole,
}

/// How a question is put to a provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The answer is these parts' invoices, and no invoice is in two of them.
    /// None at all means that no invoice can answer.
    pub parts: Vec<Part>,
    /// The parameters that every part's request applies exactly: the
    /// provider's word is final on them. We apply all others.
    pub by_provider: BTreeSet<Parameter>,
}

/// Where in a part to begin: `skip` invoices after the beginning of the page
/// that `token` names, or of the part. Providers that count leave the token out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The provider's own name of a page.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Invoices to pass over from there.
    #[serde(rename = "s", default)]
    pub skip: u64,
}

impl Start {
    /// The invoice at this place of the part, from 0.
    pub fn at(skip: u64) -> Self {
        Self { token: None, skip }
    }

    /// Whether this is the beginning of the part.
    pub fn is_beginning(&self) -> bool {
        self.token.is_none() && self.skip == 0
    }

    /// The start this many invoices further back; the beginning of the part where that
    /// is not within what the token names.
    #[must_use]
    pub fn before(&self, invoices: u64) -> Self {
        match self.skip.checked_sub(invoices) {
            Some(skip) => Self { token: self.token.clone(), skip },
            // As far as the token reaches, where it can be gone back at all.
            None if self.token.is_some() && self.skip > 0 => {
                Self { token: self.token.clone(), skip: 0 }
            }
            None => Self::default(),
        }
    }

    /// The start this many invoices further on.
    #[must_use]
    pub fn after(&self, invoices: u64) -> Self {
        Self { token: self.token.clone(), skip: self.skip.saturating_add(invoices) }
    }
}

/// One page of a part.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Page {
    /// The page's invoices, from the asked start on, in the provider's order.
    pub invoices: Vec<Invoice>,
    /// Where reading goes on, in order: the pages after this one as far as they
    /// are named, at least the next. A page that is shorter than asked ends
    /// nothing by itself: none only where the provider says that this page is the
    /// last, or where it is empty.
    pub following: Vec<Start>,
    /// Whether the provider itself says that there is more after this page (a
    /// total, a link, a header), rather than that it is only asked for.
    #[serde(default)]
    pub announces_more: bool,
    /// Invoices in the whole part, where the provider says and this page does not
    /// contradict it.
    pub total: Option<u64>,
    /// Rows of it that no invoice could be made of, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// The stretch of the order that the page covers, where it was read by keys. Such a
    /// page may be empty and lead on, and a repeated invoice has moved: neither ends a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stretch: Option<Stretch>,
}

/// The stretch of an order that a page covers. Without an order both ends are unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// The place that the page begins behind: whatever stands up to there is not in it.
    pub behind: Option<Position>,
    /// The place that was read up to: whatever stands in between, and is not in the page,
    /// does not answer.
    pub up_to: Option<Position>,
    /// The token of each row: a page that begins there begins right behind the row.
    #[serde(default)]
    pub tokens: Vec<String>,
}

impl Stretch {
    /// Where a page begins with the row at `place` of a page that was read from `start`.
    pub fn start(&self, start: &Start, place: u64) -> Start {
        let before = place.checked_sub(1).and_then(|before| usize::try_from(before).ok());
        match before.and_then(|before| self.tokens.get(before)) {
            Some(token) => Start { token: Some(token.clone()), skip: 0 },
            None => start.after(place),
        }
    }
}

/// A row of a page that is not among the invoices: one bad row spoils neither
/// its page nor its connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The row's place: how many of its page's rows come before it.
    pub place: u64,
    /// Why it is left out: our words, and nothing of what stands in it.
    pub reason: String,
}

impl Page {
    /// The page of these rows: those that `read` cannot read are left out. Only
    /// rows may be read so; an envelope that cannot be read fails the page.
    pub(crate) fn of_rows<R>(
        rows: impl IntoIterator<Item = R>,
        mut read: impl FnMut(R) -> Result<Invoice, ProviderError>,
    ) -> Self {
        let mut page = Self::default();
        for (place, row) in (0..).zip(rows) {
            match read(row) {
                Ok(invoice) => page.invoices.push(invoice),
                Err(error) => page.left_out.push(LeftOut { place, reason: error.detail }),
            }
        }
        page
    }

    /// The page with these rows for its own: as [`Page::of_rows`].
    pub(crate) fn with_rows<R>(
        self,
        rows: impl IntoIterator<Item = R>,
        read: impl FnMut(R) -> Result<Invoice, ProviderError>,
    ) -> Self {
        let Self { invoices, left_out, .. } = Self::of_rows(rows, read);
        Self { invoices, left_out, ..self }
    }

    /// The page's rows in the provider's order, those that are left out among
    /// them: a row's place is counted in rows, whatever could be read of them.
    pub fn rows(self) -> impl Iterator<Item = Result<Invoice, LeftOut>> {
        let mut left_out = self.left_out.into_iter().peekable();
        let mut invoices = self.invoices.into_iter();
        (0_u64..).map_while(move |place| match left_out.next_if(|row| row.place <= place) {
            Some(row) => Some(Err(row)),
            None => invoices.next().map(Ok).or_else(|| left_out.next().map(Err)),
        })
    }
}
