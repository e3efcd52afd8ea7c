//! One part of a connection in a sorted listing: what has been read of it, and
//! how much of that is certain to come next.

use std::cmp::Ordering;
use std::collections::VecDeque;

use invoice::{Invoice, Position, Sort, SortValue};

use super::participant::Asking;
use crate::ProviderError;
use crate::provider::{Page, PartOrder, Start};

/// An invoice that has been read and not yet given.
struct Held {
    position: Position,
    invoice: Invoice,
    /// Its place in the provider's order, to begin from the next time.
    start: Start,
    read_as: u64,
}

/// One part, as it is merged.
pub(super) struct Stream {
    /// Which participant's, and which of its parts.
    pub participant: usize,
    pub part: usize,
    order: PartOrder,
    sort: Sort,
    /// In the asked order.
    held: VecDeque<Held>,
    /// Where to read next; none once all is read.
    pub next: Option<Start>,
    /// Where the last invoice read stands, whether it answered or not.
    frontier: Option<Position>,
    /// Invoices read in all.
    read: u64,
    /// Pages read in all.
    pub pages: usize,
    /// Whether it was read whole, and sorted by us.
    pub whole: bool,
}

/// What came of taking a page in.
pub(super) enum Taken {
    /// It is in the order that was promised.
    InOrder,
    /// It is not.
    Disordered,
}

impl Stream {
    /// A part that the provider sorts, to be read from `start` on.
    pub fn sorted(
        participant: usize,
        part: usize,
        order: PartOrder,
        sort: Sort,
        start: Start,
    ) -> Self {
        Self {
            participant,
            part,
            order,
            sort,
            held: VecDeque::new(),
            next: Some(start),
            frontier: None,
            read: 0,
            pages: 0,
            whole: false,
        }
    }

    /// All that answers of a connection, sorted by us.
    pub fn whole(participant: usize, sort: Sort, invoices: Vec<(Position, Invoice)>) -> Self {
        let held = invoices.into_iter().map(|(position, invoice)| Held {
            position,
            invoice,
            start: Start::default(),
            read_as: 0,
        });
        Self {
            held: held.collect(),
            next: None,
            whole: true,
            ..Self::sorted(participant, 0, PartOrder::Own, sort, Start::default())
        }
    }

    /// Takes in the page that was read from `start`, leaving out what stands
    /// at or before `mark`: it has been given.
    pub fn take_in(
        &mut self,
        asking: &Asking,
        start: &Start,
        page: Page,
        mark: Option<&Position>,
    ) -> Result<Taken, ProviderError> {
        let following = page.following.first().cloned();
        for (place, row) in (0_u64..).zip(page.rows()) {
            let invoice = match row {
                Ok(invoice) => invoice,
                Err(row) => {
                    asking.leave_out(self.part, start, row);
                    continue;
                }
            };
            let position = self.sort.position(&invoice);
            if self.is_disordered(&position) {
                return Ok(Taken::Disordered);
            }
            let given =
                mark.is_some_and(|mark| self.sort.cmp(&position, mark) != Ordering::Greater);
            if asking.admits(&invoice)? && !given {
                let held = Held {
                    position: position.clone(),
                    invoice,
                    start: start.after(place),
                    read_as: self.read,
                };
                self.held.push_back(held);
            }
            self.read += 1;
            self.frontier = Some(position);
        }
        self.pages += 1;
        self.next = following;
        let sort = self.sort;
        // In order already, but for equals whose order the provider leaves open.
        self.held.make_contiguous().sort_by(|a, b| sort.cmp(&a.position, &b.position));
        Ok(Taken::InOrder)
    }

    fn is_disordered(&self, position: &Position) -> bool {
        let Some(frontier) = &self.frontier else {
            return false;
        };
        let order = match self.order {
            PartOrder::AskedThenId => self.sort.cmp(frontier, position),
            PartOrder::Asked | PartOrder::Own => {
                self.sort.cmp_values(frontier.value.as_ref(), position.value.as_ref())
            }
        };
        order == Ordering::Greater
    }

    /// Where the next invoice stands, if it is certain that none comes before.
    pub fn head(&self) -> Option<&Position> {
        let head = &self.held.front()?.position;
        let certain = match self.order {
            _ if self.next.is_none() => true,
            PartOrder::AskedThenId => true,
            // An equal may still come that stands before it by its reference.
            PartOrder::Asked | PartOrder::Own => self.comes_before_unread(head.value.as_ref()),
        };
        certain.then_some(head)
    }

    /// Whether a value stands before all that is still to be read.
    pub fn comes_before_unread(&self, value: Option<&SortValue>) -> bool {
        match (&self.next, &self.frontier) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(frontier)) => {
                self.sort.cmp_values(value, frontier.value.as_ref()) == Ordering::Less
            }
        }
    }

    /// The next invoice.
    pub fn first(&self) -> Option<&Invoice> {
        self.held.front().map(|held| &held.invoice)
    }

    /// Takes the next invoice out.
    pub fn pop(&mut self) -> Option<(Position, Invoice)> {
        self.held.pop_front().map(|held| (held.position, held.invoice))
    }

    /// Whether invoices are held whose equals are still to be read.
    pub fn is_amid_equals(&self) -> bool {
        self.head().is_none() && !self.held.is_empty()
    }

    /// Whether all that is left stands behind `position`, as far as can be told.
    pub fn is_beyond(&self, position: &Position) -> bool {
        match self.held.front() {
            Some(held) => self.sort.cmp(&held.position, position) == Ordering::Greater,
            None => self.next.is_none(),
        }
    }

    /// Whether nothing is left.
    pub fn is_done(&self) -> bool {
        self.held.is_empty() && self.next.is_none()
    }

    /// Where the first invoice not given stands in the provider's order.
    pub fn resume(&self) -> Option<Start> {
        let first = self.held.iter().min_by_key(|held| held.read_as);
        first.map(|held| held.start.clone()).or_else(|| self.next.clone())
    }
}
