//! Where pages join: whether a page begins right where the one before it ended.
//!
//! A provider that counts names a page by the number of rows before it. Where an invoice
//! leaves between two readings, those behind it move up, and the one that stood first on the
//! next page stands last on the page before, which has been read: it is on neither. So no page
//! is taken for the continuation of another because its number follows. It is one where it shows
//! the row before it ([`Page::before`]), where its provider names it by that row
//! ([`Start::token`]), or where both pages tell the same total. Of any other, what stands before
//! it is read once more, after it: whatever moved up is there.
//!
//! Invoices that come move others down, onto a page that is still to be read: they are
//! met twice, and not missed. What is not seen is one that comes before their joint while
//! another leaves there, between the same two readings, where only totals or a second reading
//! can tell.

use futures::future::BoxFuture;
use invoice::{Invoice, Reference};

use super::{Before, Page, Placed, Start};
use crate::ProviderError;

/// A function that reads the page of a part that begins at a place.
pub type ReadPage<'a> = dyn Fn(Start) -> BoxFuture<'a, Result<Page, ProviderError>> + Sync + 'a;

/// The end of what has been read of a part.
#[derive(Debug, Clone)]
pub struct PageEnd {
    /// The place behind the last row: where the next page begins.
    at: Start,
    /// The last invoice read, and where it stood.
    last: Option<(Reference, Start)>,
    /// Whether that is the last row.
    is_last_row: bool,
    /// Invoices in the whole part, as the page told.
    total: Option<u64>,
    /// Whether it was read once more, and nothing had moved.
    is_confirmed: bool,
}

/// The rows that have moved up to before a page since the page before it was read.
#[derive(Debug)]
pub struct MovedUp {
    /// The rows behind the last one that was known.
    pub rows: Vec<Placed>,
    /// The end of what has been read with them.
    pub end: PageEnd,
    /// Whether the page, and all that was read with it, is to be read again: it is older than
    /// what has moved, and may hold it, too; or it showed that it begins elsewhere.
    pub is_page_outdated: bool,
}

impl PageEnd {
    /// The end of a page of these `rows`, which was read from `start` and told this `total`;
    /// `before` is the end of the pages before it.
    pub fn of(before: Option<&Self>, start: &Start, rows: &[Placed], total: Option<u64>) -> Self {
        let at = rows.last().map_or_else(|| start.clone(), |row| row.at.after(1));
        let last = rows.iter().rev().find_map(|Placed { at, row }| {
            let invoice = row.as_ref().ok()?;
            Some((invoice.id.clone(), at.clone()))
        });
        let is_last_row = last.as_ref().is_some_and(|(_, last)| last.after(1) == at);
        let last = last.or_else(|| before.and_then(|before| before.last.clone()));
        Self { at, last, is_last_row, total, is_confirmed: false }
    }

    /// Whether `page`, which was read from `start`, begins right here, as far as the two
    /// show.
    pub fn leads_to(&self, start: &Start, page: &Page) -> bool {
        if page.stretch.is_some() || start.token.is_some() || start.is_beginning() {
            return true;
        }
        if start.skip > self.at.skip {
            return false;
        }
        match (&page.before, &self.last) {
            (Before::Invoice(shown), Some((last, _))) => self.is_last_row && shown == last,
            (Before::Nothing, _) => false,
            _ => self.total.is_some() && self.total == page.total,
        }
    }

    /// Reads once more what stands before `page`, which has been read from `next`, as far back
    /// as to an invoice that is known, or to the beginning of the part: all behind it moved up
    /// while the part was read. `stride` is how far to go back, where all that was known has
    /// left.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn moved_up(
        &self,
        (next, page): (&Start, &Page),
        stride: u64,
        is_known: &(dyn Fn(&Invoice) -> bool + Sync),
        read: &ReadPage<'_>,
    ) -> Result<MovedUp, ProviderError> {
        let mut found: Vec<Placed> = Vec::new();
        let mut from = self.last.as_ref().map_or_else(Start::default, |(_, at)| at.clone());
        let (mut until, mut step) = (next.skip, stride.max(1));
        let mut end: Option<Self> = None;
        loop {
            let page_before = read(from.clone()).await?;
            let total = page_before.total;
            let mut rows = page_before.placed(&from);
            let came = u64::try_from(rows.len()).unwrap_or(u64::MAX);
            if came > 0 && from.skip.saturating_add(came) < until {
                // It does not reach that far. Pages are read backwards only: whatever
                // moves from one to another meanwhile is on both.
                step = came;
                from.skip = until.saturating_sub(came);
                continue;
            }
            rows.retain(|it| it.at.skip < until);
            // Of those that are read first, which stand right before the page.
            if end.is_none() && !rows.is_empty() {
                end = Some(Self::of(Some(self), &from, &rows, total));
            }
            let known = rows.iter().rposition(|it| it.row.as_ref().is_ok_and(is_known));
            let mut behind = rows.split_off(known.map_or(0, |known| known + 1));
            behind.append(&mut found);
            found = behind;
            if known.is_some() || from.is_beginning() {
                let is_any = found.iter().any(|it| it.row.is_ok());
                // A page that says again that it begins elsewhere says so of any.
                let is_elsewhere = page.before != Before::Unknown && !self.is_confirmed;
                let is_page_outdated = is_any || is_elsewhere;
                // Without any rows, nothing is left of the part.
                let end = end.unwrap_or_else(|| Self::of(None, &Start::default(), &[], None));
                let end = Self { is_confirmed: !is_any, ..end };
                return Ok(MovedUp { rows: found, end, is_page_outdated });
            }
            until = from.skip;
            from = from.before(step);
        }
    }

    /// Where the next page begins.
    pub fn place(&self) -> &Start {
        &self.at
    }
}
