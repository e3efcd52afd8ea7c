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

mod reading;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use invoice::{Invoice, Position, Reference, Sort};

use super::participant::Participant;
use super::positions::{self, Positions, Standing};
use super::stream::{Settled, Stream};
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
                    self.refuse_too_many_calls(&needy);
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
            || !self.out_of_calls(needy).is_empty()
    }

    /// The connections of which no further page may be read for this answer.
    fn out_of_calls(&self, needy: &[usize]) -> BTreeSet<usize> {
        let mut wanted: BTreeMap<usize, usize> = BTreeMap::new();
        for stream in needy.iter().filter_map(|index| self.streams.get(*index)) {
            *wanted.entry(stream.participant).or_default() += 1;
        }
        let left = |index: &usize| self.participants.get(*index).map_or(0, Participant::calls_left);
        wanted.into_iter().filter(|(of, pages)| left(of) < *pages).map(|(of, _)| of).collect()
    }

    /// Where not one invoice can be given within the calls that an answer may
    /// make, the next answer could not do better.
    fn refuse_too_many_calls(&mut self, needy: &[usize]) {
        for index in self.out_of_calls(needy) {
            if let Some(asking) = self.participants.get(index).and_then(Participant::asking) {
                self.fail(index, &asking.too_many_calls());
            }
        }
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

    /// After which invoice the next answer goes on: the last one given, or one
    /// behind it up to which none answers.
    fn after(&self) -> Option<&Position> {
        let last = self.last.as_ref();
        let settled: Vec<Settled<'_>> = self.streams.iter().map(Stream::settled).collect();
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

    fn positions(&self) -> Positions {
        let after = self.after();
        let standings = self.participants.iter().enumerate().map(|(index, participant)| {
            (participant.name.clone(), self.standing(index, participant, after))
        });
        Positions {
            after: after.cloned(),
            connections: standings.collect(),
            ..Positions::default()
        }
    }

    fn standing(
        &self,
        index: usize,
        participant: &Participant,
        after: Option<&Position>,
    ) -> Standing {
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
            let resume = stream.and_then(|stream| stream.resume(after));
            hints.insert(positions::name(part), resume);
        }
        Standing::Parts(hints)
    }
}
