//! The sample events under `infra/events`, put as the requests they stand for.

use std::path::Path;

use serde_json::Value;

use crate::stack::Stack;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../events");

#[test]
fn every_sample_event_is_answered() {
    let stack = Stack::start(&["--invoices", "50"]);
    let mut asked = 0;
    for file in std::fs::read_dir(Path::new(FOLDER)).unwrap() {
        let path = file.unwrap().path();
        let event: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let method = match event.pointer("/requestContext/http/method").and_then(Value::as_str) {
            Some("GET") => "GET",
            Some("POST") => "POST",
            Some("PATCH") => "PATCH",
            // The queue's: events are put on the bus elsewhere.
            None => continue,
            Some(other) => panic!("{other}"),
        };
        let (path_of, query) = (event["rawPath"].as_str(), event["rawQueryString"].as_str());
        let target = format!("{}?{}", path_of.unwrap(), query.unwrap());
        asked += 1;
        if target.starts_with("/console") {
            // A page, which the document of the API does not speak of.
            let page = crate::http::send(stack.address("api"), method, &target, &[], "");
            assert_eq!(page.status, 200, "{}", path.display());
            continue;
        }
        let body =
            event["body"].as_str().map_or(Value::Null, |body| serde_json::from_str(body).unwrap());
        let answer = stack.request(&target).method(method).body(&body).send();
        // No connection of this stack is synced: there is nobody to tell what changed.
        let expected = if target.starts_with("/invoices/changes") { 422 } else { 200 };
        assert_eq!(answer.status, expected, "{}: {}", path.display(), answer.text);
    }
    assert_eq!(asked, 10);
}
