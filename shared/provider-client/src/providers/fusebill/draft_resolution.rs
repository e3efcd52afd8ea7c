//! What a draft that is gone has become. A posted invoice does not say which
//! draft it was (fusebill R27), so it is known again by what both show.

use invoice::{Filter, Invoice, Range, Write, bounded_texts};
use jiff::{SignedDuration, Timestamp};

use crate::provider::{After, Question, Reading, View};

/// How far the provider's clock may be behind ours (fusebill R50).
const SKEW: SignedDuration = SignedDuration::from_mins(2);

/// What is asked for the invoices that `customer` had posted since `since`.
pub(super) fn question(customer: &str, since: Timestamp) -> Question {
    let activated_at =
        Range { lower: std::ops::Bound::Included(earliest(since)), ..Range::default() };
    Question {
        filter: Filter { activated_at, ..Filter::default() },
        customers: Some([customer.to_owned()].into()),
        sort: None,
        view: View::default(),
        reading: Reading::Whole,
    }
}

/// Whether `invoice` may have been posted by a call made at `since`.
pub(super) fn is_since(invoice: &Invoice, since: Timestamp) -> bool {
    invoice.timestamps.activated.is_none_or(|at| at >= earliest(since))
}

fn earliest(since: Timestamp) -> Timestamp {
    since.checked_sub(SKEW).unwrap_or(Timestamp::MIN)
}

/// What the draft `before` has become, now that it is gone; `posted` is what
/// its customer had posted since.
///
/// A draft goes by being posted or by being canceled, whoever did it. It was
/// posted where an invoice like it is there; several like it, and which of them
/// it is cannot be told. It was canceled only where no posted invoice can be it:
/// there the sum alone counts, as the rest can be changed at any time.
pub(super) fn became(write: &Write, before: &Invoice, posted: Vec<Invoice>) -> After {
    match write {
        Write::Activate { .. } => {
            let mut alike = posted.into_iter().filter(|posted| is_like(before, posted));
            match (alike.next(), alike.next()) {
                (Some(only), None) => After::Done(Some(Box::new(only))),
                (Some(_), Some(_)) => After::Done(None),
                (None, _) => After::Unclear,
            }
        }
        Write::Cancel { .. } if !posted.iter().any(|posted| can_be(before, posted)) => {
            After::Done(None)
        }
        _ => After::Unclear,
    }
}

fn is_like(before: &Invoice, posted: &Invoice) -> bool {
    // What stood before is kept within bounds, and compared so.
    let comments = |invoice: &Invoice| {
        bounded_texts(invoice.comments.iter().map(|comment| comment.text.as_str()))
    };
    let po_numbers =
        |invoice: &Invoice| bounded_texts(invoice.tracking.po_numbers.iter().map(String::as_str));
    before.amounts.total.is_some()
        && before.amounts.total == posted.amounts.total
        && po_numbers(before) == po_numbers(posted)
        && comments(before) == comments(posted)
}

/// A sum that is not said can be any.
fn can_be(before: &Invoice, posted: &Invoice) -> bool {
    let totals = before.amounts.total.zip(posted.amounts.total);
    totals.is_none_or(|(before, posted)| before == posted)
}
