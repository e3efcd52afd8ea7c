use serde_json::{Value, json};

use crate::testing::{Answer, RunningSandbox, field, run};
use crate::{RateLimit, Resource};

mod writes;

const SAMPLE_ERROR: &str = include_str!("../../samples/fusebill-error.json");

async fn get(running: &RunningSandbox, path: &str) -> Answer {
    running.get("fusebill", &format!("/v1{path}")).await
}

/// The truth of one resource, each object with its hidden creation time.
fn truth(running: &RunningSandbox, resource: Resource) -> Vec<Value> {
    let mut records = running.sandbox.population("fusebill");
    records.retain(|record| record.resource == resource);
    let records = records.into_iter().map(|record| {
        let mut json: Value = serde_json::from_str(&record.json).unwrap();
        json["createdTimestamp"] = record.hidden["createdTimestamp"].clone().into();
        json
    });
    records.collect()
}

fn ids(rows: &[Value]) -> Vec<&Value> {
    rows.iter().map(|row| &row["id"]).collect()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or("")
}

#[tokio::test]
async fn each_query_selects_what_the_truth_says() {
    let running = run(900).await;
    let posted = truth(&running, Resource::Posted);
    let number = |row: &Value, name: &str| row[name].as_f64().unwrap();
    type Selects = Box<dyn Fn(&Value) -> bool>;
    let table: Vec<(&str, Selects)> = vec![
        ("", Box::new(|_| true)),
        (
            "postedTimestamp:2024-01-01|2024-07-01",
            Box::new(|r| ("2024-01-01".."2024-07-01").contains(&text(r, "postedTimestamp"))),
        ),
        (
            "postedTimestamp:2017-06-12T19:48:51|",
            Box::new(|r| text(r, "postedTimestamp") >= "2017-06-12T19:48:51"),
        ),
        (
            "postedTimestamp:|2017-06-12T19:48:51",
            Box::new(|r| text(r, "postedTimestamp") < "2017-06-12T19:48:51"),
        ),
        ("createdTimestamp:2025-01-01|", Box::new(|r| text(r, "createdTimestamp") >= "2025-01-01")),
        (
            "openingArBalance:22|1000",
            Box::new(move |r| (22.0..1000.0).contains(&number(r, "openingArBalance"))),
        ),
        (
            "closingArBalance:22|286",
            Box::new(move |r| (22.0..286.0).contains(&number(r, "closingArBalance"))),
        ),
        ("invoiceNumber:290", Box::new(|r| r["invoiceNumber"] == 290)),
        (
            "invoicenumber:290|300",
            Box::new(move |r| (290.0..300.0).contains(&number(r, "invoiceNumber"))),
        ),
        (
            "totalInstallments:2|",
            Box::new(|r| r["paymentSchedules"].as_array().unwrap().len() >= 2),
        ),
        ("poNumber:[empty]", Box::new(|r| text(r, "poNumber").is_empty())),
        ("poNumber:po-1*", Box::new(|r| text(r, "poNumber").starts_with("PO-1"))),
        (
            "poNumber:*;invoiceNumber:|500",
            Box::new(move |r| !r["poNumber"].is_null() && number(r, "invoiceNumber") < 500.0),
        ),
        ("netsuiteId:NS-5", Box::new(|r| r["invoiceCustomer"]["netsuiteId"] == "NS-5")),
        ("quickBooksId:[empty]", Box::new(|r| r["invoiceCustomer"]["quickBooksId"].is_null())),
    ];
    for (query, selects) in table {
        let expected: Vec<Value> = posted.iter().filter(|row| selects(row)).cloned().collect();
        let query = query.replace('|', "%7C");
        let answer = get(&running, &format!("/Invoices?pageSize=1000&query={query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        assert_eq!(field(&answer.json(), "id"), ids(&expected), "{query}");
        assert_eq!(answer.header("x-count"), expected.len().to_string());
        assert_eq!(answer.header("x-maxcount"), posted.len().to_string());
    }
}

#[tokio::test]
async fn what_is_not_valid_gets_the_seeds_error() {
    let running = run(20).await;
    let expected: Value = serde_json::from_str(SAMPLE_ERROR).unwrap();
    for query in [
        "query=nope:1",
        "query=poNumber",
        "query=poNumber:a:b",
        "query=poNumber:a%7Cb",
        "query=invoiceNumber:x",
        "query=invoiceNumber:1.5",
        "query=invoiceNumber:1,2",
        "query=postedTimestamp:01/02/2024",
        "query=postedTimestamp:2024-02-30",
        "query=invoiceStatus:Paid",
        "query=poNumber:a;",
        "sortOrder=Ascending",
        "sortExpression=poNumber",
        "sortOrder=Up&sortExpression=poNumber",
        "sortOrder=Ascending&sortExpression=nope",
        "pageSize=0",
        "pageNumber=-1",
        "showTrackedItems=maybe",
    ] {
        let answer = get(&running, &format!("/Invoices?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.json(), expected, "{query}");
    }
}

#[tokio::test]
async fn pages_are_told_by_headers() {
    let running = run(300).await;
    let total = truth(&running, Resource::Posted).len();
    let table =
        [(0, 100, "1", "-1"), (1, 100, "2", "0"), (2, total - 200, "-1", "1"), (3, 0, "-1", "2")];
    for (page, rows, next, previous) in table {
        let answer = get(&running, &format!("/Invoices?pageNumber={page}&pageSize=100")).await;
        assert_eq!(answer.json().as_array().unwrap().len(), rows);
        let told = ["x-nextpage", "x-previouspage", "x-currentpage", "x-maxpageindex", "x-count"];
        let expected = [next, previous, &page.to_string(), "2", &total.to_string()];
        assert_eq!(told.map(|name| answer.header(name).to_owned()), expected.map(str::to_owned));
    }
    let large = get(&running, "/Invoices?pageSize=5000").await;
    assert_eq!(large.header("x-pagesize"), "1000");
}

#[tokio::test]
async fn sorts_with_nulls_lowest() {
    let running = run(300).await;
    for (order, descending) in [("Ascending", false), ("descending", true)] {
        let path = format!("/Invoices?pageSize=1000&sortOrder={order}&sortExpression=poNumber");
        let rows = get(&running, &path).await.json();
        let mut expected = truth(&running, Resource::Posted);
        expected.sort_by(|a, b| {
            let order = text(a, "poNumber").cmp(text(b, "poNumber"));
            if descending { order.reverse() } else { order }
        });
        assert_eq!(field(&rows, "id"), ids(&expected), "{order}");
    }
}

#[tokio::test]
async fn charges_come_with_one_customers_invoices_and_as_asked() {
    let running = run(900).await;
    let all = get(&running, "/Invoices?pageSize=1000").await.json();
    assert!(all.as_array().unwrap().iter().all(|row| row.get("charges").is_none()));
    let own = get(&running, "/customers/123456/invoices").await.json();
    assert!(own.as_array().unwrap().iter().all(|row| row["charges"].is_array()));
    let path = "/Customers/123456/Invoices/?showZeroDollarCharges=false&showTrackedItems=true";
    let shaped = get(&running, path).await.json();
    let charges = |rows: &Value| -> Vec<Value> {
        let lists = field(rows, "charges").into_iter();
        lists.flat_map(|list| list.as_array().unwrap().clone()).collect()
    };
    let (plain, shaped) = (charges(&own), charges(&shaped));
    let zero = plain.iter().filter(|charge| charge["amount"] == 0).count();
    assert!(zero > 0);
    assert_eq!(shaped.len(), plain.len() - zero);
    assert!(plain.iter().all(|charge| charge.get("trackedItems").is_none()));
    assert!(shaped.iter().any(|charge| charge["trackedItems"][0]["reference"].is_string()));
    assert_eq!(get(&running, "/Customers/1/Invoices/").await.status, 404);
}

#[tokio::test]
async fn drafts_and_posted_invoices_with_one_id_are_two_things() {
    let running = run(300).await;
    let draft = get(&running, "/draftinvoices/162281").await.json();
    let posted = get(&running, "/INVOICES/162281").await.json();
    assert!(["Ready", "Pending", "Projected"].contains(&text(&draft, "status")));
    assert!(draft["draftCharges"].is_array() && posted.get("status").is_none());
    assert_eq!(posted["invoiceNumber"], 283);
    assert_eq!(get(&running, "/Invoices/1").await.status, 404);
    let drafts = truth(&running, Resource::Draft);
    let listed = get(&running, "/DraftInvoices?query=status:Ready,pending").await.json();
    let expected: Vec<Value> =
        drafts.iter().filter(|row| row["status"] != "Projected").cloned().collect();
    assert_eq!(field(&listed, "id"), ids(&expected));
    assert!(listed[0].get("draftCharges").is_none());
    let customer = &drafts[0]["customerId"];
    let own = get(&running, &format!("/customers/{customer}/DraftInvoices")).await.json();
    assert!(field(&own, "customerId").iter().all(|id| *id == customer));
}

#[tokio::test]
async fn summaries_have_the_only_status_filter() {
    let running = run(900).await;
    let answer = get(&running, "/invoiceSummaries?pageSize=1000").await.json();
    let statuses = field(&answer, "invoiceStatus");
    for word in ["Due", "Overdue", "Paid", "WrittenOff", "Void", "Disputed", "Pending"] {
        let listed =
            get(&running, &format!("/invoicesummaries?pageSize=1000&query=invoiceStatus:{word}"))
                .await;
        let expected = statuses.iter().filter(|status| **status == word).count();
        assert!(expected > 0, "{word}");
        assert_eq!(listed.header("x-count"), expected.to_string(), "{word}");
    }
    let summary = &answer[0];
    assert_eq!(summary["dueDate"], "2017-06-22T19:48:51");
    assert_eq!(summary["outstandingBalance"], 264);
    assert_eq!(summary["currency"], "USD");
}

#[tokio::test]
async fn money_adds_up() {
    let running = run(900).await;
    let exact = |row: &Value, name: &str| -> rust_decimal::Decimal {
        row[name].to_string().parse().unwrap()
    };
    for row in truth(&running, Resource::Posted) {
        let taken = ["totalPayments", "sumOfCreditNotes", "totalWriteoffs"];
        let taken: rust_decimal::Decimal = taken.iter().map(|name| exact(&row, name)).sum();
        let left = exact(&row, "outstandingBalance");
        assert_eq!(exact(&row, "invoiceAmount") - taken, left, "{row}");
        let schedules = row["paymentSchedules"].as_array().unwrap();
        let due: rust_decimal::Decimal =
            schedules.iter().map(|s| exact(s, "outstandingBalance")).sum();
        assert_eq!(due, left, "{row}");
    }
}

#[tokio::test]
async fn the_limit_is_told_and_enforced_only_when_set() {
    let running = run(10).await;
    let answer = get(&running, "/Invoices").await;
    assert_eq!(answer.header("x-rate-limit-limit-minute"), "1000");
    assert_eq!(answer.header("x-rate-limit-limit-day"), "180000");
    let limit = RateLimit { per_minute: 1_000, per_day: 2 };
    running.sandbox.set_rate_limit("fusebill", Some(limit)).unwrap();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(get(&running, "/Invoices").await.status);
    }
    assert_eq!(statuses, [200, 200, 429]);
    let refused = get(&running, "/Invoices").await;
    assert_eq!(refused.header("x-rate-limit-remaining-day"), "0");
    assert_eq!(refused.json()["HttpStatusCode"], 429);
    let set = running
        .control("PUT", "/fusebill/rate-limit", &json!({"perMinute":50,"perDay":5000}).to_string())
        .await;
    assert_eq!(set.status, 204);
    assert_eq!(get(&running, "/Invoices").await.header("x-rate-limit-limit-minute"), "50");
}
