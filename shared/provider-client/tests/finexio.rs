//! Finexio over HTTP, against the sandbox.

#![cfg(test)]

#[path = "sandboxed/rig.rs"]
mod rig;

use axum::Router;
use invoice::Include;
use provider_client::ErrorKind;
use provider_client::provider::View;
use sandbox::{FaultKind, Operation, ProviderKind};
use serde_json::json;

use rig::{NAME, Rig, everything, following, ids, provider, serve, soon, sorted};

async fn finexio(invoices: usize) -> Rig {
    Rig::open(ProviderKind::Finexio, invoices, |_| {}).await
}

fn population(rig: &Rig) -> Vec<String> {
    let records = rig.sandbox.population(NAME).into_iter();
    records.map(|record| record.id).collect()
}

#[tokio::test]
async fn walking_all_pages_gives_the_population_in_its_order() {
    for (invoices, pages) in [(250, 3), (200, 2), (2, 1)] {
        let rig = finexio(invoices).await;
        assert_eq!(ids(&rig.walk(&everything()).await), population(&rig));
        // The sandbox's `next` names another host: had it been followed, or a
        // page been asked for in vain, the number of calls would not fit.
        let calls = rig.sandbox.calls(NAME);
        assert_eq!(calls.get(&Operation::List), Some(&pages));
    }
}

#[tokio::test]
async fn the_first_page_names_all_that_follow() {
    let rig = finexio(250).await;
    let page = rig.page_at(&everything(), 0).await.unwrap();
    assert_eq!(page.total, Some(250));
    assert_eq!(following(&page), [100, 200]);
}

#[tokio::test]
async fn a_page_begins_exactly_where_it_is_asked_to() {
    let rig = finexio(250).await;
    let all = population(&rig);
    for skip in [1, 99, 100, 137, 249] {
        let page = rig.page_at(&everything(), skip).await.unwrap();
        let end = ((skip / 100 + 1) * 100).min(250);
        assert_eq!(ids(&page.invoices), all[skip..end], "{skip}");
        let next = following(&page).first().copied();
        assert_eq!(next, (end < 250).then_some(end), "{skip}");
    }
}

#[tokio::test]
async fn a_place_past_the_end_is_the_end() {
    let rig = finexio(200).await;
    for skip in [200, 250, 100_000] {
        let page = rig.page_at(&everything(), skip).await.unwrap();
        assert_eq!(ids(&page.invoices), [""; 0], "{skip}");
        assert_eq!(page.following, [], "{skip}");
    }
}

#[tokio::test]
async fn a_404_that_tells_nothing_of_pages_never_ends_a_list() {
    let rig = finexio(250).await;
    let fault = FaultKind::Status { status: 404, retry_after: None };
    rig.sandbox.set_fault(NAME, sandbox::Fault::always(fault)).unwrap();
    let error = rig.page_at(&everything(), 100).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn next_is_never_followed_to_another_host() {
    let elsewhere = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let next = format!("http://{}/v2/invoices/?page=2", elsewhere.local_addr().unwrap());
    let invoices: Vec<_> = (0..100).map(|id| json!({"id": format!("inv_{id}")})).collect();
    let answer = json!({"count": 200, "next": next, "previous": null, "results": invoices});
    let router = Router::new().fallback(|| async move { axum::Json(answer) });
    let origin = serve(router).await;
    let rig = Rig {
        provider: provider(
            &json!({"provider": "finexio", "username": "u", "password": "p", "baseUrl": origin}),
        ),
        ..finexio(0).await
    };
    // The second page is asked for by its number, here, and repeats the first.
    assert_eq!(rig.walk(&everything()).await.len(), 100);
    let visitor = elsewhere.accept().unwrap_err();
    assert_eq!(visitor.kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn reads_one_invoice_as_it_is_listed_byte_for_byte() {
    let rig = finexio(60).await;
    let view = View { includes: vec![Include::Raw], ..View::default() };
    let mut question = everything();
    question.view = view.clone();
    let listed = rig.walk(&question).await;
    for (record, listed) in rig.sandbox.population(NAME).iter().zip(&listed) {
        let read = rig.get(&record.id, &view).await.unwrap();
        assert_eq!(read.raw.as_ref().unwrap().get(), record.json);
        assert_eq!(serde_json::to_string(&read).unwrap(), serde_json::to_string(listed).unwrap());
        let supplier = read.supplier.as_ref().map(|supplier| supplier.id.id());
        assert_eq!(supplier, Some(record.customer.as_str()));
    }
}

#[tokio::test]
async fn an_id_it_does_not_have_is_not_found_and_never_a_path() {
    let rig = finexio(2).await;
    for id in ["inv_none", ".", "..", "../invoices", "a/b", "?page=1", "%2e%2e", "a b"] {
        let error = rig.get(id, &View::default()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{id}: {error}");
    }
    assert_eq!(rig.sandbox.calls(NAME).get(&Operation::List), None);
}

#[tokio::test]
async fn a_wrong_password_is_told_in_the_providers_words() {
    let rig =
        Rig::open(ProviderKind::Finexio, 2, |secret| secret["password"] = json!("wrong")).await;
    let error = rig.page_at(&everything(), 0).await.unwrap_err();
    assert_eq!((error.kind, error.status), (ErrorKind::Credentials, Some(403)));
    assert_eq!(error.said.message.as_deref(), Some("Invalid username/password."));
    let error = rig.get("inv_ucqrciuy357w7oha23k0", &View::default()).await;
    assert_eq!(error.unwrap_err().kind, ErrorKind::Credentials);
}

#[tokio::test]
async fn broken_answers_are_told_by_their_kind() {
    finexio(2).await.explains_broken_answers().await;
}

#[tokio::test]
async fn odd_invoices_fail_no_page() {
    let rig = finexio(5).await;
    let odd = rig.list_under(FaultKind::UnknownStatus).await.unwrap();
    assert_eq!(odd.invoices[0].payment_status, invoice::PaymentStatus::Unknown);
    assert_eq!(odd.invoices[0].provider_payment_status.as_deref(), Some("Quarantined"));
    let null = rig.list_under(FaultKind::NullRequired).await.unwrap();
    assert_eq!(null.invoices[0].amounts.total, None);
    assert_eq!(sorted(ids(&null.invoices)), sorted(population(&rig)));
    // Nothing to add to what is listed.
    let done = rig.provider.complete(null.invoices, &View::default(), soon()).await;
    assert_eq!(ids(&done.unwrap()), population(&rig));
}
