//! What a script of a page elsewhere may do (CORS), as its browser finds out.

use serde_json::Value;

use crate::http::{self, Answer};
use crate::stack::Stack;

const PORTAL: &str = "https://portal.example";

/// Sent without being held to the document, which has no preflights.
fn send(stack: &Stack, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    http::send(stack.address("api"), method, target, &headers.collect::<Vec<_>>(), "")
}

fn preflight(stack: &Stack, origin: &str) -> Answer {
    let headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization,content-type,idempotency-key"),
    ];
    send(stack, "OPTIONS", "/invoices/activate", &headers)
}

/// The items of a header that lists some, in lower case.
fn items(answer: &Answer, name: &str) -> Vec<String> {
    let value = answer.header(name).unwrap_or_else(|| panic!("no {name}: {}", answer.raw));
    value.split(',').map(|item| item.trim().to_ascii_lowercase()).collect()
}

fn says_nothing_of_pages(answer: &Answer) -> bool {
    !answer.headers.keys().any(|name| name.starts_with("access-control-"))
}

#[test]
fn an_allowed_page_may_call_and_read_what_it_needs() {
    let allowed = format!("AllowedOrigins={PORTAL},https://other.example");
    let stack = Stack::start(&["--invoices", "5", "--require-token", "--parameter", &allowed]);
    // Nobody's token is asked for: a browser sends none with a preflight.
    let asked = preflight(&stack, PORTAL);
    assert_eq!((asked.status, asked.text.as_str()), (204, ""));
    assert_eq!(asked.header("access-control-allow-origin"), Some(PORTAL));
    let methods = items(&asked, "access-control-allow-methods");
    assert!(
        ["get", "post", "patch", "delete", "head"]
            .iter()
            .all(|one| methods.iter().any(|m| m == one))
    );
    let headers = items(&asked, "access-control-allow-headers");
    for needed in [
        "authorization",
        "content-type",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "cache-control",
    ] {
        assert!(headers.iter().any(|one| one == needed), "{needed}: {headers:?}");
    }
    assert!(asked.header("access-control-max-age").is_some());
    let token = format!("Bearer {}", crate::tokens::token(&[]));
    let listed = [("Origin", PORTAL), ("Authorization", token.as_str())];
    let answer = send(&stack, "GET", "/invoices?limit=1", &listed);
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("access-control-allow-origin"), Some(PORTAL));
    let exposed = items(&answer, "access-control-expose-headers");
    for needed in [
        "etag",
        "link",
        "age",
        "cache-status",
        "x-request-id",
        "idempotency-replayed",
        "retry-after",
    ] {
        assert!(exposed.iter().any(|one| one == needed), "{needed}: {exposed:?}");
    }
    for other in ["https://portal.example.evil", "http://portal.example", "null"] {
        let refused = send(
            &stack,
            "GET",
            "/invoices?limit=1",
            &[("Origin", other), ("Authorization", &token)],
        );
        assert!(says_nothing_of_pages(&refused), "{other}: {}", refused.raw);
        assert!(says_nothing_of_pages(&preflight(&stack, other)), "{other}");
    }
    let of_no_page = send(&stack, "GET", "/invoices?limit=1", &[("Authorization", &token)]);
    assert!(says_nothing_of_pages(&of_no_page));
}

#[test]
fn no_page_may_call_unless_it_is_allowed() {
    let stack = Stack::shared();
    let asked = preflight(&stack, "http://localhost:3000");
    assert_eq!(asked.status, 404, "{}", asked.raw);
    assert!(says_nothing_of_pages(&asked));
    let answer = send(&stack, "GET", "/connections", &[("Origin", "http://localhost:3000")]);
    assert_eq!(answer.status, 200);
    assert!(says_nothing_of_pages(&answer));
    let elsewhere = send(&stack, "GET", "/connections", &[("Origin", PORTAL)]);
    let body: Value = elsewhere.json();
    assert_eq!((elsewhere.status, &body["message"]), (403, &"Forbidden".into()));
}
