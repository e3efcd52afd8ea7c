//! Writes, held to what the sandbox has recorded.

use fastrand::Rng;
use serde_json::Value;

use crate::client::Answer;
use crate::figures::Kind;
use crate::questions::{Question, all_of};
use crate::stage::Action;
use crate::violations::Rule;
use crate::world::{Request, WRITABLE, World};
use crate::writes::{Outcome, Wish};

/// What an answer tells of one invoice.
struct Line {
    invoice: String,
    /// What it settles; none while asking again may tell more.
    outcome: Option<Outcome>,
    /// The reference that the invoice has from now on.
    new: Option<String>,
}

impl World {
    /// Asks for a wish, between two listings in which it has to show: the first is kept, and the
    /// second must not be what was kept.
    pub async fn write_between_listings(&self, wish: Wish, rng: &mut Rng) {
        let first = wish.invoices.first().and_then(|id| self.truth.get(id).zip(Some(id)));
        let question = first.and_then(|(invoice, id)| of_customer(id, invoice.customer?));
        let Some(question) = question else { return self.write(wish, rng).await };
        self.read(&question, false).await;
        self.write(wish, rng).await;
        self.read(&question, false).await;
    }

    /// Asks for a wish; of one in twenty, twice at once.
    pub async fn write(&self, mut wish: Wish, rng: &mut Rng) {
        let request = wish.request();
        self.announce(&wish);
        let (one, other) = if rng.u8(0..20) == 0 {
            let both = futures::join!(self.send(&request, true), self.send(&request, true));
            (both.0, both.1)
        } else {
            (self.send(&request, true).await, None)
        };
        for answer in [one, other].into_iter().flatten() {
            if answer.status < 400 || answer.status >= 429 {
                self.figures.took(self.phase(), Kind::Write, answer.took);
            }
            self.hold(&mut wish, &request, &answer, rng).await;
        }
        self.pool.give_back(wish);
    }

    /// Whatever is read from now on may show it.
    fn announce(&self, wish: &Wish) {
        for id in &wish.invoices {
            let connection = id.split(':').next().unwrap_or_default();
            if let Some(stage) = wish.action.leads_to(connection) {
                self.truth.sent(id, stage);
            }
        }
    }

    /// Holds an answer to the wish, and to the sandbox.
    async fn hold(&self, wish: &mut Wish, request: &Request, answer: &Answer, rng: &mut Rng) {
        let lines = match lines(wish, answer) {
            Ok(lines) => lines,
            Err(what) => return self.add(Rule::Contract, what, request, answer),
        };
        let is_replay = answer.header("idempotency-replayed") == Some("true");
        if let Some(first) = wish.answer.as_ref().filter(|_| is_replay)
            && *first != answer.text
        {
            let what = format!("a settled key is answered otherwise than before: {first}");
            self.add(Rule::Outcome, what, request, answer);
        }
        let was_settled = wish.is_settled();
        for line in lines {
            self.count_line(&line);
            let Some(outcome) = line.outcome else { continue };
            let before = wish.settled.insert(line.invoice.clone(), outcome);
            match before {
                Some(before) if before != outcome => {
                    let what = format!("{}: {outcome:?}, and {before:?} before", line.invoice);
                    self.add(Rule::Outcome, what, request, answer);
                }
                Some(_) => {}
                None => self.settle(wish, &line, outcome, request, answer, rng).await,
            }
        }
        if !was_settled && wish.is_settled() {
            wish.answer = Some(answer.text.clone());
        }
    }

    fn count_line(&self, line: &Line) {
        let word = line.outcome.map_or("open".to_owned(), |outcome| format!("{outcome:?}"));
        self.figures.count(self.phase(), |counts| {
            *counts.outcomes.entry(word.to_lowercase()).or_default() += 1;
        });
    }

    /// An outcome is told for the first time: the sandbox has to have it so.
    async fn settle(
        &self,
        wish: &Wish,
        line: &Line,
        outcome: Outcome,
        request: &Request,
        answer: &Answer,
        rng: &mut Rng,
    ) {
        let id = &line.invoice;
        let connection = id.split(':').next().unwrap_or_default();
        let stage = wish.action.leads_to(connection);
        if let Err(what) = self.hold_to_record(wish, line, outcome).await {
            self.add(Rule::Outcome, what, request, answer);
        }
        if !matches!(outcome, Outcome::Applied | Outcome::Unchanged) {
            return;
        }
        if let Some(stage) = stage {
            self.truth.answered(id, stage, answer.ended);
        }
        if let (Some(due), None) = (&wish.due, stage) {
            self.truth.due_answered(id, due, answer.ended);
        }
        if let Some(new) = &line.new {
            self.truth.posted(id, new);
            self.truth.answered(new, crate::stage::Stage::Active, answer.ended);
        }
        if rng.bool() {
            self.read_after_write(line.new.as_ref().unwrap_or(id)).await;
        }
        if let Some(next) = next(connection, wish.action, rng) {
            self.pool.add(next, id.clone());
        }
    }

