//! EventBridge's part: buses that take events, rules that pass them on to
//! queues, and schedules that put events of their own. (No embedded emulator
//! delivers what it is given.)

mod bus;
mod entry;
mod pattern;
mod schedule;
mod service;

pub use bus::EventBridge;
pub use schedule::start;
