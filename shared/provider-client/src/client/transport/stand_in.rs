//! Answers in place of the network: what is ours of an exchange, alone.

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, Method};

use super::{Reply, Request, Transport};

/// Whoever answers.
#[derive(Clone)]
pub(super) struct StandIn(Arc<dyn Fn(&Request) -> Reply + Send + Sync>);

impl fmt::Debug for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandIn").finish_non_exhaustive()
    }
}

impl StandIn {
    pub(super) fn answer(&self, request: &Request) -> Reply {
        (self.0)(request)
    }
}

impl Transport {
    /// The transport, whose requests `answer` answers at once; nothing is sent.
    #[must_use]
    pub fn answered_by(self, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self { stand_in: Some(StandIn(Arc::new(answer))), ..self }
    }
}

impl Request {
    /// The request's method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The request's headers, secrets among them.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}
