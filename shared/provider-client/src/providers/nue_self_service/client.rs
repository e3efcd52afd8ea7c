//! Nue Self-Service's one call.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};

use async_trait::async_trait;
use http::{Method, StatusCode};
use invoice::{Filter, Include, Invoice, Parameter};
use secrecy::SecretString;
use serde_json::value::RawValue;

use super::assumptions::PAGE;
use super::{CAPABILITIES, probes};
use crate::account::Account;
use crate::error::Said;
use crate::numbered::{Judgement, NumberedPage};
use crate::probe::Probe;
use crate::provider::{Page, Part, PartKind, PartOrder, Plan, Provider, Question, Start, View};
use crate::providers::nue::pages::{self, Listed};
use crate::providers::nue::words::payment_words;
use crate::providers::nue::{HOST, key_header, refusal, wire};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::transport::{Reply, Request};
use crate::{
    Assumptions, Capabilities, Deadline, ErrorKind, Holds, ProviderError, Transport, identity,
};

/// Customers in one call: their ids stand in the address, and addresses longer
/// than some 8,000 characters are refused on many a way.
const CUSTOMERS: usize = 100;

struct NueSelfService {
    account: Account,
    api_key: SecretString,
    roster: BTreeSet<String>,
    /// Invoices on a page, where there are pages.
    page_size: AtomicU64,
    /// Whether a second page was the first again: all comes at once.
    repeats_pages: AtomicBool,
}

pub(super) fn connect(
    secret: &ConnectionSecret,
    transport: Transport,
) -> Result<Box<dyn Provider>, SecretFault> {
    Ok(Box::new(open(secret, transport)?))
}

fn open(secret: &ConnectionSecret, transport: Transport) -> Result<NueSelfService, SecretFault> {
    let mut fields = secret.reader();
    let api_key = fields.secret("apiKey");
    let roster = fields.customers().unwrap_or_default();
    let base = fields.base_url(Some(HOST));
    let base = fields.finish(base)?;
    let name = secret.connection().clone();
    Ok(NueSelfService {
        account: Account::new(&CAPABILITIES, name, base, transport, explain)
            .explaining_success_by(refusal::explain_success),
        api_key,
        roster,
        page_size: AtomicU64::new(pages::DEFAULT),
        repeats_pages: AtomicBool::new(false),
    })
}

/// Like Nue's own, but the edition has its own licence, which the account may
/// lack (nue-self-service R8); that it is then a 403 is assumed (nue-self-service R9).
fn explain(reply: &Reply) -> (ErrorKind, Said) {
    let (kind, said) = refusal::explain(reply);
    if reply.status == StatusCode::FORBIDDEN { (ErrorKind::NotEnabled, said) } else { (kind, said) }
}

/// What of a question the one `status` parameter applies.
#[derive(Debug, Default, PartialEq, Eq)]
struct Selection {
    word: Option<&'static str>,
    by_provider: BTreeSet<Parameter>,
}

/// Nothing where no invoice can answer.
fn asked(filter: &Filter) -> Option<Selection> {
    let payment = filter.payment_status.as_ref().and_then(payment_words);
    // The life cycle cannot be asked for: a status that may be one is ours.
    let status = filter
        .status
        .as_ref()
        .filter(|wanted| wanted.lifecycle.is_empty())
        .and_then(|wanted| payment_words(&wanted.payment));
    let mut asked = Selection::default();
    for (parameter, words) in [(Parameter::PaymentStatus, payment), (Parameter::Status, status)] {
        match words.as_deref() {
            Some([]) => return None,
            Some([one]) if asked.word.is_none_or(|word| word == *one) => {
                asked.word = Some(one);
                asked.by_provider.insert(parameter);
            }
            _ => {}
        }
    }
    Some(asked)
}

/// A group of customers, by the first of them.
#[derive(Debug, PartialEq, Eq)]
struct First(String);

/// Its key is such as `from 7c1e`.
impl PartKind for First {
    fn key(&self) -> String {
        format!("from {}", self.0)
    }

    fn parse(key: &str) -> Option<Self> {
        key.strip_prefix("from ").map(|first| Self(first.to_owned()))
    }
}

/// The customers' groups, one a call.
fn groups(customers: &BTreeSet<String>) -> impl Iterator<Item = (First, Vec<&str>)> {
    let ids: Vec<&str> = customers.iter().map(String::as_str).collect();
    let groups: Vec<Vec<&str>> = ids.chunks(CUSTOMERS).map(<[&str]>::to_vec).collect();
    groups.into_iter().filter_map(|group| Some((First((*group.first()?).to_owned()), group)))
}

