//! [`ChangesApp`], which the function `changes` holds.

use function_kit::configuration::{Configuration, TokenScopes};
use function_kit::copies::Copies;
use function_kit::{App, Deadline, Environment};
use invoice::ConnectionName;

/// The things that the function `changes` holds from one request to the next: no secret,
/// and no provider.
#[derive(Debug)]
pub struct ChangesApp {
    /// The owner's connections.
    pub connections: Vec<ConnectionName>,
    /// The copies that are kept of some of them.
    pub copies: Option<Copies>,
    scopes: TokenScopes,
}

impl ChangesApp {
    /// The function's things, over these.
    pub fn new(configuration: &Configuration, copies: Option<Copies>) -> Self {
        let (connections, scopes) =
            (configuration.connections.clone(), configuration.scopes.clone());
        Self { connections, copies, scopes }
    }
}

impl App for ChangesApp {
    fn open(environment: &Environment) -> Self {
        Self::new(&environment.configuration, environment.copies())
    }

    fn scopes(&self) -> &TokenScopes {
        &self.scopes
    }

    async fn warm(&self, deadline: Deadline) {
        // Any answer has opened the way to the table.
        if let Some(copies) = &self.copies
            && let Some(first) = copies.connections.first()
        {
            let _ = tokio::time::timeout(deadline.left(), copies.sync_state(first)).await;
        }
    }
}
