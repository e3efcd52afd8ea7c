//! API Gateway's part: an HTTP API with a JWT authorizer and Lambda proxy
//! integrations, payload format 2.0.

mod authorizer;
mod cors;
mod event;
mod reply;
mod router;
mod server;
mod token;

pub use authorizer::{Authorizer, OPERATOR};
pub use router::Router;
pub use server::{Gateway, is_from_this_machine, serve};
