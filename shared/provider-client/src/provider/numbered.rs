//! Pages that a provider names by number: which page an invoice stands on, and
//! whether the page that came is the one that was meant.
//!
//! A server may use another page size than it is asked for. Where a page by its
//! number holds another count than its size says, its rows may stand anywhere;
//! then the first page is read, whose rows certainly stand at the beginning, and
//! its length is the size that the server really uses.

use super::{Page, Start};

/// The most pages that are named ahead of the one that was read: enough to read
/// side by side what may be sorted here, at 100 invoices a page. The last of them
/// leads on, so that a number a provider tells is never a length of a list.
pub(crate) const MAX_AHEAD: u64 = 50;
/// More invoices than we take any account to hold: a larger number of a provider
/// is taken for none.
const MAX_TOTAL: u64 = 100_000_000;

/// A page to be asked for by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NumberedPage {
    /// The number of the page, from 0.
    pub(crate) number: u64,
    /// The size of all pages, as it is asked for or taken for given.
    pub(crate) size: u64,
    /// The place in the part where reading begins.
    skip: u64,
    /// Whether the size was learned from the first page.
    is_learned: bool,
}

/// What an answer says of the page it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// How many rows came.
    pub(crate) rows: u64,
    /// How many invoices the provider says there are in all.
    pub(crate) total: Option<u64>,
    /// Whether the provider says that there is a next page; none where it says
    /// nothing of it.
    pub(crate) next: Option<bool>,
}

/// What a page that came is good for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// The page is the one meant: this many of its first rows are passed over.
    Sound(u64),
    /// The page is not known to be the one meant: this one is to be asked for.
    Ask(NumberedPage),
    /// The pages of this provider have no common size, and cannot be counted.
    Uncountable,
}

impl NumberedPage {
    /// The page that holds the invoice at `start`, if all pages hold `size`.
    pub(crate) fn at(start: &Start, size: u64) -> Self {
        Self::of(start.skip, size, false)
    }

    /// The first page, where it is to tell of the others.
    pub(crate) fn first(self) -> Self {
        Self { number: 0, ..self }
    }

    fn of(skip: u64, size: u64, is_learned: bool) -> Self {
        let size = size.max(1);
        Self { number: skip / size, size, skip, is_learned }
    }

    /// Whether `envelope` came with the page that was meant.
    pub(crate) fn judge(&self, envelope: &Envelope) -> Judgement {
        let Envelope { rows, .. } = *envelope;
        let more = self.announces_more(envelope);
        if self.number == 0 {
            let may_have_more = more || self.is_open(envelope);
            return if self.skip < rows || !may_have_more || rows == 0 {
                Judgement::Sound(self.skip)
            } else {
                Judgement::Ask(Self::of(self.skip, rows, true))
            };
        }
        let agrees = envelope.total.is_none_or(|total| match rows {
            0 => total <= self.skip,
            // Where the size is known, a total that more rows have come than is none.
            _ => total == self.end(rows) || (self.is_learned && total < self.end(rows)),
        });
        // Of an empty page the number tells nothing: its size may be another.
        let is_told = rows > 0 || envelope.total.is_some() || self.is_learned;
        let is_last = !more && rows < self.size && agrees && is_told;
        let ends = rows < self.size && envelope.next == Some(false);
        if rows == self.size || is_last || (self.is_learned && (ends || rows == 0)) {
            Judgement::Sound(self.skip % self.size)
        } else if self.is_learned {
            Judgement::Uncountable
        } else {
            Judgement::Ask(Self { number: 0, ..*self })
        }
    }

    /// The size that the server really uses, where the first page shows it.
    pub(crate) fn shown_size(&self, envelope: &Envelope) -> Option<u64> {
        let shows = self.number == 0 && envelope.rows > 0 && self.announces_more(envelope);
        shows.then_some(envelope.rows)
    }

    /// The page that came, without its invoices.
    pub(crate) fn page(&self, envelope: &Envelope) -> Page {
        let end = self.end(envelope.rows);
        let more = self.announces_more(envelope);
        let total = envelope.total.filter(|total| *total <= MAX_TOTAL).filter(|total| {
            match (more, envelope.rows) {
                (true, _) => *total > end,
                (false, 0) => *total <= end,
                (false, _) => *total == end,
            }
        });
        let size = self.shown_size(envelope).unwrap_or(self.size).max(1);
        let is_open = self.skip < end && self.is_open(envelope);
        let following = match (more, total) {
            (true, Some(total)) => {
                let pages = total.saturating_sub(end).div_ceil(size).min(MAX_AHEAD);
                (0..pages)
                    .map(|page| Start::at(page.saturating_mul(size).saturating_add(end)))
                    .collect()
            }
            (true, None) => vec![Start::at(end)],
            (false, _) if is_open => vec![Start::at(end)],
            (false, _) => Vec::new(),
        };
        Page { following, total, announces_more: more, ..Page::default() }
    }

    fn announces_more(&self, envelope: &Envelope) -> bool {
        let end = self.end(envelope.rows);
        envelope.next.unwrap_or_else(|| envelope.total.is_some_and(|total| total > end))
    }

