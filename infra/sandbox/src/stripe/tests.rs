use serde_json::{Value, json};

use crate::testing::run;

#[tokio::test]
async fn a_list_is_newest_first_and_gone_on_with_by_the_last_id() {
    let running = run(250).await;
    let mut ids: Vec<Value> = Vec::new();
    let mut seconds: Vec<i64> = Vec::new();
    let mut path = "/v1/invoices?limit=101".to_owned();
    loop {
        let page = running.get("stripe", &path).await.json();
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= 100);
        ids.extend(data.iter().map(|one| one["id"].clone()));
        seconds.extend(data.iter().filter_map(|one| one["created"].as_i64()));
        if page["has_more"] != json!(true) {
            break;
        }
        path = format!(
            "/v1/invoices?limit=101&starting_after={}",
            ids.last().unwrap().as_str().unwrap()
        );
    }
    assert_eq!(ids.len(), 250);
    assert!(seconds.is_sorted_by(|a, b| a >= b));
}

#[tokio::test]
async fn what_is_not_known_is_refused_in_stripes_words() {
    let running = run(10).await;
    for (path, status, code) in [
        ("/v1/invoices?sort=created", 400, json!("parameter_unknown")),
        ("/v1/invoices?starting_after=in_gone", 400, json!("resource_missing")),
        ("/v1/invoices?status=draft,open", 400, Value::Null),
        ("/v1/invoices/in_gone", 404, json!("resource_missing")),
    ] {
        let answer = running.get("stripe", path).await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (status, &code), "{path}");
    }
}

#[tokio::test]
async fn a_key_is_replayed_and_a_draft_of_nothing_is_paid() {
    let running = run(100).await;
    let truth = running.truth("stripe");
    let draft = truth.iter().find(|one| one["status"] == "draft" && one["total"] != 0).unwrap();
    let path = format!("/stripe/v1/invoices/{}/finalize", draft["id"].as_str().unwrap());
    let headers = [
        ("authorization", "Bearer sandbox-key-stripe".to_owned()),
        ("stripe-version", "2026-08-26.dahlia".to_owned()),
        ("idempotency-key", "k".to_owned()),
    ];
    let first = running.send("POST", &path, &headers, "").await.unwrap();
    let second = running.send("POST", &path, &headers, "").await.unwrap();
    assert_eq!(first.json()["status"], "open");
    assert_eq!(first.text, second.text);
    let other = running.send("POST", &path, &headers[..2], "").await.unwrap();
    assert_eq!(other.status, 400, "it is no draft any more");
}
