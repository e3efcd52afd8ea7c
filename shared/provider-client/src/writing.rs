//! Writes, never twice and never a lie.

pub(crate) mod rules;
