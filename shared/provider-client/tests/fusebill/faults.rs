//! Refusals, broken answers, odd invoices.

use std::time::Duration;

use api::ListQuery;
use axum::Router;
use axum::routing::get;
use engine::Connection;
use engine::listing::list;
use invoice::{Code, PaymentStatus, Scope, Status};
use provider_client::ErrorKind;
use provider_client::provider::{Start, View};
use sandbox::{Fault, FaultKind, Operation, ProviderKind};
use serde_json::json;

use super::rig::{NAME, Rig, everything, following, ids, provider, serve, soon};
use super::{fusebill, question, walk_part};

#[tokio::test]
async fn refusals_keep_their_meaning_and_their_words() {
    let rig = fusebill(50).await;
    rig.explains_broken_answers().await;
    for (status, kind) in [
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Conflict),
        (500, ErrorKind::Failed),
        (502, ErrorKind::Failed),
        // The last: it has the connection left alone.
        (429, ErrorKind::RateLimited),
    ] {
        // Longer than the deadline: what cannot be waited for is told at once.
        let retry_after = (status == 429).then_some(60);
        let error = rig.list_under(FaultKind::Status { status, retry_after }).await.unwrap_err();
        assert_eq!((error.kind, error.status), (kind, Some(status)));
        assert_eq!(error.said.message.is_some(), status != 502, "{status}");
        let wait = retry_after.map(|seconds| Duration::from_secs(seconds.into()));
        assert_eq!(error.retry_after, wait, "{status}");
    }
}

#[tokio::test]
async fn an_odd_invoice_does_not_fail_its_page() {
    let rig = fusebill(50).await;
    for part in rig.provider.plan(&everything()).unwrap().parts {
        rig.sandbox.set_fault(NAME, Fault::always(FaultKind::UnknownStatus)).unwrap();
        let odd = walk_part(&rig, &everything(), &part).await;
        if part.key().as_str() == "posted" {
            assert_eq!(odd[0].payment_status, PaymentStatus::Unknown);
            assert_eq!(odd[0].provider_payment_status.as_deref(), Some("Quarantined"));
        } else {
            assert_eq!(odd[0].status, Status::Unknown);
            assert_eq!(odd[0].provider_status.as_deref(), Some("Quarantined"));
        }
        rig.sandbox.clear_faults(NAME).unwrap();
        rig.sandbox.set_fault(NAME, Fault::always(FaultKind::NullRequired)).unwrap();
        let odd = walk_part(&rig, &everything(), &part).await;
        assert!(odd[0].amounts.total.is_none() && odd[1].amounts.total.is_some());
        rig.sandbox.clear_faults(NAME).unwrap();
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_as_ours() {
    let wrong = |secret: &mut serde_json::Value| secret["apiKey"] = "wrong".into();
    let rig = Rig::open(ProviderKind::Fusebill, 10, wrong).await;
    let error = rig.get("162281", &View::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    assert_eq!(rig.sandbox.calls(NAME)[&Operation::Get], 1, "sent once");
}

/// What a server that is not the sandbox may answer.
async fn against(answer: &'static str, next: &'static str) -> Rig {
    let rig = fusebill(2).await;
    let page = get(move || async move { ([("x-nextpage", next)], answer) });
    let router = Router::new()
        .route("/v1/Invoices", page.clone())
        .route("/v1/customers/{id}/DraftInvoices", page);
    let origin = serve(router).await;
    let secret = json!({
        "provider": "fusebill", "apiKey": "key", "baseUrl": format!("{origin}/v1"),
    });
    Rig { provider: provider(&secret), ..rig }
}

#[tokio::test]
async fn a_short_page_leads_on_until_one_brings_nothing() {
    let rig = against(r#"[{"id": 1}]"#, "1").await;
    let page = rig.page_at(&everything(), 0).await.unwrap();
    assert_eq!(following(&page), [1]);
    // The one after it is the same, and still says that there is more.
    let connection = Connection { name: NAME.parse().unwrap(), provider: Ok(rig.provider.into()) };
    for asked in ["status=active", "status=active&sort=amount"] {
        let query = ListQuery::parse(asked).unwrap();
        let connections = std::slice::from_ref(&connection);
        let problem = list(connections, &query, &Scope::All, soon()).await.unwrap_err();
        assert_eq!(problem.code, Code::ProviderBadResponse, "{asked}: {problem}");
    }
}

#[tokio::test]
async fn a_customers_draft_is_theirs_though_it_does_not_say_so() {
    let rig = against(r#"[{"id": 7, "status": "Ready"}]"#, "-1").await;
    let few = provider_client::provider::Reading::Few(1);
    let question = question("status=draft", Some(&["5"]), few);
    let part = rig.provider.plan(&question).unwrap().parts.remove(0);
    let page = rig.provider.page(&question, &part, &Start::default(), soon()).await.unwrap();
    assert_eq!(ids(&page.invoices), ["draft.7"]);
    let customer = page.invoices[0].customer.id.as_ref();
    assert_eq!(customer.unwrap().to_string(), "it:5");
}
