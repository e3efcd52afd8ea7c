//! What was told of a request as a whole, so that it is told once: by one of all
//! the messages that may end at the same moment, and again only if that one was
//! killed before it had told.

use std::time::Duration;

use crate::table::{Changed, Condition, Item, Test};

use super::lease::attempt;
use super::{EventWorkStore, WorkError, WorkName};
use crate::writes::later;

/// What was told last, and how many times something was told.
const TOLD: &str = "told";
const TOLD_TIMES: &str = "toldTimes";
/// The try that sends the summary, and until when it may; milliseconds.
const TELLING_BY: &str = "tellingBy";
const TELLING_UNTIL: &str = "tellingUntil";

/// Longer than publishing takes.
const TELLING: Duration = Duration::from_secs(10);

/// Whose turn it is to tell.
#[derive(Debug)]
pub enum Telling {
    /// The summary is this try's to send.
    Ours(Told),
    /// Nobody's: it has been told.
    Done,
    /// Another try is telling it, or was killed just now.
    Busy,
}

/// What is about to be told.
#[derive(Debug)]
pub struct Told {
    key: String,
    attempt: String,
    what: String,
    /// How many times something was told before.
    pub times: u64,
}

/// The record of a request of which nothing has been told.
pub(super) fn untold(item: Item) -> Item {
    item.text(TELLING_BY, "").number(TELLING_UNTIL, 0).number(TOLD_TIMES, 0).text(TOLD, "")
}

impl EventWorkStore {
    /// Begins to tell `what`, unless that was what was told last.
    pub async fn tell(&self, name: &WorkName, what: &str) -> Result<Telling, WorkError> {
        let key = name.key();
        let there = self.table.get(&key).await?.ok_or(WorkError::Unreadable)?;
        if there.get_text(TOLD) == Some(what) {
            return Ok(Telling::Done);
        }
        let now = self.now();
        if there.get_number(TELLING_UNTIL) > Some(now.as_millisecond()) {
            return Ok(Telling::Busy);
        }
        let attempt = attempt();
        let telling = Item::default()
            .text(TELLING_BY, attempt.as_str())
            .number(TELLING_UNTIL, later(now, TELLING).as_millisecond());
        let by = there.get_text(TELLING_BY).unwrap_or_default();
        let untouched = Condition::all([Test::is(TELLING_BY, by)]);
        match self.table.update(&key, telling, &untouched).await? {
            Changed::Refused(Some(there)) if there.get_text(TELLING_BY) == Some(&attempt) => {}
            Changed::Refused(_) => return Ok(Telling::Busy),
            Changed::Done => {}
        }
        let times = there.get_number(TOLD_TIMES).and_then(|times| u64::try_from(times).ok());
        let what = what.to_owned();
        Ok(Telling::Ours(Told { key, attempt, what, times: times.unwrap_or_default() }))
    }

    /// Keeps that it was told.
    pub async fn told(&self, told: Told) -> Result<(), WorkError> {
        let times = i64::try_from(told.times.saturating_add(1)).unwrap_or(i64::MAX);
        let item = Item::default()
            .text(TOLD, told.what)
            .number(TOLD_TIMES, times)
            .number(TELLING_UNTIL, 0);
        let ours = Condition::all([Test::is(TELLING_BY, &told.attempt)]);
        match self.table.update(&told.key, item, &ours).await? {
            Changed::Done => Ok(()),
            Changed::Refused(_) => Err(WorkError::Lost),
        }
    }
}
