//! Sending, and establishing by reading what came of it.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, StreamExt};
use invoice::{Code, Invoice, Problem, Reference};
use jiff::Timestamp;
use provider_client::SendKey;
use provider_client::capability::Sending;
use provider_client::error::Fate;
use provider_client::provider::After;
use provider_client::retry::TIME_TO_ASK;
use provider_client::{Deadline, ErrorKind, ProviderError};
use tokio::time::{Instant, sleep};

use super::InvoiceSnapshot;
use super::batch::Batch;
use super::ledger::Ledger;
use super::outcome::{Done, applied, refused, rejected, unclear, unrecorded};

/// What is kept of the time for reading back after the last sending.
const READING_BACK: Duration = Duration::from_secs(3);
/// The key of each invoice of a call.
type SendKeys = BTreeMap<Reference, SendKey>;

/// How often a call of many is sent that its provider, with too many calls, refuses.
const TRIES: u32 = 3;

/// What an error that a write failed with leaves to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sequel {
    /// Nothing can have happened.
    Refuse,
    /// The provider refused: what it did all the same is read, and what it did
    /// not is refused. It may be of one invoice among several.
    ReadRefusal,
    /// The provider failed: what it did is read, and what it did not came to
    /// nothing.
    ReadFailure,
    /// The provider may be at the request still: what it did is read, and the rest is
    /// unknown.
    ReadUnclear,
}

