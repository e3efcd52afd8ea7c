//! The counters that tell whether anything was written since a listing was
//! read: one for each connection.

use std::collections::HashMap;
use std::fmt;

use invoice::ConnectionName;

use crate::table::{Attribute, Item};

/// What the counter stands at.
pub(crate) const GENERATION: Attribute<i64> = Attribute::new("generation");

/// The key of a connection's counter.
pub(crate) fn generation_key(connection: &ConnectionName) -> String {
    format!("generation#{connection}")
}

/// What the counters of a listing's connections stood at, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generations(Vec<(ConnectionName, i64)>);

impl Generations {
    /// As these items say. A counter that nobody has moved stands at 0.
    pub(crate) fn read(connections: &[ConnectionName], items: &HashMap<String, Item>) -> Self {
        let generation = |connection: &ConnectionName| {
            let item = items.get(&generation_key(connection));
            item.and_then(|item| GENERATION.read(item).ok()).unwrap_or(0)
        };
        Self(connections.iter().map(|name| (name.clone(), generation(name))).collect())
    }

    /// Whether they are of more connections than one.
    pub fn are_several(&self) -> bool {
        self.0.len() > 1
    }

    /// Of one of the connections alone. None where it is not among them.
    pub fn only(&self, connection: &ConnectionName) -> Option<Self> {
        let found = self.0.iter().find(|(name, _)| name == connection);
        found.map(|found| Self(vec![found.clone()]))
    }
}

/// As it is stored: compared, and never read back.
impl fmt::Display for Generations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (connection, generation) in &self.0 {
            write!(f, "{connection}={generation};")?;
        }
        Ok(())
    }
}
