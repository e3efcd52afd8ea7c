//! Reading many invoices at once, before and after writes.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use invoice::{Action, Include, Invoice, Write};
use jiff::Timestamp;
use provider_client::provider::View;
use provider_client::{ErrorKind, ProviderError};
use sandbox::{Fault, FaultKind, Operation};
use serde_json::{Value, json};

use crate::rig::{NAME, Rig, everything, provider, serve, soon};
use crate::{able, calls, open, read};

#[tokio::test]
async fn many_are_read_by_one_call_in_the_order_asked() {
    let nue = open(260).await;
    let mut all = nue.walk(&everything()).await;
    all.reverse();
    let listed = calls(&nue)[&Operation::List];
    let now = read(&nue, &all).await;
    assert_eq!(calls(&nue)[&Operation::List], listed + 1);
    assert_eq!(calls(&nue).get(&Operation::Get), None);
    for (now, before) in now.into_iter().zip(&all) {
        let now = serde_json::to_value(now.unwrap()).unwrap();
        assert_eq!(now, serde_json::to_value(before).unwrap());
    }
    assert!(read(&nue, &[]).await.is_empty());
}

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn a_missing_invoice_is_not_found_and_spoils_no_other() {
    let nue = open(30).await;
    let all = nue.walk(&everything()).await;
    let known = all[3].id.id();
    let asked = [NOBODY, known, "nope", "..", known];
    let kinds = |view: View| {
        let nue = &nue;
        async move {
            let found = nue.provider.get_many(&asked, &view, soon()).await;
            let kind = |found: Result<Invoice, ProviderError>| match found {
                Ok(invoice) => Ok(invoice.id.id().to_owned()),
                Err(error) => Err(error.kind),
            };
            found.into_iter().map(kind).collect::<Vec<_>>()
        }
    };
    let (found, missing) = (|| Ok(known.to_owned()), || Err(ErrorKind::NotFound));
    let expected = [missing(), found(), missing(), missing(), found()];
    assert_eq!(kinds(View::default()).await, expected);
    let related = View { includes: vec![Include::Assets], ..View::default() };
    assert_eq!(kinds(related).await, expected);
}

#[tokio::test]
async fn a_query_that_fails_is_no_sign_of_a_deletion() {
    let nue = open(30).await;
    let canceled = able(&nue, Action::Delete, 2).await;
    for (fault, means) in [
        (FaultKind::Status { status: 404, retry_after: None }, ErrorKind::Failed),
        (FaultKind::Status { status: 500, retry_after: None }, ErrorKind::Failed),
        (FaultKind::EmptyBody, ErrorKind::BadResponse),
    ] {
        nue.sandbox.set_fault(NAME, Fault::always(fault)).unwrap();
        let after = nue.provider.after(&Write::Delete, &canceled, Timestamp::now(), soon()).await;
        for after in after {
            let error = after.unwrap_err();
            assert_eq!((error.kind, error.operation), (means, "get"));
        }
        nue.sandbox.clear_faults(NAME).unwrap();
    }
}

/// A Nue of 40 invoices that heeds no more of a query than it is told to.
async fn stubborn(cap: usize, heeds_where: bool) -> Rig {
    let answer = move |Json(body): Json<Value>| async move {
        let asked = body["variables"]["where"].to_string();
        let rows = (0..40).map(|n| json!({"id": numbered(n)}));
        let meant = |row: &Value| !heeds_where || asked.contains(row["id"].as_str().unwrap());
        let rows: Vec<Value> = rows.filter(meant).take(cap).collect();
        Json(json!({"data": {"Invoice": rows}}))
    };
    let origin = serve(Router::new().route("/orders/async/graphql", post(answer))).await;
    let secret = json!({"provider": "nue", "apiKey": "k", "baseUrl": origin});
    Rig { provider: provider(&secret), ..open(0).await }
}

fn numbered(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

#[tokio::test]
async fn a_cut_answer_passes_nothing_off_as_missing() {
    let asked: Vec<String> = (20..60).map(numbered).collect();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    for cap in [7, 10, 20, 100] {
        let nue = stubborn(cap, true).await;
        let found = nue.provider.get_many(&asked, &View::default(), soon()).await;
        let there: Vec<bool> = found.iter().map(Result::is_ok).collect();
        assert_eq!(there, [[true; 20], [false; 20]].concat(), "{cap}");
        let error = found[39].as_ref().unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
    }
    let nue = stubborn(100, false).await;
    for found in nue.provider.get_many(&asked, &View::default(), soon()).await {
        assert_eq!(found.unwrap_err().kind, ErrorKind::BadResponse);
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_fails_its_own_invoice_alone() {
    // One of them has its status twice.
    let row = |n: usize| {
        let twice = if n == 5 { r#","status":"Draft""# } else { "" };
        format!(r#"{{"id":"{}","status":"Active"{twice}}}"#, numbered(n))
    };
    let as_json = |body: String| ([("content-type", "application/json")], body);
    let query = move |Json(body): Json<Value>| async move {
        let asked = body["variables"]["where"].to_string();
        let meant = (0..40).filter(|n| asked.contains(&numbered(*n)));
        let rows: Vec<String> = meant.map(row).collect();
        as_json(format!(r#"{{"data":{{"Invoice":[{}]}}}}"#, rows.join(",")))
    };
    let one = move |Path(id): Path<String>| async move {
        let found = (0..40).find(|n| numbered(*n) == id);
        found.map(|n| as_json(row(n))).ok_or(StatusCode::NOT_FOUND)
    };
    let routes =
        Router::new().route("/orders/async/graphql", post(query)).route("/invoices/{id}", get(one));
    let origin = serve(routes).await;
    let secret = json!({"provider": "nue", "apiKey": "k", "baseUrl": origin});
    let nue = Rig { provider: provider(&secret), ..open(0).await };
    let asked: Vec<String> = (0..10).map(numbered).collect();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    for (n, found) in
        nue.provider.get_many(&asked, &View::default(), soon()).await.into_iter().enumerate()
    {
        match (n, found) {
            (5, found) => assert_eq!(found.unwrap_err().kind, ErrorKind::BadResponse),
            (n, found) => assert_eq!(found.unwrap().id.id(), numbered(n)),
        }
    }
}