impl Batch<'_> {
    /// Sends for all that is ready: in bulk where the provider has it, else one
    /// by one, side by side within the provider's limit.
    pub(super) async fn send_all(&self, ledger: &dyn Ledger, ready: Vec<Invoice>) -> Vec<Done> {
        let most = match self.sending {
            Sending::Bulk(most) => most.max(1),
            Sending::Single => 1,
        };
        let side_by_side = self.provider.capabilities().concurrency.max(1);
        let calls: Vec<Vec<Invoice>> = ready.chunks(most).map(<[Invoice]>::to_vec).collect();
        let sending = calls.into_iter().map(|call| self.send(ledger, call));
        let done: Vec<Vec<Done>> = stream::iter(sending).buffered(side_by_side).collect().await;
        done.into_iter().flatten().collect()
    }

    /// One call: recorded, sent, and established. What cannot be recorded is not
    /// in it.
    async fn send(&self, ledger: &dyn Ledger, call: Vec<Invoice>) -> Vec<Done> {
        if !self.is_time_to_send() {
            return call.into_iter().map(|before| unsent(before, NO_TIME)).collect();
        }
        let snapshots: Vec<InvoiceSnapshot> = call.iter().map(InvoiceSnapshot::of).collect();
        let recorded = ledger.sending(self.write, &snapshots).await;
        let (mut done, mut sound, mut keys) = (Vec::new(), Vec::new(), SendKeys::new());
        for (before, recorded) in call.into_iter().zip(recorded) {
            match recorded {
                Ok(key) => {
                    keys.insert(before.id.clone(), key);
                    sound.push(before);
                }
                Err(error) => {
                    let id = before.id.clone();
                    done.push(unrecorded(&id, &error, Some(before)));
                }
            }
        }
        if !sound.is_empty() {
            done.extend(self.sent(&keys, sound, TRIES).await.into_iter().map(Done::sent));
        }
        done
    }

    fn is_time_to_send(&self) -> bool {
        self.asked.deadline.left() > READING_BACK
    }

    /// Leaves time to read back what was sent.
    pub(super) fn sending_by(&self) -> Deadline {
        Deadline::after(self.asked.deadline.left().saturating_sub(READING_BACK))
    }

    /// Sends one call; what a provider refuses as a whole is taken apart, until
    /// each invoice has its own outcome. `tries` is how often it may be sent where
    /// the provider has had too many calls.
    fn sent<'s>(
        &'s self,
        keys: &'s SendKeys,
        call: Vec<Invoice>,
        tries: u32,
    ) -> BoxFuture<'s, Vec<Done>> {
        async move {
            let since = Timestamp::now();
            let key = SendKey::of_call(keys, &call);
            match self.provider.write(self.write, &call, &key, self.sending_by()).await {
                Ok(written) => {
                    let mut shown: BTreeMap<String, Invoice> =
                        written.into_iter().map(|written| (written.id, written.invoice)).collect();
                    let (mut done, mut silent) = (Vec::new(), Vec::new());
                    for before in call {
                        let now = shown.remove(before.id.id());
                        match now.filter(|now| self.write.is_shown_by(now)) {
                            Some(now) => done.push(applied(&before.id, Some(now))),
                            None => silent.push(before),
                        }
                    }
                    done.extend(self.read_back(silent, since, None).await);
                    done
                }
                Err(error) => self.failed(keys, call, since, tries, &error).await,
            }
        }
        .boxed()
    }

    async fn failed(
        &self,
        keys: &SendKeys,
        call: Vec<Invoice>,
        since: Timestamp,
        tries: u32,
        error: &ProviderError,
    ) -> Vec<Done> {
        tracing::warn!(
            provider = error.provider,
            connection = %error.connection,
            operation = error.operation,
            kind = ?error.kind,
            fate = ?error.fate,
            status = error.status,
            "a write failed"
        );
        match self.sequel(error) {
            Sequel::Refuse => {
                let refuse = |before: Invoice| {
                    let id = before.id.clone();
                    refused(&id, error, Some(before))
                };
                call.into_iter().map(refuse).collect()
            }
            Sequel::ReadRefusal => self.read_refusal(keys, call, since, tries, error).await,
            Sequel::ReadFailure | Sequel::ReadUnclear => {
                self.read_back(call, since, Some(error)).await
            }
        }
    }

    fn sequel(&self, error: &ProviderError) -> Sequel {
        match error.fate {
            Fate::NotAccepted if error.is_answer_to(self.write.action().word()) => {
                Sequel::ReadRefusal
            }
            Fate::NotAccepted => Sequel::Refuse,
            Fate::Finished => Sequel::ReadFailure,
            Fate::Unclear => Sequel::ReadUnclear,
        }
    }

    /// Establishes by reading what came of a write whose answer does not show it.
    async fn read_back(
        &self,
        before: Vec<Invoice>,
        since: Timestamp,
        error: Option<&ProviderError>,
    ) -> Vec<Done> {
        if before.is_empty() {
            return Vec::new();
        }
        let after = self.after(&before, since).await;
        let failed = error.filter(|error| error.fate == Fate::Finished);
        let established = before.into_iter().zip(after).map(|(before, after)| {
            let id = &before.id;
            match (after, failed) {
                (Ok(After::Done(now)), _) => applied(id, now.map(|now| *now)),
                // It failed, in its own words, and reading agrees.
                (Ok(After::NotDone(now)), Some(failed)) => refused(id, failed, Some(*now)),
                (Ok(After::NotDone(now)), None) => unclear(id, error, None, Some(*now)),
                (Ok(After::Unclear) | Err(_), _) => unclear(id, error, None, None),
            }
        });
        established.collect()
    }

    /// A refusal is no proof that nothing was done: what was, is read first.
    async fn read_refusal(
        &self,
        keys: &SendKeys,
        call: Vec<Invoice>,
        since: Timestamp,
        tries: u32,
        error: &ProviderError,
    ) -> Vec<Done> {
        let refused_at = Instant::now();
        let (asked, after) = (call.len(), self.after(&call, since).await);
        let (mut done, mut undone) = (Vec::new(), Vec::new());
        for (before, after) in call.into_iter().zip(after) {
            let id = &before.id;
            match after {
                Ok(After::Done(now)) => done.push(applied(id, now.map(|now| *now))),
                Ok(After::NotDone(now)) => undone.push(*now),
                Ok(After::Unclear) if error.kind == ErrorKind::NotFound => {
                    done.push(refused(id, error, None));
                }
                Err(_) if error.refuses_all_of(asked) => {
                    done.push(refused(&id.clone(), error, Some(before)));
                }
                Ok(After::Unclear) | Err(_) => done.push(unclear(id, Some(error), None, None)),
            }
        }
        let is_of_the_request = matches!(error.status, Some(400 | 404 | 409 | 422));
        let is_limited = error.kind == ErrorKind::RateLimited && tries > 1;
        if asked > 1 && is_of_the_request {
            done.extend(self.send_apart(keys, undone, asked, tries, error).await);
        } else if asked > 1 && is_limited && self.waited(refused_at, error).await {
            let (unsent, again) = self.sendable(undone, error);
            done.extend(unsent);
            if !again.is_empty() {
                done.extend(self.sent(keys, again, tries - 1).await);
            }
        } else {
            done.extend(undone.into_iter().map(|now| {
                let id = now.id.clone();
                refused(&id, error, Some(now))
            }));
        }
        done
    }

    /// Sends again what a call that was refused left undone, as reading shows:
    /// all of it where some was done, else by halves.
    async fn send_apart(
        &self,
        keys: &SendKeys,
        undone: Vec<Invoice>,
        asked: usize,
        tries: u32,
        error: &ProviderError,
    ) -> Vec<Done> {
        let (mut done, mut again) = self.sendable(undone, error);
        let rest = if again.len() < asked { Vec::new() } else { again.split_off(asked / 2) };
        for part in [again, rest] {
            if !part.is_empty() {
                done.extend(self.sent(keys, part, tries).await);
            }
        }
        done
    }

    /// Waits until the provider lets itself be asked again after `error`, where that
    /// leaves time to send; whether it does.
    async fn waited(&self, since: Instant, error: &ProviderError) -> bool {
        let wait = error.retry_after.unwrap_or_default().saturating_sub(since.elapsed());
        let is_in_time = wait + TIME_TO_ASK < self.sending_by().left();
        if is_in_time {
            sleep(wait).await;
        }
        is_in_time
    }

    /// What of `undone` may be sent again, after what came of the rest.
    fn sendable(&self, undone: Vec<Invoice>, error: &ProviderError) -> (Vec<Done>, Vec<Invoice>) {
        let (mut done, mut again) = (Vec::new(), Vec::new());
        for now in undone {
            let id = now.id.clone();
            match self.provider.refusal(self.write, &now) {
                Some(problem) => done.push(rejected(&id, problem, Some(now))),
                None if self.is_time_to_send() => again.push(now),
                None => {
                    let detail = format!("{}: {NO_TIME}", error.detail);
                    done.push(unsent(now, &detail));
                }
            }
        }
        (done, again)
    }
}

const NO_TIME: &str = "no time was left to send this; nothing happened";

fn unsent(before: Invoice, detail: &str) -> Done {
    let id = before.id.clone();
    rejected(&id, Problem::new(Code::ProviderTimeout, detail), Some(before))
}
