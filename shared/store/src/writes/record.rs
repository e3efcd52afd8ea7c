//! What a request with a key came to. One conditional write decides whether a
//! request is the first with its key; else the record that is there says what
//! it came to, or how far it came.
//!
//! | the record | the request is answered |
//! |---|---|
//! | of another request | `idempotency_key_reused` |
//! | running, its time not up | `in_progress` |
//! | running, its time up: it was killed | by going on from where it was |
//! | done, with open ends | by going on from where it was |
//! | done | as the first was |
//! | of a later version | `in_progress`: nothing is sent that may have been |

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures::future::join_all;
use invoice::{Code, Problem, Reference};
use serde_json::value::RawValue;
use tokio::time::timeout;

use super::attributes::{
    ATTEMPT, DONE, OPEN, OWNER, RECORD_VERSIONS_READ, REQUEST, RUNNING, RUNNING_UNTIL, SELECTION,
    STATE, VERSION,
};
use super::in_flight::{InFlight, Record, out_of_reach};
use super::ledger::Keyed;
use super::stored_answer::{StoredAnswer, read_results};
use super::{WriteRequest, WriteStore};
use crate::packing::unpack;
use crate::table::parted::{Parted, part_of};
use crate::table::{Changed, Condition, EXPIRES_AT, Item, TableError, Test};

/// A request mostly ends long before its time is up.
const ASK_AGAIN: Duration = Duration::from_secs(5);
const ASK_MUCH_LATER: Duration = Duration::from_secs(60);

/// What a request to write begins with.
#[derive(Debug)]
pub enum Admission {
    /// The request is the first with its key, or has none.
    Fresh(InFlight),
    /// An earlier try was killed, or left ends open: this one goes on from it.
    Resume(InFlight, Resumption),
    /// The request has been answered before, with this answer.
    Replay(StoredAnswer),
}

/// How far an earlier try came.
#[derive(Debug, Default)]
pub struct Resumption {
    /// The invoices its filter matched, if it came so far: these are meant, not
    /// those that match now.
    pub selection: Option<Vec<Reference>>,
    /// What it came to for each invoice, as JSON, if it came so far. What is settled
    /// stays so; only what is open is asked again.
    pub results: Vec<Box<RawValue>>,
}

impl WriteStore {
    /// Begins a request. Without a key it asks nothing of the store.
    ///
    /// # Errors
    /// `in_progress` while another with the same key is running,
    /// `idempotency_key_reused` when that was another request, and `unavailable`
    /// when the store cannot say: nothing may be sent then.
    pub async fn begin(&self, request: &WriteRequest<'_>) -> Result<Admission, Problem> {
        let store = self.clone();
        let actor = Arc::new(self.actor(request));
        let Some(key) = request.key else {
            return Ok(Admission::Fresh(InFlight { store, actor, record: None }));
        };
        let at = request.record_of(key);
        let keyed = Keyed {
            owner: actor.attempt.clone(),
            hash: at.rsplit('#').next().unwrap_or_default().to_owned(),
            resumed: false,
            sent: AtomicBool::new(false),
        };
        let keyed = Arc::new(keyed);
        let record = Record { at, request: request.hash(), keyed, selection: None };
        let begun = InFlight { store, actor, record: None }.keyed(record);
        let in_time = timeout(request.deadline.left(), begun).await;
        in_time.unwrap_or(Err(Stop::Table(TableError::Unreachable))).map_err(Problem::from)
    }
}

/// Why a request does not begin.
pub(super) enum Stop {
    Table(TableError),
    /// The record is there, and a part of it is not.
    Unreadable,
    InFlight(Duration),
    OtherRequest,
}

impl From<TableError> for Stop {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

impl From<Stop> for Problem {
    fn from(stop: Stop) -> Self {
        let (code, wait, detail) = match stop {
            Stop::Table(error) => return out_of_reach(&error.to_string()),
            Stop::Unreadable => return out_of_reach("a record cannot be read"),
            Stop::InFlight(wait) => {
                let detail = "the first request with this `Idempotency-Key` is still running";
                (Code::InProgress, Some(wait.as_secs().max(1)), detail)
            }
            Stop::OtherRequest => {
                let detail = "this `Idempotency-Key` was used for another request: with another body, or on another invoice";
                (Code::IdempotencyKeyReused, None, detail)
            }
        };
        Self { retry_after: wait, ..Self::new(code, detail) }
    }
}

impl InFlight {
    async fn keyed(mut self, record: Record) -> Result<Admission, Stop> {
        let item = self.begun(&record, Item::default());
        let now = self.actor.asked_at.as_second();
        let free = Condition::all([Test::Absent]).or([Test::AtMost(EXPIRES_AT, now)]);
        let there = match self.store.table.put(&record.at, item, &free).await? {
            Changed::Done => None,
            Changed::Refused(there) => Some(there.ok_or(Stop::InFlight(ASK_AGAIN))?),
        };
        match there {
            Some(there) if !self.is_of_this(&there) => self.again(record, there).await,
            // Put; or put, the answer lost, and put again.
            _ => {
                self.record = Some(record);
                Ok(Admission::Fresh(self))
            }
        }
    }

