//! The results of a write on many invoices, as they are answered and kept. What
//! an earlier try settled stands byte for byte as it was.

use std::collections::BTreeMap;

use invoice::{Code, Outcome, OutcomeCounts, Problem, Reference, WriteResult};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The most bytes of results in an answer: Lambda takes 6 MB (aws R1), in which
/// the body is a text with its quotes escaped, beside headers.
const MOST_OF_ANSWER: usize = 5_000_000;
/// The longest text of a problem in a result, where a provider says more.
const LONGEST_TEXT: usize = 500;

/// The results, in the order asked.
#[derive(Debug, Default)]
pub struct Lines(Vec<Line>);

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
struct StoredLine {
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

/// A result without its invoice.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Lean<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    outcome: &'a RawValue,
    #[serde(borrow)]
    status: &'a RawValue,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    new_id: Option<&'a RawValue>,
    #[serde(default)]
    invoice_omitted: bool,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    problem: Option<&'a RawValue>,
}

/// The answer of the form for many.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answered<'a> {
    summary: BTreeMap<&'static str, usize>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
    results: Vec<&'a RawValue>,
}

/// A result of the form for one that is only foretold.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Foretold<'a> {
    #[serde(flatten)]
    result: BTreeMap<&'a str, &'a RawValue>,
    dry_run: bool,
}

/// What is unknown goes on from reading, unless it can never be told. What was
/// rejected for a reason that passes was certainly not done, and is tried again.
fn is_open(outcome: Outcome, retryable: Option<bool>) -> bool {
    match outcome {
        Outcome::Unknown => retryable != Some(false),
        Outcome::Rejected => retryable == Some(true),
        Outcome::Applied | Outcome::Unchanged => false,
    }
}

impl Line {
    fn of(result: &WriteResult) -> Result<Self, Problem> {
        let problem = result.problem.clone().map(shortened);
        let result = &WriteResult { problem, ..result.clone() };
        let json = serde_json::value::to_raw_value(result)
            .map_err(|error| Problem::new(Code::Internal, error.to_string()))?;
        let retryable = result.problem.as_ref().map(|problem| problem.retryable);
        let open = is_open(result.outcome, retryable);
        Ok(Self { id: result.id.clone(), outcome: result.outcome, open, json })
    }

    /// The bytes it takes in an answer.
    fn size(&self) -> usize {
        escaped(self.json.get()) + 1
    }

    /// The line without its invoice, and with a word that the invoice is left out.
    fn without_invoice(&self) -> Option<Box<RawValue>> {
        let lean: Lean<'_> = invoice::json::read(self.json.get()).ok()?;
        if lean.invoice_omitted {
            return None;
        }
        serde_json::value::to_raw_value(&Lean { invoice_omitted: true, ..lean }).ok()
    }

    fn read(json: Box<RawValue>) -> Option<Self> {
        let kept: StoredLine = invoice::json::read(json.get()).ok()?;
        let outcome = Outcome::parse(&kept.outcome)?;
        let open = is_open(outcome, kept.problem.map(|problem| problem.retryable));
        Some(Self { id: kept.id, outcome, open, json })
    }
}

/// How many bytes a text takes as a JSON string.
fn escaped(json: &str) -> usize {
    json.len() + json.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count()
}

fn shortened(mut problem: Problem) -> Problem {
    let shorten = |text: &mut String| {
        if let Some((end, _)) = text.char_indices().nth(LONGEST_TEXT) {
            text.truncate(end);
            text.push('…');
        }
    };
    shorten(&mut problem.detail);
    if let Some(provider) = &mut problem.provider {
        provider.message.as_mut().map(shorten);
        provider.code.as_mut().map(shorten);
        provider.request_id.as_mut().map(shorten);
    }
    problem
}

impl Lines {
    /// The lines of `results`.
    pub fn of(results: &[WriteResult]) -> Result<Self, Problem> {
        let mut lines = Self(results.iter().map(Line::of).collect::<Result<_, _>>()?);
        lines.fit();
        Ok(lines)
    }

    /// Leaves out the largest invoices until the answer is one that Lambda takes:
    /// the outcomes always stand.
    fn fit(&mut self) {
        let mut sizes: Vec<(usize, usize)> =
            self.0.iter().map(Line::size).enumerate().map(|(at, size)| (size, at)).collect();
        let mut total: usize = sizes.iter().map(|(size, _)| size).sum();
        sizes.sort_unstable_by(|one, other| other.cmp(one));
        for (size, at) in sizes {
            if total <= MOST_OF_ANSWER {
                return;
            }
            if let Some(line) = self.0.get_mut(at)
                && let Some(json) = line.without_invoice()
            {
                line.json = json;
                total = total.saturating_sub(size).saturating_add(line.size());
            }
        }
    }

