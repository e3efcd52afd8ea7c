//! Refusals, broken answers, odd invoices.

use std::time::Duration;

use invoice::{PaymentStatus, Status};
use provider_client::ErrorKind;
use provider_client::provider::View;
use sandbox::{FaultKind, Operation};

use super::{NAME, Running, opened, soon, whole};

#[tokio::test]
async fn refusals_and_broken_answers_have_their_meaning() {
    let running = Running::with(50).await;
    let question = whole("");
    let part = running.provider.plan(&question).unwrap().parts.remove(0);
    for (status, kind) in [
        (401, ErrorKind::Credentials),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Conflict),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Failed),
        (502, ErrorKind::Failed),
    ] {
        // Longer than the deadline: what cannot be waited for is told at once.
        let retry_after = (status == 429).then_some(60);
        running.fail(FaultKind::Status { status, retry_after });
        let error = running.refused(&question, &part).await;
        assert_eq!((error.kind, error.status), (kind, Some(status)));
        assert_eq!(error.said.message.is_some(), status != 502, "{status}");
        let wait = retry_after.map(|seconds| Duration::from_secs(seconds.into()));
        assert_eq!(error.retry_after, wait, "{status}");
    }
    for kind in [FaultKind::InvalidJson, FaultKind::EmptyBody] {
        running.fail(kind.clone());
        let error = running.refused(&question, &part).await;
        assert_eq!(error.kind, ErrorKind::BadResponse, "{kind:?}");
    }
}

#[tokio::test]
async fn an_odd_invoice_does_not_fail_its_page() {
    let running = Running::with(50).await;
    for part in running.provider.plan(&whole("")).unwrap().parts {
        running.fail(FaultKind::UnknownStatus);
        let odd = running.walk_part(&whole(""), &part).await;
        if part.name == "posted" {
            assert_eq!(odd[0].payment_status, PaymentStatus::Unknown);
            assert_eq!(odd[0].provider_payment_status.as_deref(), Some("Quarantined"));
        } else {
            assert_eq!(odd[0].status, Status::Unknown);
            assert_eq!(odd[0].provider_status.as_deref(), Some("Quarantined"));
        }
        running.fail(FaultKind::NullRequired);
        let odd = running.walk_part(&whole(""), &part).await;
        assert!(odd[0].amounts.total.is_none() && odd[1].amounts.total.is_some());
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_as_ours() {
    let running = Running::with(10).await;
    let mut secret = running.sandbox.secret(NAME, &running.origin).unwrap();
    secret["apiKey"] = "wrong".into();
    let error = opened(&secret).get("162281", &View::default(), soon()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    assert_eq!(running.sandbox.calls(NAME)[&Operation::Get], 1, "sent once");
}
