//! Lambda's part: each function in processes of its own, fed through the
//! Runtime API that the real runtime speaks.

mod code;
mod console;
mod environment;
mod pool;
mod runtime_api;

pub use code::{Code, run};
pub use environment::Failure;
pub use pool::Pool;
