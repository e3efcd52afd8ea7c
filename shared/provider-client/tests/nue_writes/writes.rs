//! Each write, read back, and each refusal.

use invoice::{Action, Change, Invoice, Patch, Status, Write};
use jiff::civil::date;
use provider_client::ErrorKind;
use provider_client::error::Fate;
use sandbox::{Bulk, Operation, ProviderKind, Rules};

use crate::rig::{NAME, Rig, everything, ids};
use crate::{
    OPERATIONS, able, activate, calls, cancel, counts, open, plain, read, send, told, update,
};

#[tokio::test]
async fn an_activation_is_shown_and_read_back_with_its_date_and_comment() {
    let nue = open(200).await;
    let drafts = able(&nue, Action::Activate, 12).await;
    let write = Write::Activate {
        invoice_date: Some(date(2027, 1, 2)),
        comment: Some("approved \"by\" 東京".to_owned()),
    };
    let written = send(&nue, &write, &drafts).await.unwrap();
    let shown: Vec<&str> = written.iter().map(|written| &*written.id).collect();
    assert_eq!(shown, ids(&drafts));
    let now = read(&nue, &drafts).await;
    for ((written, now), before) in written.iter().zip(now).zip(&drafts) {
        let now = now.unwrap();
        assert_eq!(
            serde_json::to_value(&written.invoice).unwrap(),
            serde_json::to_value(&now).unwrap()
        );
        assert_eq!((now.status, now.id.id()), (Status::Active, before.id.id()));
        assert_eq!(now.dates.invoice, Some(date(2027, 1, 2)));
        assert!(now.timestamps.activated.is_some());
        assert_eq!(now.comments.last().unwrap().text, "approved \"by\" 東京");
        assert!(!now.available_actions.contains_key(&Action::Activate));
    }
    assert_eq!(told(&nue, &write, &drafts).await, "d".repeat(12));
    assert_eq!(counts(&nue, Operation::Activate, &drafts), [(1, 1); 12]);
    assert_eq!(calls(&nue)[&Operation::Activate], 1);
}

#[tokio::test]
async fn an_invoice_is_canceled_and_then_deleted() {
    let nue = open(200).await;
    let able = able(&nue, Action::Cancel, 20).await;
    assert!(able.iter().any(|invoice| invoice.status == Status::Active));
    assert!(able.iter().any(|invoice| invoice.status == Status::Draft));
    let write = Write::Cancel { comment: Some("in error".to_owned()) };
    assert_eq!(send(&nue, &write, &able).await.unwrap().len(), 20);
    let canceled: Vec<Invoice> = read(&nue, &able).await.into_iter().map(Result::unwrap).collect();
    for invoice in &canceled {
        assert_eq!(invoice.status, Status::Canceled);
        assert_eq!(invoice.comments.last().unwrap().text, "in error");
        let possible: Vec<&Action> = invoice.available_actions.keys().collect();
        assert_eq!(possible, [&Action::Delete]);
    }
    send(&nue, &Write::Delete, &canceled).await.unwrap();
    for missing in read(&nue, &canceled).await {
        assert_eq!(missing.unwrap_err().kind, ErrorKind::NotFound);
    }
    assert_eq!(told(&nue, &Write::Delete, &canceled).await, "g".repeat(20));
    assert_eq!(told(&nue, &write, &able).await, "u".repeat(20));
    assert_eq!(counts(&nue, Operation::Cancel, &able), [(1, 1); 20]);
    assert_eq!(counts(&nue, Operation::Delete, &able), [(1, 1); 20]);
}

