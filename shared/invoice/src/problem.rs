//! What went wrong, as callers see it: RFC 9457.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::status::words;
use crate::{Action, AvailableAction, ConnectionName, Outcome};

words! {
    /// Every kind of problem there is. A closed list: callers program against it.
    Code {
        /// The request's body or headers are malformed.
        InvalidRequest = "invalid_request",
        /// Query parameters are malformed.
        InvalidParameter = "invalid_parameter",
        /// The cursor is cut short, altered, another query's or another caller's.
        InvalidCursor = "invalid_cursor",
        /// We do not know who calls.
        Unauthenticated = "unauthenticated",
        /// The caller may not do this at all.
        Forbidden = "forbidden",
        /// There is no such invoice, or it is none of the caller's business.
        InvoiceNotFound = "invoice_not_found",
        /// There is no such connection, or it is none of the caller's business.
        ConnectionNotFound = "connection_not_found",
        /// There is no such route.
        RouteNotFound = "route_not_found",
        /// The route exists, with other methods.
        MethodNotAllowed = "method_not_allowed",
        /// The request's body is in a content coding or a media type that is not read.
        UnsupportedMediaType = "unsupported_media_type",
        /// Not in the invoice's present state.
        StateConflict = "state_conflict",
        /// The invoice has changed since it was read (`If-Match`).
        PreconditionFailed = "precondition_failed",
        /// More invoices match than one call may write.
        TooMany = "too_many",
        /// The invoice alone is more than one answer can hold.
        TooLarge = "too_large",
        /// The provider lists by customer only, and no customer is named.
        CustomerRequired = "customer_required",
        /// The provider has no such operation at all.
        UnsupportedOperation = "unsupported_operation",
        /// The provider cannot apply the filter, nor can the bridge in its place.
        UnsupportedFilter = "unsupported_filter",
        /// There are too many invoices to sort for this provider.
        UnsupportedSort = "unsupported_sort",
        /// The provider cannot change the field.
        UnsupportedField = "unsupported_field",
        /// The account at the provider is not enabled for this.
        NotEnabled = "not_enabled",
        /// The key was used for another request.
        IdempotencyKeyReused = "idempotency_key_reused",
        /// The first request with this key is still running.
        InProgress = "in_progress",
        /// The provider's limit is reached.
        RateLimited = "rate_limited",
        /// The provider refuses our credentials, or we have none.
        ProviderCredentials = "provider_credentials",
        /// The connection's secret is gone: its owner took the connection away.
        ConnectionClosed = "connection_closed",
        /// The provider failed.
        ProviderError = "provider_error",
        /// The provider answered something we cannot read, or not what was asked.
        ProviderBadResponse = "provider_bad_response",
        /// The provider did not answer in time.
        ProviderTimeout = "provider_timeout",
        /// Changes are not told so far back any more.
        ChangesExpired = "changes_expired",
        /// Nothing is kept of the listing, and the caller takes nothing else.
        NotCached = "not_cached",
        /// A store of ours is out of reach, and going on without would be unsafe.
        Unavailable = "unavailable",
        /// A fault of ours.
        Internal = "internal",
    }
}

impl Code {
    /// The HTTP status: this is the one place that decides it.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::InvalidParameter | Self::InvalidCursor => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::InvoiceNotFound | Self::ConnectionNotFound | Self::RouteNotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::StateConflict | Self::InProgress => 409,
            Self::ChangesExpired => 410,
            Self::PreconditionFailed => 412,
            Self::UnsupportedMediaType => 415,
            Self::TooMany
            | Self::TooLarge
            | Self::CustomerRequired
            | Self::UnsupportedOperation
            | Self::UnsupportedFilter
            | Self::UnsupportedSort
            | Self::UnsupportedField
            | Self::NotEnabled
            | Self::IdempotencyKeyReused => 422,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::ProviderCredentials
            | Self::ConnectionClosed
            | Self::ProviderError
            | Self::ProviderBadResponse => 502,
            Self::Unavailable => 503,
            Self::ProviderTimeout | Self::NotCached => 504,
        }
    }

    /// A few words that are the same for every problem of this kind.
    pub const fn title(self) -> &'static str {
        match self {
            Self::InvalidRequest => "the request is malformed",
            Self::InvalidParameter => "a parameter is malformed",
            Self::InvalidCursor => "the cursor does not belong to this question",
            Self::Unauthenticated => "the caller is not known",
            Self::Forbidden => "the caller may not do this",
            Self::InvoiceNotFound => "there is no such invoice",
            Self::ConnectionNotFound => "there is no such connection",
            Self::RouteNotFound => "there is no such route",
            Self::MethodNotAllowed => "the route has no such method",
            Self::UnsupportedMediaType => "the body's form is not read",
            Self::StateConflict => "the invoice's present state does not allow this",
            Self::PreconditionFailed => "the invoice has changed since it was read",
            Self::TooMany => "too many invoices match",
            Self::TooLarge => "the invoice is larger than an answer may be",
            Self::CustomerRequired => "the provider lists by customer only",
            Self::UnsupportedOperation => "the provider cannot do this",
            Self::UnsupportedFilter => "the filter cannot be applied",
            Self::UnsupportedSort => "the order cannot be established",
            Self::UnsupportedField => "the provider cannot change this field",
            Self::NotEnabled => "the provider's account is not enabled for this",
            Self::IdempotencyKeyReused => "the idempotency key was used for another request",
            Self::InProgress => "the first request with this key is still running",
            Self::RateLimited => "the provider's rate limit is reached",
            Self::ProviderCredentials => "the provider refuses our credentials",
            Self::ConnectionClosed => "the connection has been taken away",
            Self::ProviderError => "the provider failed",
            Self::ProviderBadResponse => "the provider's answer cannot be read",
            Self::ProviderTimeout => "the provider did not answer in time",
            Self::ChangesExpired => "changes are not told so far back",
            Self::NotCached => "nothing is kept of the listing",
            Self::Unavailable => "a part of the service is out of reach",
            Self::Internal => "the service failed",
        }
    }

    /// Whether the same request may succeed later, unchanged.
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Self::InProgress
                | Self::RateLimited
                | Self::ProviderError
                | Self::ProviderTimeout
                | Self::Unavailable
        )
    }
}

