//! What the filters of `ib` fail with: here nobody reads it.

/// A command line that makes no sense.
#[allow(dead_code)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) advice: Vec<String>,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), advice: Vec::new() }
    }

    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }
}
