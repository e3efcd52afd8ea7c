//! The whole service, end to end over the real Lambda protocol: the program a
//! newcomer starts, spoken to over HTTP as a user speaks to it.
//!
//! Whatever else a test is about, every answer and every printed line is looked
//! through for the connections' secrets, and every answer is held to
//! infra/openapi.yaml.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod bad_input;
mod browsers;
mod caching;
mod customers;
mod endings;
mod http;
mod listing;
mod log;
mod misbehaviour;
mod month_end;
mod openapi;
mod protocol;
mod proxy;
mod put_secret;
mod queries;
mod rotation;
mod sample_events;
mod samples;
mod scopes;
mod secrets;
mod stack;
mod storm;
mod tokens;
mod webhooks;
mod writing;