/// `includes=`, if anything is to be included (nue-self-service R4).
fn includes(view: &View) -> Option<String> {
    let words: Vec<&str> = [(Include::Assets, "assets"), (Include::Orders, "orders")]
        .into_iter()
        .filter(|(include, _)| view.wants(*include))
        .map(|(_, word)| word)
        .collect();
    (!words.is_empty()).then(|| words.join(","))
}

/// What is asked for in one call.
struct Group<'a> {
    customers: &'a [&'a str],
    word: Option<&'static str>,
    view: &'a View,
}

impl NueSelfService {
    /// Who is meant: those named, else the roster.
    fn customers<'a>(
        &'a self,
        operation: &'static str,
        named: Option<&'a BTreeSet<String>>,
    ) -> Result<&'a BTreeSet<String>, ProviderError> {
        let roster = Some(&self.roster).filter(|roster| !roster.is_empty());
        named.or(roster).ok_or_else(|| {
            let what = "it shows invoices by customer only";
            let detail = if operation == "list" {
                format!(
                    "{what}: name customers in `customerIds`, or list them as `customers` in the \
                     connection's secret"
                )
            } else {
                format!("{what}: list the customers as `customers` in the connection's secret")
            };
            self.account.error(ErrorKind::CustomerRequired, operation, detail)
        })
    }

    /// The first page is asked for as the guide shows it, without a number
    /// (nue-self-service R1).
    fn request(
        &self,
        operation: &'static str,
        group: &Group<'_>,
        page: u64,
    ) -> Result<Request, ProviderError> {
        let mut url = self.account.url(operation, &["invoices"])?;
        let ids = serde_json::Value::from(group.customers).to_string();
        {
            let mut pairs = url.query_pairs_mut();
            pairs.append_pair("customerIds", &ids);
            if let Some(includes) = includes(group.view) {
                pairs.append_pair("includes", &includes);
            }
            if let Some(word) = group.word {
                pairs.append_pair("status", word);
            }
            if page > 1 {
                pairs.append_pair("page", &page.to_string());
            }
        }
        Ok(Request::read(Method::GET, url).secret_header(key_header(), &self.api_key))
    }

    /// One page of a group's invoices, or all of them where they come at once, as the
    /// guide has it. That there are pages is seen from a total, or found by asking for a
    /// second one; until then the first is asked for first.
    async fn group_page(
        &self,
        operation: &'static str,
        group: &Group<'_>,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let wanted = NumberedPage::at(start, self.page_size.load(Relaxed));
        let has_pages = self.account.assumptions().holds(&PAGE) == Holds::Yes;
        let mut page = if has_pages { wanted } else { wanted.first() };
        let mut first: Option<String> = None;
        loop {
            let request = self.request(operation, group, page.number.saturating_add(1))?;
            let reply = match self.account.send(operation, request, deadline).await {
                Err(error) if page.number > 0 => {
                    self.account.drops(&[&PAGE], &error);
                    return Err(error);
                }
                reply => reply?,
            };
            let listed = Listed::read(&self.account, operation, &reply.body)?;
            let row = listed.rows.first().map(|row| row.get().to_owned());
            let mut envelope = listed.envelope();
            if page.number == 0 {
                if envelope.total.is_none() && !has_pages {
                    let is_more = self.has_second(operation, group, &listed, deadline).await?;
                    envelope.next = Some(is_more);
                }
                if let Some(size) = page.shown_size(&envelope) {
                    self.page_size.store(size, Relaxed);
                }
                first = first.or(row);
            } else if row.is_none() || row == first {
                // It has no such page, or no pages at all.
                return Ok(Page::default());
            } else {
                self.account.assumptions().confirm(&[&PAGE]);
            }
            match page.judge(&envelope) {
                Judgement::Sound(passed_over) => {
                    let passed_over = usize::try_from(passed_over).unwrap_or(usize::MAX);
                    let rows = listed.rows.get(passed_over..).unwrap_or_default();
                    let of = self.page_of(operation, rows, group.view);
                    let (invoices, left_out) = (of.invoices, of.left_out);
                    let read = Page { invoices, left_out, ..page.page(&envelope) };
                    // All at once: its number is known, unless a row is no invoice.
                    let is_whole = page.number == 0
                        && envelope.next == Some(false)
                        && read.left_out.is_empty();
                    let total = read.total.or(is_whole.then_some(envelope.rows));
                    return Ok(Page { total, ..read });
                }
                Judgement::Ask(other) => page = other,
                Judgement::Uncountable => {
                    let detail = "its pages have no common size: they cannot be counted";
                    return Err(self.account.error(ErrorKind::BadResponse, operation, detail));
                }
            }
        }
    }

    /// Whether a second page follows a first that announces nothing: it is asked for, since
    /// a server may hold back what is more than a page of its own (nue-self-service R5). One
    /// that does not know of pages answers the first again, and is not asked any more.
    async fn has_second(
        &self,
        operation: &'static str,
        group: &Group<'_>,
        first: &Listed<'_>,
        deadline: Deadline,
    ) -> Result<bool, ProviderError> {
        let may_ask = self.account.assumptions().may_use(&PAGE);
        if first.rows.is_empty() || !may_ask || self.repeats_pages.load(Relaxed) {
            return Ok(false);
        }
        let request = self.request(operation, group, 2)?;
        let reply = match self.account.send(operation, request, deadline).await {
            Err(error) if self.account.drops(&[&PAGE], &error) => return Ok(false),
            reply => reply?,
        };
        let second = Listed::read(&self.account, operation, &reply.body)?;
        let known: BTreeSet<&str> = first.rows.iter().map(|row| row.get()).collect();
        let again = second.rows.iter().filter(|row| known.contains(row.get())).count();
        // Of a page that follows, one row at its edge may have moved there since.
        let repeats = !second.rows.is_empty() && again.saturating_mul(2) >= second.rows.len();
        self.repeats_pages.fetch_or(repeats, Relaxed);
        let follows = !second.rows.is_empty() && !repeats;
        if follows {
            self.account.assumptions().confirm(&[&PAGE]);
        }
        Ok(follows)
    }

    /// The rows of an answer from this one on, as one page.
    fn page_of(&self, operation: &'static str, rows: &[&RawValue], view: &View) -> Page {
        let read =
            |raw: &&RawValue| wire::invoice(&self.account, &CAPABILITIES, operation, raw, view);
        Page::of_rows(rows, read)
    }
}

