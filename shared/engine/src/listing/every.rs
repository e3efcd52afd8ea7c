//! Every invoice that answers a question, for what is said of all of them together.
//!
//! It is read within the bounds of a listing in an order that no provider has: each
//! connection whole, all side by side.

use std::sync::Arc;

use api::ListQuery;
use futures::future::join_all;
use invoice::{Invoice, Problem, Scope, Sort, SortKey};
use provider_client::Deadline;

use super::bounds::MAX_ROUNDS;
use super::page_cache::PageCache;
use super::participant::Participant;
use super::source::{Source, SourceStatus};
use super::whole::read_whole;
use super::{Earlier, refuse_if_failed, selected};
use crate::connection::Connection;

/// The order in which what is read lies in memory; nobody sees it.
const ANY: Sort = Sort { key: SortKey::InvoiceDate, descending: false };
/// Of the time left, what may be spent reading: one connection that hangs leaves the
/// others time to be told of.
const READING: f64 = 0.7;

/// All invoices that answer a question.
#[derive(Debug)]
pub struct Every {
    /// The invoices, each once.
    pub invoices: Vec<Invoice>,
    /// What became of each connection.
    pub sources: Vec<Source>,
}

impl Every {
    /// Whether nothing is missing: each connection gave all of its invoices that
    /// answer, and nothing it said of their number contradicts that.
    pub fn is_complete(&self) -> bool {
        self.sources.iter().all(|source| {
            source.total.is_some()
                && matches!(source.status, SourceStatus::Ok | SourceStatus::Stale)
        })
    }
}

/// Reads every invoice that answers `query`, as far as `scope` allows; the query's page
/// and order mean nothing here. A connection that fails, or of which more than
/// [`super::MAX_SORTED`] invoices answer, fails alone.
///
/// # Errors
/// As [`super::list_with`].
pub async fn read_every(
    connections: &[Connection],
    query: &ListQuery,
    scope: &Scope,
    deadline: Deadline,
    page_cache: &Arc<dyn PageCache>,
) -> Result<Every, Problem> {
    let query = ListQuery {
        filter: query.filter.clone(),
        require_all: query.require_all,
        ..ListQuery::default()
    };
    let selected = selected(connections, &query, scope)?;
    let until = Deadline::after(deadline.left().mul_f64(READING));
    let (mut earlier, mut rounds) = (Earlier::default(), 0);
    let (participants, invoices) = loop {
        let connections = selected.iter();
        let mut participants: Vec<Participant> = connections
            .map(|connection| Participant::new(connection, &query, scope, page_cache))
            .collect();
        let allowed = earlier.spend(&participants);
        let reading = participants.iter_mut().map(|one| read(one, until));
        let invoices: Vec<Invoice> = join_all(reading).await.into_iter().flatten().collect();
        rounds += 1;
        earlier.note_calls(&participants, &allowed);
        let is_outdated = participants.iter().any(|one| one.is_outdated);
        if !is_outdated || rounds >= MAX_ROUNDS || until.left().is_zero() {
            break (participants, invoices);
        }
    };
    refuse_if_failed(&participants, &query)?;
    let sources = participants.iter().map(|one| one.source(&query)).collect();
    Ok(Every { invoices, sources })
}

/// All that answers of one connection; nothing where it fails.
async fn read(one: &mut Participant, deadline: Deadline) -> Vec<Invoice> {
    let Some(planned) = one.planned().filter(|planned| !planned.plan.parts.is_empty()) else {
        return Vec::new();
    };
    one.fetching();
    match read_whole(&planned.whole(), &planned.plan.parts, ANY, deadline).await {
        Ok(all) => {
            one.counted = u64::try_from(all.invoices.len()).ok().filter(|_| all.is_counted);
            all.invoices.into_iter().map(|(_, invoice)| invoice).collect()
        }
        Err(error) => {
            one.fail(&error);
            Vec::new()
        }
    }
}
