//! What was told of a request as a whole, so that it is told once: by one of all
//! the messages that may end at the same moment, and again only if that one was
//! killed before it had told.

use std::time::Duration;

use jiff::Timestamp;

use super::lease::attempt;
use super::{EventWorkStore, StoredRequest, WorkError, WorkName, read};
use crate::table::{Changed, Condition, Item, Milliseconds, Stored, Unreadable, stored};
use crate::writes::later;

stored! {
    /// What was told of a request, beside the request itself.
    pub(super) struct StoredTelling {
        /// The try that sends the summary; empty before any has.
        telling_by: String = TELLING_BY("tellingBy"),
        /// Until when it may.
        telling_until: Milliseconds = TELLING_UNTIL("tellingUntil"),
        /// How many times something was told.
        told_times: u64 = TOLD_TIMES("toldTimes"),
        /// What was told last; empty before anything was.
        told: String = TOLD("told"),
    }
}

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

/// What is said of a request of which nothing has been told.
pub(super) fn untold() -> Item {
    let untold = StoredTelling {
        telling_by: String::new(),
        telling_until: Timestamp::UNIX_EPOCH.into(),
        told_times: 0,
        told: String::new(),
    };
    untold.into_item()
}

impl EventWorkStore {
    /// Begins to tell `what`, unless that was what was told last.
    pub async fn tell(&self, name: &WorkName, what: &str) -> Result<Telling, WorkError> {
        let key = name.key();
        let there: Option<StoredTelling> = read(self.table.get(&key).await?.as_ref())?;
        let there = there.ok_or(Unreadable(StoredRequest::REQUEST.name()))?;
        if there.told == what {
            return Ok(Telling::Done);
        }
        let now = self.now();
        if there.telling_until.0 > now {
            return Ok(Telling::Busy);
        }
        let attempt = attempt();
        let telling = Item::default()
            .set(StoredTelling::TELLING_BY, attempt.as_str())
            .set(StoredTelling::TELLING_UNTIL, later(now, TELLING));
        let untouched = Condition::all([StoredTelling::TELLING_BY.is(there.telling_by)]);
        match self.table.update(&key, telling, &untouched).await? {
            Changed::Refused(Some(there))
                if StoredTelling::TELLING_BY.read(&there).as_ref() == Ok(&attempt) => {}
            Changed::Refused(_) => return Ok(Telling::Busy),
            Changed::Done => {}
        }
        let what = what.to_owned();
        Ok(Telling::Ours(Told { key, attempt, what, times: there.told_times }))
    }

    /// Keeps that it was told.
    pub async fn told(&self, told: Told) -> Result<(), WorkError> {
        let item = Item::default()
            .set(StoredTelling::TOLD, told.what)
            .set(StoredTelling::TOLD_TIMES, told.times.saturating_add(1))
            .set(StoredTelling::TELLING_UNTIL, Timestamp::UNIX_EPOCH);
        let ours = Condition::all([StoredTelling::TELLING_BY.is(told.attempt)]);
        match self.table.update(&told.key, item, &ours).await? {
            Changed::Done => Ok(()),
            Changed::Refused(_) => Err(WorkError::Lost),
        }
    }
}
