use lambda_http::http::Request as HttpRequest;
use serde_json::{Value, json};

use super::*;

fn configuration() -> Configuration {
    Configuration::read(|name| {
        let value = match name {
            "CONSOLE_ISSUER" => "https://login.example/pool-1",
            "CONSOLE_CLIENT_ID" => "the-console",
            "CONSOLE_SCOPES" => "openid invoices/read",
            "WRITE_SCOPE" => "invoices/write",
            "CONSOLE_AUDIENCE" => "invoices,others",
            "CONSOLE_CONNECT_ORIGINS" => "https://token.example,https://keys.example:8443",
            _ => return None,
        };
        Some(value.to_owned())
    })
    .unwrap()
}

fn ask(method: &str, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request = HttpRequest::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(&configuration(), &request.body(Body::Empty).unwrap()).unwrap()
}

fn header<'a>(answer: &'a Response<Body>, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[test]
fn every_answer_holds_the_browser_to_the_policy() {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                  connect-src 'self' https://login.example https://token.example \
                  https://keys.example:8443; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'";
    for path in ["/console", "/console/app.js", "/console/config.json", "/console/nothing"] {
        let answer = ask("GET", path, &[]);
        assert_eq!(header(&answer, "content-security-policy"), policy, "{path}");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&answer, "cache-control"), "no-cache", "{path}");
    }
}

#[test]
fn the_page_and_all_that_it_names_are_there() {
    let page = ask("GET", "/console", &[]);
    assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
    let Body::Binary(page) = page.into_body() else { panic!("no bytes") };
    let page = String::from_utf8(page).unwrap();
    let named = ["href=\"", "src=\""].into_iter().flat_map(|before| page.split(before).skip(1));
    let named: Vec<&str> = named.filter_map(|rest| rest.split('"').next()).collect();
    assert!(named.len() >= 3, "{named:?}");
    for path in named {
        assert!(path.starts_with("/console/"), "{path}");
        assert_eq!(ask("GET", path, &[]).status(), 200, "{path}");
    }
    // Neither would the policy let run.
    assert!(!page.contains("<style") && !page.contains("<script>"), "{page}");
}

#[test]
fn a_file_is_sent_compressed_or_not_at_all_where_it_can() {
    let plain = ask("GET", "/console/app.js", &[]);
    let packed = ask("GET", "/console/app.js", &[("accept-encoding", "br, gzip;q=0.8")]);
    assert_eq!(header(&packed, "content-encoding"), "gzip");
    assert_eq!(header(&plain, "content-encoding"), "");
    let tag = header(&plain, "etag").to_owned();
    assert_eq!(header(&packed, "etag"), tag);
    let known = ask("GET", "/console/app.js", &[("if-none-match", tag.as_str())]);
    assert_eq!((known.status().as_u16(), header(&known, "etag")), (304, tag.as_str()));
    let refused = ask("GET", "/console/app.js", &[("accept-encoding", "gzip;q=0")]);
    assert_eq!(header(&refused, "content-encoding"), "");
    let head = ask("HEAD", "/console/app.js", &[]);
    assert!(matches!(head.body(), Body::Empty) && header(&head, "etag") == tag);
}

#[test]
fn the_page_is_told_who_signs_people_in() {
    let Body::Text(settings) = ask("GET", "/console/config.json", &[]).into_body() else {
        panic!("no text")
    };
    let settings: Value = serde_json::from_str(&settings).unwrap();
    let expected = json!({
        "issuer": "https://login.example/pool-1", "clientId": "the-console",
        "scope": "openid invoices/read", "writeScope": "invoices/write",
        "audience": "invoices",
    });
    assert_eq!(settings, expected);
}

#[test]
fn what_is_not_there_is_not_found() {
    for path in ["/console/nothing", "/console/../Cargo.toml", "/console/assets/app.js"] {
        assert_eq!(ask("GET", path, &[]).status(), 404, "{path}");
    }
}

#[test]
fn a_console_without_an_issuer_does_not_start() {
    let fault = Configuration::read(|_| None).unwrap_err();
    assert_eq!(fault.to_string(), "CONSOLE_ISSUER is missing");
    let fault = Configuration::read(|_| Some("javascript:x".to_owned())).unwrap_err();
    assert_eq!(fault.to_string(), "CONSOLE_ISSUER: `javascript:x` is no https address");
}
