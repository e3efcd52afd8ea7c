//! The document as the local stack serves it, and the page to read it at.

use serde_json::json;

use super::document::{document, read};
use crate::stack::Stack;

#[test]
fn the_page_signs_in_where_the_document_says() {
    let stack = Stack::start(&["--invoices", "5", "--require-token"]);
    let flow =
        &document().json["components"]["securitySchemes"]["oauth"]["flows"]["clientCredentials"];
    let at = flow["tokenUrl"].as_str().unwrap();
    let ask = |form: &str, headers: &[(String, String)]| {
        crate::http::send(stack.address("api"), "POST", at, headers, form)
    };
    let list = |token: &str| stack.request("/invoices?limit=1").token(Some(token)).send().status;
    // As Swagger UI sends it: the client by `Authorization: Basic`.
    let page = [("Authorization".to_owned(), "Basic cGFnZTo=".to_owned())];
    let scopes: Vec<&str> =
        flow["scopes"].as_object().unwrap().keys().map(String::as_str).collect();
    let form = format!("grant_type=client_credentials&scope={}", scopes.join("+"));
    let answer = ask(&form, &page).json();
    assert_eq!(
        (&answer["token_type"], &answer["scope"]),
        (&json!("Bearer"), &json!(scopes.join(" ")))
    );
    assert_eq!(list(answer["access_token"].as_str().unwrap()), 200);
    let narrow = ask("grant_type=client_credentials&client_id=page&scope=openid", &[]).json();
    assert_eq!(list(narrow["access_token"].as_str().unwrap()), 403);
    let usual = ask("grant_type=client_credentials&client_id=page", &[]).json();
    assert_eq!(list(usual["access_token"].as_str().unwrap()), 200);
    for (form, error) in [
        ("grant_type=password&client_id=page", "unsupported_grant_type"),
        ("client_id=page", "invalid_request"),
        ("grant_type=client_credentials", "invalid_client"),
    ] {
        let refused = ask(form, &[]);
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!(error)), "{form}");
    }
}

#[test]
fn the_stack_serves_the_document_and_a_page_that_needs_nothing_else() {
    let stack = Stack::shared();
    let fetched = |target: &str| {
        let answer = crate::http::send(stack.address("api"), "GET", target, &[], "");
        assert_eq!(answer.status, 200, "{target}");
        answer
    };
    assert_eq!(fetched("/openapi.yaml").text, read("infra/openapi.yaml"));
    let whole: serde_json::Value = yaml_serde::from_str(&read("infra/openapi.yaml")).unwrap();
    assert_eq!(fetched("/openapi.json").json(), whole);
    let docs = stack.ready["docs"].as_str().unwrap();
    let page = fetched(docs.strip_prefix(stack.ready["api"].as_str().unwrap()).unwrap());
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    let asset = |piece: &str| piece.split_once('"').map(|(path, _)| path.to_owned());
    let assets = ["href=\"", "src=\"", "url: \""]
        .into_iter()
        .flat_map(|before| page.text.split(before).skip(1).filter_map(asset))
        .filter(|path| path != "data:,");
    let assets: Vec<String> = assets.collect();
    assert_eq!(assets.iter().filter(|path| path.contains("swagger-ui")).count(), 2, "{assets:?}");
    for path in &assets {
        assert!(path.starts_with('/') && !fetched(path).text.is_empty(), "{path}");
    }
}
