//! Reading all of a connection that cannot sort, to sort it here.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering as Atomic};

use futures::future::try_join_all;
use invoice::{Invoice, Position, Sort};

use super::MAX_SORTED;
use super::participant::Asking;
use super::shelf::ShelfName;
use crate::provider::{Part, Start};
use crate::{Deadline, ErrorKind, ProviderError};

/// All that answers in these parts of one connection, sorted: as it is kept,
/// while that is fresh, else read from the provider. A repeated invoice counts
/// once.
pub(super) async fn read_whole(
    asking: &Asking,
    parts: &[Part],
    sort: Sort,
    deadline: Deadline,
) -> Result<Vec<(Position, Invoice)>, ProviderError> {
    let invoices = kept_or_read(asking, parts, deadline).await?;
    let mut all: Vec<(Position, Invoice)> =
        invoices.into_iter().map(|invoice| (sort.position(&invoice), invoice)).collect();
    all.sort_by(|(a, _), (b, _)| sort.cmp(a, b));
    let mut seen = HashSet::new();
    all.retain(|(position, _)| seen.insert(position.reference.clone()));
    Ok(all)
}

async fn kept_or_read(
    asking: &Asking,
    parts: &[Part],
    deadline: Deadline,
) -> Result<Vec<Invoice>, ProviderError> {
    let name = ShelfName::whole(asking.name(), &asking.question, parts);
    if let Some(invoices) = asking.fresh(&name).await {
        return Ok(invoices);
    }
    let asked_at = asking.now();
    match read(asking, parts, deadline).await {
        Ok(invoices) => {
            asking.put(name, asked_at, &invoices);
            Ok(invoices)
        }
        Err(error) => asking.instead_of(error, &name).await,
    }
}

/// Reads all that answers in these parts, with their pages side by side.
async fn read(
    asking: &Asking,
    parts: &[Part],
    deadline: Deadline,
) -> Result<Vec<Invoice>, ProviderError> {
    let read = AtomicUsize::new(0);
    let parts = parts.iter().map(|part| read_part(asking, part, &read, deadline));
    let mut all = Vec::new();
    for invoice in try_join_all(parts).await?.into_iter().flatten() {
        if asking.admits(&invoice)? {
            all.push(invoice);
        }
    }
    Ok(all)
}

async fn read_part(
    asking: &Asking,
    part: &Part,
    read: &AtomicUsize,
    deadline: Deadline,
) -> Result<Vec<Invoice>, ProviderError> {
    let mut invoices = Vec::new();
    let mut starts = vec![Start::default()];
    while !starts.is_empty() {
        let pages = starts.iter().map(|start| asking.page_now(part, start, deadline));
        let mut following = Vec::new();
        for page in try_join_all(pages).await? {
            let count = read.fetch_add(page.invoices.len(), Atomic::Relaxed) + page.invoices.len();
            if count > MAX_SORTED || page.total.is_some_and(is_too_many) {
                return Err(too_many(asking, "answer this question"));
            }
            invoices.extend(page.invoices);
            following = page.following;
        }
        // All pages known at once: only the last can lead further.
        starts = following;
    }
    Ok(invoices)
}

pub(super) fn too_many(asking: &Asking, what: &str) -> ProviderError {
    asking.error(
        ErrorKind::TooManyToSort,
        format!(
            "it cannot list in this order, and more than {MAX_SORTED} of its invoices {what}; \
             narrow the question with customerIds, a status or a range of dates, leave the connection out, or ask without `sort`"
        ),
    )
}

fn is_too_many(total: u64) -> bool {
    usize::try_from(total).map_or(true, |total| total > MAX_SORTED)
}
