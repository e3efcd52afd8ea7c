//! Which fault strikes which call.

use std::time::Duration;

use serde_json::Value;

use crate::draw::Draw;
use crate::exchange::Operation;

use super::{Fault, FaultKind};

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
            if !fault.concerns(operation) || (!slow && strike.kind.is_some()) {
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