    /// The one result of the form for one.
    pub fn only(&self) -> Option<&RawValue> {
        self.0.first().map(|line| &*line.json)
    }

    /// The one result of the form for one, as what would happen.
    pub fn only_foretold(&self) -> Option<Foretold<'_>> {
        let result = invoice::json::read(self.only()?.get()).ok()?;
        Some(Foretold { result, dry_run: true })
    }

    /// The lines of which these were kept. What cannot be read is asked again: the ledger
    /// knows what was sent.
    pub fn read(kept: Vec<Box<RawValue>>) -> Self {
        Self(kept.into_iter().filter_map(Line::read).collect())
    }

    /// The lines of an answer of the form for many.
    pub fn of_answer(body: &str) -> Self {
        let kept: Option<KeptAnswer> = invoice::json::read(body).ok();
        Self::read(kept.map(|kept| kept.results).unwrap_or_default())
    }

    /// The lines, to be kept.
    pub fn raw(&self) -> Vec<&RawValue> {
        self.0.iter().map(|line| &*line.json).collect()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
        self.fit();
        Ok(())
    }

    /// The invoices, in the order of the lines.
    pub fn references(&self) -> Vec<Reference> {
        self.0.iter().map(|line| line.id.clone()).collect()
    }

    /// Whether asking again with the same key may tell more.
    pub fn is_open(&self) -> bool {
        self.0.iter().any(|line| line.open)
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
    pub fn counts(&self) -> OutcomeCounts {
        let count = |outcome| {
            let lines = self.0.iter().filter(|line| line.outcome == outcome);
            u64::try_from(lines.count()).unwrap_or(u64::MAX)
        };
        OutcomeCounts {
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
        let mut lines = Lines::of_answer(&body);
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

    fn large(id: &str, outcome: Outcome, bytes: usize) -> WriteResult {
        let mut invoice = crate::testing::invoice(id, "nue:customer");
        invoice.number = Some("\"".repeat(bytes));
        let problem = Problem::new(Code::ProviderError, "\"".repeat(200_000));
        let problem = (outcome == Outcome::Rejected).then_some(problem);
        WriteResult { invoice: Some(Box::new(invoice)), problem, ..result(id, outcome) }
    }

    #[test]
    fn outcomes_fit_whatever_the_size_of_the_invoices() {
        let outcomes = [Outcome::Applied, Outcome::Rejected, Outcome::Unchanged];
        let ids: Vec<Reference> = (0..500).map(|n| format!("nue:{n}").parse().unwrap()).collect();
        let results: Vec<WriteResult> = (0..500)
            .map(|n| large(&ids[n].to_string(), outcomes[n % 3], if n == 7 { 10 } else { 20_000 }))
            .collect();
        let lines = Lines::of(&results).unwrap();
        let body = serde_json::to_string(&lines.answer(false)).unwrap();
        // As Lambda's runtime sends it.
        let sent = serde_json::to_string(&serde_json::json!({ "body": body })).unwrap();
        assert!(sent.len() < 6_000_000, "{}", sent.len());
        let told: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(told["summary"]["applied"], 167);
        for (n, result) in told["results"].as_array().unwrap().iter().enumerate() {
            assert_eq!(
                (&result["id"], &result["outcome"]),
                (&serde_json::json!(ids[n]), &serde_json::json!(outcomes[n % 3].word()))
            );
            let is_left_out = result["invoice"].is_null();
            assert_eq!(result["invoiceOmitted"] == true, is_left_out, "{n}");
        }
        assert!(told["results"][7]["invoice"].is_object(), "the small one has its place");
        // Kept and answered again, it is the same byte for byte.
        let again = Lines::of_answer(&body);
        assert_eq!(serde_json::to_string(&again.answer(false)).unwrap(), body);
        // And what joins it later finds room.
        let mut again = again;
        again.put(&ids, &results[..1]).unwrap();
        let body = serde_json::to_string(&again.answer(false)).unwrap();
        assert!(escaped(&body) <= MOST_OF_ANSWER);
    }

    #[test]
    fn what_can_never_be_told_is_settled() {
        for (retryable, settled) in [(true, false), (false, true)] {
            let problem = Problem { retryable, ..Problem::new(Code::ProviderError, "lost") };
            let unknown =
                WriteResult { problem: Some(problem), ..result("nue:a", Outcome::Unknown) };
            let lines = Lines::of(&[unknown]).unwrap();
            assert_eq!(lines.is_settled(&"nue:a".parse().unwrap()), settled);
            assert!(!lines.is_as_asked());
        }
    }

    #[test]
    fn an_answer_that_cannot_be_read_settles_nothing() {
        assert!(!Lines::of_answer("{\"id\":1}").is_settled(&"nue:a".parse().unwrap()));
    }
}
