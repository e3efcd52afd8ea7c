//! `ib` as people and programs meet it: the program, against the real local stack where what
//! the stack does is the point, and against a made-up API where it cannot be provoked.

#![cfg(test)]

mod check;
mod document;
mod exits;
mod export;
mod fake;
mod login;
mod mcp;
mod reading;
mod runs;
mod signing;
mod support;
mod transcripts;
