//! One queue: messages, who has them in hand, and how often they were.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::pace::Pace;
use crate::template;

/// A queue of the template.
#[derive(Debug)]
pub struct Queue {
    /// What the template says of it.
    pub settings: template::Queue,
    pace: Pace,
    /// Where messages go that were received too often, and after how often.
    dead_letters: Option<(Arc<Queue>, u32)>,
    state: Mutex<State>,
    /// Notified when there may be something new to receive.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// By arrival: what comes back after a failure is taken up first.
    messages: BTreeMap<u64, Message>,
    arrived: u64,
}

#[derive(Debug, Clone)]
struct Message {
    id: String,
    body: String,
    sent: Timestamp,
    first_received: Option<Timestamp>,
    receives: u32,
    /// Hidden until then: not due yet, or in somebody's hand.
    visible: Timestamp,
    /// The receipt given out last.
    receipt: Option<Uuid>,
    /// The ARN of the queue that it came from as a dead letter.
    dead_from: Option<String>,
}

/// A message as it was put: its id and the digest of its body.
#[derive(Debug)]
pub struct Sent {
    pub id: String,
    pub md5: String,
}

/// A message in somebody's hand.
#[derive(Debug)]
pub struct Received {
    pub id: String,
    pub receipt: String,
    pub body: String,
    pub md5: String,
    /// ApproximateReceiveCount and its like.
    pub attributes: BTreeMap<&'static str, String>,
}

/// How many messages there are, by what may be done with them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counts {
    pub visible: usize,
    pub in_flight: usize,
    pub delayed: usize,
}

/// A receipt that no queue ever gave out.
#[derive(Debug, PartialEq)]
pub struct InvalidReceipt;

impl Queue {
    pub(super) fn new(
        settings: template::Queue,
        dead_letters: Option<(Arc<Self>, u32)>,
        pace: Pace,
    ) -> Self {
        Self { settings, pace, dead_letters, state: Mutex::default(), changed: Notify::new() }
    }

    /// The queue's name.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Puts messages, all at once.
    pub fn send(&self, bodies: impl IntoIterator<Item = String>, now: Timestamp) -> Vec<Sent> {
        let delay = self.settings.delay;
        self.send_later(bodies.into_iter().map(|body| (body, delay)), now)
    }

    /// Puts messages that each wait a while before they are seen.
    pub fn send_later(
        &self,
        messages: impl IntoIterator<Item = (String, Duration)>,
        now: Timestamp,
    ) -> Vec<Sent> {
        let new = messages.into_iter().map(|(body, delay)| Message {
            id: Uuid::new_v4().to_string(),
            body,
            sent: now,
            first_received: None,
            receives: 0,
            visible: now + self.pace.of(delay),
            receipt: None,
            dead_from: None,
        });
        let new: Vec<Message> = new.collect();
        let sent = new.iter().map(|new| Sent { id: new.id.clone(), md5: md5(&new.body) }).collect();
        self.accept(new);
        sent
    }

    /// Takes up to `most` messages in hand, hidden from others for `hidden` of
    /// this machine's time. Those that were received too often are put aside.
    pub fn receive(&self, most: usize, hidden: Duration, now: Timestamp) -> Vec<Received> {
        let mut received = Vec::new();
        let mut dead = Vec::new();
        let mut state = self.state();
        self.forget(&mut state, now);
        let due: Vec<u64> = state.due(now).collect();
        for key in due {
            if received.len() == most {
                break;
            }
            let limit = self.dead_letters.as_ref().map(|(_, limit)| *limit);
            let Some(message) = state.messages.get_mut(&key) else { continue };
            if limit.is_some_and(|limit| message.receives >= limit) {
                dead.extend(state.messages.remove(&key));
            } else {
                received.push(message.receive(key, hidden, now));
            }
        }
        drop(state);
        self.put_aside(dead, now);
        received
    }

    /// Removes a message for good. An earlier receipt of it does nothing.
    pub fn delete(&self, receipt: &str) -> Result<(), InvalidReceipt> {
        let (key, given) = parse_receipt(receipt)?;
        let mut state = self.state();
        if state.messages.get(&key).is_some_and(|message| message.receipt == Some(given)) {
            state.messages.remove(&key);
        }
        Ok(())
    }

