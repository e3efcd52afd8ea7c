//! Writes that were answered `unknown`, for when their provider tells of the invoice:
//! what was sent stands in the lock, and by it the answer under its key is found.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use invoice::{Action, Outcome, Reference, Write, WriteResult};
use jiff::Timestamp;
use provider_client::Deadline;
use provider_client::writing::{InvoiceSnapshot, Settled};
use table::{Condition, EXPIRES_AT, Item, TableError, Test};
use uuid::Uuid;

use super::in_flight::{Ending, InFlight, Record};
use super::ledger::Keyed;
use super::record::{Admission, DONE, OPEN, REQUEST, RUNNING, RUNNING_UNTIL, Stop};
use super::sent::Sent;
use super::{Actor, MARGIN, VERSION, VERSION_NOW, WriteStore, audit, later, lock, moment};
use crate::answer::Answer;

const ACTION: &str = "action";
const INVOICE_DATE: &str = "invoiceDate";
const AUDIT: &str = "audit";
const KEY_HASH: &str = "keyHash";
const SINCE: &str = "since";
const SHOWS_COMMENTS: &str = "showsComments";

/// What a lock says beside the sending: the write that is sent under it, and where that
/// is recorded. Of a change of fields only its name: what it changes is its owner's.
pub(super) fn asked(
    lock: Item,
    write: &Write,
    sent: &Sent,
    actor: &Actor,
    key_hash: Option<&str>,
) -> Item {
    let date = match write {
        Write::Activate { invoice_date, .. } => invoice_date.map(|date| date.to_string()),
        _ => None,
    };
    lock.text(ACTION, write.action().word())
        .text(INVOICE_DATE, date.unwrap_or_default())
        .text(AUDIT, sent.audit.as_str())
        .text(KEY_HASH, key_hash.unwrap_or_default())
        .number(SINCE, sent.since.as_millisecond())
        .number(SHOWS_COMMENTS, i64::from(actor.shows_comments))
}

/// What is under way at an invoice.
pub(crate) enum Noticed {
    /// Nothing that could be settled from outside.
    Nothing,
    /// A request is at it and reads the invoice itself.
    InFlight,
    /// A write whose outcome is unknown.
    Unknown(Box<UnknownWrite>),
}

/// A write whose outcome is unknown.
pub(crate) struct UnknownWrite {
    /// What was sent.
    pub write: Write,
    /// How the invoice stood before.
    pub before: InvoiceSnapshot,
    /// When it was sent.
    pub since: Timestamp,
    /// Whose write it is: what tells of it names them.
    pub owner: String,
    /// Whether they are shown comments.
    pub shows_comments: bool,
    attempt: String,
    audit: String,
    key_hash: Option<String>,
    expires_at: Timestamp,
}

/// An answer that was kept under a key, and leaves something open.
pub(crate) struct StoredAnswer {
    record: Record,
    there: Item,
    kept: Duration,
    /// What was answered.
    pub body: String,
}

/// A write that is about to be settled.
pub(crate) struct Settlement {
    store: WriteStore,
    unknown: UnknownWrite,
    actor: Arc<Actor>,
    /// The answer under its key, where something in it is open.
    pub answer: Option<StoredAnswer>,
}

impl UnknownWrite {
    fn read(item: &Item) -> Option<Self> {
        let text = |name| item.get_text(name).filter(|text| !text.is_empty());
        let owned = |name| text(name).map(str::to_owned);
        let date = text(INVOICE_DATE).map(str::parse).transpose().ok()?;
        let write = match Action::parse(text(ACTION)?)? {
            Action::Activate => Write::Activate { invoice_date: date, comment: None },
            Action::Cancel => Write::Cancel { comment: None },
            Action::Delete => Write::Delete,
            // What was to be changed is not known here.
            Action::Update => return None,
        };
        Some(Self {
            write,
            before: invoice::json::read(text(lock::TRACE)?).ok()?,
            since: moment(item, SINCE)?,
            owner: owned(lock::OWNER)?,
            shows_comments: item.get_number(SHOWS_COMMENTS) == Some(1),
            attempt: owned(lock::ATTEMPT)?,
            audit: owned(AUDIT)?,
            key_hash: owned(KEY_HASH),
            expires_at: Timestamp::from_second(item.get_number(EXPIRES_AT)?).ok()?,
        })
    }
}

impl WriteStore {
    /// What is under way at `invoice`.
    pub(crate) async fn notice(&self, invoice: &Reference) -> Result<Noticed, TableError> {
        let item = self.table.get(&lock::key(invoice)).await?;
        let Some(item) = item.filter(|item| item.get_number(VERSION) == Some(VERSION_NOW)) else {
            return Ok(Noticed::Nothing);
        };
        if item.get_text(lock::STATE) != Some(lock::SENDING) {
            return Ok(Noticed::Nothing);
        }
        let attempt = item.get_text(lock::ATTEMPT);
        if attempt.is_some() && item.get_text(lock::UNKNOWN_OF) == attempt {
            let unknown = UnknownWrite::read(&item).map(Box::new);
            return Ok(unknown.map_or(Noticed::Nothing, Noticed::Unknown));
        }
        let now = self.now();
        let is_ahead = |name| moment(&item, name).is_some_and(|moment| moment > now);
        let in_flight = is_ahead(lock::LEASE_UNTIL) && is_ahead(lock::SETTLES_AT);
        Ok(if in_flight { Noticed::InFlight } else { Noticed::Nothing })
    }

