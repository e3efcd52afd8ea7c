//! What is sent back: an answer, or the problem that there is instead.

use headers::{ETag, HeaderMapExt, IfMatch, IfNoneMatch};
use invoice::{Code, Digest, Invoice, Problem};
use lambda_http::http::header::{self, HeaderName, HeaderValue};
use lambda_http::http::{HeaderMap, Method, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;
use store::writes::StoredAnswer;
use url::form_urlencoded;

use crate::call::Call;
use crate::media::MediaTypes;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// For the caller alone. It may be kept, and is asked about with `If-None-Match`
/// before it is shown again: nobody tells a caller's own cache of a write, as
/// ours is told.
const REVALIDATED: HeaderValue = HeaderValue::from_static("private, max-age=0");

/// An answer of success.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
    /// The body as a gzip member, in place of `body`.
    zipped: Option<Vec<u8>>,
    /// The kind of problem it is, for the log.
    code: Option<Code>,
}

impl Answer {
    /// 200 with `value` as JSON.
    ///
    /// # Errors
    /// When it cannot be written: a fault of ours.
    pub fn json(value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(value)
            .map_err(|error| Problem::new(Code::Internal, error.to_string()))?;
        Ok(Self::written(body))
    }

    /// 200 with JSON that is written already.
    pub fn written(body: String) -> Self {
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let cache = (header::CACHE_CONTROL, REVALIDATED);
        let headers = HeaderMap::from_iter([kind, cache]);
        Self { status: StatusCode::OK, headers, body, zipped: None, code: None }
    }

    /// A status and nothing else: not to be kept, and not to be explained.
    pub(crate) fn bare(status: StatusCode) -> Self {
        let cache = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let headers = HeaderMap::from_iter([cache]);
        Self { status, headers, body: String::new(), zipped: None, code: None }
    }

    /// 200 with JSON that is written already, as a gzip member.
    pub fn zipped(body: Vec<u8>) -> Self {
        let answer = Self { zipped: Some(body), ..Self::written(String::new()) };
        answer.with(header::CONTENT_ENCODING, "gzip")
    }

    /// With another status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The kind of problem the answer is, for the log.
    pub(crate) fn code(&self) -> Option<Code> {
        self.code
    }

    /// The answer's HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The answer's body.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The answer, to be stored: all of its headers are texts, since the bridge wrote them.
    pub fn stored(&self) -> StoredAnswer {
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        StoredAnswer {
            status: self.status.as_u16(),
            headers: self.headers.iter().filter_map(text).collect(),
            body: self.body.clone(),
        }
    }

