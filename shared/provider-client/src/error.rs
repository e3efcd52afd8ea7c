//! What can go wrong between us and a provider, and what callers see of it.

use std::time::Duration;

use invoice::{Code, ConnectionName, Problem, ProviderDetail};

/// The meaning of a failure: a closed list, the same for every provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The provider has no such invoice.
    NotFound,
    /// The provider answered with another invoice than the one asked for, which is not
    /// there then; but nothing is known of what became of it.
    OtherInvoice,
    /// The provider refuses our credentials.
    Credentials,
    /// The account is not enabled for this.
    NotEnabled,
    /// The provider's limit of calls is reached.
    RateLimited,
    /// The provider understood, and says that the state of the invoice forbids the
    /// request.
    Conflict,
    /// The provider says that our request is wrong.
    Rejected,
    /// The provider failed.
    Failed,
    /// The provider answered something that cannot be read, or not what was asked.
    BadResponse,
    /// The provider did not answer in time.
    Timeout,
    /// The provider could not be reached.
    Unreachable,
    /// The circuit is open: the provider has failed repeatedly and is left alone for a
    /// while. Nothing was sent.
    CircuitOpen,
    /// The bridge's own copy of the connection is out of reach. Nothing was sent.
    CopyUnavailable,
    /// The provider lists by customer only, and none is named.
    CustomerRequired,
    /// There are more invoices than we sort for a provider that cannot.
    TooManyToSort,
    /// There are more invoices than we read to say something of all of them.
    TooManyToSum,
    /// The provider cannot apply the filter, nor can the bridge in its place.
    UnsupportedFilter,
    /// The provider has no such operation.
    UnsupportedOperation,
    /// The position to go on from is none of ours.
    InvalidStart,
    /// An assumption that the plan of the question rests on has been dropped: the
    /// question is to be planned anew. No caller sees this.
    PlanOutdated,
}

impl ErrorKind {
    /// Whether the provider could not answer now, whatever was asked. What is
    /// wrong with the question stays wrong.
    pub fn is_outage(self) -> bool {
        match self {
            Self::Credentials
            | Self::RateLimited
            | Self::Failed
            | Self::BadResponse
            | Self::Timeout
            | Self::Unreachable
            | Self::CircuitOpen
            | Self::CopyUnavailable => true,
            Self::NotFound
            | Self::OtherInvoice
            | Self::NotEnabled
            | Self::Conflict
            | Self::Rejected
            | Self::CustomerRequired
            | Self::TooManyToSort
            | Self::TooManyToSum
            | Self::UnsupportedFilter
            | Self::UnsupportedOperation
            | Self::InvalidStart
            | Self::PlanOutdated => false,
        }
    }

    /// What an HTTP status means where a provider says nothing else. A provider
    /// whose contract differs says so in its own folder.
    pub fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::Credentials,
            404 => Self::NotFound,
            409 => Self::Conflict,
            429 => Self::RateLimited,
            400..=499 => Self::Rejected,
            500..=599 => Self::Failed,
            _ => Self::BadResponse,
        }
    }
}

/// What became of a request that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The provider was not reached, or answered that it refuses the request. A
    /// refusal that it answered to a write is no proof that nothing was done: of
    /// several invoices it may be meant of one.
    NotAccepted,
    /// The provider answered, in its own words, that it failed: it is done with the
    /// request, and may have carried it out.
    Finished,
    /// The answer was lost, or is none of the provider's own: the provider may be at
    /// the request still.
    Unclear,
}

/// What a provider said with an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The provider's error code.
    pub code: Option<String>,
    /// The provider's words.
    pub message: Option<String>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
}

