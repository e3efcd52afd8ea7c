//! Which invoices a connection's part of the work means: all of them are put
//! down, a page at a time, before the first is written. So writing does not move
//! what is still to be selected, each is selected once, and a later message means
//! the same ones.

use std::collections::BTreeSet;

use api::{ListQuery, Selection};
use engine::listing::{self, SourceStatus};
use invoice::{Code, Filter, Problem, Reference};
use store::event_work::Page;

use super::part::{Part, Stop};

/// How many invoices are worked on at once.
const PAGE: u16 = 100;

impl Part<'_> {
    /// Selects what is not selected yet.
    pub(super) async fn select(&mut self) -> Result<(), Stop> {
        match &self.whole.bulk.selection {
            Selection::Ids(invoices) => self.select_named(invoices).await,
            Selection::Matching(filter) => self.select_matching(filter).await,
        }
    }

    async fn select_named(&mut self, invoices: &[Reference]) -> Result<(), Stop> {
        let own: Vec<Reference> =
            invoices.iter().filter(|one| one.connection() == self.connection).cloned().collect();
        let mut pages = 0;
        for invoices in own.chunks(usize::from(PAGE)) {
            let page = Page { invoices: invoices.to_vec(), next: None };
            self.whole.store.keep_page(&self.whole.name, self.connection, pages, page).await?;
            pages += 1;
        }
        // Kept with the first step: selecting them again would select the same.
        self.work.pages = pages;
        self.work.is_selected = true;
        Ok(())
    }

    async fn select_matching(&mut self, filter: &Filter) -> Result<(), Stop> {
        let (store, name) = (self.whole.store, &self.whole.name);
        let mut query = ListQuery {
            filter: Filter { connections: Some(vec![self.connection.clone()]), ..filter.clone() },
            limit: PAGE,
            ..ListQuery::default()
        };
        let mut seen = store.selected(name, self.connection, self.work.pages).await?;
        while !self.work.is_selected {
            self.begin_step()?;
            query.cursor = self.work.cursor.clone();
            let (invoices, next) = self.matching(&query, &seen).await?;
            let next = if invoices.is_empty() {
                next
            } else {
                let page = Page { invoices, next };
                let page = store.keep_page(name, self.connection, self.work.pages, page).await?;
                seen.extend(page.invoices);
                self.work.pages += 1;
                page.next
            };
            self.work.is_selected = next.is_none();
            self.work.cursor = next;
            self.save().await?;
        }
        Ok(())
    }

    /// The next invoices that match and have not been selected, and where to go
    /// on from.
    async fn matching(
        &mut self,
        query: &ListQuery,
        seen: &BTreeSet<Reference>,
    ) -> Result<(Vec<Reference>, Option<String>), Stop> {
        let (scope, deadline) = (&self.whole.caller.scope, self.whole.step_deadline());
        let listing = listing::list(&self.connections, query, scope, deadline).await?;
        let whole = [SourceStatus::Ok, SourceStatus::Unread];
        if let Some(source) = listing.sources.iter().find(|one| !whole.contains(&one.status)) {
            let problem = source.problem.as_ref().map(|problem| problem.code);
            self.work.partial =
                Some(problem.unwrap_or(Code::ProviderBadResponse).word().to_owned());
        }
        let matching: BTreeSet<Reference> =
            listing.data.into_iter().map(|invoice| invoice.into_invoice().id).collect();
        let new: Vec<Reference> =
            matching.into_iter().filter(|invoice| !seen.contains(invoice)).collect();
        let next = listing.next_cursor;
        if new.is_empty() && next.is_some() && next == query.cursor {
            let detail = "the listing of what is to be written does not go on";
            return Err(Problem::new(Code::ProviderBadResponse, detail).into());
        }
        Ok((new, next))
    }
}
