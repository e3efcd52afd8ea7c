//! What HTTP itself promises: links, tags, ids, kinds of content.

use crate::stack::{Stack, texts};

#[test]
fn the_link_repeats_the_question_and_ends_with_the_listing() {
    let stack = Stack::shared();
    let asked = "/invoices?connection=nue,fusebill&status=active,draft&includes=lines&limit=150";
    let first = stack.get(asked);
    let link = first.header("link").unwrap();
    let next =
        link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).unwrap();
    assert!(next.starts_with("/invoices?") && next.contains("limit=150"), "{next}");
    let by_cursor = format!("{asked}&cursor={}", first.ok()["nextCursor"].as_str().unwrap());
    let (linked, by_cursor) = (stack.get(next).ok(), stack.get(&by_cursor).ok());
    assert_eq!(texts(&linked["data"], "/id"), texts(&by_cursor["data"], "/id"));
    assert!(linked["data"].as_array().unwrap().iter().all(|one| one.get("lines").is_some()));
    let whole = stack.get("/invoices?connection=nue&limit=200");
    assert_eq!((whole.ok()["hasMore"].as_bool(), whole.header("link")), (Some(false), None));
}

#[test]
fn an_invoice_that_stands_still_is_not_sent_twice() {
    let stack = Stack::shared();
    let target = "/invoices/fusebill:123456";
    let first = stack.get(target);
    let tag = first.header("etag").unwrap().to_owned();
    assert!(tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = stack.request(target).header("If-None-Match", &known).send();
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{known}");
        assert_eq!(again.header("etag"), Some(tag.as_str()));
    }
    let other = stack.request(target).header("If-None-Match", "\"other\"").send();
    assert_eq!(other.text, first.text);
    let with_lines = stack.get("/invoices/fusebill:123456?includes=lines");
    assert_ne!(with_lines.header("etag"), Some(tag.as_str()), "another view, another tag");
    assert!(first.header("cache-control").unwrap().starts_with("private"));
}

/// All but a request's own id and moment, which differ from one to the next.
fn lasting(answer: &crate::http::Answer) -> Vec<(&str, &str)> {
    const PASSING: [&str; 6] =
        ["x-request-id", "apigw-requestid", "date", "age", "cache-status", "content-length"];
    let headers = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    headers.filter(|(name, _)| !PASSING.contains(name)).collect()
}

#[test]
fn a_head_is_answered_as_the_get_without_its_body() {
    let stack = Stack::shared();
    for target in [
        "/invoices?connection=nue&limit=2",
        "/invoices/fusebill:123456",
        "/connections",
        "/invoices?limit=0",
        "/invoices/nue:none",
    ] {
        let got = stack.get(target);
        let headed = stack.request(target).method("HEAD").send();
        assert_eq!((headed.status, headed.text.as_str()), (got.status, ""), "{target}");
        assert_eq!(lasting(&headed), lasting(&got), "{target}");
        assert_ne!(headed.header("content-length"), Some("0"), "{target}: that is not GET's");
        if let Some(tag) = got.header("etag") {
            let known = stack.request(target).method("HEAD").header("If-None-Match", tag);
            assert_eq!(known.send().status, 304, "{target}");
        }
    }
    for target in ["/invoices/nue:a/activate", "/invoices/nue:a/cancel", "/nothing"] {
        assert_eq!(stack.request(target).method("HEAD").send().status, 404, "{target}");
    }
}

#[test]
fn every_request_has_an_id_of_its_own() {
    let stack = Stack::shared();
    let targets = ["/invoices?limit=1", "/connections", "/invoices/nue:none", "/invoices?limit=0"];
    let mut ids = Vec::new();
    for target in targets {
        let answer = stack.get(target);
        let id = answer.header("x-request-id").unwrap_or_else(|| panic!("{target}: no id"));
        assert_eq!(answer.header("apigw-requestid"), Some(id), "the gateway's own id for it");
        ids.push(id.to_owned());
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), targets.len());
}

#[test]
fn a_problem_is_one_by_rfc_9457() {
    let stack = Stack::shared();
    let body = stack.get("/invoices/nue:none").problem(404, "invoice_not_found");
    assert_eq!(body["type"], "urn:invoice-bridge:problem:invoice_not_found");
    assert_eq!(body["instance"], "/invoices/nue:none");
    assert_eq!(body["retryable"], false);
    for member in ["title", "detail"] {
        assert!(!body[member].as_str().unwrap().is_empty(), "{body}");
    }
    let answer = stack.get("/invoices/nue:none");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[test]
fn nothing_else_is_served() {
    let stack = Stack::shared();
    for (method, target) in [
        ("GET", "/invoice"),
        ("GET", "/invoices/"),
        ("GET", "/connections/nue"),
        ("PUT", "/invoices"),
        ("POST", "/connections"),
    ] {
        let answer = stack.request(target).method(method).send();
        assert_eq!(answer.status, 404, "{method} {target}");
        assert_eq!(answer.text, r#"{"message":"Not Found"}"#);
    }
}

#[test]
fn the_connections_tell_what_they_can_do() {
    let stack = Stack::shared();
    let body = stack.get("/connections").ok();
    assert_eq!(texts(&body["data"], "/name"), crate::stack::CONNECTIONS);
    assert_eq!(texts(&body["data"], "/provider"), crate::stack::CONNECTIONS);
    for connection in body["data"].as_array().unwrap() {
        assert_eq!(connection["status"], "ok", "{connection}");
        let operations = connection["capabilities"]["operations"].as_array().unwrap();
        assert!(["list", "get"].iter().all(|one| operations.contains(&(*one).into())));
    }
    assert_eq!(body["data"][0]["direction"], "payable");
}
