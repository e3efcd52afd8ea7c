//! One connection in a merge, with all that is read of it.

use std::collections::BTreeMap;

use invoice::Position;
use provider_client::ProviderError;
use provider_client::provider::{Part, PartOrder};

use crate::listing::cursor_state::{self, MergedPlace, MergedState};
use crate::listing::participant::Participant;
use crate::listing::planned_question::PlannedQuestion;
use crate::listing::stream::Stream;

/// One connection in a merge.
pub(super) struct Lane<'a> {
    pub participant: &'a mut Participant,
    /// The parts of it that are read, each with what has been read.
    pub streams: Vec<Stream>,
    /// The last invoice given of it, in this answer.
    pub last: Option<Position>,
    /// Whether it did not keep the order that it promised.
    pub is_disordered: bool,
    /// How far earlier answers have come with it.
    before: Option<&'a MergedPlace>,
    /// The last invoice that earlier answers have given of it.
    mark: Option<&'a Position>,
    /// Where it failed on the way: up to where it was given.
    failed_at: Option<Option<Position>>,
}

impl<'a> Lane<'a> {
    pub fn new(participant: &'a mut Participant, before: &'a MergedState) -> Self {
        let (place, mark) =
            (before.connections.get(&participant.name), before.mark(&participant.name));
        Self {
            participant,
            streams: Vec::new(),
            last: None,
            is_disordered: false,
            before: place,
            mark,
            failed_at: None,
        }
    }

    /// The last invoice that earlier answers have given of it.
    pub fn mark(&self) -> Option<&'a Position> {
        self.mark
    }

    /// Whether earlier answers have given all of it.
    pub fn is_done(&self) -> bool {
        matches!(self.before, Some(MergedPlace::Done))
    }

    /// The parts that must be sorted here.
    pub fn sorted_here(&self, planned: &PlannedQuestion) -> Vec<Part> {
        let is_ours = |part: &&Part| self.is_disordered || part.order == PartOrder::Own;
        planned.plan.parts.iter().filter(is_ours).cloned().collect()
    }

    /// Where earlier answers were in a part; none in the cursor means at its beginning.
    pub fn hint(&self, part: &Part) -> Option<&'a Option<provider_client::provider::Start>> {
        match self.before {
            Some(MergedPlace::Parts(hints)) => hints.get(&cursor_state::name(part)),
            _ => None,
        }
    }

    /// The streams that must be read on before an invoice at `head` may be given.
    pub fn waiting<'s>(
        &'s self,
        head: Option<&'s Position>,
    ) -> impl Iterator<Item = &'s Stream> + Clone {
        self.streams.iter().filter(move |stream| stream.is_waited_for(head))
    }

    /// Whether the streams that must be read on need more calls than are left.
    pub fn is_out_of_calls(&self, head: Option<&Position>) -> bool {
        let needed = self.waiting(head).count();
        needed > 0 && self.participant.calls_left() < needed
    }

    /// Notes that the connection failed; `last` is the furthest invoice given of all.
    pub fn fail(&mut self, error: &ProviderError, last: Option<&Position>) {
        self.participant.fail(error);
        self.note_failed(last);
    }

    pub fn note_failed(&mut self, last: Option<&Position>) {
        self.streams.clear();
        let given_up_to = self.given_up_to(last);
        self.failed_at.get_or_insert(given_up_to);
    }

    /// Begins anew: what has been read of it is forgotten, and how far it had been given when
    /// it failed; all of that is to be given once more.
    pub fn restart(&mut self) {
        self.streams.clear();
        self.last = None;
        self.failed_at = None;
    }

    /// Up to where its invoices have been given: as far as all others', unless it
    /// comes late.
    fn given_up_to(&self, last: Option<&Position>) -> Option<Position> {
        if !self.comes_late() {
            return last.cloned();
        }
        self.last.as_ref().or(self.mark).cloned()
    }

    /// Whether it failed on an earlier page.
    fn comes_late(&self) -> bool {
        matches!(self.before, Some(MergedPlace::Behind(_)))
    }

    /// Where the next answer goes on with it, which goes on after the invoice at `after`
    /// with all; `last` is the furthest invoice given of all.
    pub fn place(&self, last: Option<&Position>, after: Option<&Position>) -> MergedPlace {
        if let Some(mark) = &self.failed_at {
            return MergedPlace::Behind(mark.clone());
        }
        if self.streams.iter().all(Stream::is_done) {
            return MergedPlace::Done;
        }
        let has_caught_up =
            last.is_none_or(|last| self.streams.iter().all(|stream| stream.is_beyond(last)));
        if self.comes_late() && !has_caught_up {
            return MergedPlace::Behind(self.given_up_to(last));
        }
        let Some(planned) = self.participant.planned() else { return MergedPlace::Done };
        let mut hints = BTreeMap::new();
        for (index, part) in planned.plan.parts.iter().enumerate() {
            if self.is_disordered || part.order == PartOrder::Own {
                continue;
            }
            let stream = self.streams.iter().find(|stream| stream.part == Some(index));
            let resume = stream.and_then(|stream| stream.resume(after));
            hints.insert(cursor_state::name(part), resume);
        }
        MergedPlace::Parts(hints)
    }
}
