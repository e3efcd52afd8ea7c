use invoice::Direction;
use serde_json::{Value, json};

use super::*;
use crate::ErrorKind;

fn invoice(word: &str, status: Status, payment_status: PaymentStatus) -> Invoice {
    Invoice {
        status,
        provider_status: Some(word.to_owned()),
        payment_status,
        available_actions: available(status, payment_status),
        ..Invoice::unknown("pin:a".parse().unwrap(), "simplepin", Direction::Receivable)
    }
}

fn draft() -> Invoice {
    invoice("DRAFT", Status::Draft, PaymentStatus::Unpaid)
}

fn activate(invoice_date: Option<&str>) -> Write {
    Write::Activate {
        invoice_date: invoice_date.map(|day| day.parse().unwrap()),
        comment: Some("why".to_owned()),
    }
}

fn cancel() -> Write {
    Write::Cancel { comment: Some("why".to_owned()) }
}

fn update(patch: Value) -> Write {
    Write::Update(Box::new(api::read_patch(patch.to_string().as_bytes()).unwrap()))
}

fn refused(write: &Write, invoice: &Invoice) -> (Code, String) {
    let problem = refusal(write, invoice).unwrap();
    (problem.code, problem.detail)
}

#[test]
fn what_may_be_done_follows_from_state_and_payment() {
    use PaymentStatus::{Paid, PartiallyPaid, Unknown, Unpaid};
    let words = |status, payment| {
        let available = available(status, payment);
        available.keys().map(|action| action.word()).collect::<Vec<_>>().join(" ")
    };
    for (status, payment, expected) in [
        (Status::Draft, Unpaid, "activate cancel update"),
        (Status::Draft, Unknown, "activate cancel update"),
        (Status::Draft, Paid, "activate"),
        (Status::Active, Unpaid, "cancel update"),
        (Status::Active, Unknown, "cancel update"),
        (Status::Active, PartiallyPaid, "update"),
        (Status::Active, Paid, ""),
        (Status::Canceled, Unpaid, ""),
        (Status::Canceled, Paid, ""),
        (Status::Unknown, Unpaid, "activate cancel update"),
        (Status::Unknown, Unknown, "activate cancel update"),
        (Status::Unknown, Paid, "activate"),
    ] {
        assert_eq!(words(status, payment), expected, "{status:?} {payment:?}");
    }
}

#[test]
fn each_action_says_where_it_leads() {
    assert_eq!(
        serde_json::to_value(draft().available_actions).unwrap(),
        json!({
            "activate": {"resultingStatus": "active"},
            "cancel": {"resultingStatus": "canceled"},
            "update": {"resultingStatus": "draft"}
        })
    );
    let sent = available(Status::Active, PaymentStatus::Unpaid);
    assert_eq!(sent[&Action::Update].resulting_status, Some(Status::Active));
}

#[test]
fn what_may_be_done_is_not_refused() {
    let change = json!({"dates": {"due": "2025-04-30", "invoice": "2025-04-01"}, "comment": "x"});
    for write in [activate(None), cancel(), update(change)] {
        assert!(refusal(&write, &draft()).is_none(), "{write:?}");
    }
}

#[test]
fn a_refusal_by_state_says_which_state_why_and_what_can_be_done() {
    use PaymentStatus::{Paid, PartiallyPaid, Unpaid};
    let change = update(json!({"comment": "x"}));
    for (write, invoice, expected) in [
        (
            activate(None),
            invoice("CANCELLED", Status::Canceled, Unpaid),
            "invoice `pin:a` is `CANCELLED` at SimplePin: activate is not possible now: \
             reopening a canceled invoice is no activation",
        ),
        (
            cancel(),
            invoice("PAID", Status::Active, Paid),
            "invoice `pin:a` is `PAID` at SimplePin: cancel is not possible now: it is paid",
        ),
        (
            cancel(),
            invoice("SENT", Status::Active, PartiallyPaid),
            "invoice `pin:a` is `SENT` at SimplePin: cancel is not possible now: \
             a part of it is paid",
        ),
        (
            change.clone(),
            invoice("PAID", Status::Active, Paid),
            "invoice `pin:a` is `PAID` at SimplePin: update is not possible now: it is paid",
        ),
        (
            change,
            invoice("CANCELLED", Status::Canceled, Unpaid),
            "invoice `pin:a` is `CANCELLED` at SimplePin: update is not possible now",
        ),
    ] {
        let problem = refusal(&write, &invoice).unwrap();
        assert_eq!((problem.code, problem.detail.as_str()), (Code::StateConflict, expected));
        assert_eq!(problem.available_actions, Some(invoice.available_actions));
    }
}