/// A failure at a provider.
#[derive(Debug, thiserror::Error)]
#[error("{provider} {operation} at `{connection}`: {detail}")]
pub struct ProviderError {
    /// What it means.
    pub kind: ErrorKind,
    /// The kind of provider.
    pub provider: &'static str,
    /// The account.
    pub connection: ConnectionName,
    /// What we were doing (`list`, `get`, ..).
    pub operation: &'static str,
    /// What happened, in our words; no secrets, no customer's data.
    pub detail: String,
    /// The provider's HTTP status, where it answered.
    pub status: Option<u16>,
    /// What it said.
    pub said: Said,
    /// How long it asks us to wait.
    pub retry_after: Option<Duration>,
    /// What became of the request: decides whether a write is rejected or
    /// unknown.
    pub fate: Fate,
    /// What lies beneath.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ProviderError {
    /// A failure without an answer from the provider.
    pub fn new(
        kind: ErrorKind,
        provider: &'static str,
        connection: &ConnectionName,
        operation: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            provider,
            connection: connection.clone(),
            operation,
            detail: detail.into(),
            status: None,
            said: Said::default(),
            retry_after: None,
            fate: Fate::NotAccepted,
            source: None,
        }
    }

    /// Whether the provider answered this to the request for `operation` itself, and not to
    /// what goes before it, such as a login.
    pub fn is_answer_to(&self, operation: &str) -> bool {
        self.status.is_some() && self.operation == operation
    }

    /// Whether a refusal of a write to so many invoices tells by itself that nothing was done:
    /// what refuses the key, or has had too many calls, cannot be asked, and of many some may
    /// have been done before that was one too many.
    pub fn refuses_all_of(&self, invoices: usize) -> bool {
        self.kind == ErrorKind::Credentials
            || (self.kind == ErrorKind::RateLimited && invoices == 1)
    }

    fn is_read(&self) -> bool {
        matches!(self.operation, "list" | "get")
    }

    /// The problem's kind: the one place where a provider's failure becomes ours.
    fn code(&self) -> Code {
        match self.kind {
            ErrorKind::NotFound | ErrorKind::OtherInvoice if self.operation != "list" => {
                Code::InvoiceNotFound
            }
            ErrorKind::Credentials => Code::ProviderCredentials,
            ErrorKind::NotEnabled => Code::NotEnabled,
            ErrorKind::RateLimited => Code::RateLimited,
            ErrorKind::Conflict if !self.is_read() => Code::StateConflict,
            ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Rejected
            | ErrorKind::Failed
            | ErrorKind::Unreachable
            | ErrorKind::CircuitOpen
            | ErrorKind::PlanOutdated => Code::ProviderError,
            ErrorKind::BadResponse | ErrorKind::OtherInvoice => Code::ProviderBadResponse,
            ErrorKind::Timeout => Code::ProviderTimeout,
            ErrorKind::CopyUnavailable => Code::Unavailable,
            ErrorKind::CustomerRequired => Code::CustomerRequired,
            ErrorKind::TooManyToSort => Code::UnsupportedSort,
            ErrorKind::TooManyToSum => Code::TooMany,
            ErrorKind::UnsupportedFilter => Code::UnsupportedFilter,
            ErrorKind::UnsupportedOperation => Code::UnsupportedOperation,
            ErrorKind::InvalidStart => Code::InvalidCursor,
        }
    }
}

impl From<&ProviderError> for Problem {
    fn from(error: &ProviderError) -> Self {
        let provider = ProviderDetail {
            name: error.provider,
            connection: error.connection.clone(),
            status: error.status,
            code: error.said.code.clone(),
            message: error.said.message.clone(),
            request_id: error.said.request_id.clone(),
        };
        // What the provider holds against the request it will hold against it again.
        let held_against_it =
            matches!(error.kind, ErrorKind::Rejected | ErrorKind::Conflict | ErrorKind::NotFound);
        let code = error.code();
        Self {
            retryable: code.retryable() && !held_against_it,
            retry_after: error
                .retry_after
                .map(|wait| wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)),
            provider: Some(Box::new(provider)),
            ..Self::new(code, format!("connection `{}`: {}", error.connection, error.detail))
        }
    }
}