#[async_trait]
impl Provider for NueSelfService {
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
        let customers = self.customers("list", question.customers.as_ref())?;
        let Some(mut asked) = asked(&question.filter) else {
            return Ok(Plan::default());
        };
        if question.customers.is_some() {
            asked.by_provider.insert(Parameter::CustomerIds);
        }
        Ok(Plan {
            parts: groups(customers).map(|(first, _)| Part::of(&first, PartOrder::Own)).collect(),
            by_provider: asked.by_provider,
        })
    }

    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let customers = self.customers("list", question.customers.as_ref())?;
        let group = groups(customers).find(|(first, _)| part.read().as_ref() == Some(first));
        let (Some((_, group)), Some(asked)) = (group, asked(&question.filter)) else {
            // The roster has changed since the cursor was made.
            let detail = "the customers listed are not the same any more";
            return Err(self.account.error(ErrorKind::InvalidStart, "list", detail));
        };
        let group = Group { customers: &group, word: asked.word, view: &question.view };
        self.group_page("list", &group, start, deadline).await
    }

    /// Through the list of the roster's customers: there is no call for one.
    async fn get(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        let mut unread = None;
        for (_, group) in groups(self.customers("get", None)?) {
            let group = Group { customers: &group, word: None, view };
            let mut next = Some(Start::default());
            while let Some(start) = next {
                let page = self.group_page("get", &group, &start, deadline).await?;
                let mut invoices = page.invoices.into_iter();
                if let Some(found) = invoices.find(|one| identity::is_same(self, one.id.id(), id)) {
                    return Ok(found);
                }
                unread = unread.or(page.left_out.into_iter().next());
                next = page.following.into_iter().next();
            }
        }
        if let Some(row) = unread {
            // It may be the invoice asked for.
            return Err(self.account.error(ErrorKind::BadResponse, "get", row.reason));
        }
        let detail = "none of the roster's customers has such an invoice";
        Err(self.account.error(ErrorKind::NotFound, "get", detail))
    }

    /// As those of Nue's other edition.
    fn canonical_id<'a>(&self, id: &'a str) -> Cow<'a, str> {
        identity::in_lower_case(id)
    }
}

#[cfg(test)]
mod tests;
