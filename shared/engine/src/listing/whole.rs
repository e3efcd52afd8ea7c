//! Reading all of a connection that cannot sort, to sort it here.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering as Atomic};

use futures::FutureExt;
use futures::future::try_join_all;
use invoice::{Invoice, Position, Sort};
use provider_client::provider::{LeftOut, Part, PartKey, PartRead, Start, read_part};
use provider_client::{Deadline, ErrorKind, ProviderError};
use serde::{Deserialize, Serialize};

use super::bounds::MAX_SORTED;
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
    let (question, shows_comments) = (&planned.question, planned.shows_comments);
    let name = PageKey::whole(planned.name(), question, parts, shows_comments);
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
    let parts = parts.iter().map(|part| read_whole_part(planned, part, &read, deadline));
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
async fn read_whole_part(
    planned: &PlannedQuestion,
    part: &Part,
    read: &AtomicUsize,
    deadline: Deadline,
) -> Result<Gathered, ProviderError> {
    let mut all = Gathered::nothing();
    let page = |start: Start| async move { planned.page_now(part, &start, deadline).await }.boxed();
    let mut visit = |brought: PartRead| {
        let came = brought.invoices.len();
        let count = read.fetch_add(came, Atomic::Relaxed).saturating_add(came);
        if count > MAX_SORTED || brought.total.is_some_and(is_too_many) {
            return Err(too_many(planned, "answer this question"));
        }
        let rows = brought.left_out.into_iter();
        all.left_out.extend(rows.map(|(start, row)| (part.key().clone(), start, row)));
        all.invoices.extend(brought.invoices);
        Ok(ControlFlow::Continue(()))
    };
    let is_counted = read_part(&page, &|| planned.brings_nothing(), &mut visit).await?;
    all.is_counted = is_counted;
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