    async fn hold_to_record(
        &self,
        wish: &Wish,
        line: &Line,
        outcome: Outcome,
    ) -> Result<(), String> {
        let id = &line.invoice;
        let connection = id.split(':').next().unwrap_or_default();
        let now = self.recorded_now(line.new.as_ref().unwrap_or(id)).await;
        let (now, record) = now.map_err(|why| format!("the sandbox does not say: {why}"))?;
        let expected = match line.new {
            Some(_) => Some(crate::stage::Stage::Active),
            None => wish.action.leads_to(connection),
        };
        let is_done = match (expected, &wish.due) {
            (Some(stage), _) => now == stage,
            (None, Some(due)) => {
                record.is_some_and(|record| record.invoice.to_string().contains(due.as_str()))
            }
            (None, None) => false,
        };
        let is_true = match outcome {
            Outcome::Applied | Outcome::Unchanged => is_done,
            Outcome::Rejected => !is_done,
            Outcome::NeverKnown => true,
        };
        if is_true {
            return Ok(());
        }
        let name = wish.action.name();
        Err(format!("{name} of {id} is told {outcome:?}, and the sandbox has it as {now:?}"))
    }

    fn add(&self, rule: Rule, what: String, request: &Request, answer: &Answer) {
        self.violations.add(rule, what, &request.words(), Some(answer));
    }
}

/// All invoices of the customer whose invoice `id` is.
fn of_customer(id: &str, customer: String) -> Option<Question> {
    let connection = WRITABLE.into_iter().find(|name| id.split(':').next() == Some(name))?;
    Some(Question { customer: Some(customer), ..all_of(connection, false) })
}

/// What may be wanted of an invoice next.
fn next(connection: &str, done: Action, rng: &mut Rng) -> Option<Action> {
    match (done, connection) {
        (_, "fusebill") => None,
        (Action::Activate, "nue" | "simplepin") if rng.bool() => Some(Action::Update),
        (Action::Activate | Action::Update, _) => Some(Action::Cancel),
        (Action::Cancel, "nue") => Some(Action::Delete),
        _ => None,
    }
}

/// What an answer tells of each invoice; nothing where it is of the request alone.
fn lines(wish: &Wish, answer: &Answer) -> Result<Vec<Line>, String> {
    let Ok(body) = serde_json::from_str::<Value>(&answer.text) else { return Ok(Vec::new()) };
    if wish.is_single() {
        let has_outcome = body.get("outcome").is_some();
        let problem = body.get("problem").unwrap_or(&body);
        let line = has_outcome.then(|| wish.invoices.first().map(|id| line(id, &body, problem)));
        return Ok(line.flatten().into_iter().collect());
    }
    let Some(results) = body.get("results").and_then(Value::as_array) else {
        return Ok(Vec::new());
    };
    if results.len() != wish.invoices.len() {
        return Err(format!("{} invoices, and {} results", wish.invoices.len(), results.len()));
    }
    let problem = |result: &Value| result.get("problem").cloned().unwrap_or_default();
    let pairs = wish.invoices.iter().zip(results);
    Ok(pairs.map(|(id, result)| line(id, result, &problem(result))).collect())
}

fn line(invoice: &str, result: &Value, problem: &Value) -> Line {
    let is_final = problem.get("retryable") == Some(&Value::Bool(false));
    let outcome = match result.get("outcome").and_then(Value::as_str) {
        Some("applied") => Some(Outcome::Applied),
        Some("unchanged") => Some(Outcome::Unchanged),
        Some("rejected") => Some(Outcome::Rejected).filter(|_| is_final),
        Some("unknown") => Some(Outcome::NeverKnown).filter(|_| is_final),
        _ => None,
    };
    let new = result.get("newId").and_then(Value::as_str).map(str::to_owned);
    Line { invoice: invoice.to_owned(), outcome, new }
}
