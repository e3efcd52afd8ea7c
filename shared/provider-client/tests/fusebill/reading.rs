//! Invoices, their lines, and one by its id.

use std::collections::BTreeSet;

use invoice::{Invoice, PaymentStatus, Status};
use provider_client::ErrorKind;
use provider_client::provider::Reading;

use super::rig::soon;
use super::{calls, fusebill, question, whole};

#[tokio::test]
async fn lines_are_read_for_the_invoices_that_are_answered() {
    let rig = fusebill(300).await;
    let question = question("includes=lines&showTrackedItems=true", None, Reading::Few(20));
    let listed = rig.walk(&question).await;
    assert!(listed.iter().all(|invoice| matches!(invoice.lines, Some(None))));
    let answered: Vec<Invoice> = listed.into_iter().step_by(25).collect();
    let asked = answered.len();
    let before = calls(&rig);
    let complete = rig.provider.complete(answered, &question.view, soon()).await.unwrap();
    assert_eq!(calls(&rig) - before, u64::try_from(asked).unwrap());
    assert!(complete.iter().any(|invoice| invoice.id.id().starts_with("draft.")));
    for invoice in &complete {
        let one = rig.get(invoice.id.id(), &question.view).await.unwrap();
        assert_eq!(serde_json::to_value(invoice).unwrap(), serde_json::to_value(&one).unwrap());
        assert!(!invoice.lines.as_ref().unwrap().as_ref().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_customers_listing_carries_its_lines_and_tracked_items() {
    let rig = fusebill(600).await;
    let customer: &[&str] = &["123457"];
    let asked = "includes=lines&status=active";
    let lines = |invoices: &[Invoice]| {
        let lines = invoices.iter().flat_map(|invoice| invoice.lines.clone().unwrap().unwrap());
        lines.collect::<Vec<_>>()
    };
    let plain = rig.walk(&question(asked, Some(customer), Reading::Whole)).await;
    assert!(lines(&plain).iter().all(|line| line.tracked_items.is_none()));
    let before = calls(&rig);
    let same = rig.provider.complete(plain, &whole(asked).view, soon()).await.unwrap();
    assert_eq!(calls(&rig), before, "nothing was left to read");
    assert!(lines(&same).len() > same.len());
    let asked = format!("{asked}&showTrackedItems=true");
    let tracked = rig.walk(&question(&asked, Some(customer), Reading::Whole)).await;
    let mut items = lines(&tracked).into_iter().filter_map(|line| line.tracked_items);
    assert!(items.any(|items| !items.is_empty()));
}

#[tokio::test]
async fn the_population_is_read_without_a_gap() {
    let rig = fusebill(500).await;
    let mut statuses = BTreeSet::new();
    for invoice in rig.walk(&whole("")).await {
        let draft = invoice.id.id().starts_with("draft.");
        let id = &invoice.id;
        assert_eq!(invoice.status, if draft { Status::Draft } else { Status::Active }, "{id}");
        assert_eq!(invoice.provider_status.is_some(), draft, "{id}");
        assert!(invoice.currency.is_some() && invoice.customer.id.is_some(), "{id}");
        assert!(invoice.amounts.without_tax.is_some() && invoice.amounts.tax.is_some(), "{id}");
        assert!(invoice.dates.invoice.is_some() && invoice.dates.due.is_some(), "{id}");
        if draft {
            assert_eq!(invoice.payment_status, PaymentStatus::Unknown, "{id}");
        } else {
            assert!(invoice.amounts.balance.is_some() && invoice.number.is_some(), "{id}");
            assert_ne!(invoice.payment_status, PaymentStatus::Unknown, "{id}");
            statuses.insert(invoice.payment_status);
        }
    }
    assert!(statuses.len() >= 7, "{statuses:?}");
}

#[tokio::test]
async fn one_invoice_is_read_by_its_own_id() {
    let rig = fusebill(200).await;
    let view = whole("includes=lines").view;
    let first = rig.get("123456", &view).await.unwrap();
    let first = serde_json::to_value(first).unwrap();
    assert_eq!(first["number"], "290");
    assert_eq!(first["amounts"]["total"], "264.00");
    assert_eq!(first["currency"], "USD");
    assert_eq!(first["dates"]["due"], "2017-06-22");
    assert_eq!(first["lines"][0]["tiers"].as_array().unwrap().len(), 4);
    let posted = rig.get("162281", &view).await.unwrap();
    let draft = rig.get("draft.162281", &view).await.unwrap();
    assert_eq!((posted.status, draft.status), (Status::Active, Status::Draft));
    assert_eq!(draft.id.to_string(), "it:draft.162281");
    for missing in ["1", "draft.1"] {
        let error = rig.get(missing, &view).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{missing}");
    }
    let before = calls(&rig);
    for nobodys in ["draft.", "x", "162281/", "../Invoices", "0162281"] {
        let error = rig.get(nobodys, &view).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{nobodys}");
    }
    assert_eq!(calls(&rig), before + 4, "what is no id at all is not sent");
}