    /// Hides a message in hand for `hidden` of this machine's time from now on.
    pub fn hide(
        &self,
        receipt: &str,
        hidden: Duration,
        now: Timestamp,
    ) -> Result<(), InvalidReceipt> {
        let (key, given) = parse_receipt(receipt)?;
        let mut state = self.state();
        let message = state.messages.get_mut(&key);
        if let Some(message) = message.filter(|message| message.receipt == Some(given)) {
            message.visible = now + hidden;
        }
        drop(state);
        self.changed.notify_waiters();
        Ok(())
    }

    /// Removes everything.
    pub fn purge(&self) {
        self.state().messages.clear();
    }

    /// How many messages there are.
    pub fn counts(&self, now: Timestamp) -> Counts {
        let mut state = self.state();
        self.forget(&mut state, now);
        let hidden = |received: bool| {
            let all = state.messages.values();
            all.filter(|message| message.visible > now && (message.receives > 0) == received)
                .count()
        };
        Counts { visible: state.due(now).count(), in_flight: hidden(true), delayed: hidden(false) }
    }

    /// Waits until there is something to receive.
    pub async fn wait(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on a change counts, also one before the waiting begins.
            changed.as_mut().enable();
            let now = Timestamp::now();
            let next = self.state().messages.values().map(|message| message.visible).min();
            match next {
                Some(next) if next <= now => return,
                Some(next) => {
                    let left = next.duration_since(now).unsigned_abs();
                    // Timers count whole milliseconds.
                    let left = left + Duration::from_millis(1);
                    let _ = tokio::time::timeout(left, changed).await;
                }
                None => changed.await,
            }
        }
    }

    /// How long a duration of the cloud takes here.
    pub fn paced(&self, duration: Duration) -> Duration {
        self.pace.of(duration)
    }

    fn accept(&self, messages: Vec<Message>) {
        let mut state = self.state();
        for message in messages {
            let key = state.arrived;
            state.arrived += 1;
            state.messages.insert(key, message);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    fn put_aside(&self, mut dead: Vec<Message>, now: Timestamp) {
        let Some((queue, _)) = self.dead_letters.as_ref().filter(|_| !dead.is_empty()) else {
            return;
        };
        for message in &mut dead {
            message.visible = now;
            message.receipt = None;
            message.dead_from = Some(self.settings.arn.clone());
        }
        queue.accept(dead);
    }

    /// Messages are kept for so long after they were first sent, in whichever
    /// queue they are by then: in real time, so that dead letters can be read.
    fn forget(&self, state: &mut State, now: Timestamp) {
        let kept = self.settings.retention;
        state.messages.retain(|_, message| message.sent + kept > now);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn due(&self, now: Timestamp) -> impl Iterator<Item = u64> {
        let due = self.messages.iter().filter(move |(_, message)| message.visible <= now);
        due.map(|(key, _)| *key)
    }
}

impl Message {
    fn receive(&mut self, key: u64, hidden: Duration, now: Timestamp) -> Received {
        let receipt = Uuid::new_v4();
        self.receives += 1;
        self.visible = now + hidden;
        self.receipt = Some(receipt);
        let first = *self.first_received.get_or_insert(now);
        let milliseconds = |at: Timestamp| at.as_millisecond().to_string();
        let mut attributes = BTreeMap::from([
            ("ApproximateReceiveCount", self.receives.to_string()),
            ("ApproximateFirstReceiveTimestamp", milliseconds(first)),
            ("SentTimestamp", milliseconds(self.sent)),
            ("SenderId", "local".to_owned()),
        ]);
        if let Some(queue) = &self.dead_from {
            attributes.insert("DeadLetterQueueSourceArn", queue.clone());
        }
        Received {
            id: self.id.clone(),
            receipt: format!("{key}.{receipt}"),
            body: self.body.clone(),
            md5: md5(&self.body),
            attributes,
        }
    }
}

fn parse_receipt(receipt: &str) -> Result<(u64, Uuid), InvalidReceipt> {
    let (key, given) = receipt.split_once('.').ok_or(InvalidReceipt)?;
    let key = key.parse().map_err(|_| InvalidReceipt)?;
    Ok((key, given.parse().map_err(|_| InvalidReceipt)?))
}

fn md5(body: &str) -> String {
    format!("{:x}", md5::compute(body))
}

#[cfg(test)]
mod tests;
