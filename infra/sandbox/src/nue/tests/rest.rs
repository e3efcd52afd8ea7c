//! The REST editions.

use serde_json::{Value, json};

use crate::testing::{field, run};

use super::{text, truth};

#[tokio::test]
async fn rest_pages_from_one_and_counts_the_total() {
    let running = run(250).await;
    let last = running.get("nue", "/invoices?page=3").await.json();
    assert_eq!(last["data"].as_array().unwrap().len(), 50);
    assert_eq!(last["pagination"], json!({"page": 3, "limit": 100, "total": 250}));
    assert_eq!(running.get("nue", "/invoices?page=4").await.json()["data"], json!([]));
    for query in [
        "page=0",
        "limit=0",
        "limit=501",
        "page=x",
        "predicate=xor",
        "nope=1",
        "includes=x",
        "amount%3E=x",
    ] {
        assert_eq!(running.get("nue", &format!("/invoices?{query}")).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn rest_filters_join_by_the_predicate() {
    let running = run(500).await;
    let date = |r: &Value| text(r, "invoiceDate") >= "2025-01-01";
    let rich = |r: &Value| r["amount"].as_f64().unwrap() > 5_000.0;
    for (query, expected) in [
        ("invoiceDate%3E=2025-01-01&amount%3E5000", truth(&running, |r| date(r) && rich(r))),
        (
            "invoiceDate%3E=2025-01-01&amount%3E5000&predicate=or",
            truth(&running, |r| date(r) || rich(r)),
        ),
        ("status=Draft", truth(&running, |r| r["status"] == "Draft")),
        (
            "paymentStatus=Paid&customerId=001KS00000Dv002aYAD",
            truth(&running, |r| {
                r["paymentStatus"] == "Paid" && r["customerId"] == "001KS00000Dv002aYAD"
            }),
        ),
    ] {
        let answer = running.get("nue", &format!("/invoices?limit=500&{query}")).await.json();
        assert_eq!(field(&answer["data"], "id"), expected.iter().collect::<Vec<_>>(), "{query}");
    }
    let own = running.get("nue", "/customers/001KS00000Dv002aYAD/invoices").await.json();
    assert_eq!(own["pagination"]["total"], 25);
}

#[tokio::test]
async fn rest_gets_one_and_includes_what_is_asked() {
    let running = run(10).await;
    let path = "/invoices/c52f7158-b164-44fa-93c5-e4b16420c371";
    let plain = running.get("nue", path).await;
    assert_eq!(plain.text, running.sandbox.population("nue")[0].json);
    let included = running
        .get("nue", &format!("{path}?includes=assets,orders,paymentApplications"))
        .await
        .json();
    for key in ["assets", "orders", "paymentApplications"] {
        assert!(included[key].is_array(), "{key}");
    }
    assert_eq!(running.get("nue", "/invoices/none").await.status, 404);
}

#[tokio::test]
async fn self_service_lists_by_customers_and_payment_status() {
    let running = run(2_000).await;
    let ask =
        async |query: &str| running.get("nue-self-service", &format!("/invoices?{query}")).await;
    let two = "customerIds=%5B%22001KS00000Dv001aYAD%22,%22001KS00000Dv002aYAD%22%5D";
    assert_eq!(ask(two).await.json().as_array().unwrap().len(), 200);
    let paid = ask(&format!("{two}&status=PAID&includes=assets,orders")).await.json();
    assert!(field(&paid, "paymentStatus").iter().all(|status| *status == "Paid"));
    assert!(!field(&paid, "assets").is_empty());
    for wrong in [
        "status=Paid",
        "customerIds=001",
        &format!("{two}&status=Overdue"),
        &format!("{two}&includes=paymentApplications"),
    ] {
        assert_eq!(ask(wrong).await.status, 400, "{wrong}");
    }
    assert_eq!(ask("customerIds=%5B%22x%22%5D").await.text, "[]");
    let elsewhere = running.get("nue-self-service", "/customers/x/invoices").await;
    assert_eq!(elsewhere.status, 404);
}