/// One fault in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: a JSON pointer into the body (`/dates/due`), or `?` and the name
    /// of a query parameter (`?limit`).
    pub pointer: String,
    /// What kind of fault.
    pub code: Code,
    /// What is wrong, and what would be right.
    pub detail: String,
}

/// What the provider itself said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderDetail {
    /// The kind of provider.
    pub name: &'static str,
    /// The account.
    pub connection: ConnectionName,
    /// The provider's HTTP status, where it answered.
    pub status: Option<u16>,
    /// The provider's error code.
    pub code: Option<String>,
    /// The provider's words.
    pub message: Option<String>,
    /// The provider's id of the request, to ask its support about.
    pub request_id: Option<String>,
}

/// A problem, as it is sent to the caller.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The fault's kind.
    pub code: Code,
    /// What happened here, in words.
    pub detail: String,
    /// Whether the same request may succeed later, unchanged: as its kind says,
    /// unless more is known.
    pub retryable: bool,
    /// Seconds to wait before asking again.
    pub retry_after: Option<u64>,
    /// What came of the write that it answers, where it answers one.
    pub outcome: Option<Outcome>,
    /// Each fault in the request, all at once.
    pub errors: Vec<Fault>,
    /// What may be done to the invoice instead.
    pub available_actions: Option<BTreeMap<Action, AvailableAction>>,
    /// How far a request goes beyond what one call may write.
    pub excess: Option<Excess>,
    /// What the provider said.
    pub provider: Option<Box<ProviderDetail>>,
}

/// How far a request goes beyond what one call may do (`too_many`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Excess {
    /// How many match; none where they were not counted to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched: Option<usize>,
    /// How many there may be.
    pub limit: usize,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            retryable: code.retryable(),
            retry_after: None,
            outcome: None,
            errors: Vec::new(),
            available_actions: None,
            excess: None,
            provider: None,
        }
    }

    /// The problem of a part of the service that does not answer: to be tried again in five
    /// seconds.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self { retry_after: Some(5), ..Self::new(Code::Unavailable, detail) }
    }

    /// The problem that these faults make: one kind, all of them shown.
    pub fn of_faults(code: Code, errors: Vec<Fault>) -> Self {
        let detail = match errors.as_slice() {
            [only] => only.detail.clone(),
            several => format!("{} faults, see `errors`", several.len()),
        };
        Self { errors, ..Self::new(code, detail) }
    }

    /// The members of the problem's JSON; `instance` and `request_id` name the
    /// request it answers.
    pub fn body<'a>(
        &'a self,
        instance: Option<&'a str>,
        request_id: Option<&'a str>,
    ) -> impl Serialize + 'a {
        Body {
            kind: format!("urn:invoice-bridge:problem:{}", self.code.word()),
            title: self.code.title(),
            status: self.code.status(),
            detail: &self.detail,
            instance,
            code: self.code,
            retryable: self.retryable,
            retry_after: self.retry_after,
            outcome: self.outcome,
            request_id,
            errors: &self.errors,
            available_actions: self.available_actions.as_ref(),
            excess: self.excess,
            provider: self.provider.as_deref(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.title(), self.detail)
    }
}

impl std::error::Error for Problem {}

/// A problem inside another answer (a source, a result of a bulk write) says
/// the same as one that is the answer.
impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.body(None, None).serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    code: Code,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
    #[serde(skip_serializing_if = "Option::is_none")]
    available_actions: Option<&'a BTreeMap<Action, AvailableAction>>,
    #[serde(flatten)]
    excess: Option<Excess>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a ProviderDetail>,
}
