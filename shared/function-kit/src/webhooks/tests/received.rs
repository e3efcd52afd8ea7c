//! What is proved is on the queue before it is answered; what is not is answered 401
//! and touches nothing.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_smithy_types::base64;
use jiff::Timestamp;
use lambda_http::{Body, Response};
use serde_json::{Value, json};

use crate::secrets::StoreError;
use crate::testing::{Event, FakeStore, header};
use crate::webhooks::{MessageQueue, QueueError, Receiver, WebhookMessage};

const TOKEN: &str = "a-token-that-nobody-guesses";
/// Signed by a server that nobody here wrote, with the secret `whsec_s3cr3t`: too short
/// for ours, so that what it signs is refused as another's is.
const RECORDED: &str =
    include_str!("../../../../provider-client/src/webhook/tests/stripe-signed.json");

#[derive(Clone, Default)]
struct Queue(Arc<Mutex<Vec<String>>>, Arc<Mutex<bool>>);

#[async_trait]
impl MessageQueue for Queue {
    async fn send(&self, message: &WebhookMessage) -> Result<(), QueueError> {
        if *self.1.lock().unwrap() {
            return Err(QueueError("as the test says".to_owned()));
        }
        self.0.lock().unwrap().push(serde_json::to_string(message).unwrap());
        Ok(())
    }
}

impl Queue {
    fn sent(&self) -> Vec<Value> {
        self.0.lock().unwrap().iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }
}

struct Rig {
    receiver: Receiver,
    queue: Queue,
    store: FakeStore,
}

impl Rig {
    async fn new() -> Self {
        let (queue, store) = (Queue::default(), FakeStore::default());
        for (name, secret) in [
            ("simplepin", json!({"provider": "simplepin", "webhook": {"secrets": [TOKEN]}})),
            (
                "finexio",
                json!({"provider": "finexio", "webhook": {"username": "u", "secrets": [TOKEN]}}),
            ),
            ("stripe", json!({"provider": "stripe", "webhook": {"secrets": [TOKEN]}})),
            ("quiet", json!({"provider": "stripe"})),
            ("faulty", json!({"provider": "stripe", "webhook": {"secrets": "x"}})),
        ] {
            store.put(&format!("p/{name}"), &secret.to_string());
        }
        let names = ["simplepin", "finexio", "stripe", "quiet", "faulty", "missing"];
        let names = names.map(|name| name.parse().unwrap()).to_vec();
        let receiver =
            Receiver::new(names, "p/".to_owned(), Box::new(store.clone()), Box::new(queue.clone()));
        let receiver = receiver.at(|| Timestamp::from_second(1_795_682_235).unwrap());
        receiver.warm().await;
        store.take_read();
        Self { receiver, queue, store }
    }

    async fn send(&self, event: Event) -> Response<Body> {
        self.receiver.answer(event.open().request()).await
    }
}

fn to(connection: &str, token: Option<&str>, body: &str) -> Event {
    match token {
        Some(token) => Event::post("/webhooks/{connection}/{token}", body)
            .parameter("connection", connection)
            .parameter("token", token),
        None => Event::post("/webhooks/{connection}", body).parameter("connection", connection),
    }
}

fn stripe_signed(secret: &str, time: i64, body: &[u8]) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let message = [format!("{time}.").as_bytes(), body].concat();
    let tag = ring::hmac::sign(&key, &message);
    let tag: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={time},v1={tag}")
}

