//! Where writes are recorded before they are sent, so that none is sent twice:
//! not by two callers at once, and not by one that asks again.

use std::time::Duration;

use async_trait::async_trait;
use invoice::{Outcome, Reference, Write};
use jiff::Timestamp;

use provider_client::SendKey;

use super::InvoiceSnapshot;

/// The record of writes, for one request. Its owner is the caller's idempotency
/// key, or the request itself where there is none; an owner makes one request at
/// a time, which the record of idempotency keys sees to.
///
/// A lock is one conditional write: at any time one owner has an invoice. What
/// an owner has sent is remembered apart from the lock, so that it is still
/// known when others have had the invoice since.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// What earlier tries of the same request may have sent; each invoice has
    /// its answer, in that order. Reading is all it does: nothing is locked.
    ///
    /// # Errors
    /// When the record of an invoice is out of reach: it may have been sent.
    async fn recall(&self, invoices: &[Reference]) -> Vec<Result<Option<Sent>, LedgerError>>;

    /// Locks each invoice for `write`; each has its answer, in that order.
    ///
    /// # Errors
    /// When the lock on an invoice cannot be recorded: nothing may be sent for
    /// it then.
    async fn lock(
        &self,
        write: &Write,
        invoices: &[Reference],
    ) -> Vec<Result<InvoiceLock, LedgerError>>;

    /// Records that `write` is about to be sent for these invoices, as they
    /// stood; each has the key it is sent under, in that order: of what an earlier try
    /// may have sent, the same as then. What is recorded here counts as sent.
    ///
    /// # Errors
    /// When that of an invoice cannot be recorded: nothing may be sent for it.
    async fn sending(
        &self,
        write: &Write,
        invoices: &[InvoiceSnapshot],
    ) -> Vec<Result<SendKey, LedgerError>>;

    /// Records what came of it. A settled outcome ends the lock; an unknown one
    /// keeps it while the provider may be at it.
    ///
    /// A record that cannot be kept changes no outcome: it is logged and counted,
    /// and the lock ends by itself.
    async fn record(&self, write: &Write, settled: &[OutcomeRecord]);
}

/// What came of locking an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvoiceLock {
    /// The invoice is ours to write to.
    Ours,
    /// Another's write is under way.
    Busy {
        /// When to ask again.
        retry_after: Duration,
    },
}

/// A write that an earlier try of the same request may have sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// When it was about to be sent.
    pub since: Timestamp,
    /// How long the provider may still be at it: zero once its time is up.
    pub unclear_for: Duration,
    /// How the invoice stood then.
    pub before: InvoiceSnapshot,
    /// Whether another write has been sent for the invoice since.
    pub superseded: Option<Superseded>,
}

/// Another write was sent for an invoice after ours: what the invoice shows now
/// is no witness of ours any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superseded {
    /// How the invoice stood just before the first such write: what ours had
    /// come to by then. None where that is not known.
    pub before: Option<InvoiceSnapshot>,
}

/// What came of a write on one invoice, for the record.
#[derive(Debug, Clone)]
pub struct OutcomeRecord {
    /// The invoice as it was asked for.
    pub invoice: Reference,
    /// What came of it.
    pub outcome: Outcome,
    /// Whether anything was sent in this try.
    pub sent: bool,
    /// Whether the provider may be at it still (of an unknown outcome).
    pub under_way: bool,
    /// The reference it has from now on, where it has a new one.
    pub new_id: Option<Reference>,
    /// The kind of problem, where there is one.
    pub problem: Option<invoice::Code>,
}

/// Why the record cannot be kept; the message is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the record of writes is out of reach: {0}")]
pub struct LedgerError(pub String);
