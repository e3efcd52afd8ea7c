//! A listing without a sort: one connection after the other, each in its
//! provider's own order, and no further than the page needs.

use std::collections::{HashSet, VecDeque};

use futures::future::join_all;
use invoice::{ConnectionName, Invoice, Reference};

use super::participant::{Asking, Participant};
use super::positions::{Positions, Standing};
use super::{Budget, MAX_BYTES, MAX_PAGES, size};
use crate::provider::{Page, Start};
use crate::{Deadline, ErrorKind, ProviderError};

/// The most pages asked for at once: reached by doubling, so that a question
/// that one page answers costs one call.
const MAX_WINDOW: usize = 8;

/// What is still to be read: a page of a part.
struct Unread {
    part: usize,
    start: Start,
    /// Whether the pages after it are known only once it is read.
    leads_on: bool,
    /// What came of asking for it, ahead of its turn.
    fetched: Option<Result<Page, ProviderError>>,
}

impl Unread {
    fn new(part: usize, start: Start, leads_on: bool) -> Self {
        Self { part, start, leads_on, fetched: None }
    }
}

/// The page under way.
struct Filling {
    data: Vec<Invoice>,
    /// Whatever was read, whether it answered or not.
    seen: HashSet<Reference>,
    last: Option<Reference>,
    limit: usize,
    /// The bytes that are left for invoices.
    room: usize,
    /// Whether the next invoice would be too much for the bytes that are left.
    is_closed: bool,
}

impl Filling {
    fn is_full(&self) -> bool {
        self.is_closed || self.data.len() >= self.limit
    }

    /// Takes the room that `invoice` needs, or closes the page before it.
    fn make_room(&mut self, invoice: &Invoice) {
        match self.room.checked_sub(size(invoice)) {
            Some(left) => self.room = left,
            None => self.is_closed = true,
        }
    }
}