    /// What is begun where there is a record.
    async fn again(self, record: Record, mut there: Item) -> Result<Admission, Stop> {
        if !there.get_number(VERSION).is_some_and(|version| RECORD_VERSIONS_READ.contains(&version))
        {
            return Err(Stop::InFlight(ASK_MUCH_LATER));
        }
        if there.get_text(REQUEST) != Some(&record.request) {
            return Err(Stop::OtherRequest);
        }
        match there.get_text(STATE) {
            Some(RUNNING) => {
                let until = there.get_number(RUNNING_UNTIL).ok_or(Stop::Unreadable)?;
                let left = until.saturating_sub(self.actor.asked_at.as_millisecond());
                match u64::try_from(left) {
                    Ok(left) if left > 0 => {
                        Err(Stop::InFlight(Duration::from_millis(left).min(ASK_AGAIN)))
                    }
                    _ => self.resume(record, there).await,
                }
            }
            Some(DONE) if there.get_number(OPEN) == Some(0) => {
                let bytes = self.bytes(&record, &mut there).await?.ok_or(Stop::Unreadable)?;
                let answer = StoredAnswer::read(&there, &bytes).ok_or(Stop::Unreadable)?;
                Ok(Admission::Replay(answer))
            }
            Some(DONE) => self.resume(record, there).await,
            _ => Err(Stop::Unreadable),
        }
    }

    /// Takes the record over, unless another has just done so.
    pub(super) async fn resume(
        mut self,
        record: Record,
        mut there: Item,
    ) -> Result<Admission, Stop> {
        let (owner, attempt) = match (there.get_text(OWNER), there.get_text(ATTEMPT)) {
            (Some(owner), Some(attempt)) => (owner.to_owned(), attempt.to_owned()),
            _ => return Err(Stop::Unreadable),
        };
        let bytes = self.bytes(&record, &mut there).await?;
        let results = bytes.map(|bytes| read_results(&there, &bytes)).unwrap_or_default();
        let packed = there.get_bytes(SELECTION);
        let selection = match packed {
            Some(packed) => Some(selection(packed).ok_or(Stop::Unreadable)?),
            None => None,
        };
        let hash = record.keyed.hash.clone();
        let keyed = Keyed { owner, hash, resumed: true, sent: AtomicBool::new(true) };
        let record =
            Record { keyed: Arc::new(keyed), selection: packed.map(<[u8]>::to_vec), ..record };
        let taken = self.begun(&record, Item::default());
        let untouched = Condition::all([Test::is(ATTEMPT, &attempt)]);
        match self.store.table.update(&record.at, taken, &untouched).await? {
            Changed::Refused(Some(there)) if self.is_of_this(&there) => {}
            Changed::Refused(_) => return Err(Stop::InFlight(ASK_AGAIN)),
            Changed::Done => {}
        }
        self.record = Some(record);
        Ok(Admission::Resume(self, Resumption { selection, results }))
    }

    /// The bytes a record leads to; none where there are none, or not all of them.
    async fn bytes(
        &self,
        record: &Record,
        there: &mut Item,
    ) -> Result<Option<Vec<u8>>, TableError> {
        let (parts, of) = match Parted::read(there) {
            None => return Ok(None),
            Some(Parted::Here(bytes)) => return Ok(Some(bytes)),
            Some(Parted::Apart { parts, of }) => (parts, of),
        };
        let keys: Vec<String> = (1..=parts).map(|number| record.part(&of, number)).collect();
        let reading = keys.iter().map(|key| self.store.table.get(key));
        let parts: Result<Vec<Option<Item>>, TableError> =
            join_all(reading).await.into_iter().collect();
        let parts: Option<Vec<Vec<u8>>> =
            parts?.into_iter().map(|part| part.and_then(part_of)).collect();
        Ok(parts.map(|parts| parts.concat()))
    }
}

fn selection(packed: &[u8]) -> Option<Vec<Reference>> {
    invoice::json::read(&unpack(packed)?).ok()
}
