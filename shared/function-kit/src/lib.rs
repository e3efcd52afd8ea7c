//! What every handler stands on: configuration, secrets, who calls, answers and
//! problems, the log. Knows Lambda and AWS; knows no provider.

pub mod answer;
mod aws;
pub mod call;
pub mod caller;
pub mod configuration;
pub mod connections;
pub mod copies;
mod entry;
mod event;
mod event_work;
pub mod events;
mod function;
pub mod listing;
pub mod media;
pub mod secrets;
pub mod state;
pub mod sync;
mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod writes;
pub mod writing;

pub use answer::Answer;
pub use call::Call;
pub use caller::{Caller, CallerKind, Permission};
pub use entry::{Message, MessageHandler, Uses, run_on_queue, run_on_queue_with};
pub use function::{Function, Route, RouteHandler};
pub use provider_client::Deadline;
pub use state::State;