    /// Whether the page contradicts itself, or says nothing of what follows: it is
    /// asked on, although no more is announced.
    fn is_open(&self, envelope: &Envelope) -> bool {
        let end = self.end(envelope.rows);
        envelope.rows > 0
            && match (envelope.next, envelope.total) {
                (Some(_), Some(total)) => total > end,
                // Fewer in all than stand on this page alone.
                (None, Some(total)) => total < envelope.rows,
                (None, None) => true,
                (Some(_), None) => false,
            }
    }

    /// The place after the last row of the page.
    fn end(&self, rows: u64) -> u64 {
        self.number.saturating_mul(self.size).saturating_add(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(rows: u64, total: Option<u64>, next: Option<bool>) -> Envelope {
        Envelope { rows, total, next }
    }

    /// What a server of `total` rows answers that has pages of `size`; it says
    /// what `says` lets through.
    fn served(page: NumberedPage, size: u64, total: u64, says: (bool, bool)) -> Envelope {
        let begin = page.number * size;
        let rows = total.saturating_sub(begin).min(size);
        envelope(rows, says.0.then_some(total), says.1.then_some(begin + rows < total))
    }

    #[test]
    fn a_page_is_found_whatever_size_the_server_uses() {
        for says in [(true, true), (true, false), (false, true)] {
            for (assumed, size, total) in
                [(100, 100, 250), (100, 30, 250), (100, 250, 700), (100, 99, 99), (1000, 100, 260)]
            {
                for skip in [0, 1, 29, 30, 99, 100, 120, 240, 249, 250, 259, 699, 900] {
                    let mut page = NumberedPage::at(&Start::at(skip), assumed);
                    let mut asked = 0;
                    let (passed_over, answer) = loop {
                        let answer = served(page, size, total, says);
                        asked += 1;
                        match page.judge(&answer) {
                            Judgement::Sound(passed_over) => break (passed_over, answer),
                            Judgement::Ask(next) => page = next,
                            Judgement::Uncountable => panic!("{assumed} {size} {total} {skip}"),
                        }
                    };
                    let context = format!("{assumed} {size} {total} from {skip}: {page:?}");
                    assert!(asked <= 3, "{context}");
                    let shown = answer.rows.saturating_sub(passed_over);
                    if shown > 0 {
                        assert_eq!(page.number * size + passed_over, skip, "{context}");
                    }
                    assert_eq!(shown == 0, skip >= total, "{context}");
                    let read = page.page(&answer);
                    let end = page.number * size + answer.rows;
                    let next = read.following.first().map(|start| start.skip);
                    assert_eq!(next, (end < total).then_some(end), "{context}");
                }
            }
        }
    }

    #[test]
    fn a_number_of_a_provider_is_never_the_length_of_a_list() {
        let page = NumberedPage::at(&Start::default(), 100);
        for total in [10_000_000, 100_000_000_000, u64::MAX] {
            let read = page.page(&envelope(100, Some(total), None));
            assert!(read.following.len() <= 50, "{total}");
            assert!(read.announces_more);
        }
        assert_eq!(page.page(&envelope(100, Some(100_000_000_000), None)).total, None);
    }

    #[test]
    fn what_says_nothing_or_contradicts_itself_is_asked_on() {
        let page = NumberedPage::at(&Start::default(), 100);
        let next = |rows, total, next| {
            let read = page.page(&envelope(rows, total, next));
            (read.following.first().map(|start| start.skip), read.announces_more, read.total)
        };
        assert_eq!(next(7, None, None), (Some(7), false, None));
        assert_eq!(next(0, None, None), (None, false, None));
        assert_eq!(next(7, Some(7), None), (None, false, Some(7)));
        assert_eq!(next(7, Some(9), None), (Some(7), true, Some(9)));
        assert_eq!(next(7, Some(9), Some(false)), (Some(7), false, None));
        assert_eq!(next(7, Some(5), Some(false)), (None, false, None));
        assert_eq!(next(7, Some(5), None), (Some(7), false, None));
        assert_eq!(next(7, Some(7), Some(true)), (Some(7), true, None));
        assert_eq!(next(0, Some(5), None), (Some(0), true, Some(5)));
    }

    #[test]
    fn what_is_asked_on_is_the_next_page_and_not_the_same() {
        let on = NumberedPage::at(&Start::at(70), 100);
        for (total, next) in [(Some(71), Some(false)), (None, None)] {
            let answer = envelope(70, total, next);
            let Judgement::Ask(second) = on.judge(&answer) else {
                panic!("{total:?} {next:?}: the first page is no answer");
            };
            assert_eq!((second.number, second.size), (1, 70));
            let empty = envelope(0, None, next);
            assert_eq!(second.judge(&empty), Judgement::Sound(0));
            assert_eq!(second.page(&empty).following, []);
        }
    }

    #[test]
    fn pages_without_a_common_size_are_not_counted() {
        let first = NumberedPage::at(&Start::at(250), 100);
        assert_eq!(
            first.judge(&envelope(70, Some(900), None)),
            Judgement::Ask(NumberedPage { number: 0, ..first })
        );
        let learning = NumberedPage { number: 0, ..first };
        let Judgement::Ask(learned) = learning.judge(&envelope(97, Some(900), None)) else {
            panic!("the first page shows a size");
        };
        assert_eq!((learned.number, learned.size), (2, 97));
        assert_eq!(learned.judge(&envelope(95, Some(900), None)), Judgement::Uncountable);
    }
}
