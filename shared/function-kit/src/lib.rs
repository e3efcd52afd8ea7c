//! What every handler stands on: configuration, secrets, who calls, answers and
//! problems, the log. Knows Lambda and AWS; knows no provider.

pub mod answer;
mod aws;
pub mod call;
pub mod caller;
pub mod configuration;
pub mod connections;
mod entry;
mod event;
mod event_work;
pub mod events;
mod function;
pub mod listing;
pub mod media;
pub mod secrets;
pub mod state;
mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod webhooks;
pub mod writes;
pub mod writing;

pub use answer::Answer;
pub use call::Call;
pub use caller::{Caller, CallerKind, Permission};
pub use entry::{Message, MessageHandler, Uses, receive_webhooks, run_on_queue};
pub use function::{Function, Route, RouteHandler};
pub use provider_client::Deadline;
pub use state::State;
