//! A listing with a sort: all connections side by side, merged into one order.
//!
//! A part that its provider sorts is read page by page, as far as the merge
//! needs it. A connection with any part that its provider cannot sort (or does
//! not sort as it promised) is read whole and sorted here.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures::future::join_all;
use invoice::{Invoice, Position, Reference, Sort};

use super::participant::{Asking, Participant};
use super::positions::{Positions, Standing};
use super::stream::{Stream, Taken};
use super::whole::{read_whole, too_many};
use super::{Budget, MAX_PAGES};
use crate::provider::{Page, Part, PartOrder, Start};
use crate::{ErrorKind, ProviderError};

struct Merge<'a> {
    participants: &'a mut [Participant],
    before: &'a Positions,
    streams: Vec<Stream>,
    sort: Sort,
    budget: Budget,
    data: Vec<Invoice>,
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
        given: HashSet::new(),
        last: positions.after.clone(),
        last_of: BTreeMap::new(),
        failed_at: BTreeMap::new(),
        disordered: BTreeSet::new(),
    };
    merge.begin().await;
    merge.run(limit.into()).await;
    let next = merge.positions();
    (merge.data, next)
}

impl Merge<'_> {
    /// Opens every part that its provider sorts, and reads every other whole,
    /// side by side.
    async fn begin(&mut self) {
        let mut whole = Vec::new();
        for index in 0..self.participants.len() {
            let Some(participant) = self.participants.get_mut(index) else {
                continue;
            };
            let Some(asking) = participant.asking() else {
                self.note_failed(index);
                continue;
            };
            if self.before.is_done(&participant.name) {
                continue;
            }
            let ours: Vec<Part> = self.sorted_here(index, &asking).cloned().collect();
            if ours.len() < asking.plan.parts.len() {
                self.open(index, &asking);
            }
            if !ours.is_empty() {
                whole.push((index, asking, ours));
            }
        }
        self.read_wholes(whole).await;
    }

    /// The parts that we must sort.
    fn sorted_here<'a>(
        &self,
        index: usize,
        asking: &'a Asking,
    ) -> impl Iterator<Item = &'a Part> + use<'a> {
        let all = self.disordered.contains(&index);
        asking.plan.parts.iter().filter(move |part| all || part.order == PartOrder::Own)
    }

    fn open(&mut self, index: usize, asking: &Asking) {
        let Some(participant) = self.participants.get(index) else {
            return;
        };
        let hints = match self.before.connections.get(&participant.name) {
            Some(Standing::Parts(hints)) => Some(hints),
            _ => None,
        };
        for (place, part) in asking.plan.parts.iter().enumerate() {
            if part.order == PartOrder::Own {
                continue;
            }
            let start = match hints.and_then(|hints| hints.get(&part.name)) {
                Some(None) => continue,
                Some(Some(start)) => start.clone(),
                None => Start::default(),
            };
            self.streams.push(Stream::sorted(index, place, part.order, self.sort, start));
        }
    }

    async fn read_wholes(&mut self, whole: Vec<(usize, Asking, Vec<Part>)>) {
        let (sort, deadline) = (self.sort, self.budget.deadline);
        for (index, ..) in &whole {
            if let Some(participant) = self.participants.get_mut(*index) {
                participant.fetching();
                participant.sorted_by_us = true;
            }
        }
        let reading = whole.into_iter().map(|(index, asking, parts)| async move {
            let all = parts.len() == asking.plan.parts.len();
            (index, all, read_whole(&asking.whole(), &parts, sort, deadline).await)
        });
        for (index, all, outcome) in join_all(reading).await {
            let Some(participant) = self.participants.get_mut(index) else {
                continue;
            };
            match outcome {
                Ok(mut invoices) => {
                    participant.counted =
                        if all { u64::try_from(invoices.len()).ok() } else { None };
                    if let Some(mark) = self.before.mark(&participant.name) {
                        invoices.retain(|(position, _)| sort.cmp(position, mark).is_gt());
                    }
                    self.streams.push(Stream::whole(index, sort, invoices));
                }
                Err(error) => self.fail(index, &error),
            }
        }
        let participants = &self.participants;
        self.streams.retain(|stream| is_alive(participants, stream));
    }

    /// Gives invoices in order until the page is full, nothing is left, or the
    /// budget is spent.
    async fn run(&mut self, limit: usize) {
        while self.data.len() < limit {
            let best = self.best();
            let needy = self.needy(best);
            if needy.is_empty() {
                let Some(best) = best else { break };
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

    fn give(&mut self, best: usize) {
        let Some(stream) = self.streams.get_mut(best) else {
            return;
        };
        let of = stream.participant;
        let Some((position, invoice)) = stream.pop() else {
            return;
        };
        if self.given.insert(invoice.id.clone()) {
            self.data.push(invoice);
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

    /// Reads a page of each of these streams, side by side.
    async fn read_on(&mut self, needy: Vec<usize>) {
        let deadline = self.budget.deadline;
        let mut reading = Vec::new();
        for index in needy {
            let Some(stream) = self.streams.get(index) else {
                continue;
            };
            let Some(participant) = self.participants.get_mut(stream.participant) else {
                continue;
            };
            let (Some(asking), Some(start)) = (participant.asking(), stream.next.clone()) else {
                continue;
            };
            let Some(part) = asking.plan.parts.get(stream.part).cloned() else {
                continue;
            };
            participant.fetching();
            reading.push(async move {
                let page = asking.page(&part, &start, deadline).await;
                (index, asking, part, start, page)
            });
        }
        let mut disordered = BTreeSet::new();
        for (index, asking, part, start, page) in join_all(reading).await {
            let Some(stream) = self.streams.get_mut(index) else {
                continue;
            };
            let of = stream.participant;
            match page.and_then(|page| self.take_in(index, &asking, &part, &start, page)) {
                Ok(Taken::InOrder) => {}
                Ok(Taken::Disordered) => drop(disordered.insert(of)),
                Err(error) => self.fail(of, &error),
            }
        }
        if !disordered.is_empty() {
            self.sort_ourselves(disordered).await;
        }
        let participants = &self.participants;
        self.streams.retain(|stream| is_alive(participants, stream));
    }

    fn take_in(
        &mut self,
        index: usize,
        asking: &Asking,
        part: &Part,
        start: &Start,
        page: Page,
    ) -> Result<Taken, ProviderError> {
        let Some(stream) = self.streams.get_mut(index) else {
            return Ok(Taken::InOrder);
        };
        let Some(participant) = self.participants.get_mut(stream.participant) else {
            return Ok(Taken::InOrder);
        };
        participant.note_total(part, page.total);
        let mark = self.before.mark(&participant.name);
        stream.take_in(asking, start, page, mark)
    }

    /// A provider that does not keep the order it promised is read whole, and
    /// the merge begins anew. Not in the middle of a walk: what it should have
    /// given on an earlier page is past.
    async fn sort_ourselves(&mut self, disordered: BTreeSet<usize>) {
        if self.before.after.is_none() && !disordered.is_subset(&self.disordered) {
            self.disordered.extend(disordered);
            self.streams.clear();
            self.data.clear();
            self.given.clear();
            self.last = None;
            self.last_of.clear();
            self.begin().await;
            return;
        }
        let detail = "it does not keep the order it was asked for: start again without the cursor, or with another sort";
        for index in disordered {
            if let Some(asking) = self.participants.get(index).and_then(Participant::asking) {
                self.fail(index, &asking.error(ErrorKind::BadResponse, detail));
            }
        }
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
        Positions { after: self.last.clone(), last: None, connections: standings.collect() }
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

fn is_alive(participants: &[Participant], stream: &Stream) -> bool {
    participants.get(stream.participant).is_some_and(|one| one.problem.is_none())
}
