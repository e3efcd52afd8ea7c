//! One part of a connection in a sorted listing: what has been read of it, and
//! how much of that is certain to come next.

use std::cmp::Ordering;
use std::collections::{HashSet, VecDeque};

use invoice::{Invoice, Position, Reference, Sort, SortValue};
use provider_client::provider::{MovedUp, Page, PageEnd, PageRead, Part, PartOrder, Placed, Start};
use provider_client::{Deadline, ProviderError};

use super::planned_question::PlannedQuestion;

/// An invoice that has been read and not yet given.
struct Held {
    position: Position,
    invoice: Invoice,
}

/// One part, as it is merged.
pub(super) struct Stream {
    /// The part's place in its plan; none where parts were read whole and sorted by us.
    pub part: Option<usize>,
    order: PartOrder,
    sort: Sort,
    /// In the asked order.
    held: VecDeque<Held>,
    /// Where to read next; none once all is read.
    pub next: Option<Start>,
    /// The next page, once it has been fetched and until it is taken in.
    pub fetched: Option<Fetched>,
    /// Whether it is not in the order that was promised.
    pub is_disordered: bool,
    /// Whether the page to be read next is one that the provider announced.
    announced: bool,
    /// Where reading began.
    from: Start,
    /// Whether it is certain that nothing to be given stands before that.
    is_anchored: bool,
    /// Where the last invoice read stands, whether it answered or not.
    frontier: Option<Position>,
    /// Where each invoice read stands, in the order asked and in the provider's.
    read: Vec<(Position, Start)>,
    seen: HashSet<Reference>,
    /// The end of the pages taken in; none where the next is not to follow them.
    end: Option<PageEnd>,
    /// Pages read in all.
    pub pages: usize,
}

/// What came of asking for a page.
pub(super) struct Fetched {
    pub part: Part,
    pub start: Start,
    pub came: Result<Came, ProviderError>,
}

/// The answer to asking for the next page.
pub(super) enum Came {
    /// The page.
    Page(Page),
    /// The rows that have moved up to before the page since the one before was read: the page
    /// is to be read again.
    MovedUp(MovedUp),
}

/// What came of taking a page in.
pub(super) enum Taken {
    /// The part is in the order that was promised.
    InOrder,
    /// The part is in order; but what was said of its invoices does not agree with
    /// them.
    Contradicted,
    /// The part is not in the order that was promised.
    Disordered,
}

impl Stream {
    /// A part that the provider sorts, to be read from `start` on.
    pub fn sorted(part: usize, order: PartOrder, sort: Sort, start: Start) -> Self {
        Self {
            part: Some(part),
            order,
            sort,
            held: VecDeque::new(),
            next: Some(start.clone()),
            fetched: None,
            is_disordered: false,
            announced: false,
            is_anchored: start.is_beginning(),
            from: start,
            frontier: None,
            read: Vec::new(),
            seen: HashSet::new(),
            end: None,
            pages: 0,
        }
    }

    /// All that answers of a connection, sorted by us.
    pub fn whole(sort: Sort, invoices: Vec<(Position, Invoice)>) -> Self {
        let held = invoices.into_iter().map(|(position, invoice)| Held { position, invoice });
        Self {
            held: held.collect(),
            next: None,
            part: None,
            ..Self::sorted(0, PartOrder::Own, sort, Start::default())
        }
    }

