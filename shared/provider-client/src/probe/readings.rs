//! The readings that probes are made of, and what has to be seen in each answer.

mod filters;
mod pages;

use std::collections::BTreeSet;
use std::ops::Bound;
use std::time::Duration;

use invoice::{Filter, Include, Invoice, Parameter, Range, Sort, SortKey, Status};

use super::{By, Finding};
use crate::assumptions::Holds;
use crate::provider::{Page, Part, PartOrder, Question, Reading, Start, View};
use crate::{Assumption, Deadline, ErrorKind, Provider, ProviderError};

/// How long one reading may take.
const TIME: Duration = Duration::from_secs(30);
/// As few invoices as show whether pages end where they are asked to.
const FEW: u16 = 10;
/// No provider's own page is larger, where no size is asked for.
const NO_PAGE: usize = 150;
/// Why a reading shows nothing of what is not asked for any more.
const DROPPED: &str = "it is not asked for, since the account refuses another assumption";
/// Farther than any listing goes.
const PAST_THE_END: u64 = 10_000_000;

/// An account, with the first of its invoices.
pub(super) struct Account<'p> {
    provider: &'p dyn Provider,
    invoices: Vec<Invoice>,
    /// Why a plain listing cannot be read, where it cannot.
    unreadable: Option<String>,
}

/// Pages of the first part of a listing that has any invoices.
struct Read {
    page: Page,
    part: Option<Part>,
    by_provider: BTreeSet<Parameter>,
}

type Found = Result<Finding, ProviderError>;

fn broken(what: impl Into<String>) -> Found {
    Ok(Finding::Broken(what.into()))
}

fn not_seen(what: impl Into<String>) -> Found {
    Ok(Finding::NotSeen(what.into()))
}

fn question(reading: Reading) -> Question {
    Question {
        filter: Filter::default(),
        customers: None,
        sort: None,
        view: View::default(),
        reading,
    }
}

impl<'p> Account<'p> {
    /// The account behind `provider`, once it has answered a plain listing, however badly.
    pub(super) async fn open(provider: &'p dyn Provider) -> Result<Self, ProviderError> {
        let mut account = Self { provider, invoices: Vec::new(), unreadable: None };
        match account.read(&question(Reading::Few(100))).await {
            Ok(read) => account.invoices = read.page.invoices,
            Err(error) if error.kind == ErrorKind::BadResponse => {
                account.unreadable = Some(words(&error));
            }
            Err(error) => return Err(error),
        }
        Ok(account)
    }

    /// The first page of the first part that has one. A listing that was planned before an
    /// assumption was dropped is planned anew.
    async fn read(&self, question: &Question) -> Result<Read, ProviderError> {
        let dropped = || self.provider.assumptions().map(|seen| seen.dropped());
        loop {
            let before = dropped();
            let read = self.read_as_planned(question).await;
            if dropped() == before {
                return read;
            }
        }
    }

