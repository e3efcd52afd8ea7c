//! The buses: events in, by the rules to the queues.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::entry::{Entry, Rejection};
use super::pattern::Pattern;
use crate::log::{self, note};
use crate::queues::{Queue, Queues};
use crate::template::{self, Messaging};

/// How many events are remembered.
const MEMORY: usize = 5_000;

/// Every bus and what is on it.
#[derive(Debug)]
pub struct EventBridge {
    buses: BTreeSet<String>,
    rules: Vec<Rule>,
    /// What was put last, for whoever wants to see.
    seen: Mutex<VecDeque<Value>>,
}

#[derive(Debug)]
struct Rule {
    bus: String,
    pattern: Pattern,
    targets: Vec<Arc<Queue>>,
}

impl EventBridge {
    /// The template's buses and rules, leading to these queues.
    pub fn new(messaging: &Messaging, queues: &Queues) -> Result<Self, String> {
        let rules = messaging.rules.iter().map(|rule| Rule::new(rule, queues));
        Ok(Self {
            buses: messaging.buses.iter().cloned().collect(),
            rules: rules.collect::<Result<_, _>>()?,
            seen: Mutex::default(),
        })
    }

    /// Takes events: for each, its id or why it was not taken. Events that
    /// lead to one queue arrive there together.
    pub fn put(&self, entries: Vec<Entry>, now: Timestamp) -> Vec<Result<String, Rejection>> {
        let mut arriving: BTreeMap<&str, (&Arc<Queue>, Vec<String>)> = BTreeMap::new();
        let mut outcomes = Vec::new();
        for entry in entries {
            let bus = entry.bus().to_owned();
            let taken = entry.into_envelope(now).and_then(|envelope| {
                let text = serde_json::to_string(&envelope).map_err(internal)?;
                let value = serde_json::from_str::<Value>(&text).map_err(internal)?;
                Ok((envelope.id, text, value))
            });
            outcomes.push(taken.map(|(id, text, value)| {
                let targets = self.targets(&bus, &value);
                for target in &targets {
                    let (_, bodies) =
                        arriving.entry(target.name()).or_insert((*target, Vec::new()));
                    bodies.push(text.clone());
                }
                tell(&value, &targets);
                self.remember(&bus, value);
                id
            }));
        }
        for (queue, bodies) in arriving.into_values() {
            queue.send(bodies, now);
        }
        outcomes
    }

    /// What was put on the buses last, the oldest first.
    pub fn seen(&self) -> Vec<Value> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Where an event goes: by each rule that means it, as in the cloud.
    fn targets(&self, bus: &str, event: &Value) -> Vec<&Arc<Queue>> {
        let on_bus = self.rules.iter().filter(|rule| rule.bus == bus);
        let rules: Vec<_> = on_bus.filter(|rule| rule.pattern.matches(event)).collect();
        let is_known = self.buses.contains(bus) || self.rules.iter().any(|rule| rule.bus == bus);
        if !is_known {
            let own: Vec<&str> = self.buses.iter().map(String::as_str).collect();
            // The cloud says nothing at all, and the event is lost.
            let line = format!(
                "an event for the bus {bus} goes nowhere: the template's bus is {}",
                own.join(", ")
            );
            note("EventBridge", &line);
        }
        rules.into_iter().flat_map(|rule| &rule.targets).collect()
    }

    fn remember(&self, bus: &str, event: Value) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() == MEMORY {
            seen.pop_front();
        }
        seen.push_back(json!({ "bus": bus, "event": event }));
    }
}

impl Rule {
    fn new(rule: &template::Rule, queues: &Queues) -> Result<Self, String> {
        let name = &rule.name;
        let pattern = Pattern::parse(&rule.pattern)
            .map_err(|fault| format!("{name}: the event pattern {fault}"))?;
        let targets = rule.targets.iter().map(|arn| {
            queues.by_arn(arn).cloned().ok_or_else(|| {
                format!("{name}: the target {arn} is no queue of the template, and the local stack delivers to queues alone")
            })
        });
        Ok(Self { bus: rule.bus.clone(), pattern, targets: targets.collect::<Result<_, _>>()? })
    }
}

/// Tells the log of an event: what kind it is of and who put it, and nothing of what is in it.
fn tell(event: &Value, targets: &[&Arc<Queue>]) {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let queues: Vec<&str> = targets.iter().map(|queue| queue.name()).collect();
    log::event(text("detail-type"), text("source"), &queues);
}

/// Cannot happen to an envelope; a caller is not worth a panic all the same.
fn internal(error: serde_json::Error) -> Rejection {
    ("InternalFailure", error.to_string())
}
