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

use super::attributes::{STATE, State};
use super::in_flight::{InFlight, Record, out_of_reach};
use super::keyed::Keyed;
use super::stored_answer::{StoredAnswer, read_results};
use super::stored_record::StoredRecord;
use super::{WriteRequest, WriteStore};
use crate::packing::unpack;
use crate::table::parted::{Parted, part_of};
use crate::table::{Changed, Condition, Item, Stored, TableError, Test, Unreadable};

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
    /// The record is there, and a part of it is not: which one.
    Unreadable(&'static str),
    InFlight(Duration),
    OtherRequest,
}

impl From<TableError> for Stop {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

impl From<Unreadable> for Stop {
    fn from(Unreadable(attribute): Unreadable) -> Self {
        Self::Unreadable(attribute)
    }
}

impl From<Stop> for Problem {
    fn from(stop: Stop) -> Self {
        let (code, wait, detail) = match stop {
            Stop::Table(error) => return out_of_reach(&error.to_string()),
            Stop::Unreadable(part) => {
                return out_of_reach(&format!("a record cannot be read: its {part}"));
            }
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
        let item = self.begun(&record).into_item();
        let free = [StoredRecord::EXPIRES_AT.at_most(self.actor.asked_at)];
        let free = Condition::all([Test::Absent]).or(free);
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
        let Some(stored) = StoredRecord::of_known_version(&there) else {
            return Err(Stop::InFlight(ASK_MUCH_LATER));
        };
        let stored = stored?;
        if stored.request != record.request {
            return Err(Stop::OtherRequest);
        }
        match (stored.state, stored.open) {
            (State::Running, _) => {
                let left = stored.running_until.0.duration_since(self.actor.asked_at);
                match Duration::try_from(left) {
                    Ok(left) if !left.is_zero() => Err(Stop::InFlight(left.min(ASK_AGAIN))),
                    _ => self.resume(record, stored, there).await,
                }
            }
            (State::Done, Some(false)) => {
                let bytes = self.bytes(&record, &mut there).await?;
                let bytes = bytes.ok_or(Stop::Unreadable("body"))?;
                Ok(Admission::Replay(StoredAnswer::read(stored, &bytes)?))
            }
            (State::Done, _) => self.resume(record, stored, there).await,
            _ => Err(Stop::Unreadable(STATE)),
        }
    }

    /// Takes the record over, unless another has just done so.
    pub(super) async fn resume(
        mut self,
        record: Record,
        stored: StoredRecord,
        mut there: Item,
    ) -> Result<Admission, Stop> {
        let bytes = self.bytes(&record, &mut there).await?;
        let results = bytes.map(|bytes| read_results(stored.version, &bytes)).unwrap_or_default();
        let selection = match &stored.selection {
            Some(packed) => {
                Some(selection(packed).ok_or(Unreadable(StoredRecord::SELECTION.name()))?)
            }
            None => None,
        };
        let hash = record.keyed.hash.clone();
        let keyed = Keyed { owner: stored.owner, hash, resumed: true, sent: AtomicBool::new(true) };
        let record = Record { keyed: Arc::new(keyed), selection: stored.selection, ..record };
        let taken = self.begun(&record).into_item();
        let untouched = Condition::all([StoredRecord::ATTEMPT.is(stored.attempt)]);
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
