//! The document as the local stack serves it, and the page to read it at.

use super::document::read;
use crate::stack::Stack;

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
