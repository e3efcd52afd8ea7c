//! One listing over many connections: merged, filtered where a provider
//! cannot, sorted where a provider cannot, and gone on with from a cursor.
//!
//! Without a sort, connections are read in turn and no further than the page
//! needs: the cheapest question makes the fewest calls. With one, all are read
//! side by side and merged. Either way nothing is dropped in silence: what
//! could not be had is a [`Source`] that says why.

mod bounds;
mod cursor_state;
mod every;
mod had;
mod in_turn;
mod merged;
mod page_cache;
mod participant;
mod planned_question;
mod serialized;
mod source;
mod stream;
mod whole;

use std::collections::BTreeMap;
use std::sync::Arc;

use api::{Binding, CursorError, ListQuery, open_cursor, seal_cursor};
use futures::future::join_all;
use invoice::{Code, ConnectionName, Invoice, Problem, Reference, Scope};
use provider_client::Deadline;

use crate::connection::{Connection, find};
use bounds::{Budget, MAX_ROUNDS, Room, is_giant};
use cursor_state::CursorState;
use participant::Participant;

pub use bounds::{MAX_BYTES, MAX_SORTED};
pub use every::{Every, read_every};
pub use page_cache::{CachedPage, NoPageCache, PageCache, PageKey, PageKind};
pub use serialized::SerializedInvoice;
pub use source::{AppliedBy, RowsLeftOut, Source, SourceOrigin, SourceStatus};

/// The answer to `GET /invoices`.
#[derive(Debug)]
pub struct Listing {
    /// One page of invoices, in the asked order.
    pub data: Vec<SerializedInvoice>,
    /// Whether asking again with the cursor may bring more.
    pub has_more: bool,
    /// The cursor to go on with.
    pub next_cursor: Option<String>,
    /// Invoices that answer the question over all connections; null unless
    /// every connection's number is known.
    pub total: Option<u64>,
    /// What became of each connection.
    pub sources: Vec<Source>,
}

impl Listing {
    /// The page's invoices, without their JSON.
    pub fn invoices(&self) -> impl DoubleEndedIterator<Item = &Invoice> {
        self.data.iter().map(|invoice| &**invoice)
    }
}

/// Lists the invoices that answer `query`, as far as `scope` allows, over
/// `connections` (all there are; the query may name fewer).
///
/// # Errors
/// When the question cannot be put (`connection_not_found`, `invalid_cursor`),
/// when every connection fails, or when one does, or gives only a part, and the
/// query says `require=all`.
pub async fn list(
    connections: &[Connection],
    query: &ListQuery,
    scope: &Scope,
    deadline: Deadline,
) -> Result<Listing, Problem> {
    let page_cache: Arc<dyn PageCache> = Arc::new(NoPageCache);
    list_with(connections, query, scope, deadline, &page_cache).await
}

