//! One call to a provider and its answer, free of the HTTP library.

use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a call is for. Calls are counted, and faults aimed, by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// Several invoices.
    List,
    /// One invoice.
    Get,
    /// Draft to active.
    Activate,
    /// To cancelled.
    Cancel,
    /// Gone.
    Delete,
    /// Fields changed.
    Update,
    /// A posted Fusebill invoice reversed, which is not a cancellation.
    Reverse,
    /// A posted Fusebill invoice written off, which is not a cancellation either.
    WriteOff,
    /// Anything else, unknown paths among it.
    Other,
}

impl Operation {
    /// Whether it changes something.
    pub fn is_write(self) -> bool {
        !matches!(self, Operation::List | Operation::Get | Operation::Other)
    }
}

/// A call as a provider sees it: the connection's name is already off the path.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The path's segments, decoded, without empty ones.
    pub(crate) segments: Vec<String>,
    pub(crate) trailing_slash: bool,
    /// The query's pairs, decoded, in order.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Call {
    pub(crate) fn new(
        method: Method,
        path: &str,
        query: &str,
        headers: HeaderMap,
        body: String,
    ) -> Self {
        Call {
            method,
            segments: path
                .split('/')
                .filter(|segment| !segment.is_empty())
                .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
                .collect(),
            trailing_slash: path.ends_with('/'),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers,
            body,
        }
    }

    /// The method and the segments, to match routes on.
    pub(crate) fn route(&self) -> (&str, Vec<&str>) {
        let segments = self.segments.iter().map(String::as_str).collect();
        (self.method.as_str(), segments)
    }

    /// A query parameter, by its exact name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameter_where(|key| key == name)
    }

    /// A query parameter, whatever the case of its name.
    pub(crate) fn parameter_any_case(&self, name: &str) -> Option<&str> {
        self.parameter_where(|key| key.eq_ignore_ascii_case(name))
    }

    fn parameter_where(&self, is_it: impl Fn(&str) -> bool) -> Option<&str> {
        self.query.iter().find(|(key, _)| is_it(key)).map(|(_, value)| value.as_str())
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// What is wrong with the content of an answer, on command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Distortion {
    /// Nothing.
    #[default]
    None,
    /// The first invoice has a status word nobody documented.
    UnknownStatus,
    /// The first invoice has null in a field that is required.
    NullRequired,
    /// Every page after the first is one row behind.
    Repeat,
    /// Pages hold fewer than is asked.
    Capped,
    /// The total is told too high.
    Announced,
    /// Every page is the first.
    Same,
}

/// The most rows on a page that is capped.
const CAP: usize = 30;
/// How many more rows than there are a total that is too high announces.
const TOO_MANY: usize = 1_000;

/// The word no provider documents.
pub(crate) const UNKNOWN_STATUS: &str = "Quarantined";

impl Distortion {
    /// The rows `skip .. skip + take` of `total`, and the total to report.
    ///
    /// Under `Repeat` every page after the first is one row behind and the total
    /// is one more: what happens when a row is inserted while someone pages. No
    /// row is lost to one who keeps paging.
    pub(crate) fn window(self, skip: usize, total: usize) -> (usize, usize) {
        match self {
            Distortion::Repeat if total > 0 => (skip.saturating_sub(1), total + 1),
            Distortion::Announced => (skip, total + TOO_MANY),
            Distortion::Same => (0, total),
            _ => (skip, total),
        }
    }

    /// How many rows a page has that is asked to have `size`.
    pub(crate) fn page_size(self, size: usize) -> usize {
        if self == Distortion::Capped { size.min(CAP) } else { size }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
}

impl Reply {
    /// JSON text as it stands.
    pub(crate) fn text(status: u16, body: String) -> Self {
        Reply { status, headers: Vec::new(), content_type: "application/json", body }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Reply::text(status, body.to_string())
    }

    /// 204, which has no body.
    pub(crate) fn empty() -> Self {
        Reply::text(204, String::new())
    }

    pub(crate) fn html(status: u16, body: &str) -> Self {
        Reply { content_type: "text/html", ..Reply::text(status, body.to_owned()) }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

/// JSON objects, already text, as an array.
pub(crate) fn array(objects: impl IntoIterator<Item = String>) -> String {
    let mut text = String::from("[");
    for (at, object) in objects.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&object);
    }
    text.push(']');
    text
}
