//! Reading all of a connection that cannot sort, to sort it here.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering as Atomic};

use futures::future::try_join_all;
use invoice::{Invoice, Position, Sort};
use provider_client::provider::{LeftOut, Part, PartKey, Start};
use provider_client::{Deadline, ErrorKind, ProviderError};
use serde::{Deserialize, Serialize};

use super::bounds::MAX_SORTED;
use super::onward::{Onward, Reading};
use super::page_cache::PageKey;
use super::planned_question::PlannedQuestion;

/// All that answers in some parts of a connection.
#[derive(Default, Serialize, Deserialize)]
struct Gathered {
    invoices: Vec<Invoice>,
    /// Whether nothing that the provider said contradicts their number.
    is_counted: bool,
    /// The rows that are left out: of which part, and of the page from where.
    left_out: Vec<(PartKey, Start, LeftOut)>,
}

impl Gathered {
    fn nothing() -> Self {
        Self { invoices: Vec::new(), is_counted: true, left_out: Vec::new() }
    }
}

/// The invoices of a connection that was read whole, in order.
pub(super) struct InOrder {
    pub invoices: Vec<(Position, Invoice)>,
    pub is_counted: bool,
}

/// All that answers in these parts of one connection, sorted: as it is kept,
/// while that is fresh, else read from the provider. A repeated invoice counts
/// once.
pub(super) async fn read_whole(
    planned: &PlannedQuestion,
    parts: &[Part],
    sort: Sort,
    deadline: Deadline,
) -> Result<InOrder, ProviderError> {
    let Gathered { invoices, is_counted, left_out } =
        kept_or_read(planned, parts, deadline).await?;
    for (part, start, row) in left_out {
        planned.leave_out_of(Some(&part), &start, row);
    }
    let mut all: Vec<(Position, Invoice)> =
        invoices.into_iter().map(|invoice| (sort.position(&invoice), invoice)).collect();
    all.sort_by(|(a, _), (b, _)| sort.cmp(a, b));
    let mut seen = HashSet::new();
    all.retain(|(position, _)| seen.insert(position.reference.clone()));
    Ok(InOrder { invoices: all, is_counted })
}

async fn kept_or_read(
    planned: &PlannedQuestion,
    parts: &[Part],
    deadline: Deadline,
) -> Result<Gathered, ProviderError> {
    let name = PageKey::whole(planned.name(), &planned.question, parts);
    if let Some(gathered) = planned.fresh(&name).await {
        return Ok(gathered);
    }
    let asked_at = planned.now();
    match read(planned, parts, deadline).await {
        Ok(gathered) => {
            planned.put(name, asked_at, &gathered);
            Ok(gathered)
        }
        Err(error) => planned.instead_of(error, &name).await,
    }
}

/// Reads all that answers in these parts, with their pages side by side.
async fn read(
    planned: &PlannedQuestion,
    parts: &[Part],
    deadline: Deadline,
) -> Result<Gathered, ProviderError> {
    let read = AtomicUsize::new(0);
    let parts = parts.iter().map(|part| read_part(planned, part, &read, deadline));
    let mut all = Gathered::nothing();
    for part in try_join_all(parts).await? {
        all.is_counted &= part.is_counted;
        all.left_out.extend(part.left_out);
        for invoice in part.invoices {
            if planned.admits(&invoice)? {
                all.invoices.push(invoice);
            }
        }
    }
    Ok(all)
}

/// All of one part, each of its invoices once.
async fn read_part(
    planned: &PlannedQuestion,
    part: &Part,
    read: &AtomicUsize,
    deadline: Deadline,
) -> Result<Gathered, ProviderError> {
    let mut all = Gathered::nothing();
    let mut seen = HashSet::new();
    let (mut told, mut left_out) = (None, 0_usize);
    let mut onward = Onward { starts: vec![Start::default()], announced: false, agrees: true };
    while !onward.starts.is_empty() {
        let (starts, announced) = (onward.starts, onward.announced);
        let pages = starts.iter().map(|start| planned.page_now(part, start, deadline));
        onward = Onward::default();
        for (page, start) in try_join_all(pages).await?.into_iter().zip(&starts) {
            let count = read.fetch_add(page.invoices.len(), Atomic::Relaxed) + page.invoices.len();
            if count > MAX_SORTED || page.total.is_some_and(is_too_many) {
                return Err(too_many(planned, "answer this question"));
            }
            let (is_first, has_read) = (told.is_none(), !seen.is_empty());
            let new: Vec<bool> =
                page.invoices.iter().map(|invoice| seen.insert(invoice.id.clone())).collect();
            left_out = left_out.saturating_add(page.left_out.len());
            let is_last = starts.last() == Some(start);
            let reading = Reading {
                start,
                is_first,
                has_read,
                was_announced: announced,
                fresh: new.iter().filter(|new| **new).count(),
                had: u64::try_from(seen.len().saturating_add(left_out)).ok().filter(|_| is_last),
            };
            // All pages known at once: only the last can lead further.
            onward = reading.onward(&page).map_err(|_| planned.brings_nothing())?;
            all.is_counted &= onward.agrees && *told.get_or_insert(page.total) == page.total;
            let rows = page.left_out.into_iter();
            all.left_out.extend(rows.map(|row| (part.key().clone(), start.clone(), row)));
            let new = page.invoices.into_iter().zip(new).filter(|(_, new)| *new);
            all.invoices.extend(new.map(|(invoice, _)| invoice));
            if onward.starts.is_empty() {
                break;
            }
        }
    }
    Ok(all)
}

pub(super) fn too_many(planned: &PlannedQuestion, what: &str) -> ProviderError {
    if planned.question.sort.is_none() {
        return planned.error(
            ErrorKind::TooManyToSum,
            format!(
                "more than {MAX_SORTED} of its invoices {what}, and all of them would have to be read; \
                 narrow the question with customerIds, a status or a range of dates, or leave the connection out"
            ),
        );
    }
    planned.error(
        ErrorKind::TooManyToSort,
        format!(
            "it cannot list in this order, and more than {MAX_SORTED} of its invoices {what}; \
             narrow the question with customerIds, a status or a range of dates, leave the connection out, ask without `sort`, or have a copy of it kept (SyncedConnections)"
        ),
    )
}

fn is_too_many(total: u64) -> bool {
    usize::try_from(total).map_or(true, |total| total > MAX_SORTED)
}
