//! What a merge reads: first pages and whole parts side by side, then whatever
//! the merge needs.

use std::collections::BTreeSet;

use futures::future::{join, join_all};

use super::{MAX_BYTES, Merge};
use crate::listing::participant::{Asking, Participant};
use crate::listing::positions::{self, Standing};
use crate::listing::stream::{Stream, Taken};
use crate::listing::whole::{InOrder, read_whole};
use crate::provider::{Page, Part, PartOrder, Start};
use crate::{Deadline, ErrorKind, ProviderError};

/// What came of reading a connection's parts whole: which, whether they are all
/// of its parts, and the invoices.
type Whole = (usize, bool, Result<InOrder, ProviderError>);

/// What came of asking for a page.
struct Fetched {
    stream: usize,
    asking: Asking,
    part: Part,
    start: Start,
    page: Result<Page, ProviderError>,
}

impl Merge<'_> {
    /// Opens every part that its provider sorts, and reads every other whole,
    /// side by side.
    pub(super) async fn begin(&mut self) -> BTreeSet<usize> {
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
        let opened = (0..self.streams.len()).collect();
        let firsts = self.fetching(opened, self.budget.first);
        let (wholes, firsts) = join(self.wholes(whole), join_all(firsts)).await;
        // Pages first: they name their streams by place.
        let disordered = self.take_pages(firsts);
        self.take_wholes(wholes);
        disordered
    }

    /// The parts that we must sort.
    pub(super) fn sorted_here<'a>(
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
            let start = match hints.and_then(|hints| hints.get(&positions::name(part))) {
                Some(None) => continue,
                Some(Some(start)) => start.clone(),
                None => Start::default(),
            };
            self.streams.push(Stream::sorted(index, place, part.order, self.sort, start));
        }
    }

    /// Reads these parts whole, side by side.
    fn wholes(
        &mut self,
        whole: Vec<(usize, Asking, Vec<Part>)>,
    ) -> impl Future<Output = Vec<Whole>> + use<> {
        let (sort, deadline) = (self.sort, self.budget.first);
        for (index, ..) in &whole {
            if let Some(participant) = self.participants.get_mut(*index) {
                participant.fetching();
                participant.sorted_by_us = true;
            }
        }
        join_all(whole.into_iter().map(move |(index, asking, parts)| async move {
            let all = parts.len() == asking.plan.parts.len();
            (index, all, read_whole(&asking.whole(), &parts, sort, deadline).await)
        }))
    }

    fn take_wholes(&mut self, wholes: Vec<Whole>) {
        let sort = self.sort;
        for (index, all, outcome) in wholes {
            let Some(participant) = self.participants.get_mut(index) else {
                continue;
            };
            match outcome {
                Ok(InOrder { mut invoices, is_counted }) => {
                    let count = u64::try_from(invoices.len()).ok();
                    participant.counted = count.filter(|_| all && is_counted);
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

    /// Reads a page of each of these streams, side by side.
    pub(super) async fn read_on(&mut self, needy: Vec<usize>) {
        let fetching = self.fetching(needy, self.budget.deadline);
        let pages = join_all(fetching).await;
        let disordered = self.take_pages(pages);
        if !disordered.is_empty() {
            self.sort_ourselves(disordered).await;
        }
    }

    /// What asks for the next page of each of these streams.
    fn fetching(
        &mut self,
        streams: Vec<usize>,
        deadline: Deadline,
    ) -> Vec<impl Future<Output = Fetched> + use<>> {
        let mut fetching = Vec::new();
        for index in streams {
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
            fetching.push(async move {
                let page = asking.page(&part, &start, deadline).await;
                Fetched { stream: index, asking, part, start, page }
            });
        }
        fetching
    }

    /// Takes pages in; returns the connections that did not keep their order.
    fn take_pages(&mut self, pages: Vec<Fetched>) -> BTreeSet<usize> {
        let mut disordered = BTreeSet::new();
        for Fetched { stream: index, asking, part, start, page } in pages {
            let Some(stream) = self.streams.get_mut(index) else {
                continue;
            };
            let of = stream.participant;
            match page.and_then(|page| self.take_in(index, &asking, &part, &start, page)) {
                Ok(Taken::InOrder) => {}
                Ok(Taken::Contradicted) => {
                    if let Some(participant) = self.participants.get_mut(of) {
                        participant.contradict(&part);
                    }
                }
                Ok(Taken::Disordered) => drop(disordered.insert(of)),
                Err(error) => self.fail(of, &error),
            }
        }
        let participants = &self.participants;
        self.streams.retain(|stream| is_alive(participants, stream));
        disordered
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
    pub(super) async fn sort_ourselves(&mut self, disordered: BTreeSet<usize>) {
        if self.before.after.is_none() && !disordered.is_subset(&self.disordered) {
            self.disordered.extend(disordered);
            self.streams.clear();
            self.data.clear();
            self.room = MAX_BYTES;
            self.given.clear();
            self.last = None;
            self.last_of.clear();
            let again = self.begin().await;
            self.disordered_again(again);
            return;
        }
        self.disordered_again(disordered);
    }

    fn disordered_again(&mut self, disordered: BTreeSet<usize>) {
        let detail = "it does not keep the order it was asked for: start again without the cursor, or with another sort";
        for index in disordered {
            if let Some(asking) = self.participants.get(index).and_then(Participant::asking) {
                self.fail(index, &asking.error(ErrorKind::BadResponse, detail));
            }
        }
    }
}

fn is_alive(participants: &[Participant], stream: &Stream) -> bool {
    participants.get(stream.participant).is_some_and(|one| one.problem.is_none())
}
