//! A listing without a sort: one connection after the other, each in its
//! provider's own order, and no further than the page needs.
//!
//! **What holds of a walk.** A provider's own order does not change, but invoices
//! come and go, so a number of rows names no place in it. All that stood before the
//! last invoice had has been had. So a walk goes on behind the last invoice *that
//! is still there* of those it had: reading begins where the last one stood, and
//! goes back until a page holds one that is known, or to the beginning of the part.
//! What stands up to the last known one of that page is passed over; all behind it
//! is given, but for what is known. Hence whatever was there at the beginning, and
//! still answers, is given once, however many leave between two pages, as long as
//! one of the last [`MAX_KNOWN`](super::had::MAX_KNOWN) invoices had is there, or
//! none that was had before them. Otherwise some are given twice, and none is lost.
//! Within one answer, what has moved up to before a page is read after it ([`PageEnd`]).

mod filling;

use std::collections::{HashSet, VecDeque};

use futures::future::join_all;
use invoice::{ConnectionName, Invoice};
use provider_client::provider::{MovedUp, Onward, Page, PageEnd, PageRead, Placed, Start};
use provider_client::{Deadline, ErrorKind, ProviderError};

use filling::Filling;

use super::bounds::{Budget, MAX_PAGES, Room, SPARE_CALLS, is_giant};
use super::cursor_state::{self, SequentialPlace, SequentialState};
use super::had::{Had, Mark};
use super::participant::Participant;
use super::planned_question::PlannedQuestion;
use super::serialized::SerializedInvoice;

/// The most pages asked for at once: reached by doubling, so that a question
/// that one page answers costs one call.
const MAX_WINDOW: usize = 8;

/// What is still to be read: a page of a part.
struct Unread {
    part: usize,
    start: Start,
    /// Whether the pages after it are known only once it is read.
    leads_on: bool,
    /// Whether the provider says that it holds something.
    announced: bool,
    /// What came of asking for it, ahead of its turn.
    fetched: Option<Result<Page, ProviderError>>,
}

impl Unread {
    /// A page of which nothing is said, and that leads on.
    fn new(part: usize, start: Start) -> Self {
        Self { part, start, leads_on: true, announced: false, fetched: None }
    }
}

/// One connection as it is read.
struct Walk<'a> {
    participant: &'a mut Participant,
    planned: PlannedQuestion,
    unread: VecDeque<Unread>,
    /// The part under way: what was had of it, by this and by earlier answers.
    part: usize,
    had: Had,
    /// Where the last invoice had of it stood.
    place: Option<Start>,
    /// The end of the pages read of it for this answer.
    end: Option<PageEnd>,
    /// How far to go back next, while none is met that was had.
    back: Option<u64>,
    /// Whether no page of it has been read for this answer.
    is_first: bool,
    /// Whether any invoice could be read of it for this answer.
    has_read: bool,
    /// Invoices read of it, where it is read from its beginning.
    rows: Option<u64>,
    /// Pages read for this answer.
    pages: usize,
}

/// Reads one page's worth, from where `before` stands.
pub(super) async fn read(
    participants: &mut [Participant],
    before: &SequentialState,
    limit: u16,
    budget: Budget,
) -> (Vec<SerializedInvoice>, SequentialState) {
    let mut filling = Filling {
        data: Vec::new(),
        seen: HashSet::new(),
        room: Room::whole(),
        is_closed: false,
        limit: limit.into(),
    };
    let mut next = before.clone();
    let mut late = Vec::new();
    for index in turns(participants, &before.late) {
        let Some(participant) = participants.get_mut(index) else { continue };
        let Some(planned) = participant.planned() else {
            late.push(participant.name.clone());
            continue;
        };
        let place = before.connections.get(&participant.name);
        if matches!(place, Some(SequentialPlace::Done)) {
            continue;
        }
        if filling.is_full() && !planned.plan.parts.is_empty() {
            if before.late.contains(&participant.name) {
                late.push(participant.name.clone());
            }
            continue;
        }
        let mut walk = match Walk::new(participant, planned, place) {
            Ok(walk) => walk,
            Err((participant, error)) => {
                participant.fail(&error);
                late.push(participant.name.clone());
                continue;
            }
        };
        let outcome = walk.read(&mut filling, budget).await;
        let failed = outcome.is_err();
        // As far as it goes in one answer: the next one goes on with it.
        let is_cut = outcome.is_ok() && !walk.unread.is_empty() && !filling.is_full();
        let place = walk.place();
        if let Err(error) = outcome {
            participant.fail(&error);
            late.push(participant.name.clone());
        }
        if let Some(place) = place {
            next.connections.insert(participant.name.clone(), place);
        }
        // A connection that failed has brought nothing: the next one may.
        if is_cut || budget.is_spent() && !failed {
            break;
        }
    }
    next.late = late;
    (filling.data, next)
}

