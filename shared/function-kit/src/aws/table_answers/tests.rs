//! The SDK's own reader is the measure: what it makes of an answer, this one does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Answers each request with one status and body, and keeps the bodies that were sent.
#[derive(Debug, Clone)]
struct Canned {
    status: u16,
    body: String,
    sent: Arc<Mutex<Vec<String>>>,
}

impl HttpClient for Canned {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sent = request.body().bytes().unwrap_or_default();
        self.sent.lock().unwrap().push(String::from_utf8(sent.to_vec()).unwrap());
        let status = self.status.try_into().unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(&*self.body))))
    }
}

impl Canned {
    fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into(), sent: Arc::default() }
    }

    fn client(&self, ours: bool) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("AKID", "s3cr3t", None, None, "test"))
            .retry_config(aws_sdk_dynamodb::config::retry::RetryConfig::disabled())
            .http_client(SharedHttpClient::new(self.clone()));
        let config = if ours { config.interceptor(TableAnswers) } else { config };
        Client::from_conf(config.build())
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// An error in a word: of the service, or of the answer.
fn word<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ServiceError(error) => error.err().code().unwrap_or("no answer").to_owned(),
        SdkError::ResponseError(_) => "no answer".to_owned(),
        _ => "not sent".to_owned(),
    }
}

/// What a client makes of an answer to each of the three operations.
fn made_of(status: u16, body: &str, ours: bool) -> [String; 3] {
    let client = Canned::new(status, body).client(ours);
    let shown = |outcome: Result<Value, String>| format!("{outcome:?}");
    let key = AttributeValue::S("key".to_owned());
    now(async {
        let got = client.get_item().table_name("t").key("pk", key.clone()).send().await;
        let keys = KeysAndAttributes::builder().keys(HashMap::from([("pk".to_owned(), key)]));
        let batch = client.batch_get_item().request_items("t", keys.build().unwrap());
        let queried = client.query().table_name("t").send().await;
        let got = got.map(|it| told(it.item)).map_err(|error| word(&error));
        let batch = batch.send().await.map_err(|error| word(&error)).map(|it| {
            let tables = it.responses.unwrap_or_default().into_iter();
            let found: BTreeMap<_, _> = tables.map(|(name, items)| (name, all(items))).collect();
            let left = it.unprocessed_keys.unwrap_or_default().into_iter();
            let left = left.map(|(name, left)| {
                let names = left.expression_attribute_names;
                let only = left.projection_expression;
                json!([name, all(left.keys), left.consistent_read, only, names])
            });
            json!([found, left.collect::<Vec<_>>()])
        });
        let queried = queried.map_err(|error| word(&error)).map(|it| {
            let found = it.items.map(all);
            json!([found, it.count, it.scanned_count, told(it.last_evaluated_key)])
        });
        [shown(got), shown(batch), shown(queried)]
    })
}

fn all(items: Vec<HashMap<String, AttributeValue>>) -> Vec<Value> {
    items.into_iter().map(|item| told(Some(item))).collect()
}

/// An item, in one order.
fn told(item: Option<HashMap<String, AttributeValue>>) -> Value {
    let sorted = |item: HashMap<String, AttributeValue>| {
        let value = |value: AttributeValue| match value {
            AttributeValue::M(map) => json!({ "map": told(Some(map)) }),
            AttributeValue::L(list) => {
                let one = |value| told(Some(HashMap::from([(String::new(), value)])));
                json!({ "list": list.into_iter().map(one).collect::<Vec<_>>() })
            }
            other => json!(format!("{other:?}")),
        };
        Value::Object(item.into_iter().map(|(name, it)| (name, value(it))).collect())
    };
    item.map_or(Value::Null, sorted)
}

fn attribute() -> impl Strategy<Value = AttributeValue> {
    let text = || prop_oneof![any::<String>(), "[ -~]{0,40}", "[\"\\\\/\n\u{e9}\u{1f600}]{0,6}"];
    let bytes = || prop::collection::vec(any::<u8>(), 0..40).prop_map(Blob::new);
    let number = || (any::<i64>()).prop_map(|number| number.to_string());
    let leaf = prop_oneof![
        text().prop_map(AttributeValue::S),
        number().prop_map(AttributeValue::N),
        bytes().prop_map(AttributeValue::B),
        prop::collection::vec(text(), 0..3).prop_map(AttributeValue::Ss),
        prop::collection::vec(number(), 0..3).prop_map(AttributeValue::Ns),
        prop::collection::vec(bytes(), 0..3).prop_map(AttributeValue::Bs),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null(true)),
    ];
    leaf.prop_recursive(3, 20, 4, move |inner| {
        prop_oneof![
            prop::collection::hash_map(any::<String>(), inner.clone(), 0..4)
                .prop_map(AttributeValue::M),
            prop::collection::vec(inner, 0..4).prop_map(AttributeValue::L),
        ]
    })
}

/// Items as the SDK itself writes them.
fn written(items: Vec<HashMap<String, AttributeValue>>) -> Vec<Value> {
    let canned = Canned::new(200, "{}");
    let client = canned.client(false);
    for item in items {
        now(client.put_item().table_name("t").set_item(Some(item)).send()).unwrap();
    }
    let sent = canned.sent.lock().unwrap();
    let item = |body: &String| serde_json::from_str::<Value>(body).unwrap()["Item"].clone();
    sent.iter().map(item).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_answer_is_read_as_the_sdk_reads_it(
        items in prop::collection::vec(
            prop::collection::hash_map("[a-z]{1,8}", attribute(), 0..8), 1..4,
        ),
        left in prop::option::of("[a-z#, ]{0,9}"),
    ) {
        let items = written(items);
        let keys = json!({"Keys": items, "ConsistentRead": true, "ProjectionExpression": left});
        let answer = json!({
            "Item": items.first(),
            "Responses": {"t": items, "u": []},
            "UnprocessedKeys": if left.is_some() { json!({"t": keys}) } else { json!({}) },
            "Items": items, "Count": items.len(), "ScannedCount": 7,
            "LastEvaluatedKey": items.last(),
            "new": [{"of": null}],
        });
        let answer = answer.to_string();
        prop_assert_eq!(made_of(200, &answer, true), made_of(200, &answer, false));
    }
}

#[test]
fn what_the_sdk_refuses_is_refused() {
    let refused = json!({"__type": "com.amazonaws#ProvisionedThroughputExceededException"});
    for (status, body) in [
        (400, refused.to_string()),
        (500, String::new()),
        (200, "{".to_owned()),
        (
            200,
            r#"{"Item": {"a": {"B": "*"}}, "Responses": {"t": [{"a": {"S": 1}}]}, "Items": 1}"#
                .to_owned(),
        ),
    ] {
        let ours = made_of(status, &body, true);
        assert_eq!(ours, made_of(status, &body, false), "{status} {body}");
        assert!(ours.iter().all(|outcome| outcome.starts_with("Err")), "{ours:?}");
    }
}

#[test]
fn a_text_may_be_escaped_in_any_way() {
    let item = r#"{"a": {"S": "\u00e9\/\ud83d\ude00"}}"#;
    let answer = format!(
        r#"{{"Item": {item}, "Responses": {{"t": [{item}]}}, "Items": [], "Count": 0, "ScannedCount": 0}}"#
    );
    let ours = made_of(200, &answer, true);
    assert_eq!(ours, made_of(200, &answer, false));
    assert!(ours[0].contains("\u{e9}/\u{1f600}"), "{ours:?}");
}
