//! What every function stands on: its environment, secrets, who calls, requests and
//! replies, events, the log; and how the functions that write answer. Knows Lambda and
//! AWS; knows no provider.

pub mod answer;
mod aws;
pub mod call;
pub mod caller;
pub mod configuration;
pub mod connections;
pub mod copies;
mod entry;
pub mod environment;
mod event;
pub mod events;
mod function;
mod gateway;
pub mod media;
mod reply;
mod responding;
pub mod secrets;
pub mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod trace;
pub mod webhooks;
pub mod writing;

pub use answer::Answer;
pub use call::Call;
pub use caller::{Caller, CallerKind, Permission};
pub use entry::{Delivery, Message, MessageHandler, receive_webhooks, run, run_on_queue};
pub use environment::Environment;
pub use function::{App, Function, Route, RouteHandler};
/// What a function's program has its memory from. The system's allocator takes longer, and after
/// an answer of some size gives the top of its heap back, to take it again page by page for the
/// next. Each program names it for itself: a library that did would decide for the local stack and
/// for every test, too.
pub use mimalloc::MiMalloc as Allocator;
pub use provider_client::Deadline;
pub use reply::{Afterwards, LogFields, Reply};