    /// Reads the next page of `part`, which begins at `start`.
    pub async fn read_on(
        &self,
        planned: &PlannedQuestion,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Came, ProviderError> {
        let page = planned.page(part, start, deadline).await?;
        let Some(end) = self.end.as_ref().filter(|end| !end.leads_to(start, &page)) else {
            return Ok(Came::Page(page));
        };
        let is_known = |invoice: &Invoice| self.seen.contains(&invoice.id);
        let moved = planned.moved_up(part, end, (start, &page), &is_known, deadline).await?;
        Ok(if moved.is_page_outdated { Came::MovedUp(moved) } else { Came::Page(page) })
    }

    /// Takes in what came from `start`, leaving out what stands at or before `mark`: it has
    /// been given.
    pub fn take_in(
        &mut self,
        planned: &PlannedQuestion,
        start: &Start,
        came: Came,
        mark: Option<&Position>,
    ) -> Result<Taken, ProviderError> {
        self.pages += 1;
        match came {
            Came::Page(page) => self.take_page(planned, start, page, mark),
            Came::MovedUp(MovedUp { rows, end, .. }) => {
                self.next = Some(end.place().clone());
                self.end = Some(end);
                // Read again, and not announced: what was has moved.
                self.announced = false;
                let rows = self.in_order(rows);
                let taken = self.take_rows(planned, rows, mark)?;
                Ok(if taken { Taken::Contradicted } else { Taken::Disordered })
            }
        }
    }

    /// Rows that have moved up, in order: they come from several readings. Without those
    /// that stand before what has been read: they have come since, and are known from now on.
    fn in_order(&mut self, rows: Vec<Placed>) -> Vec<Placed> {
        let mut kept: Vec<(Option<Position>, Placed)> = Vec::new();
        for it in rows {
            let at = it.row.as_ref().ok().map(|invoice| self.sort.position(invoice));
            match (&at, &it.row) {
                (Some(at), Ok(invoice)) if self.contradicts_order(at) => {
                    self.seen.insert(invoice.id.clone());
                }
                _ => kept.push((at, it)),
            }
        }
        kept.sort_by(|(a, _), (b, _)| match (a, b) {
            (Some(a), Some(b)) => self.cmp(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        });
        kept.into_iter().map(|(_, it)| it).collect()
    }

    /// How two positions stand in the order that the provider promised.
    fn cmp(&self, a: &Position, b: &Position) -> Ordering {
        match self.order {
            PartOrder::RequestedThenId => self.sort.cmp(a, b),
            PartOrder::Requested | PartOrder::Own => {
                self.sort.cmp_values(a.value.as_ref(), b.value.as_ref())
            }
        }
    }

    fn take_page(
        &mut self,
        planned: &PlannedQuestion,
        start: &Start,
        page: Page,
        mark: Option<&Position>,
    ) -> Result<Taken, ProviderError> {
        let positions: Vec<Position> =
            page.invoices.iter().map(|invoice| self.sort.position(invoice)).collect();
        if positions.iter().chain(mark).any(|position| position.is_abridged) {
            // Equals stand by names of ours, which the provider does not know.
            self.order = PartOrder::Requested;
        }
        if !self.is_anchored && !start.is_beginning() {
            let first = positions.first();
            let is_anchor = first.zip(mark).is_some_and(|(first, mark)| self.anchors(first, mark));
            let behind = page.stretch.as_ref().and_then(|stretch| stretch.behind.as_ref());
            let is_behind =
                behind.zip(mark).is_some_and(|(at, mark)| self.sort.cmp(at, mark).is_le());
            if !is_anchor && !is_behind {
                self.go_back(start, planned.stride());
                return Ok(Taken::InOrder);
            }
        }
        let was_anchored = std::mem::replace(&mut self.is_anchored, true);
        let is_new = |invoice: &Invoice| !self.seen.contains(&invoice.id);
        let fresh = page.invoices.iter().filter(|invoice| is_new(invoice)).count();
        let had = self.seen.len().saturating_add(fresh).saturating_add(page.left_out.len());
        let reading = PageRead {
            start,
            is_first: !was_anchored || self.pages == 1,
            has_read: !self.seen.is_empty(),
            was_announced: self.announced,
            fresh,
            had: u64::try_from(had).ok().filter(|_| self.from.is_beginning()),
        };
        let onward = reading.onward(&page).map_err(|_| planned.brings_nothing())?;
        let up_to = page.stretch.as_ref().and_then(|stretch| stretch.up_to.clone());
        let (total, rows) = (page.total, page.placed(start));
        self.end = Some(PageEnd::of(self.end.as_ref(), start, &rows, total));
        if !self.take_rows(planned, rows, mark)? {
            return Ok(Taken::Disordered);
        }
        self.announced = onward.announced;
        self.next = onward.starts.into_iter().next();
        if let (Some(up_to), Some(next)) = (up_to, &self.next) {
            // The next page begins right behind it, whatever becomes of this one's invoices.
            self.read.push((up_to.clone(), next.clone()));
            self.frontier = Some(up_to);
        }
        Ok(if onward.agrees { Taken::InOrder } else { Taken::Contradicted })
    }

    /// Takes in rows. False where one is not in the order that was promised.
    fn take_rows(
        &mut self,
        planned: &PlannedQuestion,
        rows: Vec<Placed>,
        mark: Option<&Position>,
    ) -> Result<bool, ProviderError> {
        let sort = self.sort;
        let is_seen = |it: &Placed| it.row.as_ref().is_ok_and(|it| self.seen.contains(&it.id));
        // A page that ends with what was read goes on nowhere, and excuses nothing.
        let mut again =
            rows.iter().rposition(is_seen).map_or(0, |last| last + 1) % rows.len().max(1);
        for Placed { at, row } in rows {
            // Whether a row follows that was read before.
            let is_before_read = again > 0;
            again = again.saturating_sub(1);
            let invoice = match row {
                Ok(invoice) => invoice,
                Err(row) => {
                    if let Some(part) = self.part {
                        planned.leave_out(part, &at, row);
                    }
                    continue;
                }
            };
            let position = sort.position(&invoice);
            if !self.seen.insert(invoice.id.clone()) {
                continue;
            }
            if self.contradicts_order(&position) {
                if is_before_read {
                    // The invoice has come since, among those that were read.
                    continue;
                }
                return Ok(false);
            }
            let given = mark.is_some_and(|mark| sort.cmp(&position, mark) != Ordering::Greater);
            if planned.admits(&invoice)? && !given {
                self.held.push_back(Held { position: position.clone(), invoice });
            }
            self.read.push((position.clone(), at));
            self.frontier = Some(position);
        }
        // In order already, but for equals whose order the provider leaves open.
        self.held.make_contiguous().sort_by(|a, b| sort.cmp(&a.position, &b.position));
        Ok(true)
    }

    /// Whether all that stands before an invoice at `position` is known to have
    /// been given, when the last one given stands at `mark`.
    fn anchors(&self, position: &Position, mark: &Position) -> bool {
        let order = match self.order {
            PartOrder::RequestedThenId => self.sort.cmp(position, mark),
            // Before an equal, one may stand that was not given.
            PartOrder::Requested | PartOrder::Own => {
                match self.sort.cmp_values(position.value.as_ref(), mark.value.as_ref()) {
                    Ordering::Equal => Ordering::Greater,
                    order => order,
                }
            }
        };
        order != Ordering::Greater
    }

    /// Invoices have left since the hint was made: what is to be given may stand
    /// before it. The further back the more at once, so that it takes few calls.
    fn go_back(&mut self, start: &Start, stride: u64) {
        let pages = u32::try_from(self.pages.saturating_sub(1)).unwrap_or(u32::MAX);
        let step = stride.max(1).saturating_mul(2_u64.saturating_pow(pages));
        self.end = None;
        self.from = start.before(step);
        self.next = Some(self.from.clone());
    }

    fn contradicts_order(&self, position: &Position) -> bool {
        self.frontier.as_ref().is_some_and(|frontier| self.cmp(frontier, position).is_gt())
    }

    /// Where the next invoice stands, if it is certain that none comes before.
    pub fn head(&self) -> Option<&Position> {
        let head = &self.held.front()?.position;
        let certain = match self.order {
            _ if self.next.is_none() => true,
            PartOrder::RequestedThenId => true,
            // An equal may still come that stands before it by its reference.
            PartOrder::Requested | PartOrder::Own => self.comes_before_unread(head.value.as_ref()),
        };
        certain.then_some(head)
    }

    /// Whether it must be read on before an invoice at `head` may be given, or, where no
    /// invoice is certain yet, before any may.
    pub fn is_waited_for(&self, head: Option<&Position>) -> bool {
        self.next.is_some()
            && self.head().is_none()
            && head.is_none_or(|head| !self.comes_before_unread(head.value.as_ref()))
    }

    /// Whether a value stands before all that is still to be read.
    fn comes_before_unread(&self, value: Option<&SortValue>) -> bool {
        match (&self.next, &self.frontier) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(frontier)) => {
                self.sort.cmp_values(value, frontier.value.as_ref()) == Ordering::Less
            }
        }
    }