/// The order in which connections are read: those that failed on an earlier
/// page after all others.
fn turns(participants: &[Participant], late: &[ConnectionName]) -> Vec<usize> {
    let is_late = |index: &usize| {
        participants.get(*index).is_some_and(|participant| late.contains(&participant.name))
    };
    let (late, mut turns): (Vec<usize>, Vec<usize>) = (0..participants.len()).partition(is_late);
    turns.extend(late);
    turns
}

impl<'a> Walk<'a> {
    /// The parts from where the connection stands.
    fn new(
        participant: &'a mut Participant,
        planned: PlannedQuestion,
        place: Option<&SequentialPlace>,
    ) -> Result<Self, (&'a mut Participant, ProviderError)> {
        let (first, start, had) = match place {
            Some(SequentialPlace::At { part, start, had }) => {
                let place =
                    planned.plan.parts.iter().position(|it| cursor_state::name(it) == *part);
                let Some(place) = place else {
                    let error = planned.error(
                        ErrorKind::InvalidStart,
                        "what the cursor points at is gone: start again without it",
                    );
                    return Err((participant, error));
                };
                (place, start.clone(), had.clone())
            }
            _ => (0, Start::default(), Had::default()),
        };
        let starts = std::iter::once(start.clone()).chain(std::iter::repeat_with(Start::default));
        let parts = first..planned.plan.parts.len();
        let unread = parts.zip(starts).map(|(part, start)| Unread::new(part, start)).collect();
        Ok(Self {
            participant,
            planned,
            unread,
            part: first,
            back: (!had.is_empty()).then_some(0),
            rows: (had.is_empty() && start.is_beginning()).then_some(0),
            place: (!had.is_empty()).then_some(start),
            had,
            end: None,
            is_first: true,
            has_read: false,
            pages: 0,
        })
    }

    /// Where the next answer goes on.
    fn place(&self) -> Option<SequentialPlace> {
        let Some(Unread { part, start, .. }) = self.unread.front() else {
            return Some(SequentialPlace::Done);
        };
        let name = cursor_state::name(self.planned.plan.parts.get(*part)?);
        Some(match &self.place {
            Some(place) if *part == self.part => {
                SequentialPlace::At { part: name, start: place.clone(), had: self.had.clone() }
            }
            _ => SequentialPlace::At { part: name, start: start.clone(), had: Had::default() },
        })
    }

    /// Reads until the page is full or the connection is at its end. What was
    /// not read to its end stays in `unread`.
    async fn read(&mut self, filling: &mut Filling, budget: Budget) -> Result<(), ProviderError> {
        let mut window = 1;
        // Half of what is left: should it hang, the next one can still be asked.
        let deadline = Deadline::after(budget.deadline.left() / 2);
        while !self.unread.is_empty()
            && !filling.is_full()
            && self.pages < MAX_PAGES
            && (self.pages == 0 || self.may_read_on() && !budget.is_spent())
        {
            self.participant.fetching();
            let planned = &self.planned;
            let pages_left = MAX_PAGES.saturating_sub(self.pages).min(self.calls_to_spend());
            // At least one: a round that reads nothing would end where it began, each time.
            let window_left = window.min(pages_left.max(1));
            let ahead = self.unread.iter_mut().take(window_left);
            let fetching = ahead.filter(|one| one.fetched.is_none()).filter_map(|one| {
                let part = planned.plan.parts.get(one.part)?;
                Some(async { one.fetched = Some(planned.page(part, &one.start, deadline).await) })
            });
            self.pages += join_all(fetching).await.len();
            while !filling.is_full() && self.unread.front().is_some_and(|one| one.fetched.is_some())
            {
                self.take_first(filling, deadline).await?;
            }
            window = (window * 2).min(MAX_WINDOW);
        }
        Ok(())
    }