#[tokio::test]
async fn every_field_that_can_be_changed_is_changed_and_emptied() {
    let nue = open(60).await;
    let before = able(&nue, Action::Update, 1).await;
    let raw = |text: &str| serde_json::from_str(text).unwrap();
    let set = update(Patch {
        due: Change::Set(date(2027, 3, 31)),
        invoice_date: Change::Set(date(2027, 3, 1)),
        bill_to_contact_id: Change::Set("003KS00000000000AA".to_owned()),
        po_numbers: Change::Set(vec!["PO-1".to_owned(), "PO \"2\"".to_owned()]),
        comment: Some("moved".to_owned()),
        custom_fields: [
            ("amount__c".to_owned(), raw("12345678901234567890.10")),
            ("note__c".to_owned(), raw(r#""x""#)),
        ]
        .into(),
        ..Patch::default()
    });
    let written = send(&nue, &set, &before).await.unwrap();
    assert!(set.is_shown_by(&written[0].invoice));
    let changed = read(&nue, &before).await.remove(0).unwrap();
    assert_eq!(changed.tracking.po_numbers, ["PO-1", "PO \"2\""]);
    let custom = changed.custom_fields.as_ref().unwrap().get();
    assert!(custom.contains("12345678901234567890.10"), "{custom}");
    assert_eq!(told(&nue, &set, &before).await, "d");

    let emptied = update(Patch {
        due: Change::Clear,
        bill_to_contact_id: Change::Clear,
        po_numbers: Change::Clear,
        custom_fields: [("note__c".to_owned(), raw("null"))].into(),
        ..Patch::default()
    });
    assert!(!emptied.is_shown_by(&changed));
    let written = send(&nue, &emptied, &[changed]).await.unwrap();
    assert!(emptied.is_shown_by(&written[0].invoice));
    let now = read(&nue, &before).await.remove(0).unwrap();
    assert_eq!((now.dates.due, now.dates.invoice), (None, Some(date(2027, 3, 1))));
    assert!(now.custom_fields.unwrap().get().contains("12345678901234567890.10"));
    assert_eq!(counts(&nue, Operation::Update, &before), [(2, 2)]);
}

#[tokio::test]
async fn we_refuse_what_nue_refuses_and_nothing_else() {
    for (action, operation) in OPERATIONS {
        let nue = open(150).await;
        let write = plain(action);
        let (mut refused, mut done) = (0, 0);
        for invoice in nue.walk(&everything()).await {
            let refusal = nue.provider.refusal(&write, &invoice);
            let possible = invoice.available_actions.get(&action);
            assert_eq!(refusal.is_none(), possible.is_some());
            let invoices = [invoice];
            let answer = send(&nue, &write, &invoices).await;
            let applied = counts(&nue, operation, &invoices) == [(1, 1)];
            assert_eq!(applied, refusal.is_none(), "{action:?} {:?}", invoices[0]);
            if let Some(refusal) = refusal {
                refused += 1;
                assert!(refusal.available_actions.is_some());
                let error = answer.unwrap_err();
                assert_eq!((error.kind, error.fate), (ErrorKind::Rejected, Fate::NotAccepted));
                assert!(error.said.message.unwrap().contains(invoices[0].id.id()));
            } else {
                done += 1;
                let now = &answer.unwrap()[0].invoice;
                let leads_to = possible_status(&invoices[0], action);
                assert!(leads_to.is_none_or(|status| status == now.status));
            }
        }
        assert!(refused > 0 && done > 0, "{action:?}: {refused} {done}");
    }
}

fn possible_status(invoice: &Invoice, action: Action) -> Option<Status> {
    invoice.available_actions[&action].resulting_status
}

#[tokio::test]
async fn one_wrong_invoice_spoils_a_bulk_or_is_left_out_of_its_answer() {
    for (bulk, shown, applied) in [(Bulk::Atomic, None, 0), (Bulk::Partial, Some(3), 1)] {
        let nue = open(100).await;
        nue.sandbox.set_rules(NAME, Rules { bulk, ..Rules::default() }).unwrap();
        let mut batch = able(&nue, Action::Activate, 3).await;
        batch.extend(able(&nue, Action::Delete, 1).await);
        let answer = send(&nue, &activate(), &batch).await;
        assert_eq!(answer.as_ref().ok().map(Vec::len), shown);
        if let Err(error) = answer {
            assert_eq!((error.kind, error.fate), (ErrorKind::Rejected, Fate::NotAccepted));
        }
        let expected = [(1, applied), (1, applied), (1, applied), (1, 0)];
        assert_eq!(counts(&nue, Operation::Activate, &batch), expected);
    }
}

#[tokio::test]
async fn nues_own_word_stands_on_which_invoice_is_the_latest() {
    let nue = open(100).await;
    nue.sandbox.set_rules(NAME, Rules { latest_only: true, ..Rules::default() }).unwrap();
    let all = able(&nue, Action::Cancel, 20).await;
    let error = send(&nue, &cancel(), &all).await.unwrap_err();
    assert_eq!((error.kind, error.fate), (ErrorKind::Rejected, Fate::NotAccepted));
    assert!(error.said.message.unwrap().contains("is not the latest invoice"));
    assert_eq!(counts(&nue, Operation::Cancel, &all), [(1, 0); 20]);
}

#[tokio::test]
async fn nothing_to_write_to_is_never_sent() {
    let nue = open(5).await;
    for (action, operation) in OPERATIONS {
        assert!(send(&nue, &plain(action), &[]).await.unwrap().is_empty());
        assert_eq!(calls(&nue).get(&operation), None);
    }
}

#[tokio::test]
async fn the_self_service_edition_only_reads() {
    let own = Rig::open(ProviderKind::NueSelfService, 60, |_| {}).await;
    let all = own.walk(&everything()).await;
    assert!(all.iter().all(|invoice| invoice.available_actions.is_empty()));
    for (action, _) in OPERATIONS {
        assert!(own.provider.refusal(&plain(action), &all[0]).is_some());
        let error = send(&own, &plain(action), &all).await.unwrap_err();
        let told = (error.kind, error.fate);
        assert_eq!(told, (ErrorKind::UnsupportedOperation, Fate::NotAccepted));
    }
    assert_eq!(calls(&own).keys().collect::<Vec<_>>(), [&Operation::List]);
}
