//! The whole stack on one machine.
fn main() {}
