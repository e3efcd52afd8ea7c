//! How an account keeps to its provider's limits and to our deadlines, leaves a
//! provider that fails alone, and what it leaves on the trail.

#![cfg(test)]

mod circuit;
#[path = "../sandboxed/clock.rs"]
mod clock;
mod deadlines;
mod limits;
mod provider_calls;
#[path = "../sandboxed/rig.rs"]
#[expect(dead_code, reason = "each of the tests over it needs a part of it")]
mod rig;
