//! Events on their way through bus and queue to a function, and what comes of
//! those that it cannot take.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::running::{Stack, wait_for_end_of, wait_until};

/// The queue's two minutes take half a second.
const FAST: [&str; 2] = ["--time-scale", "240"];

/// An event for the probe.
fn entry(detail: &Value) -> Value {
    json!({"EventBusName": "ours", "Source": "tests", "DetailType": "Asked", "Detail": detail.to_string()})
}

async fn put(stack: &Stack, entries: Vec<Value>) -> Value {
    stack.aws("events", "AWSEvents.PutEvents", json!({ "Entries": entries })).await
}

async fn queue(stack: &Stack, operation: &str, name: &str, mut more: Value) -> Value {
    more["QueueUrl"] = stack.ready["queueUrls"][name].clone();
    stack.aws("queues", &format!("AmazonSQS.{operation}"), more).await
}

/// How many messages a queue holds, in whatever state.
async fn held(stack: &Stack, name: &str) -> usize {
    let answer = queue(stack, "GetQueueAttributes", name, json!({"AttributeNames": ["All"]})).await;
    let number =
        |key: &str| -> usize { answer["Attributes"][key].as_str().unwrap().parse().unwrap() };
    number("ApproximateNumberOfMessages") + number("ApproximateNumberOfMessagesNotVisible")
}

/// Waits until a queue holds so many messages.
async fn wait_for_held(stack: &Stack, name: &str, count: usize) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while held(stack, name).await != count {
        assert!(std::time::Instant::now() < end, "waited in vain for {count} in {name}");
        tokio::task::yield_now().await;
    }
}

/// A batch that the probe printed.
fn batch(line: &str) -> Option<Vec<Value>> {
    let line: Value = serde_json::from_str(line).ok()?;
    line["batch"].as_array().cloned()
}

/// Which message was delivered, by the name in its detail, and the how manieth
/// time it was.
fn delivery(record: &Value) -> (String, u32) {
    let body: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
    let receives = record["attributes"]["ApproximateReceiveCount"].as_str().unwrap();
    (body["detail"]["name"].as_str().unwrap().to_owned(), receives.parse().unwrap())
}

/// Reads what the probe prints until all these deliveries have been made, and
/// holds it against them: one that is not among them is a fault, and so is one
/// made twice. The batches are returned.
fn expect_deliveries(stack: &Stack, expected: &[(&str, u32)]) -> Vec<BTreeSet<String>> {
    let mut left: BTreeSet<(String, u32)> =
        expected.iter().map(|(name, receives)| ((*name).to_owned(), *receives)).collect();
    let mut batches = Vec::new();
    stack.wait_for_line(|line| {
        let records = batch(line).unwrap_or_default();
        for record in &records {
            let delivery = delivery(record);
            assert!(left.remove(&delivery), "{delivery:?} was not to be");
        }
        batches.push(records.iter().map(|record| delivery(record).0).collect());
        left.is_empty()
    });
    batches
}

#[tokio::test]
async fn an_event_reaches_its_function_as_lambda_would_hand_it_over() {
    let stack = Stack::probe(&[]);
    let answer = put(&stack, vec![entry(&json!({"name": "one", "amount": 1.5}))]).await;
    assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
    let line = stack.wait_for_line(|line| batch(line).is_some());
    let records = batch(&line).unwrap();
    let [record] = &records[..] else { panic!("{records:?}") };
    assert_eq!(record["eventSource"], "aws:sqs");
    assert_eq!(record["eventSourceARN"], "arn:aws:sqs:us-east-1:000000000000:Requests");
    assert_eq!(record["awsRegion"], "us-east-1");
    assert_eq!(record["messageAttributes"], json!({}));
    for field in ["messageId", "receiptHandle", "md5OfBody"] {
        assert!(!record[field].as_str().unwrap().is_empty(), "{field}");
    }
    let attributes: BTreeMap<String, String> =
        serde_json::from_value(record["attributes"].clone()).unwrap();
    assert_eq!(attributes["ApproximateReceiveCount"], "1");
    assert!(attributes["SentTimestamp"].parse::<u64>().unwrap() > 1_700_000_000_000);
    let body: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["id"], answer["Entries"][0]["EventId"]);
    assert_eq!((&body["detail-type"], &body["source"]), (&json!("Asked"), &json!("tests")));
    assert_eq!(body["detail"], json!({"name": "one", "amount": 1.5}));
    assert_eq!(body["time"].as_str().unwrap().len(), "2026-01-01T00:00:00Z".len());
    wait_for_held(&stack, "Requests", 0).await;

    let environment = stack.probed("/probe/1").await["environment"].clone();
    assert_eq!(environment["AWS_ENDPOINT_URL_EVENTBRIDGE"], stack.ready["events"]);
}

