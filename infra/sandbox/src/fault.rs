//! How a connection misbehaves on command.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::draw::Draw;
use crate::exchange::Operation;

/// The statuses a `status` fault may answer with.
const STATUSES: [u16; 8] = [401, 403, 404, 409, 429, 500, 502, 503];

/// The kinds by their names in JSON.
const KINDS: &str = "status, slow, stopMidBody, invalidJson, emptyBody, unknownStatus, \
                     nullRequired, repeatedInvoice";

/// A fault, and when it strikes.
///
/// As JSON: `{"kind":"status","status":429,"retryAfter":2,"times":3}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "FaultForm", rename_all = "camelCase")]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// How often it strikes before it is spent; until cleared when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// The only operation it strikes; any when absent.
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
    /// The answer comes late. Strikes beside any other fault.
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
}

/// Why a fault was refused, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidFault(String);

fn wrong<T>(why: String) -> Result<T, InvalidFault> {
    Err(InvalidFault(why))
}

/// A fault as it is written, before it is checked: one flat object, so that
/// every error can name the key that is wrong.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FaultForm {
    kind: String,
    status: Option<u16>,
    retry_after: Option<u32>,
    delay_ms: Option<u64>,
    times: Option<u32>,
    operation: Option<Operation>,
    probability: Option<f64>,
}

impl TryFrom<FaultForm> for Fault {
    type Error = InvalidFault;

    fn try_from(form: FaultForm) -> Result<Self, InvalidFault> {
        let kind = match (form.kind.as_str(), form.status, form.delay_ms) {
            ("status", Some(status), _) => {
                FaultKind::Status { status, retry_after: form.retry_after }
            }
            ("status", None, _) => {
                return wrong(format!("a status fault needs status, one of {STATUSES:?}"));
            }
            ("slow", _, Some(delay_ms)) => FaultKind::Slow { delay_ms },
            ("slow", _, None) => {
                return wrong("a slow fault needs delayMs, in milliseconds".to_owned());
            }
            ("stopMidBody", ..) => FaultKind::StopMidBody,
            ("invalidJson", ..) => FaultKind::InvalidJson,
            ("emptyBody", ..) => FaultKind::EmptyBody,
            ("unknownStatus", ..) => FaultKind::UnknownStatus,
            ("nullRequired", ..) => FaultKind::NullRequired,
            ("repeatedInvoice", ..) => FaultKind::RepeatedInvoice,
            (other, ..) => return wrong(format!("kind {other:?} is not one of {KINDS}")),
        };
        let is_status = matches!(kind, FaultKind::Status { .. });
        if !is_status && (form.status.is_some() || form.retry_after.is_some()) {
            return wrong("status and retryAfter go with kind \"status\"".to_owned());
        }
        if form.delay_ms.is_some() && !matches!(kind, FaultKind::Slow { .. }) {
            return wrong("delayMs goes with kind \"slow\"".to_owned());
        }
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

/// What strikes one call.
#[derive(Debug, Default)]
pub(crate) struct Strike {
    pub(crate) delay: Duration,
    pub(crate) kind: Option<FaultKind>,
}

/// The faults set on one connection.
#[derive(Debug)]
pub(crate) struct Faults {
    set: Vec<Fault>,
    draw: Draw,
}

impl Faults {
    pub(crate) fn new(draw: Draw) -> Self {
        Faults { set: Vec::new(), draw }
    }

    pub(crate) fn add(&mut self, fault: Fault) {
        self.set.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.set.clear();
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::to_value(&self.set).unwrap_or_default()
    }

    /// What strikes this call: every slowness, and the first other fault. A
    /// fault that has struck often enough is gone, so several in a row make a
    /// script.
    pub(crate) fn strike(&mut self, operation: Operation) -> Strike {
        let mut strike = Strike::default();
        for fault in &mut self.set {
            let slow = matches!(fault.kind, FaultKind::Slow { .. });
            let elsewhere = fault.operation.is_some_and(|only| only != operation);
            if elsewhere || (!slow && strike.kind.is_some()) {
                continue;
            }
            if fault.probability.is_some_and(|chance| !self.draw.happens(chance)) {
                continue;
            }
            fault.times = fault.times.map(|left| left.saturating_sub(1));
            match &fault.kind {
                FaultKind::Slow { delay_ms } => strike.delay += Duration::from_millis(*delay_ms),
                other => strike.kind = Some(other.clone()),
            }
        }
        self.set.retain(|fault| fault.times != Some(0));
        strike
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_fault_says_what_would_be_right() {
        let table = [
            (r#"{"kind":"boom"}"#, "stopMidBody"),
            (r#"{"kind":"status"}"#, "needs status"),
            (r#"{"kind":"status","status":418}"#, "429"),
            (r#"{"kind":"status","status":500,"retryAfter":1}"#, "429 or 503"),
            (r#"{"kind":"slow"}"#, "delayMs"),
            (r#"{"kind":"emptyBody","delayMs":3}"#, "\"slow\""),
            (r#"{"kind":"emptyBody","status":500}"#, "\"status\""),
            (r#"{"kind":"emptyBody","times":0}"#, "at least 1"),
            (r#"{"kind":"emptyBody","probability":1.5}"#, "at most 1"),
            (r#"{"kind":"repeatedInvoice","times":1}"#, "leave out times"),
            (r#"{"kind":"emptyBody","often":1}"#, "unknown field `often`"),
            (r#"{"kind":"emptyBody","operation":"lst"}"#, "unknown variant `lst`"),
        ];
        for (json, expected) in table {
            let error = Fault::from_json(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }

    #[test]
    fn a_fault_survives_being_written() {
        let json = r#"{"kind":"status","status":429,"retryAfter":2,"times":3,"operation":"list"}"#;
        let fault = Fault::from_json(json).unwrap();
        assert_eq!(serde_json::to_string(&fault).unwrap(), json);
    }

    #[test]
    fn faults_in_a_row_make_a_script() {
        let mut faults = Faults::new(Draw::new(1, "faults"));
        let status = |status| FaultKind::Status { status, retry_after: None };
        faults.add(Fault::times(status(429), 2));
        faults.add(Fault::times(status(500), 1));
        faults.add(Fault::always(FaultKind::Slow { delay_ms: 5 }));
        let kinds: Vec<_> = (0..4).map(|_| faults.strike(Operation::List)).collect();
        assert_eq!(kinds[1].kind, Some(status(429)));
        assert_eq!(kinds[2].kind, Some(status(500)));
        assert_eq!(kinds[3].kind, None);
        assert!(kinds.iter().all(|strike| strike.delay.as_millis() == 5));
    }

    #[test]
    fn a_fault_for_one_operation_spares_the_others() {
        let mut faults = Faults::new(Draw::new(1, "faults"));
        faults.add(Fault {
            operation: Some(Operation::Get),
            ..Fault::times(FaultKind::EmptyBody, 1)
        });
        assert_eq!(faults.strike(Operation::List).kind, None);
        assert_eq!(faults.strike(Operation::Get).kind, Some(FaultKind::EmptyBody));
    }

    #[test]
    fn a_chance_strikes_some_calls_and_the_same_ones_again() {
        let run = || {
            let mut faults = Faults::new(Draw::new(9, "faults"));
            faults.add(Fault { probability: Some(0.5), ..Fault::always(FaultKind::EmptyBody) });
            (0..64).map(|_| faults.strike(Operation::List).kind.is_some()).collect::<Vec<_>>()
        };
        let struck = run().iter().filter(|struck| **struck).count();
        assert!((16..48).contains(&struck), "{struck}");
        assert_eq!(run(), run());
    }
}
