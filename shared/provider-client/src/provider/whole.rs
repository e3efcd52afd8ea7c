//! Reading all of a part, whatever comes and goes meanwhile.

use std::collections::HashSet;
use std::ops::ControlFlow;

use futures::future::try_join_all;
use invoice::{Invoice, Reference};

use super::{BringsNothing, LeftOut, MovedUp, Onward, PageEnd, PageRead, Placed, ReadPage, Start};
use crate::ProviderError;

/// What a page brought of a part that is read whole.
#[derive(Debug)]
pub struct PartRead {
    /// Its invoices that no page before it brought.
    pub invoices: Vec<Invoice>,
    /// Rows that no invoice could be made of, and where each stands.
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
                let MovedUp { rows, end: moved_end, is_page_outdated } = moved;
                let read = PartRead::of(rows, None, |one| seen.insert(one.id.clone()));
                if visit(read)?.is_break() {
                    return Ok(false);
                }
                if is_page_outdated {
                    is_counted = false;
                    let again = vec![moved_end.place().clone()];
                    onward = Onward { starts: again, ..Onward::default() };
                    end = Some(moved_end);
                    break;
                }
            }
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
            let (total, rows) = (page.total, page.placed(start));
            end = Some(PageEnd::of(end.as_ref(), start, &rows, total));
            let mut new = new.into_iter();
            let read = PartRead::of(rows, total, |_| new.next().unwrap_or(false));
            if visit(read)?.is_break() {
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
    /// The rows that were read, without the invoices that are not new.
    fn of(rows: Vec<Placed>, total: Option<u64>, mut is_new: impl FnMut(&Invoice) -> bool) -> Self {
        let mut read = Self { invoices: Vec::new(), left_out: Vec::new(), total };
        for Placed { at, row } in rows {
            match row {
                Ok(invoice) if is_new(&invoice) => read.invoices.push(invoice),
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

    use super::super::Page;
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