#[test]
fn a_date_for_the_activation_is_refused_whatever_the_state() {
    let active = invoice("SENT", Status::Active, PaymentStatus::Unpaid);
    for invoice in [draft(), active] {
        let problem = refusal(&activate(Some("2025-07-01")), &invoice).unwrap();
        assert_eq!(problem.code, Code::UnsupportedField);
        assert_eq!(problem.errors.len(), 1);
        assert_eq!(problem.errors[0].pointer, "/invoiceDate");
        assert_eq!(problem.errors[0].code, Code::UnsupportedField);
    }
}

#[test]
fn every_field_that_cannot_be_changed_is_pointed_at() {
    let patch = json!({
        "dates": {"due": null, "invoice": null}, "terms": "Net10", "billToContactId": "c",
        "tracking": {"poNumbers": ["1"]}, "customFields": {"a": 1}, "comment": "fine"
    });
    for invoice in [draft(), invoice("PAID", Status::Active, PaymentStatus::Paid)] {
        let problem = refusal(&update(patch.clone()), &invoice).unwrap();
        assert_eq!(problem.code, Code::UnsupportedField);
        let mut pointers: Vec<&str> =
            problem.errors.iter().map(|fault| fault.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(
            pointers,
            [
                "/billToContactId",
                "/customFields",
                "/dates/due",
                "/dates/invoice",
                "/terms",
                "/tracking/poNumbers"
            ]
        );
    }
    let (_, detail) = refused(&update(json!({"dates": {"due": null}})), &draft());
    assert_eq!(
        detail,
        "SimplePin's invoices always have a `/dates/due`: it can be changed, and not cleared"
    );
    let (_, detail) = refused(&update(json!({"terms": "Net10"})), &draft());
    assert!(detail.ends_with("it can change: /dates/due, /dates/invoice, /comment"), "{detail}");
}

#[test]
fn an_invoice_is_the_same_whatever_was_asked_for_beside_it() {
    let with_lines = Invoice { lines: Some(None), raw: None, ..draft() };
    assert!(same(&draft(), &with_lines));
    let mut dated = draft();
    dated.dates.due = "2025-04-30".parse().ok();
    assert!(!same(&draft(), &dated));
    assert!(!same(&draft(), &invoice("DRAFT", Status::Draft, PaymentStatus::Paid)));
}

#[test]
fn reading_again_tells_done_from_not_done_and_from_what_others_did() {
    use Status::{Active, Canceled, Draft, Unknown};
    let change = || update(json!({"comment": "x"}));
    for (write, before, status, expected) in [
        (activate(None), Draft, Active, "done"),
        (activate(None), Draft, Draft, "not done"),
        (activate(None), Draft, Canceled, "unclear"),
        (activate(None), Draft, Unknown, "unclear"),
        (activate(None), Unknown, Unknown, "not done"),
        (cancel(), Draft, Canceled, "done"),
        (cancel(), Draft, Draft, "not done"),
        (cancel(), Draft, Active, "not done"),
        (cancel(), Draft, Unknown, "unclear"),
        (cancel(), Unknown, Unknown, "not done"),
        (change(), Draft, Draft, "not done"),
        (change(), Draft, Canceled, "not done"),
    ] {
        let now = invoice("?", status, PaymentStatus::Unpaid);
        let told = match after(&write, before, Ok(now)).unwrap() {
            After::Done(now) => now.map_or("gone", |_| "done"),
            After::NotDone(_) => "not done",
            After::Unclear => "unclear",
        };
        assert_eq!(told, expected, "{write:?} {status:?}");
    }
}

#[test]
fn a_reading_that_fails_tells_nothing() {
    let failed = |kind| ProviderError::new(kind, "simplepin", draft().id.connection(), "get", "x");
    let gone = after(&cancel(), Status::Draft, Err(failed(ErrorKind::NotFound))).unwrap();
    assert!(matches!(gone, After::Unclear), "{gone:?}");
    assert!(after(&cancel(), Status::Draft, Err(failed(ErrorKind::Timeout))).is_err());
}
