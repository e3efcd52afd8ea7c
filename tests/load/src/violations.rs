//! What did not hold, in words, with the request and the answer.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::Serialize;

use crate::client::Answer;
use crate::truth::lock;

/// How many are told of each rule.
const TOLD: usize = 5;
/// How much is told of an answer.
const SHOWN: usize = 2_000;

/// A rule that has to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// What is shown is what the sandbox has, or had when its provider was asked.
    Untrue,
    /// Each source that failed is said, and what is said to be whole is whole.
    Sources,
    /// No invoice comes twice on a page, or over pages.
    Duplicate,
    /// An outcome that was told agrees with the sandbox.
    Outcome,
    /// Nothing is written twice.
    WrittenTwice,
    /// Every answer is of the contract.
    Contract,
    /// Every answer comes in time.
    Hang,
    /// Memory stays as it is.
    Memory,
}

/// One time that a rule did not hold.
#[derive(Debug, Clone, Serialize)]
pub struct Violation {
    rule: Rule,
    /// What did not hold.
    what: String,
    request: String,
    answer: String,
}

/// All that did not hold.
#[derive(Debug, Default)]
pub struct Violations {
    told: Mutex<Vec<Violation>>,
    counts: Mutex<BTreeMap<Rule, usize>>,
}

impl Violations {
    /// Adds one; of many of a rule the first are told.
    pub fn add(&self, rule: Rule, what: String, request: &str, answer: Option<&Answer>) {
        let mut counts = lock(&self.counts);
        let count = counts.entry(rule).or_default();
        *count += 1;
        if *count > TOLD {
            return;
        }
        let answer = answer.map(|answer| {
            let text: String = answer.text.chars().take(SHOWN).collect();
            let cache = answer.header("cache-status").unwrap_or("none");
            let (status, began, ended) = (answer.status, answer.began, answer.ended);
            format!("{status} from {began} to {ended}, cache-status {cache}: {text}")
        });
        lock(&self.told).push(Violation {
            rule,
            what,
            request: request.to_owned(),
            answer: answer.unwrap_or_else(|| "none".to_owned()),
        });
    }

    /// Adds one that is found again and again.
    pub fn add_once(&self, rule: Rule, what: String, request: &str) {
        let is_known = lock(&self.told).iter().any(|told| told.what == what);
        if !is_known {
            self.add(rule, what, request, None);
        }
    }

    /// How often each rule did not hold.
    pub fn counts(&self) -> BTreeMap<Rule, usize> {
        lock(&self.counts).clone()
    }

    /// The first of each rule.
    pub fn told(&self) -> Vec<Violation> {
        lock(&self.told).clone()
    }
}

impl Violation {
    /// The violation for people.
    pub fn words(&self) -> String {
        let Self { rule, what, request, answer } = self;
        format!("{rule:?}: {what}\n  request: {request}\n  answer: {answer}")
    }
}
