//! Whether a part goes on after a page: the one rule for every way of reading.
//!
//! A page that is shorter than asked ends nothing. A part ends where its provider
//! says so, at an empty page, or at one that repeats what was had. A page that
//! brings nothing while more is announced is neither: the provider contradicts
//! itself, and what it holds is not known.

use super::{Page, Start};

/// What is known when a page has been read.
pub struct PageRead<'a> {
    /// Where the page begins.
    pub start: &'a Start,
    /// Whether the page is the first that was read of its part, for this answer.
    pub is_first: bool,
    /// Whether any invoice could be read of the part before, for this answer.
    pub has_read: bool,
    /// Whether the page before announced this one.
    pub was_announced: bool,
    /// How many of the page's invoices were not read before, for this answer.
    pub fresh: usize,
    /// How many invoices were read of the part, this page's among them; none where
    /// reading did not begin at the beginning.
    pub had: Option<u64>,
}

/// Where a part goes on.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Onward {
    /// The pages to read next; none at the end of the part.
    pub starts: Vec<Start>,
    /// Whether the provider says that there are such pages.
    pub announced: bool,
    /// Whether the provider's pages agree with what it says of them: how many
    /// invoices there are is known only then.
    pub agrees: bool,
}

/// A provider announces invoices that its pages do not bring.
#[derive(Debug, PartialEq, Eq)]
pub struct BringsNothing;

impl BringsNothing {
    /// The words in which a provider's failure to bring what it announces is told.
    pub const DETAIL: &str = "more invoices should follow, and its pages bring none that can be read and was not sent before";
}

impl PageRead<'_> {
    /// Where the part goes on after `page`.
    pub fn onward(&self, page: &Page) -> Result<Onward, BringsNothing> {
        let came = page.invoices.len().saturating_add(page.left_out.len());
        if page.stretch.is_some() {
            return Ok(Onward { starts: page.following.clone(), announced: false, agrees: true });
        }
        // Of a page whose rows are all left out it cannot be told what it repeats:
        // one may be odd, but not one after the other.
        if came > 0 && page.invoices.is_empty() && !self.is_first && !self.has_read {
            return Err(BringsNothing);
        }
        let repeats = self.fresh == 0 && !page.invoices.is_empty();
        if came == 0 || (repeats && !self.is_first) {
            // Nothing is left of what was announced if its own page says so: it
            // may have gone since.
            if page.announces_more || (self.was_announced && came > 0) {
                return Err(BringsNothing);
            }
            return Ok(Onward { agrees: came == 0, ..Onward::default() });
        }
        let missing = match (self.had, page.total) {
            (Some(had), Some(total)) => had < total,
            _ => false,
        };
        if page.following.is_empty() && missing {
            let next = self.start.after(u64::try_from(came).unwrap_or(u64::MAX));
            return Ok(Onward { starts: vec![next], announced: false, agrees: false });
        }
        let agrees = !(page.following.is_empty()
            && matches!((self.had, page.total), (Some(had), Some(total)) if had != total));
        Ok(Onward { starts: page.following.clone(), announced: page.announces_more, agrees })
    }
}

#[cfg(test)]
mod tests {
    use invoice::{Direction, Invoice};

    use super::*;

    fn page(came: usize, next: Option<u64>, announces_more: bool, total: Option<u64>) -> Page {
        let one = |id: usize| {
            let id = format!("a:{id}").parse().unwrap();
            Invoice::unknown(id, "made-up", Direction::Receivable)
        };
        let following = next.map(Start::at).into_iter().collect();
        let invoices = (0..came).map(one).collect();
        Page { invoices, following, announces_more, total, ..Page::default() }
    }

    #[test]
    fn a_part_ends_where_it_is_said_or_nothing_comes() {
        let start = Start::at(10);
        let read = |fresh, was_announced, had, page: Page| {
            let reading = PageRead {
                start: &start,
                is_first: false,
                has_read: true,
                was_announced,
                fresh,
                had,
            };
            reading.onward(&page).map(|onward| {
                let next = onward.starts.first().map(|start| start.skip);
                (next, onward.announced, onward.agrees)
            })
        };
        let short = page(3, Some(13), false, None);
        assert_eq!(read(3, false, None, short), Ok((Some(13), false, true)));
        assert_eq!(read(5, true, None, page(5, None, false, None)), Ok((None, false, true)));
        // Empty, and it may have been emptied since it was announced.
        assert_eq!(read(0, true, None, page(0, None, false, None)), Ok((None, false, true)));
        // Repeated: the end where none was announced, and how many is not known.
        let repeated = || page(5, Some(15), false, None);
        assert_eq!(read(0, false, None, repeated()), Ok((None, false, false)));
        assert_eq!(read(0, true, None, repeated()), Err(BringsNothing));
        assert_eq!(read(0, false, None, page(5, Some(15), true, None)), Err(BringsNothing));
        assert_eq!(read(0, false, None, page(0, Some(10), true, None)), Err(BringsNothing));
        // Rows that cannot be read, page after page.
        let row = super::super::LeftOut { place: 0, reason: "odd".to_owned() };
        let odd = || Page { left_out: vec![row.clone()], ..page(0, Some(11), false, None) };
        assert_eq!(read(0, false, None, odd()), Ok((Some(11), false, true)));
        let again = PageRead {
            start: &start,
            is_first: false,
            has_read: false,
            was_announced: false,
            fresh: 0,
            had: None,
        };
        assert_eq!(again.onward(&odd()), Err(BringsNothing));
        // The total is reached by places, but not by invoices.
        let last = || page(5, None, false, Some(15));
        assert_eq!(read(4, true, Some(14), last()), Ok((Some(15), false, false)));
        assert_eq!(read(5, true, Some(15), last()), Ok((None, false, true)));
        assert_eq!(read(5, true, Some(16), last()), Ok((None, false, false)));
    }
}
