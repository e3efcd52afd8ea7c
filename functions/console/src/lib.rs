//! `GET /console`: the page for people, and its files. The function is open to everybody,
//! holds nothing that is anybody's, and asks nobody for anything: the page signs in and
//! calls the API itself.

mod configuration;
mod files;

use lambda_http::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use lambda_http::http::{HeaderName, Method, StatusCode, response};
use lambda_http::{Body, Error, Request, Response, service_fn};

pub use configuration::Configuration;
use files::File;

/// Where the page is; the files are below.
pub const PATH: &str = "/console";
/// What the page asks before it signs in.
const SETTINGS: &str = "config.json";

/// Reads the environment and answers requests until the process ends.
///
/// # Errors
/// When the environment cannot be used, or the Lambda runtime fails.
pub async fn run() -> Result<(), Error> {
    let configuration = Configuration::read(|name| std::env::var(name).ok())?;
    let configuration = &configuration;
    lambda_http::run(service_fn(
        move |request: Request| async move { answer(configuration, &request) },
    ))
    .await
}

/// The answer to one request.
///
/// # Errors
/// When a header cannot be written, which is a fault of the configuration.
pub fn answer(configuration: &Configuration, request: &Request) -> Result<Response<Body>, Error> {
    let path = request.uri().path();
    let name = path.strip_prefix(PATH).unwrap_or(path).trim_start_matches('/');
    let answer = if name == SETTINGS {
        let answer = begin(configuration, StatusCode::OK);
        answer.header(CONTENT_TYPE, "application/json").body(configuration.settings().into())?
    } else if let Some(file) = files::find(if name.is_empty() { "index.html" } else { name }) {
        of_file(configuration, request, file)?
    } else {
        let answer = begin(configuration, StatusCode::NOT_FOUND);
        answer.header(CONTENT_TYPE, "text/plain; charset=utf-8").body("Not Found\n".into())?
    };
    Ok(if request.method() == Method::HEAD { answer.map(|_| Body::Empty) } else { answer })
}

/// The names of the files stay as they are, so that a browser asks each time whether what
/// it has is still the file: by the tag, for a few bytes.
fn of_file(
    configuration: &Configuration,
    request: &Request,
    file: &'static File,
) -> Result<Response<Body>, Error> {
    let has = |name: HeaderName, fits: &dyn Fn(&str) -> bool| {
        let values = request.headers().get_all(name).into_iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        texts.flat_map(|text| text.split(',')).any(|item| fits(item.trim()))
    };
    let known =
        |tag: &str| tag == "*" || tag.trim_start_matches("W/") == file.tag.trim_start_matches("W/");
    if has(IF_NONE_MATCH, &known) {
        let answer = begin(configuration, StatusCode::NOT_MODIFIED).header(ETAG, file.tag);
        return Ok(answer.body(Body::Empty)?);
    }
    let answer = begin(configuration, StatusCode::OK)
        .header(CONTENT_TYPE, file.media)
        .header(ETAG, file.tag)
        .header(VARY, "accept-encoding");
    Ok(if has(ACCEPT_ENCODING, &takes_gzip) {
        answer.header(CONTENT_ENCODING, "gzip").body(file.packed.into())?
    } else {
        answer.body(file.plain.into())?
    })
}

fn takes_gzip(item: &str) -> bool {
    let mut parts = item.split(';').map(str::trim);
    let is_gzip = parts.next().is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"));
    is_gzip && !parts.any(|weight| weight.trim_end_matches(['0', '.']) == "q=")
}

fn begin(configuration: &Configuration, status: StatusCode) -> response::Builder {
    Response::builder()
        .status(status)
        .header(CACHE_CONTROL, "no-cache")
        .header(CONTENT_SECURITY_POLICY, configuration.policy())
        .header(REFERRER_POLICY, "no-referrer")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header("cross-origin-opener-policy", "same-origin")
}

#[cfg(test)]
mod tests;
