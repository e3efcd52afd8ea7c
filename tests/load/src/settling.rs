//! The end: nothing fails any more, what is open is settled, and all is held to the sandbox.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use fastrand::Rng;
use jiff::Timestamp;

use crate::client::Failure;
use crate::questions::all_of;
use crate::stage::{Action, Stage};
use crate::violations::Rule;
use crate::world::{CONNECTIONS, WRITABLE, World};
use crate::writes::{Outcome, Wish};

/// How long what is open may take to be settled: longer than any circuit stays open, and than
/// a request whose function was killed holds its key.
const PATIENCE: Duration = Duration::from_secs(240);
/// The time from one try to the next.
const PACE: Duration = Duration::from_millis(300);

impl World {
    /// Asks for each open wish until nothing of it is open; how many there were.
    pub async fn settle_all(&self, rng: &mut Rng) -> usize {
        let mut open = self.pool.take_open();
        let (count, end) = (open.len(), Instant::now() + PATIENCE);
        while !open.is_empty() && Instant::now() < end {
            for wish in open {
                self.write(wish, rng).await;
            }
            open = self.pool.take_open();
            tokio::time::sleep(PACE).await;
        }
        for wish in open {
            let what =
                format!("it stays open: {:?} is settled of {:?}", wish.settled, wish.invoices);
            self.violations.add(Rule::Outcome, what, &wish.request().words(), None);
            self.pool.give_back(wish);
        }
        count
    }

    /// Holds all that was told to the sandbox's counts and comments.
    ///
    /// # Errors
    /// When the sandbox does not say.
    pub async fn hold_to_counts(&self) -> Result<(), Failure> {
        let mut applied: BTreeMap<(String, Action), u64> = BTreeMap::new();
        for connection in WRITABLE {
            applied.extend(self.watch(connection).await?.applied(connection));
        }
        let wishes = self.pool.settled();
        let mut told: BTreeMap<(String, Action), Outcome> = BTreeMap::new();
        for wish in &wishes {
            for (id, outcome) in &wish.settled {
                told.insert((id.clone(), wish.action), *outcome);
            }
        }
        for ((id, action), outcome) in &told {
            let times = applied.remove(&(id.clone(), *action)).unwrap_or_default();
            let is_true = match outcome {
                Outcome::Applied => times == 1,
                Outcome::Unchanged | Outcome::NeverKnown => times <= 1,
                Outcome::Rejected => times == 0,
            };
            if !is_true {
                let what = format!(
                    "{} of {id} is told {outcome:?}, and was done {times} times",
                    action.name()
                );
                self.violations.add(Rule::Outcome, what, "the sandbox's counts", None);
            }
        }
        for ((id, action), times) in applied {
            let what = format!("{} of {id} was done {times} times, and is not told", action.name());
            self.violations.add(Rule::Outcome, what, "the sandbox's counts", None);
        }
        self.hold_to_comments(&wishes).await
    }

    /// Nue keeps the comment of each write: which wish was done, and how often.
    async fn hold_to_comments(&self, wishes: &[Wish]) -> Result<(), Failure> {
        let mut comments = BTreeMap::new();
        for record in self.records("nue").await? {
            comments.insert(record.reference("nue"), record.invoice.to_string());
        }
        for wish in wishes.iter().filter(|wish| wish.due.is_none()) {
            for (id, outcome) in &wish.settled {
                let Some(comments) = comments.get(id) else { continue };
                let times = comments.matches(&wish.mark()).count();
                let is_true = match outcome {
                    Outcome::Applied => times == 1,
                    Outcome::Unchanged | Outcome::NeverKnown => times <= 1,
                    Outcome::Rejected => times == 0,
                };
                if !is_true {
                    let what =
                        format!("{id} is told {outcome:?}, and has its comment {times} times");
                    self.violations.add(Rule::Outcome, what, &wish.request().words(), None);
                }
            }
        }
        Ok(())
    }

    /// Every invoice of the sandbox is listed once, as it is there: by the providers, and as
    /// callers are answered otherwise, from the cache and from copies.
    ///
    /// # Errors
    /// When the sandbox does not say.
    pub async fn hold_to_records(&self) -> Result<(), Failure> {
        for connection in WRITABLE {
            for record in self.records(connection).await? {
                let stage = Stage::recorded(connection, &record);
                // From now on it can be nowhere else.
                self.truth.answered(&record.reference(connection), stage, Timestamp::now());
            }
        }
        for connection in CONNECTIONS {
            for no_cache in [true, false] {
                let question = all_of(connection, no_cache);
                let end = Instant::now() + PATIENCE;
                while !self.walk(&question).await {
                    if Instant::now() > end {
                        let what = format!("{connection} is not well again");
                        let request = question.request(None).words();
                        self.violations.add(Rule::Sources, what, &request, None);
                        break;
                    }
                    tokio::time::sleep(PACE).await;
                }
            }
        }
        Ok(())
    }
}