    /// Whether another page may be read: one to go on, or to go back to what was had.
    fn may_read_on(&self) -> bool {
        self.calls_to_spend() > 0 || self.back.is_some() && self.planned.calls_left() > 0
    }

    /// How many pages may be read on: some calls are left to go back by.
    fn calls_to_spend(&self) -> usize {
        self.planned.calls_left().saturating_sub(SPARE_CALLS)
    }

    /// Takes the first page, which has been fetched.
    async fn take_first(
        &mut self,
        filling: &mut Filling,
        deadline: Deadline,
    ) -> Result<(), ProviderError> {
        let Some(mut one) = self.unread.pop_front() else {
            return Ok(());
        };
        let page = match one.fetched.take() {
            Some(Ok(page)) => page,
            Some(Err(error)) => {
                self.unread.push_front(one);
                return Err(error);
            }
            None => return Ok(()),
        };
        if one.part != self.part {
            self.enter(one.part);
        }
        if let Some(part) = self.planned.plan.parts.get(one.part) {
            self.participant.note_total(part, page.total);
        }
        let end = self.end.take();
        if let Some(end) = end.as_ref().filter(|end| !end.leads_to(&one.start, &page)) {
            let moved = self.moved_up(&one, &page, end, deadline).await;
            if moved.is_err() {
                self.unread.push_front(Unread::new(one.part, one.start.clone()));
            }
            if let Some(MovedUp { rows, end, .. }) = moved? {
                // The pages that were read together with this one are as old.
                self.unread.retain(|unread| unread.part != one.part);
                self.unread.push_front(Unread::new(one.part, end.place().clone()));
                self.end = Some(end);
                return self.take(one.part, rows, 0, filling);
            }
        }
        let marks: Vec<Mark> = page.invoices.iter().map(Had::mark).collect();
        let Some(had_up_to) = self.had_up_to(&one, &marks) else {
            return Ok(());
        };
        let fresh = page.invoices.iter().filter(|it| !filling.seen.contains(&it.id)).count();
        let came = fresh.saturating_add(page.left_out.len());
        let came = u64::try_from(came).unwrap_or(u64::MAX);
        self.rows = self.rows.map(|rows| rows.saturating_add(came));
        let reading = PageRead {
            start: &one.start,
            is_first: self.is_first,
            has_read: self.has_read,
            was_announced: one.announced,
            fresh,
            had: self.rows.filter(|_| one.leads_on),
        };
        // What was announced cannot be what was had; unless invoices came since, and
        // then no page holds any that another page of this answer holds.
        let overlaps = fresh < page.invoices.len();
        let is_new = |onward: &Onward| {
            let at_end = onward.starts.is_empty() && one.announced && overlaps;
            !at_end || marks.iter().any(|mark| !self.had.contains(mark))
        };
        let Some(onward) = reading.onward(&page).ok().filter(is_new) else {
            self.unread.push_front(one);
            return Err(self.planned.brings_nothing());
        };
        self.is_first = false;
        self.has_read |= !page.invoices.is_empty();
        if page.stretch.is_some() && marks.is_empty() {
            // Read by keys: the walk goes on right there, and need not know anything again.
            (self.had, self.place) = (Had::default(), None);
        }
        self.lead_on(&one, onward);
        let (total, rows) = (page.total, page.placed(&one.start));
        self.end = Some(PageEnd::of(end.as_ref(), &one.start, &rows, total));
        self.take(one.part, rows, had_up_to, filling)
    }