/// Lists as [`list`] does; what `page_cache` holds of a connection that fails stands in for it,
/// and is [`SourceStatus::Stale`].
///
/// # Errors
/// As [`list`].
pub async fn list_with(
    connections: &[Connection],
    query: &ListQuery,
    scope: &Scope,
    deadline: Deadline,
    page_cache: &Arc<dyn PageCache>,
) -> Result<Listing, Problem> {
    let canonical = query.canonical();
    let binding = Binding { query: &canonical, scope };
    let state = match &query.cursor {
        Some(cursor) => {
            open_cursor(cursor, binding).map_err(|why| refused_cursor(why.to_string()))?
        }
        None => CursorState::beginning(query.sort),
    };
    let selected = selected(connections, query, scope)?;
    let left = deadline.left();
    let first = Deadline::after(left.mul_f64(0.7));
    let budget = Budget { deadline, first, reserve: left / 2 };
    let (mut limit, mut rounds) = (query.limit, 0);
    let mut earlier = Earlier::default();
    let (participants, data, next) = loop {
        let connections = selected.iter();
        let mut participants: Vec<Participant> = connections
            .map(|connection| Participant::new(connection, query, scope, page_cache))
            .collect();
        let allowed = earlier.spend(&participants);
        let (data, next) = match (query.sort, &state) {
            (Some(sort), CursorState::Merged(before)) => {
                let read = merged::read(&mut participants, sort, before, limit, budget).await;
                (read.0, CursorState::Merged(read.1))
            }
            (None, CursorState::Sequential(before)) => {
                let read = in_turn::read(&mut participants, before, limit, budget).await;
                (read.0, CursorState::Sequential(read.1))
            }
            // A cursor is bound to its query, and with it to the sort.
            _ => return Err(refused_cursor(CursorError::Damaged.to_string())),
        };
        // Each time round an assumption has been dropped, and none comes back.
        rounds += 1;
        earlier.note_calls(&participants, &allowed);
        let is_outdated = participants.iter().any(|one| one.is_outdated);
        if is_outdated && rounds < MAX_ROUNDS && !deadline.left().is_zero() {
            continue;
        }
        let (data, next) = if query.includes.is_empty() {
            (data, next)
        } else {
            completed(&mut participants, data, next, (&state, &mut earlier), budget).await
        };
        let data = without_giants(&participants, data);
        let fitting = fitting(&data);
        if fitting >= data.len() {
            break (participants, data, next);
        }
        // What was added to the invoices makes too many of them: fewer are read.
        limit = u16::try_from(fitting).unwrap_or(limit).max(1);
    };
    let data = data.into_iter().map(|invoice| invoice.redacted(scope)).collect();
    refuse_if_failed(&participants, query)?;
    let has_more = participants.iter().any(|one| one.problem.is_none() && !next.is_done(&one.name));
    let next_cursor = if has_more { Some(sealed(&next, binding)?) } else { None };
    let sources: Vec<Source> = participants.iter().map(|one| one.source(query)).collect();
    let total = sources.iter().map(|source| source.total).sum();
    Ok(Listing { data, has_more, next_cursor, total, sources })
}

/// What the rounds before have cost, and brought, where an answer takes several.
#[derive(Default)]
struct Earlier {
    /// The pages read, by connection.
    calls: BTreeMap<ConnectionName, usize>,
    /// The invoices to which all that is asked for has been added.
    completed: BTreeMap<Reference, SerializedInvoice>,
}

impl Earlier {
    /// Takes the calls of earlier rounds from those that are allowed; how many are left.
    fn spend(&self, participants: &[Participant]) -> Vec<usize> {
        let spend = participants.iter().map(|one| {
            one.spend(self.calls.get(&one.name).copied().unwrap_or_default());
            one.calls_left()
        });
        spend.collect()
    }

    /// Adds the calls of this round, of those that were allowed.
    fn note_calls(&mut self, participants: &[Participant], allowed: &[usize]) {
        for (one, allowed) in participants.iter().zip(allowed) {
            let made = allowed.saturating_sub(one.calls_left());
            *self.calls.entry(one.name.clone()).or_default() += made;
        }
    }
}

/// The connections asked for, in the order asked. Of one that lies outside the
/// caller's scope its being there is not told.
fn selected<'a>(
    connections: &'a [Connection],
    query: &ListQuery,
    scope: &Scope,
) -> Result<Vec<&'a Connection>, Problem> {
    let reached: Vec<&Connection> =
        connections.iter().filter(|one| scope.reaches(&one.name)).collect();
    match &query.filter.connections {
        None => Ok(reached),
        Some(names) => names.iter().map(|name| find(&reached, name)).collect(),
    }
}

/// The cursor; what it could do without is left out where it would be too long
/// to travel.
fn sealed(next: &CursorState, binding: Binding<'_>) -> Result<String, Problem> {
    let shorter = || next.shortened().iter().find_map(|shorter| seal_cursor(shorter, binding));
    seal_cursor(next, binding).or_else(shorter).ok_or_else(|| {
        Problem::new(Code::Internal, "the place to go on from could not be written down")
    })
}

