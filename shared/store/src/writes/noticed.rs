//! Writes that were answered `unknown`, for when their provider tells of the invoice:
//! what was sent stands in the lock, and by it the answer under its key is found.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use engine::writing::{InvoiceSnapshot, OutcomeRecord};
use invoice::{Action, Outcome, Reference, Write, WriteResult};
use jiff::Timestamp;
use provider_client::Deadline;
use tracing::warn;
use uuid::Uuid;

use super::attributes::State;
use super::in_flight::{InFlight, Record};
use super::keyed::Keyed;
use super::lock::{self, StoredLock, StoredSending, StoredWrite};
use super::record::{Admission, Resumption, Stop};
use super::stored_record::StoredRecord;
use super::{Actor, MARGIN, WriteStore, audit, later};
use crate::table::{Condition, Item, Stored, TableError, Test, Unreadable};

/// What is under way at an invoice.
pub enum Noticed {
    /// Nothing that could be settled from outside.
    Nothing,
    /// A request is at it and reads the invoice itself.
    InFlight,
    /// A write whose outcome is unknown.
    Unknown(Box<UnknownWrite>),
}

/// A write whose outcome is unknown.
pub struct UnknownWrite {
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
}

/// A write that is about to be settled.
pub struct Settlement {
    store: WriteStore,
    unknown: UnknownWrite,
    actor: Arc<Actor>,
    /// The request under its key, taken over, where something of it is open; with what
    /// is known of it.
    pub open: Option<(InFlight, Resumption)>,
}

impl UnknownWrite {
    /// What a lock says of a write whose outcome is unknown; none of a change of fields,
    /// for what was to be changed is not known here.
    fn read(
        item: &Item,
        lock: StoredLock,
        sending: StoredSending,
    ) -> Result<Option<Self>, Unreadable> {
        let asked = StoredWrite::from_item(item)?;
        let date = asked.invoice_date.0.as_deref().map(str::parse).transpose();
        let date = date.map_err(|_| Unreadable(StoredWrite::INVOICE_DATE.name()))?;
        let action = Unreadable(StoredWrite::ACTION.name());
        let write = match Action::parse(&asked.action).ok_or(action)? {
            Action::Activate => Write::Activate { invoice_date: date, comment: None },
            Action::Cancel => Write::Cancel { comment: None },
            Action::Delete => Write::Delete,
            Action::Update => return Ok(None),
        };
        let before = sending.snapshot.0.and_then(|text| invoice::json::read(&text).ok());
        Ok(Some(Self {
            write,
            before: before.ok_or(Unreadable(StoredSending::SNAPSHOT.name()))?,
            since: asked.since.0,
            owner: lock.owner,
            shows_comments: asked.shows_comments,
            attempt: lock.attempt,
            audit: asked.audit,
            key_hash: asked.key_hash.0,
        }))
    }
}

impl WriteStore {
    /// What is under way at `invoice`.
    ///
    /// # Errors
    /// When the table is out of reach.
    pub async fn notice(&self, invoice: &Reference) -> Result<Noticed, TableError> {
        let item = self.table.get(&lock::key(invoice)).await?;
        let Some(item) = item.filter(lock::is_known) else {
            return Ok(Noticed::Nothing);
        };
        Ok(self.noticed(&item).unwrap_or_else(|error| {
            warn!(%error, "a lock cannot be read: what is unknown of it is left so");
            Noticed::Nothing
        }))
    }

    /// What a lock says to be under way.
    fn noticed(&self, item: &Item) -> Result<Noticed, Unreadable> {
        let lock = StoredLock::from_item(item)?;
        if lock.state != State::Sending {
            return Ok(Noticed::Nothing);
        }
        let sending = StoredSending::from_item(item)?;
        if sending.unknown_of.is(&lock.attempt) {
            let unknown = UnknownWrite::read(item, lock, sending)?.map(Box::new);
            return Ok(unknown.map_or(Noticed::Nothing, Noticed::Unknown));
        }
        let now = self.now();
        let settles = sending.settles_at.is_some_and(|settles_at| settles_at.0 > now);
        let in_flight = lock.lease_until.0 > now && settles;
        Ok(if in_flight { Noticed::InFlight } else { Noticed::Nothing })
    }

    /// Begins to settle a write that its provider shows carried out; none where its own
    /// key is being asked again just now: whoever asks it settles it.
    ///
    /// # Errors
    /// When the table is out of reach.
    pub async fn settlement(
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
        let settlement = Settlement { store: self.clone(), unknown, actor, open: None };
        settlement.opened().await
    }
}

impl Settlement {
    /// The settlement with the request under its key taken over, where that has open
    /// ends; none where another is at it.
    async fn opened(mut self) -> Result<Option<Self>, TableError> {
        let Some(hash) = self.unknown.key_hash.clone() else { return Ok(Some(self)) };
        let at = format!("idempotency#key#{hash}");
        let there = self.store.table.get(&at).await?;
        let now = self.actor.asked_at;
        let expires_at = |item: &Item| StoredRecord::EXPIRES_AT.read(item).ok();
        let left = there.as_ref().and_then(expires_at).map(|until| until.0.duration_since(now));
        let kept = left.and_then(|left| Duration::try_from(left).ok()).unwrap_or_default();
        let Some(there) = there.filter(|_| !kept.is_zero()) else {
            // Nobody can ask for it by its key any more.
            return Ok(Some(self));
        };
        let stored = match StoredRecord::of_known_version(&there) {
            Some(Ok(stored)) => stored,
            None => return Ok(None),
            Some(Err(error)) => {
                warn!(%error, "the record of a request cannot be read");
                return Ok(None);
            }
        };
        match (stored.state, stored.open) {
            (State::Done, Some(false)) => return Ok(Some(self)),
            (State::Done, _) => {}
            (State::Running, _) => {
                // Once its time is up it was killed: who asks its key goes on by reading.
                return Ok((stored.running_until.0 <= now).then_some(self));
            }
            _ => return Ok(None),
        }
        let keyed = Keyed {
            owner: self.unknown.owner.clone(),
            hash,
            resumed: true,
            sent: AtomicBool::new(true),
        };
        let request = stored.request.clone();
        let record = Record { at, request, keyed: Arc::new(keyed), selection: None };
        match self.in_flight(kept).resume(record, stored, there).await {
            Ok(Admission::Resume(in_flight, resumption)) => {
                self.open = Some((in_flight, resumption));
                Ok(Some(self))
            }
            Ok(_) | Err(Stop::InFlight(_) | Stop::OtherRequest | Stop::Unreadable(_)) => {
                warn!("a request with open ends could not be taken over");
                Ok(None)
            }
            Err(Stop::Table(error)) => Err(error),
        }
    }

    /// The request under the write's key, which is kept as long as it was to be.
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

    /// Completes the record of who wrote, and ends the lock: others may write at once.
    ///
    /// # Errors
    /// When the table is out of reach.
    pub async fn end(self, result: &WriteResult) -> Result<(), TableError> {
        let (table, now) = (&self.store.table, self.store.now());
        let settled = OutcomeRecord {
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
        let unchanged = Condition::all([
            StoredLock::ATTEMPT.is(attempt.as_str()),
            StoredSending::UNKNOWN_OF.is(Some(attempt.as_str())),
        ]);
        let key = lock::key(&result.id);
        match self.unknown.key_hash {
            Some(_) => {
                let kept = lock::kept(None, now);
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
