//! Reading all of a connection that cannot sort, to sort it here.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering as Atomic};

use futures::future::try_join_all;
use invoice::{Invoice, Position, Sort};

use super::MAX_SORTED;
use super::participant::Asking;
use crate::provider::{Part, Start};
use crate::{Deadline, ErrorKind, ProviderError};

/// Reads all that answers in these parts of one connection, with their pages
/// side by side, and sorts it. A repeated invoice counts once.
pub(super) async fn read_whole(
    asking: &Asking,
    parts: &[Part],
    sort: Sort,
    deadline: Deadline,
) -> Result<Vec<(Position, Invoice)>, ProviderError> {
    let read = AtomicUsize::new(0);
    let parts = parts.iter().map(|part| read_part(asking, part, &read, deadline));
    let mut all: Vec<(Position, Invoice)> = Vec::new();
    for invoice in try_join_all(parts).await?.into_iter().flatten() {
        if asking.admits(&invoice)? {
            all.push((sort.position(&invoice), invoice));
        }
    }
    all.sort_by(|(a, _), (b, _)| sort.cmp(a, b));
    let mut seen = HashSet::new();
    all.retain(|(position, _)| seen.insert(position.reference.clone()));
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
        let pages = starts.iter().map(|start| asking.page(part, start, deadline));
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
