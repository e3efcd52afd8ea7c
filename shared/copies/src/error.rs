//! What can go wrong with the table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// Why the table of copies did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// The table did not answer, or not in time.
    #[error("the table of copies is out of reach")]
    Unreachable,
    /// The table refused, by this code of its own.
    #[error("the table of copies refuses: {0}")]
    Refused(String),
    /// Others changed the same rows again and again.
    #[error("the table of copies is too busy: its rows changed each time before they were written")]
    Busy,
    /// An invoice cannot be written down.
    #[error("an invoice cannot be written down")]
    Unwritable,
}

impl<E: ProvideErrorMetadata, R> From<SdkError<E, R>> for CopyError {
    fn from(error: SdkError<E, R>) -> Self {
        match error.as_service_error().and_then(ProvideErrorMetadata::code) {
            Some(code) => Self::Refused(code.chars().take(60).collect()),
            None => Self::Unreachable,
        }
    }
}
