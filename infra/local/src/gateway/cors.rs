//! CORS as API Gateway does it for scripts of pages elsewhere, where an API allows them
//! (CORS): it answers their preflights itself, before anybody's token is looked at, and
//! tells the browser of each answer of a function who may read it (aws R7).

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::template::Cors;

/// Whether a page of this origin may call.
pub(super) fn allows(cors: &Cors, origin: &str) -> bool {
    cors.origins.iter().any(|allowed| allowed == origin)
}

/// The answer to an `OPTIONS` for which there is no route: all that the API allows, and
/// nothing of it to a page that it does not.
pub(super) fn preflight(cors: &Cors, request: &Parts) -> Option<Response> {
    if request.method != Method::OPTIONS {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let is_preflight = request.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if let Some(origin) = allowed_origin(cors, &request.headers).filter(|_| is_preflight) {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        list(headers, header::ACCESS_CONTROL_ALLOW_METHODS, &cors.methods);
        list(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, &cors.headers);
        if let Some(seconds) = cors.max_age {
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, seconds.into());
        }
    }
    Some(response)
}

/// Says of a function's answer that the page which asked may read it, and which of its
/// headers, where it is a page that may.
pub(super) fn expose(cors: &Cors, request: &HeaderMap, answer: &mut HeaderMap) {
    let Some(origin) = allowed_origin(cors, request) else {
        return;
    };
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    list(answer, header::ACCESS_CONTROL_EXPOSE_HEADERS, &cors.exposed);
}

/// The origin of a request whose page may call.
fn allowed_origin(cors: &Cors, request: &HeaderMap) -> Option<HeaderValue> {
    let origin = request.get(header::ORIGIN)?;
    let is_allowed = origin.to_str().is_ok_and(|origin| allows(cors, origin));
    is_allowed.then(|| origin.clone())
}

fn list(headers: &mut HeaderMap, name: HeaderName, values: &[String]) {
    if let (false, Ok(value)) = (values.is_empty(), values.join(",").parse()) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTAL: &str = "https://portal.example";

    fn cors() -> Cors {
        let texts = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        Cors {
            origins: texts(&[PORTAL, "https://other.example:8443"]),
            methods: texts(&["GET", "POST"]),
            headers: texts(&["Authorization"]),
            exposed: texts(&["ETag", "Age"]),
            max_age: Some(60),
        }
    }

    fn request(method: Method, headers: &[(HeaderName, &str)]) -> Parts {
        let mut request = http::Request::builder().method(method).uri("/invoices");
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_preflight_of_an_allowed_page_is_told_what_is_allowed() {
        const ASKED: (HeaderName, &str) = (header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
        let asked = request(Method::OPTIONS, &[(header::ORIGIN, PORTAL), ASKED]);
        let answer = preflight(&cors(), &asked).unwrap();
        assert_eq!(answer.status(), 204);
        let told = |name: HeaderName| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(told(header::ACCESS_CONTROL_ALLOW_ORIGIN), PORTAL);
        assert_eq!(told(header::ACCESS_CONTROL_ALLOW_METHODS), "GET,POST");
        assert_eq!(told(header::ACCESS_CONTROL_ALLOW_HEADERS), "Authorization");
        assert_eq!(told(header::ACCESS_CONTROL_MAX_AGE), "60");
        for headers in [
            &[(header::ORIGIN, "https://portal.example.evil"), ASKED][..],
            &[(header::ORIGIN, "http://portal.example"), ASKED],
            &[(header::ORIGIN, "null"), ASKED],
            &[(header::ORIGIN, PORTAL)],
            &[ASKED],
        ] {
            let answer = preflight(&cors(), &request(Method::OPTIONS, headers)).unwrap();
            assert_eq!((answer.status().as_u16(), answer.headers().len()), (204, 0), "{headers:?}");
        }
        let other = request(Method::POST, &[(header::ORIGIN, PORTAL), ASKED]);
        assert!(preflight(&cors(), &other).is_none());
    }
}
