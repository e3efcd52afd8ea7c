//! What a merge reads: first pages and whole parts side by side, then whatever
//! the merge needs.

use futures::future::{join, join_all};
use invoice::{Position, Sort};
use provider_client::provider::{Part, PartOrder, Start};
use provider_client::{Deadline, ErrorKind, ProviderError};

use super::{Lane, Merge};
use crate::listing::bounds::Room;
use crate::listing::planned_question::PlannedQuestion;
use crate::listing::stream::{Came, Fetched, Stream, Taken};
use crate::listing::whole::{InOrder, read_whole};

/// The parts of a connection that are read whole, and what came of it.
struct Whole {
    planned: PlannedQuestion,
    parts: Vec<Part>,
    read: Option<Result<InOrder, ProviderError>>,
}

impl Merge<'_> {
    /// Opens every part that its provider sorts, and reads every other whole,
    /// side by side.
    pub(super) async fn begin(&mut self) {
        let (sort, deadline, last) = (self.sort, self.budget.first, self.last.clone());
        let mut wholes: Vec<Option<Whole>> = Vec::new();
        for lane in &mut self.lanes {
            wholes.push(lane.begin(sort, last.as_ref()));
        }
        let reading = wholes.iter_mut().flatten().map(|whole| async move {
            let read = read_whole(&whole.planned.whole(), &whole.parts, sort, deadline).await;
            whole.read = Some(read);
        });
        let firsts = self.lanes.iter_mut().flat_map(|lane| lane.fetching(None, deadline));
        join(join_all(reading), join_all(firsts)).await;
        for (lane, whole) in self.lanes.iter_mut().zip(wholes) {
            lane.take_pages(last.as_ref());
            if let Some(whole) = whole {
                lane.take_whole(whole, sort, last.as_ref());
            }
        }
    }

    /// Reads a page of each stream that must be read on before an invoice at `head` may
    /// be given, side by side.
    pub(super) async fn read_on(&mut self, head: Option<&Position>) {
        let deadline = self.budget.deadline;
        let waiting = Some(head);
        let fetching = self.lanes.iter_mut().flat_map(|lane| lane.fetching(waiting, deadline));
        join_all(fetching).await;
        for lane in &mut self.lanes {
            lane.take_pages(self.last.as_ref());
        }
        self.sort_what_is_disordered().await;
    }

    /// A provider that does not keep the order it promised is read whole, and
    /// the merge begins anew. Not in the middle of a walk: what it should have
    /// given on an earlier page is past.
    pub(super) async fn sort_what_is_disordered(&mut self) {
        let is_found = |lane: &Lane<'_>| lane.streams.iter().any(|stream| stream.is_disordered);
        if !self.lanes.iter().any(is_found) {
            return;
        }
        if self.is_first {
            for lane in &mut self.lanes {
                lane.is_disordered |= is_found(lane);
                lane.restart();
            }
            self.data.clear();
            self.room = Room::whole();
            self.given.clear();
            self.last = None;
            self.begin().await;
        }
        let detail = "its invoices came out of the order asked for, as when one arrives among those just read: start again without the cursor, or with another sort";
        for lane in self.lanes.iter_mut().filter(|lane| is_found(lane)) {
            if let Some(planned) = lane.participant.planned() {
                lane.fail(&planned.error(ErrorKind::BadResponse, detail), self.last.as_ref());
            }
        }
    }
}

impl Lane<'_> {
    /// Opens the parts that the provider sorts; returns those that are to be read whole.
    fn begin(&mut self, sort: Sort, last: Option<&Position>) -> Option<Whole> {
        let Some(planned) = self.participant.planned() else {
            self.note_failed(last);
            return None;
        };
        if self.is_done() {
            return None;
        }
        let parts = self.sorted_here(&planned);
        if !self.is_disordered {
            self.open(&planned, sort);
        }
        if parts.is_empty() {
            return None;
        }
        self.participant.fetching();
        self.participant.sorted_by_us = true;
        Some(Whole { planned, parts, read: None })
    }

    fn open(&mut self, planned: &PlannedQuestion, sort: Sort) {
        for (index, part) in planned.plan.parts.iter().enumerate() {
            if part.order == PartOrder::Own {
                continue;
            }
            let start = match self.hint(part) {
                Some(None) => continue,
                Some(Some(start)) => start.clone(),
                None => Start::default(),
            };
            self.streams.push(Stream::sorted(index, part.order, sort, start));
        }
    }

    /// What asks for the next page: of every stream that has one, or of those that must
    /// be read on before an invoice at a head may be given.
    fn fetching(
        &mut self,
        waiting: Option<Option<&Position>>,
        deadline: Deadline,
    ) -> Vec<impl Future<Output = ()>> {
        let Some(planned) = self.participant.planned() else {
            return Vec::new();
        };
        let is_needed =
            |stream: &&mut Stream| waiting.is_none_or(|head| stream.is_waited_for(head));
        let mut fetching = Vec::new();
        for stream in self.streams.iter_mut().filter(is_needed) {
            let part = stream.part.and_then(|index| planned.plan.parts.get(index));
            let (Some(part), Some(start)) = (part.cloned(), stream.next.clone()) else {
                // Read whole, or to its end.
                continue;
            };
            self.participant.fetching();
            let planned = planned.clone();
            fetching.push(async move {
                let came = stream.read_on(&planned, &part, &start, deadline).await;
                stream.fetched = Some(Fetched { part, start, came });
            });
        }
        fetching
    }

    /// Takes in the pages that have been fetched.
    fn take_pages(&mut self, last: Option<&Position>) {
        let (Some(planned), mark) = (self.participant.planned(), self.mark()) else {
            return;
        };
        let mut failure = None;
        for stream in &mut self.streams {
            let Some(Fetched { part, start, came }) = stream.fetched.take() else {
                continue;
            };
            let taken = came.and_then(|came| {
                if let Came::Page(page) = &came {
                    self.participant.note_total(&part, page.total);
                }
                stream.take_in(&planned, &start, came, mark)
            });
            match taken {
                Ok(Taken::InOrder) => {}
                Ok(Taken::Contradicted) => self.participant.contradict(&part),
                Ok(Taken::Disordered) => stream.is_disordered = true,
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        if let Some(error) = failure {
            self.fail(&error, last);
        }
    }

    /// Takes in the parts that have been read whole.
    fn take_whole(&mut self, whole: Whole, sort: Sort, last: Option<&Position>) {
        let is_all = whole.parts.len() == whole.planned.plan.parts.len();
        match whole.read {
            Some(Ok(InOrder { mut invoices, is_counted })) => {
                let count = u64::try_from(invoices.len()).ok();
                self.participant.counted = count.filter(|_| is_all && is_counted);
                if self.participant.problem.is_some() {
                    return;
                }
                if let Some(mark) = self.mark() {
                    invoices.retain(|(position, _)| sort.cmp(position, mark).is_gt());
                }
                self.streams.push(Stream::whole(sort, invoices));
            }
            Some(Err(error)) => self.fail(&error, last),
            None => {}
        }
    }
}
