//! Reading all of a part, whatever comes and goes meanwhile.

use std::collections::HashSet;
use std::ops::ControlFlow;

use futures::future::try_join_all;
use invoice::{Invoice, Reference};

use super::{
    BringsNothing, LeftOut, MovedUp, Onward, Page, PageEnd, PageRead, Placed, ReadPage, Start,
};
use crate::ProviderError;

/// What a page brought of a part that is read whole.
#[derive(Debug)]
pub struct PartRead {
    /// Its invoices that no page before it brought.
    pub invoices: Vec<Invoice>,
    /// Rows that no invoice could be made of, and where the page of each began.
    pub left_out: Vec<(Start, LeftOut)>,
    /// Invoices in the whole part, where the page tells.
    pub total: Option<u64>,
}

/// How far back to look for what is known, where the last invoice read has left.
const STRIDE: u64 = 100;

/// Reads a part with `read`, from its beginning to its end or until `visit` breaks off; each of
/// its invoices is visited once, and none is missed that was there all the time. Pages that
/// are known ahead are read side by side. True where nothing that was said of the number of
/// invoices contradicts those that came.
///
/// # Errors
/// Those of `read` and `visit`, and `brings_nothing` where pages do not bring what they
/// announce.
pub async fn read_part(
    read: &ReadPage<'_>,
    brings_nothing: &(dyn Fn() -> ProviderError + Sync),
    visit: &mut (dyn FnMut(PartRead) -> Result<ControlFlow<()>, ProviderError> + Send),
) -> Result<bool, ProviderError> {
    let mut seen: HashSet<Reference> = HashSet::new();
    let (mut told, mut left_out, mut is_counted) = (None, 0_usize, true);
    let mut end: Option<PageEnd> = None;
    let mut onward = Onward { starts: vec![Start::default()], announced: false, agrees: true };
    while !onward.starts.is_empty() {
        let (starts, announced) = (onward.starts, onward.announced);
        let pages = try_join_all(starts.iter().cloned().map(read)).await?;
        onward = Onward::default();
        for (page, start) in pages.into_iter().zip(&starts) {
            if let Some(before) = end.as_ref().filter(|end| !end.leads_to(start, &page)) {
                let is_known = |invoice: &Invoice| seen.contains(&invoice.id);
                let moved = before.moved_up((start, &page), STRIDE, &is_known, read).await?;
                let again = moved.is_page_outdated.then(|| moved.end.clone());
                if visit(PartRead::of_moved(moved, &mut seen))?.is_break() {
                    return Ok(false);
                }
                if let Some(again) = again {
                    is_counted = false;
                    onward = Onward { starts: vec![again.place().clone()], ..Onward::default() };
                    end = Some(again);
                    break;
                }
            }
            end = Some(PageEnd::of(end, start, &page));
            let (is_first, has_read) = (told.is_none(), !seen.is_empty());
            is_counted &= *told.get_or_insert(page.total) == page.total;
            left_out = left_out.saturating_add(page.left_out.len());
            let new: Vec<bool> =
                page.invoices.iter().map(|invoice| seen.insert(invoice.id.clone())).collect();
            let is_last = starts.last() == Some(start);
            let reading = PageRead {
                start,
                is_first,
                has_read,
                was_announced: announced,
                fresh: new.iter().filter(|new| **new).count(),
                had: u64::try_from(seen.len().saturating_add(left_out)).ok().filter(|_| is_last),
            };
            // All pages known at once: only the last can lead further.
            onward = reading.onward(&page).map_err(|BringsNothing| brings_nothing())?;
            is_counted &= onward.agrees;
            if visit(PartRead::of(page, start, &new))?.is_break() {
                return Ok(false);
            }
            if onward.starts.is_empty() {
                break;
            }
        }
    }
    Ok(is_counted)
}

impl PartRead {
    /// What `page`, read from `start`, brought; `new` says it of each of its invoices.
    fn of(page: Page, start: &Start, new: &[bool]) -> Self {
        let left_out = page.left_out.into_iter().map(|row| (start.clone(), row)).collect();
        let new = page.invoices.into_iter().zip(new).filter(|(_, new)| **new);
        let invoices = new.map(|(invoice, _)| invoice).collect();
        Self { invoices, left_out, total: page.total }
    }

    /// What moved up, without what was seen before.
    fn of_moved(moved: MovedUp, seen: &mut HashSet<Reference>) -> Self {
        let mut read = Self { invoices: Vec::new(), left_out: Vec::new(), total: None };
        for Placed { at, row } in moved.rows {
            match row {
                Ok(invoice) if seen.insert(invoice.id.clone()) => read.invoices.push(invoice),
                Ok(_) => {}
                Err(row) => read.left_out.push((at, row)),
            }
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures::FutureExt;
    use futures::future::ready;
    use invoice::Direction;

    use super::*;
    use crate::ErrorKind;

    /// Reads a part whose pages hold what `rows` gives from a place on; how many pages were
    /// asked for, and the ids that were visited.
    async fn read_all(
        rows: impl Fn(u64) -> std::ops::Range<u64> + Sync,
        announces_more: bool,
    ) -> (u64, Result<Vec<String>, ErrorKind>) {
        let calls = AtomicU64::new(0);
        let page = |start: Start| {
            calls.fetch_add(1, Ordering::Relaxed);
            let rows = rows(start.skip);
            let following = start.after(rows.end - rows.start);
            let one = |id: u64| {
                let id = format!("a:{id}").parse().unwrap();
                Invoice::unknown(id, "made-up", Direction::Receivable)
            };
            let invoices = rows.map(one).collect();
            let page =
                Page { invoices, following: vec![following], announces_more, ..Page::default() };
            ready(Ok(page)).boxed()
        };
        let name = "a".parse().unwrap();
        let error = || ProviderError::new(ErrorKind::BadResponse, "made-up", &name, "list", "none");
        let mut visited = Vec::new();
        let mut visit = |read: PartRead| {
            visited.extend(read.invoices.iter().map(|one| one.id.id().to_owned()));
            Ok(ControlFlow::Continue(()))
        };
        let outcome =
            read_part(&page, &error, &mut visit).await.map(|_| ()).map_err(|error| error.kind);
        (calls.into_inner(), outcome.map(|()| visited))
    }

    #[tokio::test]
    async fn a_server_that_repeats_its_last_page_is_left() {
        let last = |skip: u64| if skip == 0 { 0..2 } else { 2..4 };
        let (calls, outcome) = read_all(last, true).await;
        assert_eq!(outcome, Err(ErrorKind::BadResponse));
        assert!(calls < 10, "{calls} calls");
        // Where nothing more is announced, a page that repeats is the end.
        let (calls, outcome) = read_all(last, false).await;
        assert_eq!(outcome.unwrap(), ["0", "1", "2", "3"]);
        assert!(calls < 10, "{calls} calls");
    }
}
