use serde_json::{Value, json};

use crate::testing::{RunningSandbox, field, run};

mod writes;

async fn list(running: &RunningSandbox, filter: Value) -> Value {
    let path = "/v2/invoice/list?customer_id=CUST-1003";
    let answer = running.post("simplepin", path, &filter).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// The truth of one customer.
fn own(running: &RunningSandbox) -> Vec<Value> {
    let mut truth = running.truth("simplepin");
    truth.retain(|row| row["customer_id"] == "CUST-1003");
    truth
}

#[tokio::test]
async fn both_headers_are_needed() {
    let running = run(10).await;
    let both = running.headers("simplepin");
    for headers in [&both[..1], &both[1..]] {
        let answer = running.send("POST", "/simplepin/v2/invoice/list", headers, "{}").await;
        assert_eq!(answer.unwrap().status, 401);
    }
}

#[tokio::test]
async fn lists_one_customer_at_a_time() {
    let running = run(400).await;
    let none = running.post("simplepin", "/v2/invoice/list", &json!({})).await;
    assert_eq!(none.status, 400);
    assert!(none.text.contains("customer_id"));
    let path = "/v2/invoice/list?customer_id=unknown";
    assert_eq!(running.post("simplepin", path, &json!({})).await.text, "[]");
    assert_eq!(list(&running, json!({})).await, Value::Array(own(&running)));
    let sample = "/v2/invoice/list?customer_id=string";
    let sample = running.post("simplepin", sample, &json!({"first":0,"count":1})).await;
    assert!(sample.text.contains(r#""amount":1.01,"#), "{}", sample.text);
}

#[tokio::test]
async fn pages_by_first_and_count() {
    let running = run(4_400).await;
    let own = own(&running);
    assert_eq!(own.len(), 220);
    assert_eq!(list(&running, json!({"count":0})).await, json!(own[..100]));
    assert_eq!(list(&running, json!({"first":210,"count":50})).await, json!(own[210..]));
    assert_eq!(list(&running, json!({"first":220,"count":50})).await, json!([]));
    assert_eq!(list(&running, json!({"count":9_999})).await, json!(own));
}

#[tokio::test]
async fn filters_by_day_and_text() {
    let running = run(2_000).await;
    let own = own(&running);
    let days = ("2024-01-01", "2024-06-15");
    let found = list(
        &running,
        json!({
            "count": 500,
            "date_from": format!("{}T23:00:00.000Z", days.0),
            "date_to": format!("{}T00:00:00.000+02:00", days.1),
        }),
    )
    .await;
    let mut expected = own.clone();
    expected.retain(|row| {
        let day = row["invoice_date"].as_str().unwrap();
        (days.0..=days.1).contains(&day)
    });
    assert!(!expected.is_empty() && expected.len() < own.len());
    assert_eq!(found, json!(expected));
    let number = own[7]["invoice_number"].as_str().unwrap().to_lowercase();
    let found = list(&running, json!({ "search": number })).await;
    assert_eq!(found, json!([own[7]]));
}

#[tokio::test]
async fn sorts_by_number_both_ways() {
    let running = run(400).await;
    let up = list(&running, json!({"sort":"INVOICE_NUMBER","ascending":true})).await;
    let mut down = list(&running, json!({"sort":"INVOICE_NUMBER","ascending":false})).await;
    let numbers = field(&up, "invoice_number");
    assert!(numbers.is_sorted_by(|a, b| a.as_str() < b.as_str()));
    down.as_array_mut().unwrap().reverse();
    assert_eq!(up, down);
}

#[tokio::test]
async fn filters_it_does_not_know_are_refused() {
    let running = run(40).await;
    for filter in [
        json!({"sort":"AMOUNT"}),
        json!({"filter_type":"PAID"}),
        json!({"date_from":"2024-01-01"}),
        json!({"count":"ten"}),
    ] {
        let path = "/v2/invoice/list?customer_id=CUST-1003";
        assert_eq!(running.post("simplepin", path, &filter).await.status, 400, "{filter}");
    }
}

#[tokio::test]
async fn gets_by_each_key_with_the_details() {
    let running = run(60).await;
    let row = &own(&running)[1];
    for (key, field) in
        [("uuid", "uuid"), ("invoice_id", "id"), ("invoice_number", "invoice_number")]
    {
        let value = row[field].to_string().replace('"', "");
        let found = running.get("simplepin", &format!("/v2/invoice/get?{key}={value}")).await;
        let found = found.json();
        for detail in
            ["line_item_models", "billing_address", "shipping_address", "fees", "contracts"]
        {
            assert!(found.get(detail).is_some(), "{detail}");
        }
        assert_eq!(found["uuid"], row["uuid"]);
        assert_eq!(found["line_item_models"][0]["amount"], row["amount"]);
    }
    assert_eq!(running.get("simplepin", "/v2/invoice/get?uuid=x").await.status, 404);
    assert_eq!(running.get("simplepin", "/v2/invoice/get").await.status, 400);
}