    /// Takes the next invoice out.
    pub fn pop(&mut self) -> Option<(Position, Invoice)> {
        self.held.pop_front().map(|held| (held.position, held.invoice))
    }

    /// Puts back the invoice that was taken out last.
    pub fn put_back(&mut self, position: Position, invoice: Invoice) {
        self.held.push_front(Held { position, invoice });
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

    /// Where to begin the next time, when the last invoice given stands at
    /// `last`: at an invoice before which all has been given, or where reading
    /// began. None when nothing is left.
    pub fn resume(&self, last: Option<&Position>) -> Option<Start> {
        if self.is_done() {
            return None;
        }
        let given = |(position, _): &&(Position, Start)| {
            last.is_some_and(|last| self.anchors(position, last))
        };
        let anchor = self.read.iter().rev().find(given);
        Some(anchor.map_or_else(|| self.from.clone(), |(_, start)| start.clone()))
    }

    /// Up to where each invoice has been given, or does not answer.
    pub fn settled(&self) -> Settled<'_> {
        let front = self.held.front().map(|held| &held.position);
        if self.part.is_none() {
            return front.map_or(Settled::All, Settled::Before);
        }
        if !self.is_anchored {
            return Settled::UpTo(None);
        }
        let Some(end) = front.or(self.frontier.as_ref().filter(|_| self.next.is_some())) else {
            return if self.next.is_some() { Settled::UpTo(None) } else { Settled::All };
        };
        let is_settled = |(position, _): &&(Position, Start)| match (self.order, front) {
            (PartOrder::RequestedThenId, None) => true,
            (PartOrder::RequestedThenId, Some(front)) => self.sort.cmp(position, front).is_lt(),
            // An equal of the end may still come.
            (PartOrder::Requested | PartOrder::Own, _) => {
                self.sort.cmp_values(position.value.as_ref(), end.value.as_ref()).is_lt()
            }
        };
        Settled::UpTo(self.read.iter().rev().find(is_settled).map(|(position, _)| position))
    }
}

/// How much of a part needs no further look.
pub(super) enum Settled<'a> {
    /// All of it.
    All,
    /// Whatever stands up to here; none: nothing is known.
    UpTo(Option<&'a Position>),
    /// Whatever stands before this.
    Before(&'a Position),
}
