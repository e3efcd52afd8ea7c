//! In what form a request's body is read: JSON in UTF-8, as it is. Anything else is
//! refused by its name (415) rather than read as if it were that.

use headers::{ContentType, HeaderMapExt};
use invoice::{Code, Problem};
use lambda_http::http::header;
use mime::Mime;

use crate::call::Call;

/// A byte order mark says nothing in UTF-8; a reader of JSON may pass over it (RFC 8259,
/// section 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The media types in which a body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaTypes {
    /// JSON alone.
    Json,
    /// JSON that patches another (RFC 7396), under its own name or as plain JSON.
    MergePatch,
}

impl MediaTypes {
    /// Their names, as `Accept` lists them.
    pub(crate) const fn accepted(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::MergePatch => "application/merge-patch+json, application/json",
        }
    }

    /// A charset beside the type has no meaning for JSON, which is in UTF-8; one that
    /// says otherwise says that the body cannot be read.
    fn hold(self, sent: &Mime) -> bool {
        let is_one = self.accepted().split(", ").any(|known| sent.essence_str() == known);
        let charset = sent.get_param(mime::CHARSET);
        is_one && charset.is_none_or(|name| ["utf-8", "us-ascii"].iter().any(|own| name == *own))
    }
}

impl Call {
    /// The body, where it is in a form that is read; empty where there is none. A body
    /// without a `Content-Type` is taken for JSON, which is all that it can be here.
    ///
    /// # Errors
    /// `unsupported_media_type`, saying what is read.
    pub fn json_body(&self, types: MediaTypes) -> Result<&[u8], Problem> {
        let body = self.body();
        if body.is_empty() {
            return Ok(body);
        }
        let coding = self.headers.get(header::CONTENT_ENCODING);
        if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            let detail = "`Content-Encoding`: a body in a content coding is not read; send it as it is, without this header or with `identity`";
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
        let sent = self.headers.typed_try_get::<ContentType>();
        let is_read = sent.is_ok_and(|sent| sent.is_none_or(|sent| types.hold(&sent.into())));
        if !is_read {
            let accepted = types.accepted().replace(", ", " or ");
            let detail = format!(
                "`Content-Type`: a body of this type is not read; send {accepted} in UTF-8"
            );
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
        Ok(body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Event;

    fn read(types: MediaTypes, headers: &[(&str, &str)], body: &str) -> Result<String, Problem> {
        let event =
            headers.iter().fold(Event::post("/invoices/activate", body), |event, header| {
                event.header(header.0, header.1)
            });
        let call = Call::new(event.request());
        call.json_body(types).map(|body| String::from_utf8(body.to_vec()).unwrap())
    }

    #[test]
    fn json_is_read_under_each_of_its_names() {
        const PLAIN: [Option<&str>; 6] = [
            None,
            Some("application/json"),
            Some("Application/JSON"),
            Some("application/json; charset=utf-8"),
            Some("application/json;charset=\"UTF-8\""),
            Some("application/json; charset=us-ascii; x=1"),
        ];
        for types in [MediaTypes::Json, MediaTypes::MergePatch] {
            for sent in PLAIN {
                let headers: Vec<_> = sent.map(|sent| ("content-type", sent)).into_iter().collect();
                assert_eq!(read(types, &headers, "{}").unwrap(), "{}", "{types:?} {sent:?}");
            }
        }
        let patch = [("content-type", "application/merge-patch+json")];
        assert_eq!(read(MediaTypes::MergePatch, &patch, "{}").unwrap(), "{}");
        let identity = [("content-encoding", "Identity")];
        assert_eq!(read(MediaTypes::Json, &identity, "{}").unwrap(), "{}");
    }

    #[test]
    fn another_type_is_refused_with_what_is_read() {
        for sent in [
            "application/x-www-form-urlencoded",
            "text/plain",
            "text/json",
            "application/merge-patch+json",
            "application/json-patch+json",
            "application/json; charset=utf-16",
            "application/json; charset=iso-8859-1",
            "application/json,text/plain",
            "application/jsonx",
            "json",
            "*/*",
            "",
        ] {
            let problem = read(MediaTypes::Json, &[("content-type", sent)], "{}").unwrap_err();
            assert_eq!(problem.code, Code::UnsupportedMediaType, "{sent}");
            assert!(problem.detail.ends_with("send application/json in UTF-8"), "{sent}");
        }
        let sent = [("content-type", "application/json-patch+json")];
        let problem = read(MediaTypes::MergePatch, &sent, "{}").unwrap_err();
        let both = "application/merge-patch+json or application/json in UTF-8";
        assert!(problem.detail.ends_with(both), "{}", problem.detail);
    }

    #[test]
    fn a_content_coding_is_refused() {
        for coding in ["gzip", "br", "identity, gzip", "gzip,identity", "x", ""] {
            let headers = [("content-type", "application/json"), ("content-encoding", coding)];
            let problem = read(MediaTypes::Json, &headers, "{}").unwrap_err();
            assert_eq!(problem.code, Code::UnsupportedMediaType, "{coding}");
            assert!(problem.detail.starts_with("`Content-Encoding`"), "{}", problem.detail);
        }
    }

    #[test]
    fn of_what_has_no_body_nothing_is_asked() {
        let headers = [("content-type", "text/plain"), ("content-encoding", "gzip")];
        assert_eq!(read(MediaTypes::Json, &headers, "").unwrap(), "");
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        assert_eq!(read(MediaTypes::Json, &[], "\u{feff}{}").unwrap(), "{}");
    }
}
