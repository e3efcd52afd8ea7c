//! How far one answer may go.

use std::time::Duration;

use api::MAX_LIMIT;
use provider_client::Deadline;

use super::serialized::SerializedInvoice;

/// The most invoices read of one connection to establish an order the provider
/// lacks; beyond, the question is refused.
pub const MAX_SORTED: usize = 5_000;
/// The most pages read of one connection for one answer, when the provider
/// cannot filter; beyond, the page is short and the cursor goes on.
pub(super) const MAX_PAGES: usize = 40;
/// The most calls one request makes of one connection: what eight at once manage
/// in some ten seconds at 300 ms a call, of the 29 that an answer may take. An
/// unsorted listing stays below it as it is: its page is short, and the cursor goes
/// on. A sorted one that would need more is refused.
pub(super) const MAX_CALLS: usize = 250;
const _: () = assert!(MAX_PAGES + MAX_LIMIT_CALLS + SPARE_CALLS <= MAX_CALLS);
/// The calls that an unsorted listing leaves, to read again what stands before its last page.
pub(super) const SPARE_CALLS: usize = 10;
/// The most calls that complete what is given.
#[expect(clippy::as_conversions, reason = "no other conversion is constant")]
const MAX_LIMIT_CALLS: usize = MAX_LIMIT as usize;

/// The most bytes of invoices in one answer, as JSON in a text: what carries it
/// takes some six million in all, and there are headers and sources beside. A
/// page that would be larger ends before, and the cursor goes on from there.
pub const MAX_BYTES: usize = 5_900_000;
/// The most times that a question is planned anew because what its plan rests on
/// was refused.
pub(super) const MAX_ROUNDS: usize = 10;

/// How far one answer may go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// By when every call must be answered.
    pub deadline: Deadline,
    /// By when the first pages must have come: one connection that hangs leaves
    /// the others time to be given.
    pub first: Deadline,
    /// No further reading is begun when less than this is left: what is read
    /// then would come too late to be answered.
    pub reserve: Duration,
}

impl Budget {
    pub fn is_spent(self) -> bool {
        self.deadline.left() <= self.reserve
    }
}

/// The bytes that are left for invoices on a page.
#[derive(Debug)]
pub(super) struct Room(usize);

impl Room {
    /// The room of an empty page.
    pub fn whole() -> Self {
        Self(MAX_BYTES)
    }

    /// Takes the room that `next` needs on a page that holds `data`; false where it has no
    /// room. Bytes are counted only where it may be too little.
    pub fn take(&mut self, data: &[SerializedInvoice], next: &SerializedInvoice) -> bool {
        let left = self.0.checked_sub(next.most()).or_else(|| {
            let taken = data.iter().chain([next]).map(SerializedInvoice::size);
            MAX_BYTES.checked_sub(taken.fold(0, usize::saturating_add))
        });
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

/// Whether no answer holds an invoice, not even by itself.
pub(super) fn is_giant(invoice: &SerializedInvoice) -> bool {
    !Room::whole().take(&[], invoice)
}
