//! What fails at the providers while the load goes on.

use serde_json::{Value, json};

use crate::client::Failure;
use crate::stack::Control;
use crate::world::CONNECTIONS;

/// How long after its answer a write is carried out that a gateway had given up waiting for:
/// well before `UnsettledSeconds` are over.
const LATE_MS: u64 = 1_500;
/// A stall that ends in time for its function, and one that does not.
const STALLS_MS: [u64; 2] = [3_000, 60_000];

/// Sets what fails: of each kind of call one in ten, and one in fifty stalls.
///
/// # Errors
/// When the sandbox refuses.
pub async fn set(control: &Control) -> Result<(), Failure> {
    for connection in CONNECTIONS {
        for operation in ["list", "get"] {
            for fault in of_reads().into_iter().chain(stalls()) {
                add(control, connection, operation, fault).await?;
            }
        }
        for operation in ["activate", "cancel", "delete", "update"] {
            for fault in of_writes().into_iter().chain(stalls()) {
                add(control, connection, operation, fault).await?;
            }
        }
    }
    Ok(())
}

/// Lifts all faults.
///
/// # Errors
/// When the sandbox refuses.
pub async fn lift(control: &Control) -> Result<(), Failure> {
    for connection in CONNECTIONS {
        control.tell("DELETE", &format!("{connection}/faults"), &Value::Null).await?;
    }
    Ok(())
}

async fn add(
    control: &Control,
    connection: &str,
    operation: &str,
    mut fault: Value,
) -> Result<(), Failure> {
    if let Some(fault) = fault.as_object_mut() {
        fault.insert("operation".to_owned(), json!(operation));
    }
    control.tell("PUT", &format!("{connection}/faults"), &fault).await
}

fn of_reads() -> Vec<Value> {
    vec![
        json!({"kind": "status", "status": 500, "probability": 0.025}),
        json!({"kind": "status", "status": 503, "probability": 0.025}),
        json!({"kind": "status", "status": 429, "retryAfter": 1, "probability": 0.025}),
        json!({"kind": "dropBefore", "probability": 0.0125}),
        json!({"kind": "stopMidBody", "probability": 0.0125}),
    ]
}

fn of_writes() -> Vec<Value> {
    vec![
        json!({"kind": "status", "status": 500, "probability": 0.015}),
        json!({"kind": "status", "status": 503, "probability": 0.015}),
        json!({"kind": "status", "status": 429, "retryAfter": 1, "probability": 0.015}),
        json!({"kind": "dropBefore", "probability": 0.015}),
        json!({"kind": "applyThenDrop", "probability": 0.015}),
        json!({"kind": "applyThenCut", "probability": 0.005}),
        json!({"kind": "applyThenStatus", "status": 502, "probability": 0.01}),
        json!({"kind": "statusThenApply", "status": 504, "delayMs": LATE_MS, "probability": 0.01}),
    ]
}

fn stalls() -> Vec<Value> {
    let [short, long] = STALLS_MS;
    vec![
        json!({"kind": "slow", "delayMs": short, "probability": 0.015}),
        json!({"kind": "slow", "delayMs": long, "probability": 0.005}),
    ]
}
