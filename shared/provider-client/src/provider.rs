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
mod onward;
mod page;
mod page_end;
mod part;
pub mod rules;
mod whole;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::join_all;
use invoice::{
    Filter, Include, Invoice, Parameter, PaymentStatus, Problem, Sort, Status, StatusFilter, Write,
};
use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::{Assumptions, Capabilities, Deadline, ProviderError, SendKey};

pub use after::{After, Written};
pub use kind::ProviderKind;
pub use onward::{BringsNothing, Onward, PageRead};
pub use page::{Before, LeftOut, Page, Placed, Start, Stretch};
pub use page_end::{MovedUp, PageEnd, ReadPage};
pub use part::{Everything, Part, PartKey, PartKind, PartOrder};
pub use whole::{PartRead, read_part};

/// One account at one provider.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> &'static Capabilities;

    /// What has been seen of what is assumed of it; none where nothing is assumed.
    fn assumptions(&self) -> Option<Arc<Assumptions>> {
        None
    }

    /// How `question` is put to it. Sends nothing.
    ///
    /// # Errors
    /// When it cannot be put at all (`CustomerRequired`).
    fn plan(&self, question: &Question) -> Result<Plan, ProviderError>;

    /// The copy that the plan is answered from. None where the provider itself is asked.
    fn copied(&self, plan: &Plan) -> Option<Copied> {
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
    /// this id, or another spelling of it ([`Capabilities::ids`]).
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
        self.capabilities().completed_one_by_one.iter().any(|include| view.wants(*include))
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

/// The copy that a plan is answered from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// The moment it shows: nothing in it is older.
    pub as_of: Timestamp,
    /// The rows of the connection that no invoice could be made of when it was made: they are
    /// not in it, or as they once were.
    pub left_out: u64,
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
