//! What is the same for all providers: one listing over many connections, one invoice
//! by its reference, and writes that are never done twice. Knows the providers by
//! their seam alone; knows neither a socket nor a table.

pub mod connection;
pub mod listing;
pub mod lookup;
pub mod writing;

pub use connection::Connection;
