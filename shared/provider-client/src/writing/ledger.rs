//! Where writes are recorded before they are sent, so that none is sent twice:
//! not by two callers at once, and not by one that asks again.

use std::time::Duration;

use async_trait::async_trait;
use invoice::{
    Amount, Comment, Currency, Direction, Exact, Invoice, Outcome, Reference, Status, Write,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The record of writes, for one request. Its owner is the caller's idempotency
/// key, or the request itself where there is none; an owner makes one request at
/// a time, which the record of idempotency keys sees to.
///
/// A claim is one conditional write: at any time one owner has an invoice.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Claims each invoice for `write`; each has its answer, in that order.
    ///
    /// # Errors
    /// When the record cannot be kept: nothing may be sent then.
    async fn claim(&self, write: &Write, invoices: &[Reference])
    -> Result<Vec<Claim>, LedgerError>;

    /// Records that `write` is about to be sent for these invoices, as they
    /// stood. What is recorded here counts as sent.
    ///
    /// # Errors
    /// When the record cannot be kept: nothing may be sent then.
    async fn sending(&self, write: &Write, invoices: &[Trace]) -> Result<(), LedgerError>;

    /// Records what came of it. A settled outcome ends the claim; an unknown one
    /// keeps it, so that the same owner goes on from reading.
    ///
    /// A record that cannot be kept changes no outcome: it is logged and counted,
    /// and the claim ends by itself.
    async fn record(&self, write: &Write, settled: &[Settled]);
}

/// What came of claiming an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a few hundred are held for a moment")]
pub enum Claim {
    /// It is ours, and nothing has been sent for it.
    Ours,
    /// It is ours from an earlier try, which may have sent the write.
    Sent {
        /// When it was about to be sent.
        since: Timestamp,
        /// Whether the provider may be at it still.
        under_way: bool,
        /// How the invoice stood then.
        before: Trace,
    },
    /// Another's write is under way.
    Busy {
        /// When to ask again.
        retry_after: Duration,
    },
}

/// What came of a write on one invoice, for the record.
#[derive(Debug, Clone)]
pub struct Settled {
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
#[derive(Debug, thiserror::Error)]
#[error("the record of writes is out of reach: {0}")]
pub struct LedgerError(pub String);

/// How an invoice stood before a write, as far as needed to know it again: kept
/// with the claim, since the invoice itself may be gone when it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// The invoice.
    pub id: Reference,
    /// Its life-cycle word.
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    modified: Option<Timestamp>,
    customer: Option<Reference>,
    /// A decimal, exact.
    total: Option<String>,
    currency: Option<String>,
    po_numbers: Vec<String>,
    comments: Vec<String>,
}

impl Trace {
    /// The trace of `invoice`.
    pub fn of(invoice: &Invoice) -> Self {
        Self {
            id: invoice.id.clone(),
            status: Some(invoice.status.word().to_owned()),
            modified: invoice.timestamps.modified,
            customer: invoice.customer.id.clone(),
            total: invoice.amounts.total.map(|total| total.to_string()),
            currency: invoice.currency.map(|currency| currency.code().to_owned()),
            po_numbers: invoice.tracking.po_numbers.clone(),
            comments: invoice.comments.iter().map(|comment| comment.text.clone()).collect(),
        }
    }

    /// As much of the invoice as the trace holds.
    pub fn invoice(&self, provider: &'static str, direction: Direction) -> Invoice {
        let mut invoice = Invoice::unknown(self.id.clone(), provider, direction);
        invoice.status = self.status.as_deref().and_then(Status::parse).unwrap_or(Status::Unknown);
        invoice.timestamps.modified = self.modified;
        invoice.customer.id = self.customer.clone();
        invoice.currency = self.currency.as_deref().and_then(Currency::parse);
        let total = self.total.as_deref().and_then(|total| Exact::parse(total).ok());
        invoice.amounts.total = total.map(|total| Amount::new(total, invoice.currency.as_ref()));
        invoice.tracking.po_numbers = self.po_numbers.clone();
        let comment =
            |text: &String| Comment { text: text.clone(), created_at: None, author: None };
        invoice.comments = self.comments.iter().map(comment).collect();
        invoice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_keeps_what_an_invoice_is_known_again_by() {
        let id: Reference = "fusebill:draft.7".parse().unwrap();
        let mut invoice = Invoice::unknown(id, "fusebill", Direction::Receivable);
        invoice.status = Status::Draft;
        invoice.timestamps.modified = "2025-06-30T09:58:12.870Z".parse().ok();
        invoice.customer.id = "fusebill:123456".parse().ok();
        invoice.currency = Currency::parse("KWD");
        invoice.amounts.total =
            Exact::parse("264.000001").ok().map(|total| Amount::new(total, None));
        invoice.tracking.po_numbers = vec!["PO-7".into()];
        let text = serde_json::to_string(&Trace::of(&invoice)).unwrap();
        let trace: Trace = serde_json::from_str(&text).unwrap();
        let again = trace.invoice("fusebill", Direction::Receivable);
        assert_eq!(
            serde_json::to_string(&again).unwrap(),
            serde_json::to_string(&invoice).unwrap()
        );
    }
}
