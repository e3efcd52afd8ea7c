//! Listings over the real client of DynamoDB: over one that works, and over
//! those that refuse or do not answer.

use std::time::Instant;

use function_kit::testing::{dynamo, dynamo_at, nowhere, write_app};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const LONG: Duration = Duration::from_secs(20);

fn provider() -> FakeProvider {
    FakeProvider::holding([invoice("nue:1", "nue:a")])
}

fn over(provider: &FakeProvider, table: Arc<dyn Table>) -> ListApp {
    app_at([("nue", Ok(provider.clone()))], table, Timestamp::now)
}

/// With more patience for the cache than there is in production: the test is about
/// something else, and the machine may be busy.
fn patient(mut app: ListApp) -> ListApp {
    app.breaker = Arc::new(CacheBreaker::new(LONG));
    app
}

/// A DynamoDB that answers every request so; nothing at all, when there is no
/// answer.
async fn saying(status: u16, kind: Option<&'static str>) -> Arc<dyn Table> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 16_384];
                while matches!(stream.read(&mut request).await, Ok(read) if read > 0) {
                    let Some(kind) = kind else { continue };
                    let body = format!(
                        r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{kind}","message":"no"}}"#
                    );
                    let head = format!(
                        "HTTP/1.1 {status} No\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
                        body.len()
                    );
                    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                }
            });
        }
    });
    dynamo_at(port)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_of_three_megabytes_is_kept_and_read_back_whole() {
    let mut random = fastrand::Rng::with_seed(3);
    let invoices = (0..200).map(|number| {
        let mut one = invoice(&format!("nue:{number}"), "nue:a");
        one.number = Some(std::iter::repeat_with(|| random.alphanumeric()).take(15_000).collect());
        one
    });
    let provider = FakeProvider::holding(invoices);
    let app = patient(over(&provider, dynamo().await));
    let ask = || answered(&app, Event::get("/invoices", "limit=200"));
    let first = ask().await;
    assert_eq!(cache(&first), "fwd=uri-miss");
    let second = ask().await;
    assert!(cache(&second).starts_with("hit"), "{}", cache(&second));
    assert_eq!(provider.asked(), 1);
    let (first, second) = (body(&first), body(&second));
    assert!(first["data"].to_string().len() > 3_000_000);
    assert_eq!(first["data"], second["data"]);
}

/// As many as an emulator on a busy machine answers in time; two hundred, in
/// pages, are in the tests beside.
#[tokio::test(flavor = "multi_thread")]
async fn many_callers_over_dynamodb_make_one_call() {
    let provider = provider().after(Duration::from_millis(300));
    let app = patient(over(&provider, dynamo().await));
    let answers = join_all((0..40).map(|_| answered(&app, Event::get("/invoices", "")))).await;
    assert!(answers.iter().all(|answer| answer.status() == 200));
    assert!(provider.asked() <= 2, "{} calls", provider.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_the_table_listings_are_answered_and_writes_are_not_begun() {
    for (why, table) in [
        ("throttled", saying(400, Some("ProvisionedThroughputExceededException")).await),
        ("denied", saying(400, Some("AccessDeniedException")).await),
        ("missing", saying(400, Some("ResourceNotFoundException")).await),
        ("broken", saying(500, Some("InternalServerError")).await),
        ("slow", saying(0, None).await),
        ("unreachable", nowhere().await),
    ] {
        let provider = provider();
        let app = over(&provider, table.clone());
        let begun = Instant::now();
        for _ in 0..3 {
            let answer = answered(&app, Event::get("/invoices", "")).await;
            assert_eq!(
                (answer.status().as_u16(), cache(&answer).as_str()),
                (200, "fwd=bypass"),
                "{why}"
            );
            assert_eq!(body(&answer)["data"][0]["id"], "nue:1");
        }
        let took = begun.elapsed();
        assert!(took < CacheBreaker::REST, "{why}: it was waited for more than once: {took:?}");
        let asked = provider.asked();
        let event = Event::post("/invoices/activate", r#"{"invoiceIds": ["nue:1"]}"#);
        let writing = write_app([("nue", Ok(provider.clone()))], table, Timestamp::now);
        let request = event.header("idempotency-key", "k-1").request();
        let (refused, _) = activate::FUNCTION.answer(&writing, request).await;
        let told = body(&refused);
        assert_eq!(
            (refused.status().as_u16(), &told["code"]),
            (503, &json!("unavailable")),
            "{why}"
        );
        assert_eq!(provider.asked(), asked, "{why}: nothing is read, and nothing sent");
    }
}
