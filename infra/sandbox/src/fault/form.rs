//! A fault as it is written.

use serde::Deserialize;

use crate::exchange::Operation;

use super::{Fault, FaultKind, InvalidFault, STATUSES, UNCERTAIN, wrong};

/// The kinds by their names in JSON.
const KINDS: &str = "status, slow, stopMidBody, invalidJson, emptyBody, unknownStatus, \
                     nullRequired, repeatedInvoice, cappedPages, announcedMore, samePage, applyThenDrop, applyThenCut, applyThenHang, \
                     applyThenStatus, statusThenApply, dropBefore, halfBulk, halfBulkRefused";

/// A fault as it is written, before it is checked: one flat object, so that
/// every error can name the key that is wrong.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FaultForm {
    kind: String,
    status: Option<u16>,
    retry_after: Option<u32>,
    delay_ms: Option<u64>,
    times: Option<u32>,
    operation: Option<Operation>,
    probability: Option<f64>,
}

impl FaultForm {
    fn kind(&self) -> Result<FaultKind, InvalidFault> {
        let kind = self.kind.as_str();
        let delay = || match self.delay_ms {
            Some(delay_ms) => Ok(delay_ms),
            None => wrong(format!("a {kind} fault needs delayMs, in milliseconds")),
        };
        let status = |known: &[u16]| match self.status {
            Some(status) => Ok(status),
            None => wrong(format!("a {kind} fault needs status, one of {known:?}")),
        };
        Ok(match kind {
            "status" => {
                FaultKind::Status { status: status(&STATUSES)?, retry_after: self.retry_after }
            }
            "slow" => FaultKind::Slow { delay_ms: delay()? },
            "stopMidBody" => FaultKind::StopMidBody,
            "invalidJson" => FaultKind::InvalidJson,
            "emptyBody" => FaultKind::EmptyBody,
            "unknownStatus" => FaultKind::UnknownStatus,
            "nullRequired" => FaultKind::NullRequired,
            "repeatedInvoice" => FaultKind::RepeatedInvoice,
            "cappedPages" => FaultKind::CappedPages,
            "announcedMore" => FaultKind::AnnouncedMore,
            "samePage" => FaultKind::SamePage,
            "applyThenDrop" => FaultKind::ApplyThenDrop,
            "applyThenCut" => FaultKind::ApplyThenCut,
            "applyThenHang" => FaultKind::ApplyThenHang { delay_ms: delay()? },
            "applyThenStatus" => FaultKind::ApplyThenStatus { status: status(&UNCERTAIN)? },
            "statusThenApply" => {
                FaultKind::StatusThenApply { status: status(&UNCERTAIN)?, delay_ms: delay()? }
            }
            "dropBefore" => FaultKind::DropBefore,
            "halfBulk" => FaultKind::HalfBulk,
            "halfBulkRefused" => FaultKind::HalfBulkRefused,
            other => return wrong(format!("kind {other:?} is not one of {KINDS}")),
        })
    }

    /// A key that means nothing to this kind is a mistake.
    fn stray(&self, kind: &FaultKind) -> Result<(), InvalidFault> {
        let has_status = matches!(
            kind,
            FaultKind::Status { .. }
                | FaultKind::ApplyThenStatus { .. }
                | FaultKind::StatusThenApply { .. }
        );
        if self.status.is_some() && !has_status {
            return wrong(
                "status goes with kind \"status\", \"applyThenStatus\" or \"statusThenApply\""
                    .to_owned(),
            );
        }
        if self.retry_after.is_some() && !matches!(kind, FaultKind::Status { .. }) {
            return wrong("retryAfter goes with kind \"status\"".to_owned());
        }
        let has_delay = matches!(
            kind,
            FaultKind::Slow { .. }
                | FaultKind::ApplyThenHang { .. }
                | FaultKind::StatusThenApply { .. }
        );
        if self.delay_ms.is_some() && !has_delay {
            return wrong(
                "delayMs goes with kind \"slow\", \"applyThenHang\" or \"statusThenApply\""
                    .to_owned(),
            );
        }
        Ok(())
    }
}

impl TryFrom<FaultForm> for Fault {
    type Error = InvalidFault;

    fn try_from(form: FaultForm) -> Result<Self, InvalidFault> {
        let kind = form.kind()?;
        form.stray(&kind)?;
        let fault = Fault {
            kind,
            times: form.times,
            operation: form.operation,
            probability: form.probability,
        };
        fault.check()?;
        Ok(fault)
    }
}
