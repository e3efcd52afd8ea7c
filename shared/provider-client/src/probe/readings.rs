//! The readings that probes are made of, and what has to be seen in each answer.

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

    async fn sorted(&self, key: SortKey) -> Found {
        let mut distinct = 0;
        for descending in [false, true] {
            let sort = Sort { key, descending };
            let asked = Question { sort: Some(sort), ..question(Reading::Few(100)) };
            let read = self.read(&asked).await?;
            if read.part.is_none_or(|part| part.order == PartOrder::Own) {
                return not_seen("the order is not asked for");
            }
            let positions: Vec<_> =
                read.page.invoices.iter().map(|one| sort.position(one)).collect();
            for (before, after) in positions.iter().zip(positions.iter().skip(1)) {
                // Equals may come in any order: their references are not compared.
                match sort.cmp_values(before.value.as_ref(), after.value.as_ref()) {
                    std::cmp::Ordering::Greater => {
                        return broken(format!(
                            "asked to sort by {}, it lists {} before {}",
                            sort.canonical(),
                            before.reference,
                            after.reference
                        ));
                    }
                    std::cmp::Ordering::Less => distinct += 1,
                    std::cmp::Ordering::Equal => {}
                }
            }
        }
        if distinct == 0 { not_seen("no two invoices differ in it") } else { Ok(Finding::Holds) }
    }

    /// Whether the account has refused anything: what else rests on that is not asked then.
    fn has_dropped(&self) -> bool {
        self.provider.assumptions().is_some_and(|seen| seen.dropped() > 0)
    }

    async fn few(&self) -> Found {
        let page = self.read(&question(Reading::Few(FEW))).await?.page;
        match (page.invoices.len(), page.following.is_empty()) {
            (count, _) if count > NO_PAGE && self.has_dropped() => not_seen(DROPPED),
            (count, _) if count > NO_PAGE => {
                broken(format!("asked for {FEW} invoices, it sends {count}"))
            }
            (_, false) => Ok(Finding::Holds),
            (_, true) => not_seen("all of its invoices fit on one page"),
        }
    }

    async fn large(&self, plain: usize) -> Found {
        let asked = question(Reading::Whole);
        let read = self.read(&asked).await?;
        let count = read.page.invoices.len() + read.page.left_out.len();
        if count > plain {
            return Ok(Finding::Holds);
        }
        // Short is not the end: whether a page follows is seen there.
        let follows = match (&read.part, read.page.following.first()) {
            (Some(part), Some(start)) => !self.page(&asked, part, start).await?.invoices.is_empty(),
            _ => false,
        };
        match follows {
            false => not_seen(format!("it has no more than {plain} invoices to list")),
            true if self.has_dropped() => not_seen(DROPPED),
            true => broken(format!("its pages hold {count}, whatever is asked")),
        }
    }

    async fn next_page(&self) -> Found {
        let asked = question(Reading::Few(FEW));
        let read = self.read(&asked).await?;
        let (Some(part), Some(start)) = (read.part, read.page.following.first()) else {
            return not_seen("all of its invoices fit on one page");
        };
        let next = self.page(&asked, &part, start).await?;
        let first: BTreeSet<&str> = read.page.invoices.iter().map(|one| one.id.id()).collect();
        let again = next.invoices.iter().filter(|one| first.contains(one.id.id())).count();
        match (next.invoices.len(), again) {
            (0, _) if read.page.announces_more => broken("it announces a page and has none"),
            (0, _) => not_seen("all of its invoices fit on one page"),
            // One may have moved over the edge of the page since.
            (_, again) if again > 1 => {
                broken(format!("its second page repeats {again} invoices of the first"))
            }
            _ => Ok(Finding::Holds),
        }
    }

    /// The customers of the account's first invoices.
    fn known_customers(&self, count: usize) -> BTreeSet<String> {
        let ids =
            self.invoices.iter().filter_map(|one| Some(one.customer.id.as_ref()?.id().to_owned()));
        let mut customers = BTreeSet::new();
        for id in ids {
            if customers.len() < count {
                customers.insert(id);
            }
        }
        customers
    }

    async fn customers(&self, count: usize) -> Found {
        let customers = self.known_customers(count);
        if customers.len() < count {
            return not_seen(format!("its first invoices name fewer than {count} customers"));
        }
        let asked = Question { customers: Some(customers.clone()), ..question(Reading::Whole) };
        let read = self.read(&asked).await?;
        let of = |one: &Invoice| one.customer.id.as_ref().map(|id| id.id().to_owned());
        let strangers = read
            .page
            .invoices
            .iter()
            .filter(|one| of(one).is_none_or(|id| !customers.contains(&id)));
        let strangers = strangers.count() + read.page.left_out.len();
        if strangers > 0 {
            return broken(format!(
                "asked for {count} customers, it sends {strangers} rows that are not theirs"
            ));
        }
        let met: BTreeSet<String> = read.page.invoices.iter().filter_map(of).collect();
        if met.is_empty() {
            return broken("asked for customers that have invoices, it sends none");
        }
        let is_whole = read.page.following.is_empty() && count > 1;
        match is_whole && met.len() < count {
            true => broken(format!(
                "asked for {count} customers, it sends the invoices of {}",
                met.len()
            )),
            false => Ok(Finding::Holds),
        }
    }

    async fn unknown_customer(&self, id: &str) -> Found {
        let customers = Some(BTreeSet::from([id.to_owned()]));
        let asked = Question { customers, ..question(Reading::Few(FEW)) };
        match self.read(&asked).await?.page.invoices.len() {
            0 => Ok(Finding::Holds),
            count => broken(format!("of a customer that there is not, it lists {count} invoices")),
        }
    }

    async fn one_day(&self) -> Found {
        let dated = self.invoices.iter().find_map(|one| Some((one, one.dates.invoice?)));
        let Some((known, day)) = dated else {
            return not_seen("none of its first invoices has a date");
        };
        let range = Range { lower: Bound::Included(day), upper: Bound::Included(day) };
        let filter = Filter { invoice_date: range, ..Filter::default() };
        let customers = known.customer.id.as_ref().map(|id| BTreeSet::from([id.id().to_owned()]));
        let read = self.read(&Question { filter, customers, ..question(Reading::Whole) }).await?;
        if !read.by_provider.contains(&Parameter::InvoiceDate) {
            return not_seen("the day is not asked for");
        }
        let is_met = read.page.invoices.iter().any(|one| one.id == known.id);
        let others = read.page.invoices.iter().filter(|one| one.dates.invoice != Some(day)).count();
        match (is_met || !read.page.following.is_empty(), others) {
            (true, 0) => Ok(Finding::Holds),
            (false, _) => broken(format!("asked for {day}, it leaves out an invoice of that day")),
            (_, others) => {
                broken(format!("asked for {day}, it sends {others} invoices of other days"))
            }
        }
    }

    async fn amounts_from_one_on(&self) -> Found {
        let mut totals: Vec<_> = self
            .invoices
            .iter()
            .filter_map(|one| one.amounts.total.as_ref())
            .map(|total| total.value())
            .collect();
        totals.sort_unstable();
        let Some(middle) = totals.get(totals.len() / 2).copied() else {
            return not_seen("none of its first invoices has a total");
        };
        let range = Range { lower: Bound::Included(middle), upper: Bound::Unbounded };
        let filter = Filter { amount: range, ..Filter::default() };
        let read = self.read(&Question { filter, ..question(Reading::Whole) }).await?;
        if !read.by_provider.contains(&Parameter::Amount) {
            return not_seen("the amount is not asked for");
        }
        let smaller =
            read.page.invoices.iter().filter(|one| {
                one.amounts.total.as_ref().is_none_or(|total| total.value() < middle)
            });
        match (read.page.invoices.len(), smaller.count()) {
            (0, _) => {
                broken(format!("asked for amounts from {middle} on, it sends none, and has some"))
            }
            (_, 0) => Ok(Finding::Holds),
            (_, smaller) => broken(format!(
                "asked for amounts from {middle} on, it sends {smaller} that are smaller"
            )),
        }
    }

    async fn behind(&self, start: fn(&Invoice) -> Option<Start>) -> Found {
        let asked = question(Reading::Few(FEW));
        let read = self.read(&asked).await?;
        let start = read.page.invoices.first().and_then(start);
        let (Some(part), Some(start)) = (read.part, start) else {
            return not_seen("none of its first invoices tells when it came to be");
        };
        let page = self.page(&asked, &part, &start).await?;
        Ok(self.some(&page.invoices))
    }

    async fn past_the_end(&self) -> Found {
        let asked = question(Reading::Few(FEW));
        let Some(part) = self.read(&asked).await?.part else {
            return not_seen("the account shows no invoice");
        };
        match self.page(&asked, &part, &Start::at(PAST_THE_END)).await?.invoices.len() {
            0 => Ok(Finding::Holds),
            count => broken(format!("far past its end, it lists {count} invoices")),
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
