//! What a handler gives back.

use std::fmt;

use futures::future::BoxFuture;
use invoice::{ConnectionName, Problem};

use crate::answer::Answer;

/// What a handler gives back: the response, what the log is to say of it, and what is to
/// be done once the caller has it.
#[derive(Debug)]
pub struct Reply {
    /// The answer, or the problem that there is instead.
    pub response: Result<Answer, Problem>,
    /// What the request's line in the log says beside the response.
    pub log: LogFields,
    /// What is to be done once the response is given.
    pub afterwards: Afterwards,
}

/// What the line of a request in the log says beside its response.
#[derive(Debug, Clone, Default)]
pub struct LogFields {
    /// The connections that were opened for the request.
    pub connections: Option<Vec<ConnectionName>>,
    /// How the cache took part, in one word.
    pub cache: Option<&'static str>,
}

/// Work that is left for when the caller has the answer. Each piece keeps to a time of
/// its own, and its failure is nobody's.
#[derive(Default)]
pub struct Afterwards(Vec<BoxFuture<'static, ()>>);

impl fmt::Debug for Afterwards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Afterwards").field(&self.0.len()).finish()
    }
}

impl Afterwards {
    /// Adds `work`, to be done after what was added before.
    pub fn push(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.0.push(Box::pin(work));
    }

    /// Does all of it, in its order. Lambda gives a process no time between requests:
    /// this has to end before the next is asked for.
    pub async fn run(self) {
        for work in self.0 {
            work.await;
        }
    }
}

impl From<Result<Answer, Problem>> for Reply {
    fn from(response: Result<Answer, Problem>) -> Self {
        Self { response, log: LogFields::default(), afterwards: Afterwards::default() }
    }
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        Self::from(Err(problem))
    }
}

impl Reply {
    /// The reply, whose request was about these connections.
    #[must_use]
    pub fn over(mut self, connections: Vec<ConnectionName>) -> Self {
        self.log.connections = Some(connections);
        self
    }
}
