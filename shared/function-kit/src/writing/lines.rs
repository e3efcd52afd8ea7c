//! The results of a write on many invoices, as they are answered and kept. What
//! an earlier try settled stands byte for byte as it was.

use std::collections::BTreeMap;

use invoice::{Code, Outcome, Problem, Reference, WriteResult};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::events::Counts;
use crate::writes::Ending;

/// The results, in the order asked.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<Line>);

#[derive(Debug)]
struct Line {
    id: Reference,
    outcome: Outcome,
    /// Whether asking again with the same key goes on with it.
    open: bool,
    json: Box<RawValue>,
}

/// What of a kept line is read again.
#[derive(Deserialize)]
struct Kept {
    id: Reference,
    outcome: String,
    problem: Option<KeptProblem>,
}

#[derive(Deserialize)]
struct KeptProblem {
    retryable: bool,
}

#[derive(Deserialize)]
struct KeptAnswer {
    results: Vec<Box<RawValue>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answered<'a> {
    summary: BTreeMap<&'static str, usize>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
    results: Vec<&'a RawValue>,
}

/// Unknown goes on from reading. What was rejected for a reason that passes was
/// certainly not done, and is tried again.
fn is_open(outcome: Outcome, retryable: Option<bool>) -> bool {
    outcome == Outcome::Unknown || (outcome == Outcome::Rejected && retryable == Some(true))
}

impl Line {
    fn of(result: &WriteResult) -> Result<Self, Problem> {
        let json = serde_json::value::to_raw_value(result)
            .map_err(|error| Problem::new(Code::Internal, error.to_string()))?;
        let retryable = result.problem.as_ref().map(|problem| problem.retryable);
        let open = is_open(result.outcome, retryable);
        Ok(Self { id: result.id.clone(), outcome: result.outcome, open, json })
    }

    fn read(json: Box<RawValue>) -> Option<Self> {
        let kept: Kept = invoice::json::read(json.get()).ok()?;
        let outcome = Outcome::parse(&kept.outcome)?;
        let open = is_open(outcome, kept.problem.map(|problem| problem.retryable));
        Some(Self { id: kept.id, outcome, open, json })
    }
}

impl Lines {
    /// The lines of `results`.
    pub fn of(results: &[WriteResult]) -> Result<Self, Problem> {
        Ok(Self(results.iter().map(Line::of).collect::<Result<_, _>>()?))
    }

    /// The lines of an answer that was kept. What cannot be read is asked again:
    /// the ledger knows what was sent.
    pub fn read(body: &str) -> Self {
        let kept: Option<KeptAnswer> = invoice::json::read(body).ok();
        let lines = kept.into_iter().flat_map(|kept| kept.results);
        Self(lines.filter_map(Line::read).collect())
    }

    /// Whether `reference` needs nothing more.
    pub fn is_settled(&self, reference: &Reference) -> bool {
        self.0.iter().any(|line| line.id == *reference && !line.open)
    }

    /// Puts what came of this try beside what came of earlier ones, in the order
    /// of `references`.
    pub fn put(
        &mut self,
        references: &[Reference],
        results: &[WriteResult],
    ) -> Result<(), Problem> {
        let mut lines: BTreeMap<Reference, Line> =
            self.0.drain(..).map(|line| (line.id.clone(), line)).collect();
        for result in results {
            lines.insert(result.id.clone(), Line::of(result)?);
        }
        self.0 = references.iter().filter_map(|reference| lines.remove(reference)).collect();
        Ok(())
    }

    /// Whether asking again with the same key may tell more.
    pub fn is_open(&self) -> bool {
        self.0.iter().any(|line| line.open)
    }

    /// Whether the same key is to go on from these lines.
    pub fn ending(&self) -> Ending {
        if self.is_open() { Ending::Open } else { Ending::Settled }
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The lines without the invoices, which nobody asks of them.
    pub fn without_invoices(&self) -> Self {
        let lines = self.0.iter().filter_map(|line| {
            let mut json: BTreeMap<&str, &RawValue> = invoice::json::read(line.json.get()).ok()?;
            json.remove("invoice");
            let json = serde_json::value::to_raw_value(&json).ok()?;
            Some(Line { id: line.id.clone(), outcome: line.outcome, open: line.open, json })
        });
        Self(lines.collect())
    }

    /// How many lines have each outcome.
    pub fn counts(&self) -> Counts {
        let count = |outcome| {
            let lines = self.0.iter().filter(|line| line.outcome == outcome);
            u64::try_from(lines.count()).unwrap_or(u64::MAX)
        };
        Counts {
            applied: count(Outcome::Applied),
            unchanged: count(Outcome::Unchanged),
            rejected: count(Outcome::Rejected),
            unknown: count(Outcome::Unknown),
        }
    }

    /// Whether nothing at all is settled.
    pub fn are_all_open(&self) -> bool {
        self.0.iter().all(|line| line.open)
    }

    /// Whether every invoice is as it was asked to be.
    pub fn is_as_asked(&self) -> bool {
        self.0.iter().all(|line| matches!(line.outcome, Outcome::Applied | Outcome::Unchanged))
    }

    /// The answer.
    pub fn answer(&self, dry_run: bool) -> Answered<'_> {
        let mut summary: BTreeMap<&'static str, usize> =
            Outcome::ALL.iter().map(|outcome| (outcome.word(), 0)).collect();
        for line in &self.0 {
            *summary.entry(line.outcome.word()).or_default() += 1;
        }
        Answered { summary, dry_run, results: self.0.iter().map(|line| &*line.json).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(id: &str, outcome: Outcome) -> WriteResult {
        WriteResult {
            id: id.parse().unwrap(),
            outcome,
            status: None,
            new_id: None,
            invoice: None,
            problem: None,
        }
    }

    #[test]
    fn what_was_settled_stays_and_what_was_open_is_asked_again() {
        let ids: Vec<Reference> = ["nue:a", "nue:b"].map(|id| id.parse().unwrap()).into();
        let first = [result("nue:a", Outcome::Unknown), result("nue:b", Outcome::Applied)];
        let body = serde_json::to_string(&Lines::of(&first).unwrap().answer(false)).unwrap();
        let mut lines = Lines::read(&body);
        assert!(lines.is_open() && !lines.is_as_asked());
        assert!(!lines.is_settled(&ids[0]) && lines.is_settled(&ids[1]));
        lines.put(&ids, &[result("nue:a", Outcome::Applied)]).unwrap();
        assert!(!lines.is_open() && lines.is_as_asked());
        let again = serde_json::to_string(&lines.answer(false)).unwrap();
        assert_eq!(
            again,
            r#"{"summary":{"applied":2,"rejected":0,"unchanged":0,"unknown":0},"results":[{"id":"nue:a","outcome":"applied","status":null},{"id":"nue:b","outcome":"applied","status":null}]}"#
        );
    }

    #[test]
    fn an_answer_that_cannot_be_read_settles_nothing() {
        assert!(!Lines::read("{\"id\":1}").is_settled(&"nue:a".parse().unwrap()));
    }
}
