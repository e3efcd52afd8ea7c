//! The sample events and secrets under `infra/`.

use std::collections::BTreeSet;

use api::{BulkAction, BulkWrite};
use aws_lambda_events::sqs::SqsEvent;
use lambda_http::request::LambdaRequest;
use lambda_http::{Request, RequestExt};
use provider_client::{ConnectionSecret, PROVIDERS, Transport};
use serde_json::Value;

use super::console::with_console;
use super::{ByName, repository, stack};

/// The files of a folder, by their names without `.json`.
fn samples(folder: &str) -> ByName<String> {
    let files = std::fs::read_dir(repository(folder)).unwrap();
    files
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// A template's path with what an event fills in.
fn filled(path: &str, parameters: &Value) -> String {
    parameters.as_object().into_iter().flatten().fold(path.to_owned(), |path, (name, value)| {
        path.replace(&format!("{{{name}}}"), value.as_str().unwrap())
    })
}

#[test]
fn every_function_has_an_event_of_one_of_its_routes() {
    let events = samples("infra/events");
    let stack = with_console();
    for function in &stack.functions {
        assert!(events.contains_key(&function.binary), "infra/events/{}.json", function.binary);
    }
    for (name, text) in events {
        let event: Value = serde_json::from_str(&text).unwrap();
        if event.get("Records").is_some() {
            continue;
        }
        let key = event["routeKey"].as_str().unwrap();
        let route = stack.routes.iter().find(|route| route.key() == key);
        let route = route.unwrap_or_else(|| panic!("{name}: {key}"));
        let function = stack.functions.iter().find(|one| one.name == route.function).unwrap();
        assert!(name.starts_with(&function.binary), "{name} is {}'s", function.binary);
        assert_eq!(event["rawPath"], filled(&route.path, &event["pathParameters"]), "{name}");
        assert_eq!(event["requestContext"]["routeKey"], key, "{name}");
        let request: LambdaRequest = serde_json::from_str(&text).unwrap();
        assert!(matches!(request, LambdaRequest::ApiGatewayV2(_)), "{name}");
        let request = Request::from(request);
        assert_eq!(request.method().as_str(), route.method.as_deref().unwrap(), "{name}");
        assert!(request.request_context_ref().is_some(), "{name}");
    }
}

#[test]
fn the_queues_event_is_one_that_the_rule_lets_through() {
    let event: SqsEvent =
        serde_json::from_str(&samples("infra/events")["activate-on-event"]).unwrap();
    let rules = stack(&[]).messaging.rules;
    let requested = rules.iter().find(|rule| rule.name == "InvoiceActivationRequested").unwrap();
    assert!(!event.records.is_empty());
    for message in event.records {
        let event: Value = serde_json::from_str(&message.body.unwrap()).unwrap();
        for (field, values) in requested.pattern.as_object().unwrap() {
            assert!(values.as_array().unwrap().contains(&event[field]), "{field}");
        }
        let body = event["detail"].to_string();
        BulkWrite::parse(body.as_bytes(), BulkAction::Activate).unwrap();
    }
}

#[test]
fn every_provider_has_a_secret_that_opens_its_account() {
    let secrets = samples("infra/secrets");
    let named: BTreeSet<&str> = secrets.keys().map(String::as_str).collect();
    let known: BTreeSet<&str> = PROVIDERS.iter().map(|kind| kind.capabilities.provider).collect();
    assert_eq!(named, known);
    let transport = Transport::new().unwrap();
    for (name, text) in &secrets {
        let secret = ConnectionSecret::parse(&name.parse().unwrap(), text).unwrap();
        provider_client::connect(&secret, &transport).map(drop).unwrap();
        assert!(text.contains("YOUR-"), "{name} is no sample");
    }
}
