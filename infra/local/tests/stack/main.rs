//! The real program, started and called over HTTP.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod calls;
mod endings;
mod events;
mod running;
mod sign_in;
