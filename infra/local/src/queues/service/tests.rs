use super::*;
use crate::pace::Pace;
use crate::template;

const URL: &str = "http://127.0.0.1:1/000000000000/asked";

fn service() -> Service {
    let settings = template::Queue {
        name: "asked".to_owned(),
        arn: "arn:asked".to_owned(),
        visibility_timeout: Duration::from_secs(30),
        retention: Duration::from_secs(600),
        delay: Duration::ZERO,
        redrive: None,
    };
    let queues = Queues::new(&[settings], Pace::new(1)).unwrap();
    Service { queues: Arc::new(queues), origin: "http://127.0.0.1:1".to_owned() }
}

async fn call(service: &Service, operation: &str, body: Value) -> Result<Value, &'static str> {
    let outcome = service.call(operation, body.to_string().as_bytes()).await;
    outcome.map_err(|(exception, ..)| exception)
}

#[tokio::test]
async fn messages_are_sent_received_and_deleted() {
    let service = service();
    let send = json!({"QueueUrl": URL, "MessageBody": "one"});
    let sent = call(&service, "SendMessage", send).await.unwrap();
    let batch = json!({"QueueUrl": URL, "Entries": [{"Id": "x", "MessageBody": "two"}]});
    let batch = call(&service, "SendMessageBatch", batch).await.unwrap();
    assert_eq!(batch["Successful"][0]["Id"], "x");

    let receive = json!({
        "QueueUrl": URL, "MaxNumberOfMessages": 10,
        "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
    });
    let received = call(&service, "ReceiveMessage", receive.clone()).await.unwrap();
    let first = &received["Messages"][0];
    assert_eq!(
        (&first["MessageId"], &first["Body"], &first["MD5OfBody"]),
        (&sent["MessageId"], &json!("one"), &sent["MD5OfMessageBody"])
    );
    assert_eq!(first["Attributes"], json!({"ApproximateReceiveCount": "1"}));
    assert_eq!(received["Messages"][1]["Body"], "two");
    assert_eq!(call(&service, "ReceiveMessage", receive.clone()).await, Ok(json!({})));

    let receipt = &first["ReceiptHandle"];
    let show = json!({"QueueUrl": URL, "ReceiptHandle": receipt, "VisibilityTimeout": 0});
    call(&service, "ChangeMessageVisibility", show).await.unwrap();
    let again = call(&service, "ReceiveMessage", receive).await.unwrap();
    let again = &again["Messages"][0]["ReceiptHandle"];
    let entries = json!([{"Id": "a", "ReceiptHandle": again}, {"Id": "b", "ReceiptHandle": "?"}]);
    let deleted = json!({"QueueUrl": URL, "Entries": entries});
    let deleted = call(&service, "DeleteMessageBatch", deleted).await.unwrap();
    assert_eq!(
        (&deleted["Successful"][0]["Id"], &deleted["Failed"][0]["Id"]),
        (&json!("a"), &json!("b"))
    );
    let other = &received["Messages"][1]["ReceiptHandle"];
    let delete = json!({"QueueUrl": URL, "ReceiptHandle": other});
    call(&service, "DeleteMessage", delete).await.unwrap();

    let attributes = json!({"QueueUrl": URL, "AttributeNames": ["All"]});
    let attributes = call(&service, "GetQueueAttributes", attributes).await.unwrap();
    let attributes = &attributes["Attributes"];
    assert_eq!(attributes["ApproximateNumberOfMessages"], "0");
    assert_eq!(attributes["ApproximateNumberOfMessagesNotVisible"], "0");
    assert_eq!(attributes["VisibilityTimeout"], "30");
}

#[tokio::test]
async fn queues_are_found_by_name() {
    let service = service();
    let listed = call(&service, "ListQueues", json!({})).await.unwrap();
    assert_eq!(listed, json!({"QueueUrls": [URL]}));
    let none = call(&service, "ListQueues", json!({"QueueNamePrefix": "x"})).await.unwrap();
    assert_eq!(none, json!({"QueueUrls": []}));
    let found = call(&service, "GetQueueUrl", json!({"QueueName": "asked"})).await.unwrap();
    assert_eq!(found["QueueUrl"], URL);
}

#[tokio::test]
async fn a_caller_waits_for_a_message() {
    let service = Arc::new(service());
    let waiting = Arc::clone(&service);
    let waiting = tokio::spawn(async move {
        let receive = json!({"QueueUrl": URL, "WaitTimeSeconds": 20});
        call(&waiting, "ReceiveMessage", receive).await
    });
    tokio::task::yield_now().await;
    let send = json!({"QueueUrl": URL, "MessageBody": "late"});
    call(&service, "SendMessage", send).await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap()["Messages"][0]["Body"], "late");
}

#[tokio::test]
async fn refuses_as_the_service_does() {
    let service = service();
    let gone = "http://127.0.0.1:1/000000000000/gone";
    let cases = [
        ("ReceiveMessage", json!({"QueueUrl": gone}), "QueueDoesNotExist"),
        ("GetQueueUrl", json!({"QueueName": "gone"}), "QueueDoesNotExist"),
        ("SendMessage", json!({"QueueUrl": URL}), "MissingParameter"),
        ("SendMessage", json!({"MessageBody": "x"}), "MissingParameter"),
        ("SendMessage", json!({"QueueUrl": 1}), "SerializationException"),
        ("SendMessageBatch", json!({"QueueUrl": URL}), "InvalidParameterValue"),
        (
            "SendMessage",
            json!({"QueueUrl": URL, "MessageBody": "x", "MessageAttributes": {"a": {}}}),
            "UnsupportedOperation",
        ),
        (
            "ReceiveMessage",
            json!({"QueueUrl": URL, "MaxNumberOfMessages": 11}),
            "InvalidParameterValue",
        ),
        (
            "ReceiveMessage",
            json!({"QueueUrl": URL, "WaitTimeSeconds": 21}),
            "InvalidParameterValue",
        ),
        ("DeleteMessage", json!({"QueueUrl": URL, "ReceiptHandle": "?"}), "ReceiptHandleIsInvalid"),
        ("CreateQueue", json!({"QueueUrl": URL}), "UnsupportedOperation"),
    ];
    for (operation, body, expected) in cases {
        assert_eq!(call(&service, operation, body).await, Err(expected), "{operation}");
    }
}
