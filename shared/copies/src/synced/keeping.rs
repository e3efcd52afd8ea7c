//! What writes come to, put into the copy before they are answered.
//!
//! A write is noted before it is sent, and no answer goes out before the copy shows it, or is
//! known to be older and asked no more: `open_writes.rs` says how. Where neither the row nor
//! the note can be written, the answer waits until the note of before counts by itself.

use std::time::Duration;

use invoice::{Action, Invoice, Reference, Write};
use jiff::{SignedDuration, Timestamp};
use metrics::counter;
use provider_client::error::Fate;
use provider_client::provider::{After, Written};
use provider_client::{Deadline, ErrorKind, ProviderError};
use tokio::time::{sleep, timeout};

use super::SyncedProvider;
use crate::error::CopyError;
use crate::open_writes::{CLOCKS_DIFFER, OpenWrite};
use crate::row::Cause;
use crate::store::{Observation, Observed};

/// How long after its provider's time is up a write may still be put into the copy: the engine
/// leaves three seconds for what comes then.
const GRACE: Duration = Duration::from_secs(2);
/// How often a row is tried, where listings know already that the copy is older.
const TRIES: u32 = 3;
/// How long nothing is tried in between.
const PAUSE: Duration = Duration::from_millis(100);

/// Writes that were noted before they were sent.
pub(super) struct Announced {
    writes: Vec<OpenWrite>,
    /// When they count by themselves.
    by: Deadline,
}

impl SyncedProvider {
    /// Notes a write before it is sent. What cannot be noted is not sent: its answer might be
    /// followed by a listing that does not show it.
    pub(super) async fn announce(
        &self,
        write: &Write,
        invoices: &[Invoice],
        deadline: Deadline,
    ) -> Result<Announced, ProviderError> {
        let action = write.action();
        let ids = invoices.iter().map(|invoice| &invoice.id);
        // The engine leaves more time than that for what comes after the sending.
        let by = Deadline::after(deadline.left().saturating_add(GRACE));
        let announced = announced(ids, action, by);
        let noting = self.store.note_writes(&self.connection, &announced.writes);
        let why = match timeout(deadline.left(), noting).await {
            Ok(Ok(())) => return Ok(announced),
            Ok(Err(why)) => why,
            Err(_) => CopyError::Unreachable,
        };
        let detail = format!("the write was not sent, as its copy could not be told of it: {why}");
        Err(self.unavailable(action, detail))
    }

    /// Nothing came of writes that were announced.
    pub(super) async fn withdraw(&self, announced: &Announced) {
        let invoices: Vec<Reference> =
            announced.writes.iter().map(|write| write.invoice.clone()).collect();
        self.forget(&invoices, announced.by).await;
    }

    /// Puts into the copy what a provider answers to a write.
    pub(super) async fn keep_written(
        &self,
        announced: &Announced,
        invoices: &[Invoice],
        written: &[Written],
    ) {
        let (mut seen_now, mut writes) = (Vec::new(), Vec::new());
        for one in written {
            let announced = invoices.iter().zip(&announced.writes);
            let of_it = announced.filter(|(before, _)| before.id.id() == one.id);
            for (before, write) in of_it {
                seen_now.extend(seen(&before.id, Some(one.invoice.clone())));
                writes.push(write.clone());
            }
        }
        self.keep(seen_now, &writes, announced.by).await;
    }

    /// Puts into the copy what reading has shown of a write; what could not be put there, nor
    /// be known not to be there, is not told either: it is to be read again.
    pub(super) async fn keep_read(
        &self,
        write: &Write,
        before: &[Invoice],
        after: Vec<Result<After, ProviderError>>,
        deadline: Deadline,
    ) -> Vec<Result<After, ProviderError>> {
        let (mut seen_now, mut read) = (Vec::new(), Vec::new());
        for (before, after) in before.iter().zip(&after) {
            let now = match after {
                Ok(After::Done(now)) => now.as_deref().cloned(),
                Ok(After::NotDone(now)) => Some((**now).clone()),
                // Where it was noted, the note stays.
                Ok(After::Unclear) | Err(_) => continue,
            };
            seen_now.extend(seen(&before.id, now));
            read.push(&before.id);
        }
        let Announced { writes, by } = announced(read.into_iter(), write.action(), deadline);
        if self.keep(seen_now, &writes, by).await {
            return after;
        }
        let untold = |after| match after {
            Ok(After::Done(_) | After::NotDone(_)) => {
                Err(self.unavailable(write.action(), "its copy could not be told of it".to_owned()))
            }
            Ok(After::Unclear) | Err(_) => after,
        };
        after.into_iter().map(untold).collect()
    }