#[tokio::test]
async fn what_is_proved_is_queued_by_its_ids_alone() {
    let rig = Rig::new().await;
    let event =
        to("simplepin", Some(TOKEN), r#"{"invoice_id": 7, "customer_name": "Ada", "amount": 5}"#);
    let answer = rig.send(event).await;
    assert_eq!((answer.status().as_u16(), answer.body().is_empty()), (200, true));
    let message = json!({"version": 1, "connection": "simplepin", "receivedAt": "2026-11-26T08:37:15Z", "changed": ["7"], "gone": []});
    assert_eq!(rig.queue.sent(), [message]);
    assert!(rig.store.take_read().is_empty(), "a secret is read ahead");
}

#[tokio::test]
async fn the_bytes_are_those_that_the_gateway_encoded() {
    let rig = Rig::new().await;
    let body = "{\"data\": {\"object\": {\"object\": \"invoice\", \"id\": \"in_1\"}}, \"type\": \"x\", \"n\": \"\u{fc}\"}";
    let signature = stripe_signed(TOKEN, 1_795_682_235, body.as_bytes());
    let plain = to("stripe", None, body).header("stripe-signature", &signature);
    let encoded = plain.clone().encoded_body(&base64::encode(body));
    for event in [plain, encoded] {
        assert_eq!(rig.send(event).await.status(), 200);
    }
    assert_eq!(rig.queue.sent().len(), 2);
}

#[tokio::test]
async fn what_is_forged_in_any_way_is_401_and_nothing_happens() {
    let rig = Rig::new().await;
    let body = r#"{"type": "x", "data": {"object": {"object": "invoice", "id": "in_1"}}}"#;
    let good = stripe_signed(TOKEN, 1_795_682_235, body.as_bytes());
    let signed =
        |value: &str, body: &str| to("stripe", None, body).header("stripe-signature", value);
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    let recorded = &recorded["deliveries"][0];
    let others = recorded["headers"]["Stripe-Signature"].as_str().unwrap();
    let basic = |text: &str| format!("Basic {}", base64::encode(text));
    let cases = [
        ("one byte flipped", signed(&good, &body.replace("in_1", "in_0"))),
        ("another's signature", signed(others, recorded["body_raw"].as_str().unwrap())),
        ("old", signed(&stripe_signed(TOKEN, 1_795_681_900, body.as_bytes()), body)),
        ("of the future", signed(&stripe_signed(TOKEN, 1_795_682_600, body.as_bytes()), body)),
        (
            "another secret",
            signed(&stripe_signed("another-secret-03", 1_795_682_235, body.as_bytes()), body),
        ),
        ("no signature", to("stripe", None, body)),
        ("a signature that is none", signed("t=,v1=", body)),
        ("a token in place of a signature", to("stripe", Some(TOKEN), body)),
        ("a wrong token", to("simplepin", Some("a-token-that-nobody-guessed"), "{}")),
        ("no token", to("simplepin", None, "{}")),
        ("a wrong password", to("finexio", None, "{}").header("authorization", &basic("u:x"))),
        (
            "a wrong user",
            to("finexio", None, "{}").header("authorization", &basic(&format!("x:{TOKEN}"))),
        ),
        ("no webhooks", to("quiet", Some(TOKEN), "{}")),
        ("a faulty secret", to("faulty", Some("x"), "{}")),
        ("no secret", to("missing", Some(TOKEN), "{}")),
        ("no such connection", to("other", Some(TOKEN), "{}")),
        ("no connection's name", to("..", Some(TOKEN), "{}")),
    ];
    for (case, event) in cases {
        let answer = rig.send(event).await;
        assert_eq!(answer.status().as_u16(), 401, "{case}");
        assert!(answer.body().is_empty(), "{case}");
        assert_eq!(header(&answer, "cache-control"), Some("no-store"), "{case}");
    }
    assert!(rig.queue.sent().is_empty());
    assert!(rig.store.take_read().is_empty(), "a forged one has no secret read");
}

#[tokio::test]
async fn what_could_not_be_kept_is_to_be_sent_again() {
    let rig = Rig::new().await;
    *rig.queue.1.lock().unwrap() = true;
    let event = || to("simplepin", Some(TOKEN), "{}");
    assert_eq!(rig.send(event()).await.status(), 503);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_cannot_be_read_is_not_asked_for_by_each_request() {
    let store = FakeStore::default();
    let secret = json!({"provider": "simplepin", "webhook": {"secrets": [TOKEN]}});
    store.put("simplepin", &secret.to_string());
    store.fail(Some(StoreError::Unreachable));
    let (names, queue) = (vec!["simplepin".parse().unwrap()], Queue::default());
    let receiver = Receiver::new(names, String::new(), Box::new(store.clone()), Box::new(queue));
    let send = async || {
        receiver.answer(to("simplepin", Some(TOKEN), "{}").open().request()).await.status()
    };
    assert_eq!((send().await.as_u16(), store.take_read().len()), (503, 1));
    assert_eq!((send().await.as_u16(), store.take_read().len()), (503, 0));
    store.fail(None);
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(send().await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_changed_counts_within_five_minutes() {
    let rig = Rig::new().await;
    let changed =
        json!({"provider": "simplepin", "webhook": {"secrets": [TOKEN, "the-next-token-of-ours"]}});
    rig.store.put("p/simplepin", &changed.to_string());
    let event = || to("simplepin", Some("the-next-token-of-ours"), "{}");
    assert_eq!(rig.send(event()).await.status(), 401);
    tokio::time::advance(std::time::Duration::from_secs(301)).await;
    assert_eq!(rig.send(event()).await.status(), 200);
    // What is held stays while the store is away.
    rig.store.fail(Some(StoreError::Unreachable));
    tokio::time::advance(std::time::Duration::from_secs(301)).await;
    assert_eq!(rig.send(event()).await.status(), 200);
}