fn refused_cursor(why: String) -> Problem {
    Problem::new(Code::InvalidCursor, why)
}

/// How many of these invoices one answer holds.
fn fitting(data: &[SerializedInvoice]) -> usize {
    let mut room = Room::whole();
    let fits = |(at, invoice): &(usize, &SerializedInvoice)| {
        room.take(data.get(..*at).unwrap_or_default(), invoice)
    };
    data.iter().enumerate().take_while(fits).count()
}

/// Without the invoices that no answer holds, which are left out by themselves.
fn without_giants(
    participants: &[Participant],
    data: Vec<SerializedInvoice>,
) -> Vec<SerializedInvoice> {
    let is_small = |invoice: &SerializedInvoice| {
        let is_small = !is_giant(invoice);
        let whose = participants.iter().find(|one| one.name == invoice.connection);
        if let (false, Some(whose)) = (is_small, whose) {
            whose.leave_out_giant(invoice);
        }
        is_small
    };
    data.into_iter().filter(is_small).collect()
}

/// Adds to the answered invoices what their providers' listings do not carry.
/// A connection that fails at it fails as a whole: its invoices are taken out
/// again, and the cursor goes on with it from where it stood before.
async fn completed(
    participants: &mut [Participant],
    data: Vec<SerializedInvoice>,
    mut next: CursorState,
    (before, earlier): (&CursorState, &mut Earlier),
    budget: Budget,
) -> (Vec<SerializedInvoice>, CursorState) {
    // By its id: one that is gone since it was listed does not come back, and moves no other.
    let places: BTreeMap<Reference, usize> =
        data.iter().enumerate().map(|(place, invoice)| (invoice.id.clone(), place)).collect();
    let mut groups: BTreeMap<ConnectionName, Vec<SerializedInvoice>> = BTreeMap::new();
    let mut all: Vec<SerializedInvoice> = Vec::new();
    for invoice in data {
        match earlier.completed.get(&invoice.id) {
            Some(completed) => all.push(completed.clone()),
            None => groups.entry(invoice.connection.clone()).or_default().push(invoice),
        }
    }
    let completing = groups.into_iter().map(|(name, invoices)| {
        let participant = participants.iter().find(|one| one.name == name);
        async move {
            let outcome = match participant {
                Some(one) => one.complete(invoices, budget.deadline).await,
                None => Ok(invoices),
            };
            (name, outcome)
        }
    });
    for (name, outcome) in join_all(completing).await {
        match outcome {
            Ok(invoices) => {
                let completed = invoices.iter().map(|one| (one.id.clone(), one.clone()));
                earlier.completed.extend(completed);
                all.extend(invoices);
            }
            Err(problem) => {
                if let Some(one) = participants.iter_mut().find(|one| one.name == name) {
                    one.problem = Some(problem);
                }
                next.put_back(&name, before);
            }
        }
    }
    all.sort_by_key(|invoice| places.get(&invoice.id));
    (all, next)
}

/// A connection fails alone, whatever it fails of: the others are served. The
/// failure is the answer where it leaves nothing to answer with, or where the
/// caller requires all; then a connection of which rows are left out fails, too.
fn refuse_if_failed(participants: &[Participant], query: &ListQuery) -> Result<(), Problem> {
    let all = participants.iter().all(|one| one.problem.is_some());
    let failed: Vec<Problem> = participants
        .iter()
        .filter_map(|one| match &one.problem {
            None if query.require_all => one.partial(),
            problem => problem.clone(),
        })
        .collect();
    match failed.as_slice() {
        [] => Ok(()),
        [only] if all || query.require_all => Err(only.clone()),
        [first, ..] if all || query.require_all => {
            let details: Vec<&str> = failed.iter().map(|problem| problem.detail.as_str()).collect();
            Err(Problem { detail: details.join("; "), ..first.clone() })
        }
        _ => Ok(()),
    }
}
