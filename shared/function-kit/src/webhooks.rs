//! Webhooks: what providers tell by themselves.
//!
//! One function proves where a webhook is from and puts the ids that it names on a
//! queue; it may read secrets and send to that queue, and nothing else. Another takes
//! them from there: it reads the invoices, has listings read anew, settles writes that
//! were left unknown, and tells the news.

mod applying;
mod message;
mod pacing;
mod queue;
mod receiving;
#[cfg(test)]
mod tests;

pub use applying::apply;
pub use message::WebhookMessage;
pub use pacing::last_received;
pub use queue::{MessageQueue, QueueError};
pub use receiving::Receiver;
