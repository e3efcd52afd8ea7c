//! Writes that were answered `unknown`, for when their provider tells of the invoice:
//! what was sent stands in the lock, and by it the answer under its key is found.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use engine::writing::{InvoiceSnapshot, Settled};
use invoice::{Action, Outcome, Reference, Write, WriteResult};
use jiff::Timestamp;
use provider_client::Deadline;
use tracing::warn;
use uuid::Uuid;

use super::attributes::{
    ACTION, ATTEMPT, AUDIT, DONE, INVOICE_DATE, KEY_HASH, LEASE_UNTIL, OPEN, OWNER,
    RECORD_VERSIONS_READ, REQUEST, RUNNING, RUNNING_UNTIL, SENDING, SETTLES_AT, SHOWS_COMMENTS,
    SINCE, SNAPSHOT, STATE, UNKNOWN_OF, VERSION, VERSION_NOW,
};
use super::in_flight::{InFlight, Record};
use super::ledger::Keyed;
use super::record::{Admission, Resumption, Stop};
use super::sent::Sent;
use super::{Actor, MARGIN, WriteStore, audit, later, lock, moment};
use crate::table::{Condition, EXPIRES_AT, Item, TableError, Test};

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
    expires_at: Timestamp,
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
            before: invoice::json::read(text(SNAPSHOT)?).ok()?,
            since: moment(item, SINCE)?,
            owner: owned(OWNER)?,
            shows_comments: item.get_number(SHOWS_COMMENTS) == Some(1),
            attempt: owned(ATTEMPT)?,
            audit: owned(AUDIT)?,
            key_hash: owned(KEY_HASH),
            expires_at: Timestamp::from_second(item.get_number(EXPIRES_AT)?).ok()?,
        })
    }
}

impl WriteStore {
    /// What is under way at `invoice`.
    ///
    /// # Errors
    /// When the table is out of reach.
    pub async fn notice(&self, invoice: &Reference) -> Result<Noticed, TableError> {
        let item = self.table.get(&lock::key(invoice)).await?;
        let Some(item) = item.filter(|item| item.get_number(VERSION) == Some(VERSION_NOW)) else {
            return Ok(Noticed::Nothing);
        };
        if item.get_text(STATE) != Some(SENDING) {
            return Ok(Noticed::Nothing);
        }
        let attempt = item.get_text(ATTEMPT);
        if attempt.is_some() && item.get_text(UNKNOWN_OF) == attempt {
            let unknown = UnknownWrite::read(&item).map(Box::new);
            return Ok(unknown.map_or(Noticed::Nothing, Noticed::Unknown));
        }
        let now = self.now();
        let is_ahead = |name| moment(&item, name).is_some_and(|moment| moment > now);
        let in_flight = is_ahead(LEASE_UNTIL) && is_ahead(SETTLES_AT);
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
        let expires_at = |item: &Item| Timestamp::from_second(item.get_number(EXPIRES_AT)?).ok();
        let left = there.as_ref().and_then(expires_at).map(|until| until.duration_since(now));
        let kept = left.and_then(|left| Duration::try_from(left).ok()).unwrap_or_default();
        let Some(there) = there.filter(|_| !kept.is_zero()) else {
            // Nobody can ask for it by its key any more.
            return Ok(Some(self));
        };
        let version = there.get_number(VERSION);
        if !version.is_some_and(|version| RECORD_VERSIONS_READ.contains(&version)) {
            return Ok(None);
        }
        match (there.get_text(STATE), there.get_number(OPEN)) {
            (Some(DONE), Some(0)) => return Ok(Some(self)),
            (Some(DONE), _) => {}
            (Some(RUNNING), _) => {
                let until = moment(&there, RUNNING_UNTIL);
                // Once its time is up it was killed: who asks its key goes on by reading.
                return Ok(until.is_some_and(|until| until <= now).then_some(self));
            }
            _ => return Ok(None),
        }
        let keyed = Keyed {
            owner: self.unknown.owner.clone(),
            hash,
            resumed: true,
            sent: AtomicBool::new(true),
        };
        let request = there.get_text(REQUEST).unwrap_or_default().to_owned();
        let record = Record { at, request, keyed: Arc::new(keyed), selection: None };
        match self.in_flight(kept).resume(record, there).await {
            Ok(Admission::Resume(in_flight, resumption)) => {
                self.open = Some((in_flight, resumption));
                Ok(Some(self))
            }
            Ok(_) | Err(Stop::InFlight(_) | Stop::OtherRequest | Stop::Unreadable) => {
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
        let unchanged = Condition::all([Test::is(ATTEMPT, attempt), Test::is(UNKNOWN_OF, attempt)]);
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