    async fn read_as_planned(&self, question: &Question) -> Result<Read, ProviderError> {
        let plan = self.provider.plan(question)?;
        let mut empty = Page::default();
        for part in &plan.parts {
            let page = self.page(question, part, &Start::default()).await?;
            if !page.invoices.is_empty() || !page.left_out.is_empty() {
                return Ok(Read { page, part: Some(part.clone()), by_provider: plan.by_provider });
            }
            empty = page;
        }
        Ok(Read { page: empty, part: plan.parts.into_iter().next(), by_provider: plan.by_provider })
    }

    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
    ) -> Result<Page, ProviderError> {
        self.provider.page(question, part, start, Deadline::after(TIME)).await
    }

    /// What the account shows of one assumption. What it refuses by name is broken, whatever
    /// the plain way shows.
    pub(super) async fn finding(&self, assumption: &'static Assumption, by: By) -> Finding {
        if let By::NoReading(why) = by {
            return Finding::NotProbed(why);
        }
        match &self.unreadable {
            // What every listing rests on.
            Some(why) if matches!(by, By::Listing | By::OneCustomer) => {
                return Finding::Broken(why.clone());
            }
            Some(_) => return Finding::NotSeen("its listings cannot be read".to_owned()),
            None => {}
        }
        let found = self.ask(by).await;
        let seen = self.provider.assumptions();
        let holds = seen.as_ref().map_or(Holds::NotSeen, |seen| seen.holds(assumption));
        let instead = seen.and_then(|seen| seen.refusal(assumption.name));
        match (holds, instead) {
            (Holds::No, Some(words)) => return Finding::Broken(format!("it refuses it: {words}")),
            (Holds::No, None) => return Finding::Broken("it refuses it".to_owned()),
            (_, Some(what)) => return Finding::Broken(what),
            (_, None) => {}
        }
        match found {
            Ok(Finding::Holds)
                if holds == Holds::NotSeen && matches!(by, By::Answer | By::Behind(_)) =>
            {
                Finding::NotSeen("no request that was answered rests on it".to_owned())
            }
            Ok(finding) => finding,
            // An answer that fails for another assumption shows nothing of this one.
            Err(error) => match self.named_otherwise(assumption, &error) {
                Some(other) => {
                    Finding::NotSeen(format!("`{other}` is in the way: {}", words(&error)))
                }
                None => Finding::Broken(words(&error)),
            },
        }
    }

    /// The other assumption that a failure names.
    fn named_otherwise(
        &self,
        assumption: &Assumption,
        error: &ProviderError,
    ) -> Option<&'static str> {
        let others = self.provider.capabilities().assumptions.iter().map(|one| one.name);
        others
            .filter(|name| *name != assumption.name)
            .find(|name| error.detail.contains(&format!("`{name}`")))
    }

    async fn ask(&self, by: By) -> Found {
        match by {
            By::Listing | By::Answer => Ok(self.some(&self.invoices)),
            By::Shape => Ok(self.shape()),
            By::Sorted(key) => self.sorted(key).await,
            By::FewInvoices => self.few().await,
            By::LargePage(plain) => self.large(plain).await,
            By::NextPage => self.next_page().await,
            By::OneCustomer => self.customers(1).await,
            By::TwoCustomers => self.customers(2).await,
            By::UnknownCustomer(id) => self.unknown_customer(id).await,
            By::OneDay => self.one_day().await,
            By::FromAmount => self.amounts_from_one_on().await,
            By::Behind(start) => self.behind(start).await,
            By::PastTheEnd => self.past_the_end().await,
            By::Get => self.get().await,
            By::With(include) => self.with(include).await,
            By::NoReading(why) => Ok(Finding::NotProbed(why)),
        }
    }

    fn some(&self, invoices: &[Invoice]) -> Finding {
        if invoices.is_empty() {
            Finding::NotSeen("the account shows no invoice".to_owned())
        } else {
            Finding::Holds
        }
    }

    fn shape(&self) -> Finding {
        let is_known = |one: &&Invoice| {
            one.number.is_some() && one.amounts.total.is_some() && one.status != Status::Unknown
        };
        match (self.invoices.len(), self.invoices.iter().filter(is_known).count()) {
            (0, _) => self.some(&[]),
            (_, 0) => Finding::Broken(
                "none of its invoices has number, total and state where they are looked for"
                    .to_owned(),
            ),
            _ => Finding::Holds,
        }
    }

    async fn get(&self) -> Found {
        let Some(known) = self.invoices.first() else {
            return not_seen("the account shows no invoice");
        };
        let read =
            self.provider.get(known.id.id(), &View::default(), Deadline::after(TIME)).await?;
        match read.id == known.id {
            true => Ok(Finding::Holds),
            false => broken(format!("asked for {}, it sends {}", known.id, read.id)),
        }
    }

    async fn with(&self, include: Include) -> Found {
        let view = View { includes: vec![include], ..View::default() };
        let read = self.read(&Question { view, ..question(Reading::Few(FEW)) }).await?;
        Ok(self.some(&read.page.invoices))
    }
}

/// What a failure says: the provider's words, where it has any.
fn words(error: &ProviderError) -> String {
    match &error.said.message {
        Some(words) => format!("{}: {words}", error.detail),
        None => error.detail.clone(),
    }
}
