//! PutEvents over HTTP, as the SDKs and the AWS CLI call it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::EventBridge;
use super::entry::Entry;

/// How many events one call takes (aws R20).
const MAX_ENTRIES: usize = 10;

/// A refusal of the whole call: the exception's name and its text.
type Refusal = (&'static str, String);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents {
    entries: Vec<Entry>,
}

impl EventBridge {
    /// The service, and at `/_events` what it was given last.
    pub fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route("/", post(answer))
            .route("/_events", get(async |State(bus): State<Arc<Self>>| Json(bus.seen())))
            .with_state(self)
    }

    fn call(&self, operation: &str, body: &[u8]) -> Result<Value, Refusal> {
        if operation != "PutEvents" {
            let text = "The local stack does not have this call.".to_owned();
            return Err(("UnknownOperationException", text));
        }
        let call: PutEvents = serde_json::from_slice(body).map_err(|error| {
            ("SerializationException", format!("The body is not what PutEvents takes: {error}"))
        })?;
        let count = call.entries.len();
        if !(1..=MAX_ENTRIES).contains(&count) {
            let bound =
                if count == 0 { "greater than or equal to 1" } else { "less than or equal to 10" };
            let text = format!(
                "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length {bound}"
            );
            return Err(("ValidationException", text));
        }
        let outcomes = self.put(call.entries, Timestamp::now());
        let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        let entries: Vec<Value> = outcomes
            .into_iter()
            .map(|outcome| match outcome {
                Ok(id) => json!({ "EventId": id }),
                Err((code, text)) => json!({ "ErrorCode": code, "ErrorMessage": text }),
            })
            .collect();
        Ok(json!({ "FailedEntryCount": failed, "Entries": entries }))
    }
}

async fn answer(State(bus): State<Arc<EventBridge>>, headers: HeaderMap, body: Bytes) -> Response {
    let target =
        headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.strip_prefix("AWSEvents.").unwrap_or_default();
    let (status, body) = match bus.call(operation, &body) {
        Ok(body) => (StatusCode::OK, body),
        Err((kind, text)) => (StatusCode::BAD_REQUEST, json!({"__type": kind, "message": text})),
    };
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], body.to_string())
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::Pace;
    use crate::queues::Queues;
    use crate::template::{Messaging, Queue, Rule};
    use std::time::Duration;

    fn queue(name: &str) -> Queue {
        Queue {
            name: name.to_owned(),
            arn: format!("arn:{name}"),
            visibility_timeout: Duration::from_secs(30),
            retention: Duration::from_secs(60),
            delay: Duration::ZERO,
            redrive: None,
        }
    }

    fn rule(bus: &str, pattern: Value, target: &str) -> Rule {
        Rule {
            name: "R".to_owned(),
            bus: bus.to_owned(),
            pattern,
            targets: vec![format!("arn:{target}")],
        }
    }

    fn bridge(rules: Vec<Rule>) -> Result<(EventBridge, Queues), String> {
        let messaging = Messaging {
            buses: vec!["ours".to_owned()],
            rules,
            queues: vec![queue("a"), queue("b")],
            ..Messaging::default()
        };
        let queues = Queues::new(&messaging.queues, Pace::new(1)).unwrap();
        Ok((EventBridge::new(&messaging, &queues)?, queues))
    }

    fn waiting(queues: &Queues, name: &str) -> usize {
        queues.by_arn(&format!("arn:{name}")).unwrap().counts(Timestamp::now()).visible
    }

    fn put(bridge: &EventBridge, entries: Value) -> Result<Value, &'static str> {
        let body = json!({ "Entries": entries }).to_string();
        bridge.call("PutEvents", body.as_bytes()).map_err(|(kind, _)| kind)
    }

    #[test]
    fn events_go_by_the_rules_of_their_bus() {
        let (bridge, queues) = bridge(vec![
            rule("ours", json!({"detail-type": ["Asked"]}), "a"),
            rule("ours", json!({"source": [{"prefix": "shop"}]}), "b"),
            rule("other", json!({"detail-type": ["Asked"]}), "b"),
        ])
        .unwrap();
        let event = |bus: &str, kind: &str, source: &str| json!({"EventBusName": bus, "DetailType": kind, "Source": source, "Detail": "{}"});
        let entries = json!([
            event("ours", "Asked", "me"),
            event("arn:aws:events:us-east-1:000000000000:event-bus/ours", "Asked", "shop.x"),
            event("ours", "Done", "me"),
            event("default", "Asked", "me"),
        ]);
        let answer = put(&bridge, entries).unwrap();
        assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
        assert_eq!((waiting(&queues, "a"), waiting(&queues, "b")), (2, 1));
        let seen = bridge.seen();
        assert_eq!((seen.len(), &seen[2]["event"]["detail-type"]), (4, &json!("Done")));
        assert_eq!(answer["Entries"][0]["EventId"], seen[0]["event"]["id"]);
    }

    #[test]
    fn malformed_entries_fail_alone() {
        let (bridge, queues) =
            bridge(vec![rule("default", json!({"detail-type": ["Asked"]}), "a")]).unwrap();
        let answer = put(
            &bridge,
            json!([
                {"DetailType": "Asked", "Source": "me", "Detail": "{"},
                {"DetailType": "Asked", "Source": "me", "Detail": "{}"},
                {"DetailType": "Asked", "Detail": "{}"},
            ]),
        )
        .unwrap();
        assert_eq!(answer["FailedEntryCount"], 2);
        let codes = [0, 1, 2].map(|index| answer["Entries"][index]["ErrorCode"].as_str());
        assert_eq!(codes, [Some("MalformedDetail"), None, Some("InvalidArgument")]);
        assert_eq!(waiting(&queues, "a"), 1);
    }

    #[test]
    fn a_call_that_is_none_is_refused_whole() {
        let (bridge, _) = bridge(Vec::new()).unwrap();
        assert_eq!(put(&bridge, json!([])), Err("ValidationException"));
        assert_eq!(put(&bridge, json!(vec![json!({}); 11])), Err("ValidationException"));
        assert_eq!(put(&bridge, json!([{"Source": 1}])), Err("SerializationException"));
        let other = bridge.call("ListRules", b"{}").unwrap_err();
        assert_eq!(other.0, "UnknownOperationException");
    }

    #[test]
    fn a_rule_that_cannot_be_kept_is_no_rule() {
        let nowhere = bridge(vec![rule("ours", json!({"source": ["a"]}), "gone")]).map(|_| ());
        assert!(nowhere.unwrap_err().starts_with("R: the target arn:gone is no queue"));
        let unreadable = bridge(vec![rule("ours", json!({}), "a")]).map(|_| ());
        assert_eq!(unreadable.unwrap_err(), "R: the event pattern is not an object of fields");
    }
}