    /// The rows that have moved up to before a page since `end` was read; none where the page
    /// is as it would be now.
    async fn moved_up(
        &mut self,
        one: &Unread,
        page: &Page,
        end: &PageEnd,
        deadline: Deadline,
    ) -> Result<Option<MovedUp>, ProviderError> {
        let Some(part) = self.planned.plan.parts.get(one.part) else { return Ok(None) };
        let is_known = |invoice: &Invoice| self.had.contains(&Had::mark(invoice));
        let moved = self.planned.moved_up(part, end, (&one.start, page), &is_known, deadline).await;
        let Some(moved) = Some(moved?).filter(|moved| moved.is_page_outdated) else {
            return Ok(None);
        };
        self.participant.contradict(part);
        let came = u64::try_from(moved.rows.len()).unwrap_or(u64::MAX);
        self.rows = self.rows.map(|rows| rows.saturating_add(came));
        Ok(Some(moved))
    }

    fn enter(&mut self, part: usize) {
        (self.part, self.had, self.place, self.back) = (part, Had::default(), None, None);
        (self.is_first, self.has_read, self.rows, self.end) = (true, false, Some(0), None);
    }

    /// How many of a page's first rows were had. None where that cannot be told
    /// from this page: what stands before it is to be read.
    fn had_up_to(&mut self, one: &Unread, marks: &[Mark]) -> Option<usize> {
        let Some(step) = self.back else {
            return Some(self.had.end_of_repetition(marks).unwrap_or(0));
        };
        let last = marks.iter().rposition(|mark| self.had.contains(mark));
        if last.is_none() && !one.start.is_beginning() {
            // The further back the more at once, so that it takes few calls.
            let step = step.max(self.planned.stride()).max(1);
            self.unread.push_front(Unread::new(one.part, one.start.before(step)));
            self.back = Some(step.saturating_mul(2));
            return None;
        }
        self.back = None;
        Some(last.map_or(0, |last| last + 1))
    }

    /// Puts the pages after one before the parts after it. Only the last of them
    /// can know of more, and at the end of a part none is left.
    fn lead_on(&mut self, one: &Unread, onward: Onward) {
        if !onward.agrees
            && let Some(part) = self.planned.plan.parts.get(one.part)
        {
            self.participant.contradict(part);
        }
        if !one.leads_on && !onward.starts.is_empty() {
            return;
        }
        self.unread.retain(|unread| unread.part != one.part);
        let mut leads_on = true;
        for start in onward.starts.into_iter().rev() {
            let announced = onward.announced;
            self.unread.push_front(Unread { leads_on, announced, ..Unread::new(one.part, start) });
            leads_on = false;
        }
    }

    /// Takes what answers the question until the page is full. What is left of the rows
    /// then, or when one turns out not to be what was asked for, is still unread.
    fn take(
        &mut self,
        part: usize,
        rows: Vec<Placed>,
        had_up_to: usize,
        filling: &mut Filling,
    ) -> Result<(), ProviderError> {
        let mut invoices = 0;
        for Placed { at, row } in rows {
            if filling.is_full() {
                self.unread.push_front(Unread::new(part, at));
                return Ok(());
            }
            let invoice = match row {
                Ok(invoice) => invoice,
                Err(row) => {
                    self.planned.leave_out(part, &at, row);
                    continue;
                }
            };
            let mark = Had::mark(&invoice);
            let was_had = invoices < had_up_to || self.had.contains(&mark);
            invoices += 1;
            let is_new = !was_had && !filling.seen.contains(&invoice.id);
            let id = invoice.id.clone();
            let outcome = if is_new { self.give(invoice, filling) } else { Ok(()) };
            if outcome.is_err() || filling.is_closed {
                self.unread.push_front(Unread::new(part, at));
                return outcome;
            }
            filling.seen.insert(id);
            self.had.meet(mark);
            self.place = Some(at);
        }
        Ok(())
    }

    /// Puts an invoice that was not had on the page, where it answers; the page closes
    /// where there is no room for it.
    fn give(&self, invoice: Invoice, filling: &mut Filling) -> Result<(), ProviderError> {
        if !self.planned.admits(&invoice)? {
            return Ok(());
        }
        let invoice = SerializedInvoice::new(invoice);
        if is_giant(&invoice) {
            self.participant.leave_out_giant(&invoice);
        } else {
            filling.take(invoice);
        }
        Ok(())
    }
}
