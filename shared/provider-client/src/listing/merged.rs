//! A listing with a sort: all connections side by side, merged into one order.
//!
//! A part that its provider sorts is read page by page, as far as the merge
//! needs it. A connection with any part that its provider cannot sort (or does
//! not sort as it promised) is read whole and sorted here.

mod reading;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use invoice::{Invoice, Position, Reference, Sort};

use super::participant::Participant;
use super::positions::{Positions, Standing};
use super::stream::Stream;
use super::whole::too_many;
use super::{Budget, MAX_BYTES, MAX_PAGES, size};
use crate::ProviderError;
use crate::provider::PartOrder;

struct Merge<'a> {
    participants: &'a mut [Participant],
    before: &'a Positions,
    streams: Vec<Stream>,
    sort: Sort,
    budget: Budget,
    data: Vec<Invoice>,
    /// The bytes that are left for invoices.
    room: usize,
    given: HashSet<Reference>,
    /// The furthest invoice given.
    last: Option<Position>,
    /// The last invoice given of each connection, in this answer.
    last_of: BTreeMap<usize, Position>,
    /// Connections that failed on the way: up to where each was given.
    failed_at: BTreeMap<usize, Option<Position>>,
    /// Connections that did not keep the order they promised.
    disordered: BTreeSet<usize>,
}

/// Reads one page's worth, from `positions` on.
pub(super) async fn read(
    participants: &mut [Participant],
    sort: Sort,
    positions: &Positions,
    limit: u16,
    budget: Budget,
) -> (Vec<Invoice>, Positions) {
    let mut merge = Merge {
        participants,
        before: positions,
        streams: Vec::new(),
        sort,
        budget,
        data: Vec::new(),
        room: MAX_BYTES,
        given: HashSet::new(),
        last: positions.after.clone(),
        last_of: BTreeMap::new(),
        failed_at: BTreeMap::new(),
        disordered: BTreeSet::new(),
    };
    let disordered = merge.begin().await;
    if !disordered.is_empty() {
        merge.sort_ourselves(disordered).await;
    }
    merge.run(limit.into()).await;
    let next = merge.positions();
    (merge.data, next)
}

