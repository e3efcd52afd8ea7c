use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::testing::{Answer, RunningSandbox, field, run};

mod rest;
mod writes;

async fn ask(running: &RunningSandbox, query: &str, variables: Value) -> Answer {
    let body = json!({ "query": query, "variables": variables });
    running.post("nue", "/orders/async/graphql", &body).await
}

/// The ids that a `where` literal selects.
async fn ids(running: &RunningSandbox, condition: &str) -> Vec<String> {
    let query = format!("{{ Invoice(where: {condition}) {{ id }} }}");
    let answer = ask(running, &query, json!({})).await;
    let rows = answer.json()["data"]["Invoice"].clone();
    assert!(rows.is_array(), "{condition}: {}", answer.text);
    field(&rows, "id").iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// The ids of the truth that a predicate selects.
fn truth(running: &RunningSandbox, selects: impl Fn(&Value) -> bool) -> Vec<String> {
    let mut rows = running.truth("nue");
    rows.retain(selects);
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or("")
}

#[tokio::test]
async fn the_seeds_own_query_answers_with_the_seeds_own_bytes() {
    let running = run(2_000).await;
    let query = r#"query { Invoice(where: {_and: [{customer: {id: {_eq: "001KS00000DvZ1aYAD"}}}, {status: {_eq: "Active"}}]}) { amount amountWithoutTax balance createdDate customerId dueDate endDate invoiceDate name invoicePdf paymentStatus startDate status taxAmount } }"#;
    let answer = ask(&running, query, Value::Null).await;
    let first = r#"{"data":{"Invoice":[{"amount":226.330000000,"amountWithoutTax":226.330000000,"balance":226.330000000,"createdDate":"2025-06-30T09:33:52.471+00:00","customerId":"001KS00000DvZ1aYAD","dueDate":"2025-08-30","endDate":"2025-06-30","invoiceDate":"2025-07-01","name":"INV-00000311","invoicePdf":"https://app.example.invalid/view-invoice/c52f7158","paymentStatus":"NotTransferred","startDate":"2025-01-01","status":"Active","taxAmount":0}"#;
    assert!(answer.text.starts_with(first), "{}", answer.text);
}

#[tokio::test]
async fn each_operator_selects_what_the_truth_says() {
    let running = run(1_000).await;
    let rows = running.truth("nue");
    let amount = |row: &Value| row["amount"].as_f64().unwrap();
    type Selects = Box<dyn Fn(&Value) -> bool>;
    let table: Vec<(&str, Selects)> = vec![
        (r#"{status: {_eq: "Active"}}"#, Box::new(|r| r["status"] == "Active")),
        (r#"{status: {_neq: "Active"}}"#, Box::new(|r| r["status"] != "Active")),
        (
            r#"{status: {_in: ["Draft", "Canceled"]}}"#,
            Box::new(|r| ["Draft", "Canceled"].contains(&text(r, "status"))),
        ),
        (
            r#"{status: {_nin: ["Draft", "Canceled"]}}"#,
            Box::new(|r| !["Draft", "Canceled"].contains(&text(r, "status"))),
        ),
        ("{amount: {_gt: 226.33}}", Box::new(move |r| amount(r) > 226.33)),
        ("{amount: {_gte: 226.33}}", Box::new(move |r| amount(r) >= 226.33)),
        ("{amount: {_lt: 226.33}}", Box::new(move |r| amount(r) < 226.33)),
        ("{amount: {_eq: 226.33}}", Box::new(move |r| amount(r) == 226.33)),
        (
            r#"{invoiceDate: {_gte: "2024-03-01", _lte: "2024-09-01"}}"#,
            Box::new(|r| ("2024-03-01"..="2024-09-01").contains(&text(r, "invoiceDate"))),
        ),
        (
            r#"{createdDate: {_lt: "2024-03-01T00:00:00+00:00"}}"#,
            Box::new(|r| text(r, "createdDate") < "2024-03-01"),
        ),
        ("{currencyIsoCode: {_is_null: true}}", Box::new(|r| r["currencyIsoCode"].is_null())),
        ("{currencyIsoCode: {_is_null: false}}", Box::new(|r| !r["currencyIsoCode"].is_null())),
        // Null is neither equal nor unequal to anything, and not even then `not`.
        (
            r#"{currencyIsoCode: {_neq: "USD"}}"#,
            Box::new(|r| !["", "USD"].contains(&text(r, "currencyIsoCode"))),
        ),
        (
            r#"{_not: {currencyIsoCode: {_eq: "USD"}}}"#,
            Box::new(|r| !["", "USD"].contains(&text(r, "currencyIsoCode"))),
        ),
        (
            r#"{name: {_like: "INV-000003%"}}"#,
            Box::new(|r| text(r, "name").starts_with("INV-000003")),
        ),
        (r#"{name: {_like: "inv-000003%"}}"#, Box::new(|_| false)),
        (
            r#"{name: {_ilike: "inv-000003%"}}"#,
            Box::new(|r| text(r, "name").starts_with("INV-000003")),
        ),
        ("{isCatchUp: {_eq: true}}", Box::new(|r| r["isCatchUp"] == true)),
        (
            r#"{_or: [{status: {_eq: "Draft"}}, {isCatchUp: {_eq: true}}]}"#,
            Box::new(|r| r["status"] == "Draft" || r["isCatchUp"] == true),
        ),
        (
            r#"{customer: {id: {_in: ["001KS00000Dv003aYAD"]}}}"#,
            Box::new(|r| r["customerId"] == "001KS00000Dv003aYAD"),
        ),
        ("{}", Box::new(|_| true)),
    ];
    for (condition, selects) in table {
        let expected: Vec<&str> =
            rows.iter().filter(|row| selects(row)).map(|row| text(row, "id")).collect();
        assert_eq!(ids(&running, condition).await, expected, "{condition}");
    }
}

#[tokio::test]
async fn variables_stand_wherever_a_value_may() {
    let running = run(600).await;
    let expected = truth(&running, |row| row["customerId"] == "001KS00000Dv004aYAD");
    let wanted = json!({"customer": {"id": {"_eq": "001KS00000Dv004aYAD"}}});
    let queries = [
        ("query($w: Invoice_bool_exp!) { Invoice(where: $w) { id } }", json!({ "w": wanted })),
        (
            "query($c: customer_bool) { Invoice(where: {customer: $c}) { id } }",
            json!({"c": wanted["customer"]}),
        ),
        (
            "query Q($id: String = \"001KS00000Dv004aYAD\") { Invoice(where: {customerId: {_eq: $id}}) { id } }",
            json!({}),
        ),
        (
            "query($ids: [String!]) { Invoice(where: {customerId: {_in: $ids}}) { id } }",
            json!({"ids": ["001KS00000Dv004aYAD"]}),
        ),
    ];
    for (query, variables) in queries {
        let answer = ask(&running, query, variables).await.json();
        assert_eq!(
            field(&answer["data"]["Invoice"], "id"),
            expected.iter().collect::<Vec<_>>(),
            "{query}"
        );
    }
    let query = "query($n: Int, $o: Int, $by: [Invoice_order_by!]) { Invoice(limit: $n, offset: $o, order_by: $by) { id } }";
    let answer =
        ask(&running, query, json!({"n": 2, "o": 1, "by": [{"name": "desc"}]})).await.json();
    let all = truth(&running, |_| true);
    assert_eq!(field(&answer["data"]["Invoice"], "id"), [&all[598], &all[597]]);
}

#[tokio::test]
async fn a_variable_number_keeps_more_digits_than_a_double_has() {
    let running = run(10).await;
    let query = "query($a: numeric) { Invoice(where: {amount: {_eq: $a}}) { id } }";
    let body = format!(r#"{{"query":"{query}","variables":{{"a":226.330000000000000001}}}}"#);
    let headers = running.headers("nue");
    let answer = running.send("POST", "/nue/orders/async/graphql", &headers, &body).await;
    assert_eq!(answer.unwrap().text, r#"{"data":{"Invoice":[]}}"#);
}

#[tokio::test]
async fn rows_come_in_the_order_asked_for_with_hasuras_nulls() {
    let running = run(500).await;
    let compare = |a: &Value, b: &Value, nulls_first: bool, descending: bool| match (
        a.as_str(),
        b.as_str(),
    ) {
        (None, None) => Ordering::Equal,
        (None, _) => {
            if nulls_first {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        (_, None) => {
            if nulls_first {
                Ordering::Greater
            } else {
                Ordering::Less
            }
        }
        (a, b) => {
            if descending {
                b.cmp(&a)
            } else {
                a.cmp(&b)
            }
        }
    };
    for (word, nulls_first, descending) in [
        ("asc", false, false),
        ("desc", true, true),
        ("asc_nulls_first", true, false),
        ("asc_nulls_last", false, false),
        ("desc_nulls_first", true, true),
        ("desc_nulls_last", false, true),
    ] {
        let query =
            format!("{{ Invoice(order_by: [{{dueDate: {word}}}, {{id: asc}}]) {{ id dueDate }} }}");
        let answer = ask(&running, &query, json!({})).await.json();
        let mut expected = running.truth("nue");
        expected.sort_by(|a, b| {
            compare(&a["dueDate"], &b["dueDate"], nulls_first, descending)
                .then_with(|| text(a, "id").cmp(text(b, "id")))
        });
        let expected = Value::Array(expected);
        assert_eq!(field(&answer["data"]["Invoice"], "id"), field(&expected, "id"), "{word}");
    }
}

#[tokio::test]
async fn only_what_is_selected_comes_back_in_that_order() {
    let running = run(10).await;
    let query =
        "{ two: Invoice(limit: 1) { status no: name customer { id } __typename comments } }";
    let answer = ask(&running, query, json!({})).await;
    let expected = r#"{"data":{"two":[{"status":"Active","no":"INV-00000311","customer":{"id":"001KS00000DvZ1aYAD"},"__typename":"Invoice","comments":"[{\"comment\":\"approve and activate the invoice\",\"createTime\":\"2025-06-30T09:39:21Z\",\"createUserName\":\"Test Administrator\"}]"}]}}"#;
    assert_eq!(answer.text, expected);
}

#[tokio::test]
async fn errors_come_with_status_200_and_name_what_is_wrong() {
    let running = run(10).await;
    for (query, expected) in [
        ("{ Invoice { nope } }", "nope"),
        ("{ Invoice(where: {nope: {_eq: 1}}) { id } }", "nope"),
        ("{ Invoice(where: {amount: {_regex: 1}}) { id } }", "_regex"),
        ("{ Invoice(where: {amount: {_eq: true}}) { id } }", "amount"),
        ("{ Invoice(where: {amount: {_eq: null}}) { id } }", "null"),
        ("{ Invoice(where: {invoiceDate: {_eq: \"soon\"}}) { id } }", "soon"),
        ("{ Invoice(page: 1) { id } }", "page"),
        ("{ Invoice(limit: -1) { id } }", "limit"),
        ("{ Invoice(order_by: {amount: up}) { id } }", "up"),
        ("{ Invoice(order_by: {amount: asc, id: asc}) { id } }", "one column"),
        ("{ Invoice(limit: $n) { id } }", "\"n\""),
        ("query($n: Int!) { Invoice(limit: $n) { id } }", "non-nullable"),
        ("{ Invoice", "not a valid graphql query"),
        ("{ Order { id } }", "Order"),
        ("mutation { Invoice { id } }", "only queries"),
    ] {
        let answer = ask(&running, query, json!({})).await;
        assert_eq!(answer.status, 200, "{query}");
        let message = answer.json()["errors"][0]["message"].as_str().unwrap().replace("\\\"", "\"");
        assert!(message.contains(expected), "{query}: {message}");
    }
    let extra = ask(&running, "{ Invoice { id } }", json!({"x": 1})).await;
    assert!(extra.text.contains("unexpected variable"), "{}", extra.text);
    let headers = running.headers("nue");
    let body = running.send("POST", "/nue/orders/async/graphql", &headers, "{").await.unwrap();
    assert_eq!(body.status, 400);
}

#[tokio::test]
async fn asking_for_one_id_counts_as_a_get() {
    let running = run(10).await;
    let query = "query($id: String!) { Invoice(where: {id: {_eq: $id}}) { name } }";
    let id = "c52f7158-b164-44fa-93c5-e4b16420c371";
    let answer = ask(&running, query, json!({ "id": id })).await;
    assert_eq!(answer.text, r#"{"data":{"Invoice":[{"name":"INV-00000311"}]}}"#);
    ask(&running, "{ Invoice { id } }", json!({})).await;
    let calls = serde_json::to_value(running.sandbox.calls("nue")).unwrap();
    assert_eq!(calls, json!({"get": 1, "list": 1}));
}