    /// The answer that was stored, marked as one that was given before.
    ///
    /// # Errors
    /// When it is no answer: a fault of ours.
    pub(crate) fn replayed(stored: &StoredAnswer) -> Result<Self, Problem> {
        let headers = stored.headers.iter().map(|(name, value)| {
            Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?))
        });
        let headers = headers.collect::<Option<HeaderMap>>();
        let (Some(headers), Ok(status)) = (headers, StatusCode::from_u16(stored.status)) else {
            return Err(Problem::new(Code::Unavailable, "a stored answer cannot be read"));
        };
        let body = stored.body.clone();
        let answer = Self { status, headers, body, zipped: None, code: None };
        Ok(answer.with(REPLAYED, "true"))
    }

    /// With an `ETag` of exactly these bytes; 304 when the caller has them.
    #[must_use]
    pub fn tagged(self, call: &Call) -> Self {
        let tag = tag(&self.body);
        let answer = if call.has(&tag) { self.not_modified() } else { self };
        answer.with(header::ETAG, &tag)
    }

    /// 304 in its place: the caller has what it says.
    #[must_use]
    pub fn not_modified(mut self) -> Self {
        self.status = StatusCode::NOT_MODIFIED;
        self.headers.remove(header::CONTENT_TYPE);
        self.headers.remove(header::CONTENT_ENCODING);
        self.body.clear();
        self.zipped = None;
        self
    }

    /// With the address of the next page, relative to the API's host: the same
    /// question, with its cursor replaced.
    #[must_use]
    pub fn with_next(self, call: &Call, cursor: &str) -> Self {
        let asked = form_urlencoded::parse(call.query().as_bytes());
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(asked.filter(|(name, _)| name != "cursor"))
            .append_pair("cursor", cursor)
            .finish();
        let link = format!("<{}?{query}>; rel=\"next\"", call.path);
        self.with(header::LINK, &link)
    }

    /// With a header, whose value is encoded already.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        // All that comes here is encoded: no header refuses it.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn into_response(self, call: &Call) -> Response<Body> {
        let answer = self.with(REQUEST_ID, &call.request_id);
        let body = match answer.zipped {
            // The headers of GET, and no body (RFC 9110, 9.3.2).
            _ if call.is_head() => Body::Empty,
            Some(zipped) => Body::Binary(zipped),
            None if answer.body.is_empty() => Body::Empty,
            None => Body::Text(answer.body),
        };
        let mut response = Response::new(body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    }

    /// The problem, as the answer to `call`. A handler returns the problem
    /// itself, unless it has to keep its answer.
    pub fn problem(problem: &Problem, call: &Call) -> Self {
        let body = problem.body(Some(&call.path), Some(&call.request_id));
        let kind = HeaderValue::from_static("application/problem+json");
        let mut answer = Self {
            status: StatusCode::from_u16(problem.code.status())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers: HeaderMap::from_iter([
                (header::CONTENT_TYPE, kind),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ]),
            // Texts and numbers alone: writing them cannot fail.
            body: serde_json::to_string(&body).unwrap_or_default(),
            zipped: None,
            code: Some(problem.code),
        };
        if let Some(seconds) = problem.retry_after {
            answer = answer.with(header::RETRY_AFTER, &seconds.to_string());
        }
        if problem.code == Code::Unauthenticated {
            answer = answer.with(header::WWW_AUTHENTICATE, "Bearer");
        }
        if problem.code == Code::UnsupportedMediaType {
            let types = if call.method == Method::PATCH {
                MediaTypes::MergePatch
            } else {
                MediaTypes::Json
            };
            // What would be read (RFC 9110, 15.5.16).
            answer = answer.with(header::ACCEPT, types.accepted());
            answer = answer.with(header::ACCEPT_ENCODING, "identity");
        }
        answer
    }
}

impl Call {
    /// Whether the caller has what `tag` names (`If-None-Match`, which compares
    /// weakly: RFC 9110, 13.1.2).
    pub fn has(&self, tag: &str) -> bool {
        let known = self.headers.typed_get::<IfNoneMatch>();
        let tag = tag.parse::<ETag>();
        known.zip(tag.ok()).is_some_and(|(known, tag)| !known.precondition_passes(&tag))
    }

    /// What the caller has read of what it writes (`If-Match`).
    pub(crate) fn if_match(&self) -> Result<Option<IfMatch>, Problem> {
        let malformed = |_| Problem::new(Code::InvalidRequest, "`If-Match` is no list of tags");
        self.headers.typed_try_get().map_err(malformed)
    }
}

/// Strong: the same tag is the same bytes. 128 bits cannot be met by chance.
pub fn tag(body: &str) -> String {
    format!("\"{:.32}\"", Digest::of(&[body]))
}

/// Whether `If-Match` names the invoice as it is now: the tag that `GET` of it
/// gives without `includes`. It compares strongly (RFC 9110, 13.1.1).
pub(crate) fn is_tagged(invoice: &Invoice, known: &IfMatch) -> bool {
    let now = serde_json::to_string(invoice).ok().and_then(|body| tag(&body).parse().ok());
    now.is_some_and(|now: ETag| known.precondition_passes(&now))
}

#[cfg(test)]
mod tests;
