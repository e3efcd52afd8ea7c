//! Webhooks received and applied, over made-up providers.

mod applied;
mod received;