    fn unavailable(&self, action: Action, detail: String) -> ProviderError {
        let provider = self.provider.capabilities().provider;
        let (kind, word) = (ErrorKind::CopyUnavailable, action.word());
        ProviderError::new(kind, provider, &self.connection, word, detail)
    }

    /// Puts into the copy what has come of writes. Returns once it is there, or once listings
    /// know that it is not and ask the provider; false where neither could be had in time.
    async fn keep(&self, seen: Vec<Observed>, writes: &[OpenWrite], by: Deadline) -> bool {
        if seen.is_empty() {
            return true;
        }
        let asked_at = Timestamp::now().saturating_add(CLOCKS_DIFFER).unwrap_or(Timestamp::MAX);
        let observation = |observed| Observation { observed, asked_at, cause: Cause::Bridge };
        let seen: Vec<Observation> = seen.into_iter().map(observation).collect();
        let (mut tries, mut is_known) = (0, false);
        loop {
            match self.observed(&seen, by).await {
                Ok(()) => {
                    let invoices: Vec<Reference> =
                        writes.iter().map(|write| write.invoice.clone()).collect();
                    self.forget(&invoices, by).await;
                    return true;
                }
                Err(error) => {
                    tracing::error!(connection = %self.connection, %error, "a write is not in the copy yet");
                }
            }
            tries += 1;
            is_known = is_known || self.count_from_now(writes, by).await;
            if by.left().is_zero() || (is_known && tries >= TRIES) {
                break;
            }
            sleep(PAUSE.saturating_mul(tries).min(by.left())).await;
        }
        tracing::error!(connection = %self.connection, "a write is not in the copy: listings are its provider's until the next sync");
        counter!("WritesNotCopied", "Connection" => self.connection.to_string()).increment(1);
        is_known
    }

    async fn observed(&self, seen: &[Observation], by: Deadline) -> Result<(), CopyError> {
        let observing = self.store.observe(&self.connection, seen.to_vec(), self.retention);
        match timeout(by.left(), observing).await {
            Ok(outcome) => outcome.map(drop),
            Err(_) => Err(CopyError::Unreachable),
        }
    }

    /// Has writes count from now on; whether that is known.
    async fn count_from_now(&self, writes: &[OpenWrite], by: Deadline) -> bool {
        let counts_from = Timestamp::now();
        let writes: Vec<OpenWrite> =
            writes.iter().map(|write| OpenWrite { counts_from, ..write.clone() }).collect();
        let noting = self.store.note_writes(&self.connection, &writes);
        matches!(timeout(by.left(), noting).await, Ok(Ok(())))
    }

    /// Forgets the notes of writes. Should this fail, the provider is asked for a while
    /// although the copy is as good.
    async fn forget(&self, invoices: &[Reference], by: Deadline) {
        let forgetting = self.store.forget_writes(&self.connection, invoices);
        match timeout(by.left().min(GRACE), forgetting).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => {
                tracing::warn!(connection = %self.connection, "a write that the copy shows stays noted as open");
            }
        }
    }
}

fn announced<'a>(
    invoices: impl Iterator<Item = &'a Reference>,
    action: Action,
    by: Deadline,
) -> Announced {
    let over = SignedDuration::try_from(by.left()).unwrap_or(SignedDuration::MAX);
    let counts_from = Timestamp::now().saturating_add(over).unwrap_or(Timestamp::MAX);
    let writes = invoices.map(|invoice| OpenWrite::new(invoice, action, counts_from)).collect();
    Announced { writes, by }
}

/// Whether it is certain, without reading, that a write has changed nothing: as the engine
/// sees it, which reads whatever else has failed.
pub(super) fn is_nothing_done(error: &ProviderError, write: &Write, invoices: usize) -> bool {
    let is_refusal = error.fate == Fate::NotAccepted;
    let is_of_it = error.is_answer_to(write.action().word());
    is_refusal && (!is_of_it || error.refuses_all_of(invoices))
}

/// The things that a write leaves in the copy: an invoice under a new id is not there under
/// the old one.
fn seen(before: &Reference, now: Option<Invoice>) -> Vec<Observed> {
    match now {
        Some(now) if now.id == *before => vec![Observed::There(Box::new(now))],
        Some(now) => vec![Observed::Gone(before.clone()), Observed::There(Box::new(now))],
        None => vec![Observed::Gone(before.clone())],
    }
}
