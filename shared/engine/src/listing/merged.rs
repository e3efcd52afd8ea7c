//! A listing with a sort: all connections side by side, merged into one order.
//!
//! **What holds of a walk.** All that answers and stands up to the last invoice
//! given, in the order asked, has been given, and nothing else has. A cursor says after which
//! invoice it goes on; where its part was read to is only a hint, as invoices come
//! and go. Reading goes back from the hint until a page begins with an invoice
//! before which none can be left to give, or to the beginning of the part. Hence
//! whatever was there at the beginning, still answers, and keeps its place in the
//! order is given once.
//!
//! A part that its provider sorts is read page by page, as far as the merge
//! needs it. A connection with any part that its provider cannot sort (or does
//! not sort as it promised) is read whole and sorted here.

mod lane;
mod reading;

use std::collections::{BTreeMap, HashSet};

use invoice::{Position, Reference, Sort};

use super::bounds::{Budget, MAX_PAGES, Room, is_giant};
use super::cursor_state::MergedState;
use super::participant::Participant;
use super::serialized::SerializedInvoice;
use super::stream::{Settled, Stream};
use super::whole::too_many;
use lane::Lane;

struct Merge<'a> {
    lanes: Vec<Lane<'a>>,
    /// Whether this is the first page of the walk.
    is_first: bool,
    sort: Sort,
    budget: Budget,
    data: Vec<SerializedInvoice>,
    room: Room,
    given: HashSet<Reference>,
    /// The furthest invoice given.
    last: Option<Position>,
}

/// Reads one page's worth, from where `before` stands.
pub(super) async fn read(
    participants: &mut [Participant],
    sort: Sort,
    before: &MergedState,
    limit: u16,
    budget: Budget,
) -> (Vec<SerializedInvoice>, MergedState) {
    let lanes = participants.iter_mut().map(|participant| Lane::new(participant, before));
    let mut merge = Merge {
        lanes: lanes.collect(),
        is_first: before.after.is_none(),
        sort,
        budget,
        data: Vec::new(),
        room: Room::whole(),
        given: HashSet::new(),
        last: before.after.clone(),
    };
    merge.begin().await;
    merge.sort_what_is_disordered().await;
    merge.run(limit.into()).await;
    let next = merge.state();
    (merge.data, next)
}

impl Merge<'_> {
    /// Gives invoices in order until the page is full, nothing is left, or the
    /// budget is spent.
    async fn run(&mut self, limit: usize) {
        while self.data.len() < limit {
            let head = self.head();
            if !self.needs_reading(head.as_ref()) {
                let Some(head) = head else { break };
                if !self.give(&head) {
                    break;
                }
            } else if self.is_spent(head.as_ref()) {
                if self.data.is_empty() {
                    self.refuse_endless_equals(head.as_ref());
                    self.refuse_too_many_calls(head.as_ref());
                }
                break;
            } else {
                self.read_on(head.as_ref()).await;
            }
        }
    }

    /// Where the invoice stands that comes first of all that are certain.
    fn head(&self) -> Option<Position> {
        let heads = self.lanes.iter().flat_map(|lane| &lane.streams).filter_map(Stream::head);
        heads.min_by(|a, b| self.sort.cmp(a, b)).cloned()
    }

    /// Gives the invoice at `head`. False where the page has no room for it; one that no
    /// answer holds is passed over.
    fn give(&mut self, head: &Position) -> bool {
        let sort = self.sort;
        let is_first = |stream: &Stream| stream.head().is_some_and(|it| sort.cmp(it, head).is_eq());
        let found = self.lanes.iter_mut().find_map(|lane| {
            let Lane { participant, streams, last, .. } = lane;
            Some((participant, last, streams.iter_mut().find(|stream| is_first(stream))?))
        });
        let Some((participant, last_of_lane, stream)) = found else {
            return false;
        };
        let Some((position, invoice)) = stream.pop() else {
            return false;
        };
        if !self.given.contains(&invoice.id) {
            let invoice = SerializedInvoice::new(invoice);
            let id = invoice.id.clone();
            if self.room.take(&self.data, &invoice) {
                self.data.push(invoice);
            } else if is_giant(&invoice) {
                participant.leave_out_giant(&invoice);
            } else {
                stream.put_back(position, invoice.into_invoice());
                return false;
            }
            self.given.insert(id);
        }
        // A connection that comes late gives what stands before the furthest.
        if self.last.as_ref().is_none_or(|last| sort.cmp(&position, last).is_gt()) {
            self.last = Some(position.clone());
        }
        *last_of_lane = Some(position);
        true
    }

    /// Whether a stream must be read on before the invoice at `head` may be given.
    fn needs_reading(&self, head: Option<&Position>) -> bool {
        self.lanes.iter().any(|lane| lane.waiting(head).next().is_some())
    }

    fn is_spent(&self, head: Option<&Position>) -> bool {
        let pages =
            self.lanes.iter().flat_map(|lane| lane.waiting(head)).map(|stream| stream.pages);
        self.budget.is_spent() && pages.clone().all(|pages| pages > 0)
            || pages.max() >= Some(MAX_PAGES)
            || self.lanes.iter().any(|lane| lane.is_out_of_calls(head))
    }

    /// Where not one invoice can be given within the calls that an answer may
    /// make, the next answer could not do better.
    fn refuse_too_many_calls(&mut self, head: Option<&Position>) {
        let last = self.last.clone();
        for lane in self.lanes.iter_mut().filter(|lane| lane.is_out_of_calls(head)) {
            if let Some(planned) = lane.participant.planned() {
                lane.fail(&planned.too_many_calls(), last.as_ref());
            }
        }
    }

    /// Equals that no budget suffices to read stand in the way of all else, and
    /// would again: asking on with the cursor could not help.
    fn refuse_endless_equals(&mut self, head: Option<&Position>) {
        let last = self.last.clone();
        for lane in &mut self.lanes {
            if lane.waiting(head).any(Stream::is_amid_equals)
                && let Some(planned) = lane.participant.planned()
            {
                lane.fail(&too_many(&planned, "share one value of the order"), last.as_ref());
            }
        }
    }

    /// After which invoice the next answer goes on: the last one given, or one
    /// behind it up to which none answers.
    fn after(&self) -> Option<&Position> {
        let last = self.last.as_ref();
        let streams = self.lanes.iter().flat_map(|lane| &lane.streams);
        let settled: Vec<Settled<'_>> = streams.map(Stream::settled).collect();
        let ends = settled.iter().filter_map(|settled| match settled {
            Settled::UpTo(end) => Some(*end),
            Settled::All | Settled::Before(_) => None,
        });
        // Of all streams the least; one of which nothing is known is the least.
        let least = ends.min_by(|a, b| match (a, b) {
            (Some(a), Some(b)) => self.sort.cmp(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        });
        let is_further = |end: &&Position| {
            last.is_none_or(|last| self.sort.cmp(end, last).is_gt())
                && settled.iter().all(|settled| match settled {
                    Settled::Before(front) => self.sort.cmp(end, front).is_lt(),
                    Settled::All | Settled::UpTo(_) => true,
                })
        };
        least.flatten().filter(is_further).or(last)
    }

    /// Where the next answer goes on.
    fn state(&self) -> MergedState {
        let after = self.after();
        let places = self
            .lanes
            .iter()
            .map(|lane| (lane.participant.name.clone(), lane.place(self.last.as_ref(), after)));
        MergedState { after: after.cloned(), connections: BTreeMap::from_iter(places) }
    }
}
