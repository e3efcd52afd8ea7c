//! How a connection misbehaves on command.

mod form;
mod strike;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::exchange::Operation;

use form::FaultForm;
pub(crate) use strike::{Faults, Strike};

/// The statuses a `status` fault may answer with.
const STATUSES: [u16; 8] = [401, 403, 404, 409, 429, 500, 502, 503];

/// The statuses an `applyThenStatus` fault may answer with: those that leave
/// open whether anything was done.
const UNCERTAIN: [u16; 4] = [500, 502, 503, 504];

/// A fault, and when it strikes.
///
/// As JSON: `{"kind":"status","status":429,"retryAfter":2,"times":3}`, or
/// `{"kind":"applyThenHang","delayMs":5000,"operation":"activate"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "FaultForm", rename_all = "camelCase")]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// How often it strikes before it is spent; until cleared when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// The only operation it strikes. When absent: any, and any write for a
    /// fault of writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// The chance, above 0 and up to 1, that it strikes; certain when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FaultKind {
    /// A refusal with this status in the provider's own shape; 502 is an HTML page.
    Status {
        /// One of 401, 403, 404, 409, 429, 500, 502, 503.
        status: u16,
        /// Seconds for the `Retry-After` header, with 429 and 503 only.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
    },
    /// The answer comes late; a write is done at once. Strikes beside any other
    /// fault.
    Slow {
        /// How late, in milliseconds.
        delay_ms: u64,
    },
    /// The connection is cut after half of the promised body.
    StopMidBody,
    /// The body is not JSON: its second half is missing, its length is right.
    InvalidJson,
    /// The status is right and the body is empty.
    EmptyBody,
    /// The first invoice's status is a word nobody documents (`Quarantined`).
    UnknownStatus,
    /// The first invoice has null in a required field (its amount).
    NullRequired,
    /// The first page's last invoice is the second page's first: every page
    /// after the first is one row behind, as when a row is inserted while
    /// someone pages. None is lost.
    RepeatedInvoice,
    /// Pages hold 30 invoices at most, whatever is asked.
    CappedPages,
    /// The envelope announces a thousand invoices more than there are.
    AnnouncedMore,
    /// Every page is the first one.
    SamePage,
    /// Of writes: done, and the connection closed without a byte of the answer.
    ApplyThenDrop,
    /// Of writes: done, and the connection cut after half of the answer's body
    /// (without a byte of the answer, when it has no body).
    ApplyThenCut,
    /// Of writes: done, silence for a while, and then the connection closed
    /// without a byte of the answer.
    ApplyThenHang {
        /// How long the silence is, in milliseconds.
        delay_ms: u64,
    },
    /// Of writes: done, and answered as a failure of the provider.
    ApplyThenStatus {
        /// One of 500, 502, 503, 504; 502 and 504 are HTML pages.
        status: u16,
    },
    /// Of writes: answered at once as by a gateway that has given up waiting, and
    /// done later.
    StatusThenApply {
        /// One of 500, 502, 503, 504; 502 and 504 are HTML pages.
        status: u16,
        /// How long after the answer it is done, in milliseconds.
        delay_ms: u64,
    },
    /// Of writes, or of a read that `operation` names: nothing done, and the
    /// connection closed without a byte of an answer.
    DropBefore,
    /// Of Nue's bulks: the first half (rounded down) done, then a 500.
    HalfBulk,
    /// Of Nue's bulks: the first half (rounded down) done, then a 409.
    HalfBulkRefused,
}

impl FaultKind {
    /// Whether it strikes writes alone, unless an operation is named.
    fn is_of_writes(&self) -> bool {
        self.needs_write() || *self == FaultKind::DropBefore
    }

    /// Whether it strikes bulks alone.
    pub(crate) fn is_of_bulks(&self) -> bool {
        matches!(self, FaultKind::HalfBulk | FaultKind::HalfBulkRefused)
    }

    /// Whether it makes no sense on anything but a write.
    fn needs_write(&self) -> bool {
        matches!(
            self,
            FaultKind::ApplyThenDrop
                | FaultKind::ApplyThenCut
                | FaultKind::ApplyThenHang { .. }
                | FaultKind::ApplyThenStatus { .. }
                | FaultKind::StatusThenApply { .. }
                | FaultKind::HalfBulk
                | FaultKind::HalfBulkRefused
        )
    }
}

impl Fault {
    /// A fault that strikes every call until it is cleared.
    pub fn always(kind: FaultKind) -> Self {
        Fault { kind, times: None, operation: None, probability: None }
    }

    /// A fault that strikes the next so many calls.
    pub fn times(kind: FaultKind, times: u32) -> Self {
        Fault { times: Some(times), ..Fault::always(kind) }
    }

    /// Reads a fault from JSON, saying what would be right when it is not.
    pub fn from_json(json: &str) -> Result<Self, InvalidFault> {
        let form: FaultForm =
            serde_json::from_str(json).map_err(|error| InvalidFault(error.to_string()))?;
        Fault::try_from(form)
    }

    /// Checks what the types alone do not.
    pub fn check(&self) -> Result<(), InvalidFault> {
        if let FaultKind::Status { status, retry_after } = &self.kind {
            if !STATUSES.contains(status) {
                return wrong(format!("status {status} is not one of {STATUSES:?}"));
            }
            if retry_after.is_some() && !matches!(status, 429 | 503) {
                return wrong("retryAfter goes with status 429 or 503".to_owned());
            }
        }
        if self.kind == FaultKind::RepeatedInvoice
            && (self.times.is_some() || self.probability.is_some())
        {
            return wrong(
                "a repeatedInvoice fault holds until it is cleared, or rows would be lost: \
                 leave out times and probability"
                    .to_owned(),
            );
        }
        if let FaultKind::ApplyThenStatus { status } | FaultKind::StatusThenApply { status, .. } =
            &self.kind
            && !UNCERTAIN.contains(status)
        {
            return wrong(format!("status {status} is not one of {UNCERTAIN:?}"));
        }
        if let Some(operation) = self.operation {
            let bulk = [Operation::Activate, Operation::Cancel, Operation::Delete];
            if self.kind.is_of_bulks() && !bulk.contains(&operation) {
                return wrong(
                    "a halfBulk fault strikes activate, cancel and delete: no other is a bulk"
                        .to_owned(),
                );
            }
            if self.kind.needs_write() && !operation.is_write() {
                return wrong(
                    "a fault that applies strikes a write: activate, cancel, delete, update, \
                     reverse or writeOff"
                        .to_owned(),
                );
            }
        }
        if self.times == Some(0) {
            return wrong("times is at least 1; leave it out to hold until cleared".to_owned());
        }
        match self.probability {
            Some(chance) if !(chance > 0.0 && chance <= 1.0) => {
                wrong(format!("probability {chance} is not above 0 and at most 1"))
            }
            _ => Ok(()),
        }
    }

    /// Whether it strikes calls of this operation at all.
    fn concerns(&self, operation: Operation) -> bool {
        match self.operation {
            Some(only) => only == operation,
            None => operation.is_write() || !self.kind.is_of_writes(),
        }
    }
}

/// Why a fault was refused, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidFault(String);

fn wrong<T>(why: String) -> Result<T, InvalidFault> {
    Err(InvalidFault(why))
}