/// Reads one page's worth, from `positions` on.
pub(super) async fn read(
    participants: &mut [Participant],
    positions: &Positions,
    limit: u16,
    budget: Budget,
) -> (Vec<Invoice>, Positions) {
    let mut filling = Filling {
        data: Vec::new(),
        seen: positions.last.iter().cloned().collect(),
        last: positions.last.clone(),
        limit: limit.into(),
        room: MAX_BYTES,
        is_closed: false,
    };
    let mut next = positions.clone();
    let mut late = Vec::new();
    for index in turns(participants, &positions.late) {
        let Some(participant) = participants.get_mut(index) else { continue };
        let Some(asking) = participant.asking() else {
            late.push(participant.name.clone());
            continue;
        };
        if positions.is_done(&participant.name) {
            continue;
        }
        if filling.is_full() && !asking.plan.parts.is_empty() {
            if positions.late.contains(&participant.name) {
                late.push(participant.name.clone());
            }
            continue;
        }
        let standing = positions.connections.get(&participant.name);
        let mut unread = match to_read(&asking, standing) {
            Ok(unread) => unread,
            Err(error) => {
                participant.fail(&error);
                late.push(participant.name.clone());
                continue;
            }
        };
        let outcome = read_one(participant, &asking, &mut unread, &mut filling, budget).await;
        let failed = outcome.is_err();
        // As far as it goes in one answer: the next one goes on with it.
        let is_cut = outcome.is_ok() && !unread.is_empty() && !filling.is_full();
        if let Err(error) = outcome {
            participant.fail(&error);
            late.push(participant.name.clone());
        }
        let standing = match unread.front() {
            Some(Unread { part, start, .. }) => asking
                .plan
                .parts
                .get(*part)
                .map(|part| Standing::At { part: part.name.clone(), start: start.clone() }),
            None => Some(Standing::Done),
        };
        if let Some(standing) = standing {
            next.connections.insert(participant.name.clone(), standing);
        }
        // A connection that failed has brought nothing: the next one may.
        if is_cut || budget.is_spent() && !failed {
            break;
        }
    }
    next.late = late;
    next.last = filling.last;
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

/// The parts from where the connection stands.
fn to_read(
    asking: &Asking,
    standing: Option<&Standing>,
) -> Result<VecDeque<Unread>, ProviderError> {
    let (first, start) = match standing {
        Some(Standing::At { part, start }) => {
            let place = asking.plan.parts.iter().position(|known| known.name == *part);
            let gone = || {
                asking.error(
                    ErrorKind::InvalidStart,
                    "what the cursor points at is gone: start again without it",
                )
            };
            (place.ok_or_else(gone)?, start.clone())
        }
        _ => (0, Start::default()),
    };
    let starts = std::iter::once(start).chain(std::iter::repeat_with(Start::default));
    let parts = first..asking.plan.parts.len();
    Ok(parts.zip(starts).map(|(part, start)| Unread::new(part, start, true)).collect())
}

/// Reads one connection until the page is full or the connection is at its end.
/// What was not read to its end stays in `unread`.
async fn read_one(
    participant: &mut Participant,
    asking: &Asking,
    unread: &mut VecDeque<Unread>,
    filling: &mut Filling,
    budget: Budget,
) -> Result<(), ProviderError> {
    let (mut window, mut pages) = (1, 0);
    // Half of what is left: should it hang, the next one can still be asked.
    let deadline = Deadline::after(budget.deadline.left() / 2);
    while !unread.is_empty()
        && !filling.is_full()
        && pages < MAX_PAGES
        && (pages == 0 || !budget.is_spent())
    {
        participant.fetching();
        let ahead = unread.iter_mut().take(window).filter(|one| one.fetched.is_none());
        let fetching = ahead.filter_map(|one| {
            let part = asking.plan.parts.get(one.part)?;
            Some(async { one.fetched = Some(asking.page(part, &one.start, deadline).await) })
        });
        pages += join_all(fetching).await.len();
        while !filling.is_full() && unread.front().is_some_and(|one| one.fetched.is_some()) {
            take_first(participant, asking, unread, filling)?;
        }
        window = (window * 2).min(MAX_WINDOW);
    }
    Ok(())
}

/// Takes the first page, which has been fetched.
fn take_first(
    participant: &mut Participant,
    asking: &Asking,
    unread: &mut VecDeque<Unread>,
    filling: &mut Filling,
) -> Result<(), ProviderError> {
    let Some(mut one) = unread.pop_front() else {
        return Ok(());
    };
    let mut page = match one.fetched.take() {
        Some(Ok(page)) => page,
        Some(Err(error)) => {
            unread.push_front(one);
            return Err(error);
        }
        None => return Ok(()),
    };
    if let Some(part) = asking.plan.parts.get(one.part) {
        participant.note_total(part, page.total);
    }
    if one.leads_on {
        lead_on(unread, one.part, std::mem::take(&mut page.following));
    }
    take(participant, asking, one, page, filling, unread)
}

/// Puts the pages after one before the parts after it. Only the last of them
/// can know of more.
fn lead_on(unread: &mut VecDeque<Unread>, part: usize, following: Vec<Start>) {
    let mut leads_on = true;
    for start in following.into_iter().rev() {
        unread.push_front(Unread::new(part, start, leads_on));
        leads_on = false;
    }
}

/// Takes what answers the question until the page is full. What is left of the
/// provider's page then, or when it turns out not to be what was asked for, is
/// still unread.
fn take(
    participant: &Participant,
    asking: &Asking,
    one: Unread,
    page: Page,
    filling: &mut Filling,
    unread: &mut VecDeque<Unread>,
) -> Result<(), ProviderError> {
    // What is repeated is not counted: rather read one twice than lose one.
    let mut taken = 0;
    for row in page.rows() {
        let invoice = match row {
            Ok(invoice) => invoice,
            Err(row) if !filling.is_full() => {
                asking.leave_out(one.part, &one.start, row);
                taken += 1;
                continue;
            }
            Err(_) => {
                unread.push_front(Unread::new(one.part, one.start.after(taken), one.leads_on));
                return Ok(());
            }
        };
        let admitted = if filling.is_full() { Ok(None) } else { asking.admits(&invoice).map(Some) };
        let Ok(Some(admitted)) = admitted else {
            unread.push_front(Unread::new(one.part, one.start.after(taken), one.leads_on));
            return admitted.map(drop);
        };
        let is_given = admitted && !filling.seen.contains(&invoice.id);
        let is_giant = is_given && size(&invoice) > MAX_BYTES;
        if is_given && !is_giant {
            filling.make_room(&invoice);
            if filling.is_closed {
                unread.push_front(Unread::new(one.part, one.start.after(taken), one.leads_on));
                return Ok(());
            }
        }
        let is_new = filling.seen.insert(invoice.id.clone());
        taken += u64::from(is_new);
        filling.last = Some(invoice.id.clone());
        if is_giant {
            participant.leave_out_giant(&invoice);
        } else if is_given {
            filling.data.push(invoice);
        }
    }
    Ok(())
}
