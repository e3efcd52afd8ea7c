//! SQS's part: queues with visibility, redrive and dead letters, the calls
//! that look into them, and Lambda's event source mapping. (The embedded
//! emulator knows neither waiting for a message nor a clock that runs faster.)

mod calls;
mod mapping;
mod queue;
mod service;
mod set;

pub use mapping::start;
pub use queue::Queue;
pub use set::Queues;
