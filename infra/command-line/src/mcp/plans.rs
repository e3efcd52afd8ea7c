//! Plans that were previewed and not applied yet. What an agent brings back has to be what it
//! was given, to the letter; a plan is applied once, and not once it is old.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::exit::Failure;
use crate::run::Prepared;

/// Plans kept at once; the oldest goes.
const MOST: usize = 20;

/// The plans of one agent.
pub(super) struct Plans {
    lifetime: Duration,
    plans: BTreeMap<String, Sealed>,
}

struct Sealed {
    prepared: Prepared,
    shown: Value,
    at: Instant,
}

impl Plans {
    /// No plans; each will be good for `lifetime`.
    pub(super) fn new(lifetime: Duration) -> Self {
        Self { lifetime, plans: BTreeMap::new() }
    }

    /// Keeps what was prepared, and gives it a seal.
    pub(super) fn seal(&mut self, prepared: Prepared, mut shown: Value) -> Value {
        let seal = uuid::Uuid::new_v4().to_string();
        if let Some(members) = shown.as_object_mut() {
            members.insert("seal".to_owned(), json!(seal));
            members.insert("goodForSeconds".to_owned(), json!(self.lifetime.as_secs()));
        }
        while self.plans.len() >= MOST {
            let oldest =
                self.plans.iter().min_by_key(|(_, one)| one.at).map(|(seal, _)| seal.clone());
            let Some(oldest) = oldest else { break };
            self.plans.remove(&oldest);
        }
        let plan = Sealed { prepared, shown: shown.clone(), at: Instant::now() };
        self.plans.insert(seal, plan);
        json!({ "plan": shown })
    }

    /// Whether `given` is a plan that may be applied.
    ///
    /// # Errors
    /// When it was not previewed here, was changed since, or is old.
    pub(super) fn check(&self, given: &Value) -> Result<(), Failure> {
        let again = "call preview_write again, and pass its plan as it is";
        let seal = given.get("seal").and_then(Value::as_str).unwrap_or_default();
        let Some(known) = self.plans.get(seal) else {
            return Err(Failure::usage(
                "this plan was not previewed here, or is applied already; nothing was sent",
            )
            .advise(again));
        };
        if known.shown != *given {
            return Err(Failure::usage(
                "this plan was changed since it was previewed; nothing was sent",
            )
            .advise(again));
        }
        if known.at.elapsed() > self.lifetime {
            return Err(Failure::usage(
                "this plan is old: invoices may have changed since; nothing was sent",
            )
            .advise(again));
        }
        Ok(())
    }

    /// The plan, which is used up with that.
    ///
    /// # Errors
    /// As [`Plans::check`].
    pub(super) fn take(&mut self, given: &Value) -> Result<Prepared, Failure> {
        self.check(given)?;
        let seal = given.get("seal").and_then(Value::as_str).unwrap_or_default();
        let sealed = self.plans.remove(seal);
        sealed
            .map(|sealed| sealed.prepared)
            .ok_or_else(|| Failure::usage("this plan is applied already"))
    }
}
