//! The sandbox's counts of writes, looked at again and again: when each change was recorded,
//! and that none was made twice.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::client::Failure;
use crate::figures::Phase;
use crate::stage::{Action, Stage, reference};
use crate::violations::Rule;
use crate::world::{WRITABLE, World};

/// The time from one look to the next.
const PACE: Duration = Duration::from_millis(400);

/// The sandbox's counts of one connection.
#[derive(Debug, Deserialize)]
pub struct Counts {
    invoices: Vec<Row>,
    #[serde(default)]
    posted: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Row {
    resource: String,
    id: String,
    operations: BTreeMap<String, Count>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Count {
    applied: u64,
}

impl Counts {
    /// How often each action was done to each invoice, where it was.
    pub fn applied(&self, connection: &str) -> BTreeMap<(String, Action), u64> {
        let rows = self.invoices.iter().flat_map(|row| {
            let id = reference(connection, &row.resource, &row.id);
            Action::ALL.into_iter().filter_map(move |action| {
                let count = row.operations.get(action.name())?;
                Some(((id.clone(), action), count.applied))
            })
        });
        rows.filter(|(_, applied)| *applied > 0).collect()
    }
}

impl World {
    /// Looks on until the load is over.
    ///
    /// # Errors
    /// When the sandbox does not say.
    pub async fn watch_all(&self) -> Result<(), Failure> {
        while self.phase() != Phase::Over {
            for connection in WRITABLE {
                self.watch(connection).await?;
            }
            tokio::time::sleep(PACE).await;
        }
        Ok(())
    }

    /// Looks once.
    ///
    /// # Errors
    /// When the sandbox does not say.
    pub async fn watch(&self, connection: &str) -> Result<Counts, Failure> {
        let path = format!("{connection}/writes");
        let counts = self.control.get(&path).await?.ok_or("the sandbox has no such connection")?;
        let counts: Counts = serde_json::from_value(counts)?;
        let now = Timestamp::now();
        for (draft, new) in &counts.posted {
            let new = reference(connection, "posted", new);
            self.truth.posted(&reference(connection, "draft", draft), &new);
            self.truth.recorded(&new, Stage::Active, now);
        }
        for ((id, action), applied) in counts.applied(connection) {
            if let Some(stage) = action.leads_to(connection) {
                self.truth.recorded(&id, stage, now);
            }
            if applied > 1 {
                let what = format!("{} of {id} was done {applied} times", action.name());
                self.violations.add_once(Rule::WrittenTwice, what, &path);
            }
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_applied_is_read_by_invoice_and_action() {
        let counts = json!({"invoices": [
            {"resource": "draft", "id": "7", "operations": {"activate": {"requested": 3, "applied": 2}}},
            {"resource": "posted", "id": "7", "operations": {"cancel": {"requested": 1, "applied": 0}}},
        ], "posted": {"7": "8"}});
        let counts: Counts = serde_json::from_value(counts).unwrap();
        let expected = BTreeMap::from([(("fusebill:draft.7".to_owned(), Action::Activate), 2)]);
        assert_eq!(counts.applied("fusebill"), expected);
    }
}