impl Merge<'_> {
    /// Gives invoices in order until the page is full, nothing is left, or the
    /// budget is spent.
    async fn run(&mut self, limit: usize) {
        while self.data.len() < limit {
            let best = self.best();
            let needy = self.needy(best);
            if needy.is_empty() {
                let Some(best) = best.filter(|best| self.fits(*best)) else { break };
                self.give(best);
            } else if self.is_spent(&needy) {
                if self.data.is_empty() {
                    self.refuse_endless_equals(&needy);
                }
                break;
            } else {
                self.read_on(needy).await;
            }
        }
    }

    /// Whether the next invoice of a stream still fits; one that no answer holds
    /// is passed over.
    fn fits(&self, best: usize) -> bool {
        let next = self.streams.get(best).and_then(Stream::first).map(size);
        next.is_none_or(|size| size <= self.room || size > MAX_BYTES)
    }

    fn give(&mut self, best: usize) {
        let Some(stream) = self.streams.get_mut(best) else {
            return;
        };
        let of = stream.participant;
        let Some((position, invoice)) = stream.pop() else {
            return;
        };
        if self.given.insert(invoice.id.clone()) {
            match self.room.checked_sub(size(&invoice)) {
                Some(left) => {
                    self.room = left;
                    self.data.push(invoice);
                }
                None => {
                    if let Some(participant) = self.participants.get(of) {
                        participant.leave_out_giant(&invoice);
                    }
                }
            }
        }
        // A connection that comes late gives what stands before the furthest.
        if self.last.as_ref().is_none_or(|last| self.sort.cmp(&position, last).is_gt()) {
            self.last = Some(position.clone());
        }
        self.last_of.insert(of, position);
    }

    fn is_spent(&self, needy: &[usize]) -> bool {
        let pages =
            needy.iter().filter_map(|index| self.streams.get(*index)).map(|stream| stream.pages);
        self.budget.is_spent() && pages.clone().all(|pages| pages > 0)
            || pages.max() >= Some(MAX_PAGES)
    }

    /// Equals that no budget suffices to read stand in the way of all else, and
    /// would again: asking on with the cursor could not help.
    fn refuse_endless_equals(&mut self, needy: &[usize]) {
        let amid: Vec<usize> = needy
            .iter()
            .filter_map(|index| self.streams.get(*index))
            .filter(|stream| stream.is_amid_equals())
            .map(|stream| stream.participant)
            .collect();
        for index in amid {
            if let Some(asking) = self.participants.get(index).and_then(Participant::asking) {
                self.fail(index, &too_many(&asking, "share one value of the order"));
            }
        }
    }

    /// The stream whose next invoice comes first.
    fn best(&self) -> Option<usize> {
        let heads = self
            .streams
            .iter()
            .enumerate()
            .filter_map(|(index, stream)| Some((index, stream.head()?)));
        heads.min_by(|(_, a), (_, b)| self.sort.cmp(a, b)).map(|(index, _)| index)
    }

    /// The streams that must be read on before `best` may be given.
    fn needy(&self, best: Option<usize>) -> Vec<usize> {
        let head = best.and_then(|best| self.streams.get(best)?.head());
        let is_needy = |stream: &Stream| {
            stream.next.is_some()
                && stream.head().is_none()
                && head.is_none_or(|head| !stream.comes_before_unread(head.value.as_ref()))
        };
        self.streams
            .iter()
            .enumerate()
            .filter(|(_, stream)| is_needy(stream))
            .map(|(index, _)| index)
            .collect()
    }

    fn fail(&mut self, index: usize, error: &ProviderError) {
        if let Some(participant) = self.participants.get_mut(index) {
            participant.fail(error);
        }
        self.note_failed(index);
    }

    fn note_failed(&mut self, index: usize) {
        let mark = self.given_up_to(index);
        self.failed_at.entry(index).or_insert(mark);
    }

    /// Up to where a connection's invoices have been given: as far as all
    /// others', unless it comes late.
    fn given_up_to(&self, index: usize) -> Option<Position> {
        if !self.comes_late(index) {
            return self.last.clone();
        }
        let before = self
            .participants
            .get(index)
            .and_then(|participant| self.before.mark(&participant.name));
        self.last_of.get(&index).or(before).cloned()
    }

    /// Whether it failed on an earlier page.
    fn comes_late(&self, index: usize) -> bool {
        let standing =
            self.participants.get(index).and_then(|one| self.before.connections.get(&one.name));
        matches!(standing, Some(Standing::Behind(_)))
    }

    fn positions(&self) -> Positions {
        let standings = self.participants.iter().enumerate().map(|(index, participant)| {
            (participant.name.clone(), self.standing(index, participant))
        });
        Positions {
            after: self.last.clone(),
            connections: standings.collect(),
            ..Positions::default()
        }
    }

    fn standing(&self, index: usize, participant: &Participant) -> Standing {
        if let Some(mark) = self.failed_at.get(&index) {
            return Standing::Behind(mark.clone());
        }
        let mut own = self.streams.iter().filter(|stream| stream.participant == index).peekable();
        if own.peek().is_none() || own.clone().all(Stream::is_done) {
            return Standing::Done;
        }
        let caught_up =
            self.last.as_ref().is_none_or(|last| own.clone().all(|stream| stream.is_beyond(last)));
        if self.comes_late(index) && !caught_up {
            return Standing::Behind(self.given_up_to(index));
        }
        let Some(asking) = participant.asking() else { return Standing::Done };
        let mut hints = BTreeMap::new();
        for (place, part) in asking.plan.parts.iter().enumerate() {
            if self.disordered.contains(&index) || part.order == PartOrder::Own {
                continue;
            }
            let stream = own.clone().find(|stream| stream.part == place && !stream.whole);
            hints.insert(part.name.clone(), stream.and_then(Stream::resume));
        }
        Standing::Parts(hints)
    }
}
