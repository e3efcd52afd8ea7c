//! The self-service edition's one call, which reads.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering::Relaxed;

use futures::FutureExt;
use http::Method;
use invoice::Invoice;
use serde_json::value::RawValue;

use super::CAPABILITIES;
use super::assumptions::PAGE;
use super::client::NueSelfService;
use super::query::{asked, groups, includes};
use crate::numbered::{Judgement, NumberedPage};
use crate::provider::{BringsNothing, Page, Part, PartRead, Question, Start, View, read_part};
use crate::providers::nue::pages::Listed;
use crate::providers::nue::{key_header, wire};
use crate::transport::Request;
use crate::{Deadline, ErrorKind, Holds, ProviderError, identity};

/// What is asked for in one call.
pub(super) struct Group<'a> {
    pub(super) customers: &'a [&'a str],
    pub(super) word: Option<&'static str>,
    pub(super) view: &'a View,
}

impl NueSelfService {
    /// One page of `part`, beginning at `start`.
    pub(super) async fn page_of(
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

    /// One invoice, with all of `view`.
    pub(super) async fn one(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        let (mut found, mut unread) = (None, None);
        for (_, group) in groups(self.customers("get", None)?) {
            let group = &Group { customers: &group, word: None, view };
            let page = |start| {
                async move { self.group_page("get", group, &start, deadline).await }.boxed()
            };
            let brings_nothing =
                || self.account.error(ErrorKind::BadResponse, "get", BringsNothing::DETAIL);
            let mut visit = |read: PartRead| {
                let mut invoices = read.invoices.into_iter();
                found = invoices.find(|one| identity::is_same(self, one.id.id(), id));
                unread = unread.take().or(read.left_out.into_iter().next());
                Ok(if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            };
            read_part(&page, &brings_nothing, &mut visit).await?;
            if let Some(found) = found {
                return Ok(found);
            }
        }
        if let Some((_, row)) = unread {
            // It may be the invoice asked for.
            return Err(self.account.error(ErrorKind::BadResponse, "get", row.reason));
        }
        let detail = "none of the roster's customers has such an invoice";
        Err(self.account.error(ErrorKind::NotFound, "get", detail))
    }

    /// The first page is asked for as the guide shows it, without a number
    /// (nue-self-service R1).
    pub(super) fn request(
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
    pub(super) async fn group_page(
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
                    let of = self.rows(operation, rows, group.view);
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
        let repeats = repeats(&first.rows, &second.rows);
        self.repeats_pages.fetch_or(repeats, Relaxed);
        let follows = !second.rows.is_empty() && !repeats;
        if follows {
            self.account.assumptions().confirm(&[&PAGE]);
        }
        Ok(follows)
    }

    /// The rows of an answer from this one on, as one page.
    fn rows(&self, operation: &'static str, rows: &[&RawValue], view: &View) -> Page {
        let read =
            |raw: &&RawValue| wire::invoice(&self.account, &CAPABILITIES, operation, raw, view);
        Page::of_rows(rows, read)
    }
}

/// Whether a server has answered its first page again when it was asked for the second.
/// Onto a page that follows, however short it is, rows of the first one's edge may have moved
/// in between.
pub(super) fn repeats(first: &[&RawValue], second: &[&RawValue]) -> bool {
    let known: BTreeSet<&str> = first.iter().map(|row| row.get()).collect();
    let again = second.iter().filter(|row| known.contains(row.get())).count();
    again.saturating_mul(2) > first.len()
}