    /// Begins to settle a write that its provider shows carried out; none where its own
    /// key is being asked again just now, or was left without an answer: whoever asks it
    /// settles it.
    pub(crate) async fn settlement(
        &self,
        unknown: UnknownWrite,
        (request_id, deadline): (&str, Deadline),
    ) -> Result<Option<Settlement>, TableError> {
        let now = self.now();
        let actor = Arc::new(Actor {
            kind: "webhook",
            subject: unknown.before.id.connection().to_string(),
            route: "webhook".to_owned(),
            request_id: request_id.to_owned(),
            asked_at: now,
            deadline,
            over_at: later(now, deadline.left() + MARGIN),
            attempt: Uuid::new_v4().simple().to_string(),
            kept: Duration::ZERO,
            shows_comments: unknown.shows_comments,
        });
        let settlement = Settlement { store: self.clone(), unknown, actor, answer: None };
        settlement.with_answer().await
    }
}

impl Settlement {
    async fn with_answer(mut self) -> Result<Option<Self>, TableError> {
        let Some(hash) = self.unknown.key_hash.clone() else { return Ok(Some(self)) };
        let at = format!("idempotency#key#{hash}");
        let there = self.store.table.get(&at).await?;
        let now = self.actor.asked_at;
        let expires_at = |item: &Item| Timestamp::from_second(item.get_number(EXPIRES_AT)?).ok();
        let left = there.as_ref().and_then(expires_at).map(|until| until.duration_since(now));
        let kept = left.and_then(|left| Duration::try_from(left).ok()).unwrap_or_default();
        let Some(there) = there.filter(|_| !kept.is_zero()) else {
            // Nobody can ask for it by its key any more.
            return Ok(Some(self));
        };
        let is_known = there.get_number(VERSION) == Some(VERSION_NOW);
        match (there.get_text(super::record::STATE), there.get_number(OPEN)) {
            (Some(DONE), Some(0)) if is_known => Ok(Some(self)),
            (Some(DONE), _) if is_known => {
                let keyed = Keyed {
                    owner: self.unknown.owner.clone(),
                    hash,
                    resumed: true,
                    sent: AtomicBool::new(true),
                };
                let request = there.get_text(REQUEST).unwrap_or_default().to_owned();
                let record = Record { at, request, keyed: Arc::new(keyed), selection: None };
                let answered = self.in_flight(kept).read(&record, &there).await?;
                let Some(answered) = answered else { return Ok(None) };
                let body = answered.into_body();
                self.answer = Some(StoredAnswer { record, there, kept, body });
                Ok(Some(self))
            }
            (Some(RUNNING), _) if is_known => {
                let until = moment(&there, RUNNING_UNTIL);
                // Once its time is up it was killed: who asks its key goes on by reading.
                Ok(until.is_some_and(|until| until <= now).then_some(self))
            }
            _ => Ok(None),
        }
    }

    fn in_flight(&self, kept: Duration) -> InFlight {
        let actor = Arc::new(Actor {
            kind: self.actor.kind,
            subject: self.actor.subject.clone(),
            route: self.actor.route.clone(),
            request_id: self.actor.request_id.clone(),
            attempt: self.actor.attempt.clone(),
            kept,
            ..*self.actor
        });
        InFlight { store: self.store.clone(), actor, record: None }
    }

    /// Keeps `answer` under the write's key, in place of the one that left it open.
    /// False where the key was asked again in between: whoever did settles it.
    pub async fn answer(&self, stored: StoredAnswer, answer: &Answer, ending: Ending) -> bool {
        let StoredAnswer { record, there, kept, .. } = stored;
        match self.in_flight(kept).resume(record, &there).await {
            Ok(Admission::Resume(in_flight, _)) => {
                in_flight.finish(answer, ending).await;
                true
            }
            Ok(_) | Err(Stop::InFlight(_) | Stop::OtherRequest | Stop::Unreadable) => false,
            Err(Stop::Table(error)) => {
                tracing::warn!(%error, "an answer could not be settled");
                false
            }
        }
    }

    /// Completes the record of who wrote, and ends the lock: others may write at once.
    pub async fn end(self, result: &WriteResult) -> Result<(), TableError> {
        let (table, now) = (&self.store.table, self.store.now());
        let settled = Settled {
            invoice: result.id.clone(),
            outcome: Outcome::Applied,
            sent: true,
            under_way: false,
            new_id: result.new_id.clone(),
            problem: None,
        };
        let outcome = audit::outcome(&self.actor, &settled, now);
        table.update(&self.unknown.audit, outcome, &Condition::all([Test::Present])).await?;
        let attempt = &self.unknown.attempt;
        let unchanged =
            Condition::all([Test::is(lock::ATTEMPT, attempt), Test::is(lock::UNKNOWN_OF, attempt)]);
        let key = lock::key(&result.id);
        match self.unknown.key_hash {
            Some(_) => {
                let kept = lock::kept(now, self.unknown.expires_at);
                table.update(&key, kept, &unchanged).await.map(drop)
            }
            None => table.delete(&key, &unchanged).await.map(drop),
        }
    }

    /// Whose write it is.
    pub fn owner(&self) -> &str {
        &self.unknown.owner
    }
}
