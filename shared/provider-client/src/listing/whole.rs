//! Reading all of a connection that cannot sort, to sort it here.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering as Atomic};

use futures::future::try_join_all;
use invoice::{Invoice, Position, Sort};
use serde::{Deserialize, Serialize};

use super::MAX_SORTED;
use super::participant::Asking;
use super::shelf::ShelfName;
use crate::provider::{LeftOut, Part, Start};
use crate::{Deadline, ErrorKind, ProviderError};

/// All that answers of a connection, in no order.
#[derive(Default, Serialize, Deserialize)]
struct Whole {
    invoices: Vec<Invoice>,
    /// The rows that are left out: of which part, and of the page from where.
    left_out: Vec<(String, Start, LeftOut)>,
}

/// All that answers in these parts of one connection, sorted: as it is kept,
/// while that is fresh, else read from the provider. A repeated invoice counts
/// once.
pub(super) async fn read_whole(
    asking: &Asking,
    parts: &[Part],
    sort: Sort,
    deadline: Deadline,
) -> Result<Vec<(Position, Invoice)>, ProviderError> {
    let Whole { invoices, left_out } = kept_or_read(asking, parts, deadline).await?;
    for (part, start, row) in left_out {
        asking.leave_out_of(&part, &start, row);
    }
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
) -> Result<Whole, ProviderError> {
    let name = ShelfName::whole(asking.name(), &asking.question, parts);
    if let Some(whole) = asking.fresh(&name).await {
        return Ok(whole);
    }
    let asked_at = asking.now();
    match read(asking, parts, deadline).await {
        Ok(whole) => {
            asking.put(name, asked_at, &whole);
            Ok(whole)
        }
        Err(error) => asking.instead_of(error, &name).await,
    }
}

/// Reads all that answers in these parts, with their pages side by side.
async fn read(asking: &Asking, parts: &[Part], deadline: Deadline) -> Result<Whole, ProviderError> {
    let read = AtomicUsize::new(0);
    let parts = parts.iter().map(|part| read_part(asking, part, &read, deadline));
    let mut all = Whole::default();
    for part in try_join_all(parts).await? {
        for invoice in part.invoices {
            if asking.admits(&invoice)? {
                all.invoices.push(invoice);
            }
        }
        all.left_out.extend(part.left_out);
    }
    Ok(all)
}

async fn read_part(
    asking: &Asking,
    part: &Part,
    read: &AtomicUsize,
    deadline: Deadline,
) -> Result<Whole, ProviderError> {
    let mut whole = Whole::default();
    let mut starts = vec![Start::default()];
    while !starts.is_empty() {
        let pages = starts.iter().map(|start| asking.page_now(part, start, deadline));
        let mut following = Vec::new();
        for (page, start) in try_join_all(pages).await?.into_iter().zip(&starts) {
            let count = read.fetch_add(page.invoices.len(), Atomic::Relaxed) + page.invoices.len();
            if count > MAX_SORTED || page.total.is_some_and(is_too_many) {
                return Err(too_many(asking, "answer this question"));
            }
            whole.invoices.extend(page.invoices);
            let left_out = page.left_out.into_iter();
            whole.left_out.extend(left_out.map(|row| (part.name.clone(), start.clone(), row)));
            following = page.following;
        }
        // All pages known at once: only the last can lead further.
        starts = following;
    }
    Ok(whole)
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
