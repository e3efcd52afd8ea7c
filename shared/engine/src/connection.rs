//! The connections a request may use, and what answers of them.

use std::sync::Arc;

use invoice::{Code, ConnectionName, Problem};

use provider_client::Provider;

/// One of the owner's connections, as far as it could be opened.
#[derive(Clone)]
pub struct Connection {
    /// The connection's name.
    pub name: ConnectionName,
    /// The connection's provider, or why there is none (a missing or faulty secret).
    pub provider: Result<Arc<dyn Provider>, Problem>,
}

/// The connection of this name.
///
/// # Errors
/// `connection_not_found`, which names those there are.
pub fn find<'a>(
    connections: &[&'a Connection],
    name: &ConnectionName,
) -> Result<&'a Connection, Problem> {
    connections.iter().copied().find(|connection| connection.name == *name).ok_or_else(|| {
        let known: Vec<&str> =
            connections.iter().map(|connection| connection.name.as_str()).collect();
        let detail = format!("there is no connection `{name}`; there are: {}", known.join(", "));
        Problem::new(Code::ConnectionNotFound, detail)
    })
}