#[tokio::test]
async fn ten_events_of_which_three_fail_retry_the_three() {
    let stack = Stack::probe(&FAST);
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let entries = names.map(|name| {
        let fails = if "cfi".contains(name) { 2 } else { 0 };
        entry(&json!({"name": name, "failsBelow": fails}))
    });
    put(&stack, entries.to_vec()).await;
    let firsts = names.map(|name| (name, 1));
    let expected = [&firsts[..], &[("c", 2), ("f", 2), ("i", 2)]].concat();
    let batches = expect_deliveries(&stack, &expected);
    assert_eq!(batches[0].len(), 10, "one call's events are one batch");
    wait_for_held(&stack, "Requests", 0).await;
    assert_eq!(held(&stack, "DeadLetters").await, 0);
}

#[tokio::test]
async fn what_fails_too_often_is_a_dead_letter_and_nothing_else_is() {
    let stack = Stack::probe(&FAST);
    let answer = put(
        &stack,
        vec![
            entry(&json!({"name": "bad", "failsBelow": 99})),
            entry(&json!({"name": "late", "failsBelow": 3})),
            entry(&json!({"name": "good"})),
        ],
    )
    .await;
    let expected =
        [("bad", 1), ("late", 1), ("good", 1), ("bad", 2), ("late", 2), ("bad", 3), ("late", 3)];
    expect_deliveries(&stack, &expected);
    wait_for_held(&stack, "DeadLetters", 1).await;
    wait_for_held(&stack, "Requests", 0).await;
    let letters =
        queue(&stack, "ReceiveMessage", "DeadLetters", json!({"AttributeNames": ["All"]})).await;
    let letter = &letters["Messages"][0];
    let body: Value = serde_json::from_str(letter["Body"].as_str().unwrap()).unwrap();
    assert_eq!(body["id"], answer["Entries"][0]["EventId"]);
    assert_eq!(
        letter["Attributes"]["DeadLetterQueueSourceArn"],
        "arn:aws:sqs:us-east-1:000000000000:Requests"
    );
}

#[tokio::test]
async fn a_function_that_throws_has_its_whole_batch_again() {
    let stack = Stack::probe(&FAST);
    let entries =
        vec![entry(&json!({"name": "fine"})), entry(&json!({"name": "throws", "throwsBelow": 2}))];
    put(&stack, entries).await;
    expect_deliveries(&stack, &[("fine", 1), ("throws", 1), ("fine", 2), ("throws", 2)]);
    wait_for_held(&stack, "Requests", 0).await;
}

#[tokio::test]
async fn only_what_the_rule_means_is_passed_on_and_malformed_entries_fail() {
    let stack = Stack::probe(&[]);
    let with = |key: &str, value: Value| {
        let mut entry = entry(&json!({"name": "no"}));
        entry[key] = value;
        entry
    };
    let answer = put(
        &stack,
        vec![
            with("DetailType", json!("Other")),
            with("EventBusName", json!("default")),
            entry(&json!({"name": "no", "ignored": 1})),
            with("Detail", json!("{")),
            with("Source", Value::Null),
            entry(&json!({"name": "yes"})),
        ],
    )
    .await;
    assert_eq!(answer["FailedEntryCount"], 2, "{answer}");
    assert_eq!(answer["Entries"][3]["ErrorCode"], "MalformedDetail");
    assert_eq!(answer["Entries"][4]["ErrorCode"], "InvalidArgument");
    stack.wait_for_line(|line| line.contains("an event for the bus default goes nowhere"));
    expect_deliveries(&stack, &[("yes", 1)]);
    wait_for_held(&stack, "Requests", 0).await;
    let seen = stack.client.get(format!("{}/_events", stack.ready["events"].as_str().unwrap()));
    let seen = seen.send().await.unwrap().bytes().await.unwrap();
    let seen: Vec<Value> = serde_json::from_slice(&seen).unwrap();
    assert_eq!((seen.len(), &seen[3]["event"]["detail"]["name"]), (4, &json!("yes")));
}

#[tokio::test]
async fn a_schedule_that_is_asked_for_puts_its_event_again_and_again() {
    let stack = Stack::probe(&["--parameter", "Every=rate(1 minute)", "--time-scale", "600"]);
    assert_eq!(stack.ready["eventBuses"], json!(["ours"]));
    let mut times = BTreeSet::new();
    stack.wait_for_line(|line| {
        for record in batch(line).unwrap_or_default() {
            assert_eq!(delivery(&record), ("tick".to_owned(), 1));
            let body: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
            assert!(times.insert(body["time"].to_string()), "a minute has one event: {body}");
        }
        times.len() >= 3
    });
}

#[tokio::test]
async fn the_stack_ends_with_a_batch_in_hand() {
    let mut stack = Stack::probe(&[]);
    put(&stack, vec![entry(&json!({"name": "for ever", "hangs": true}))]).await;
    stack.wait_for_line(|line| batch(line).is_some());
    let children = wait_until("the function's process", || {
        Some(stack.children()).filter(|children| children.len() == 1)
    });
    stack.signal("-TERM");
    assert_eq!(stack.wait().code(), Some(0));
    children.into_iter().for_each(wait_for_end_of);
}
