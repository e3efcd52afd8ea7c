use invoice::{Amount, Currency, Direction};

use super::*;
use crate::ErrorKind;

/// An invoice over 10 in these states.
fn standing(status: Status, payment_status: PaymentStatus, balance: Option<&str>) -> Invoice {
    let currency = Currency::parse("USD");
    let amount = |text: &str| Amount::new(text.parse().unwrap(), currency.as_ref());
    let id = "acme:a".parse().unwrap();
    let mut invoice = Invoice {
        status,
        payment_status,
        ..Invoice::unknown(id, CAPABILITIES.provider, Direction::Receivable)
    };
    invoice.amounts.total = Some(amount("10"));
    invoice.amounts.balance = balance.map(amount);
    invoice.available_actions = available(&CAPABILITIES, &invoice);
    invoice
}

fn at(text: &str) -> Option<jiff::Timestamp> {
    Some(text.parse().unwrap())
}

fn due(change: Change<jiff::civil::Date>) -> Write {
    Write::Update(Box::new(Patch { due: change, ..Patch::default() }))
}

#[test]
fn every_standing_has_its_actions() {
    use Action::{Activate, Cancel, Delete, Update};
    use PaymentStatus as P;
    use Status::{Active, Canceled, Draft, PendingActivation, Unknown};
    let full = Some("10");
    for (status, payment, balance, possible) in [
        (Draft, P::NotTransferred, full, &[Activate, Cancel, Update][..]),
        (Draft, P::Unknown, None, &[Activate, Cancel, Update]),
        (PendingActivation, P::NotTransferred, full, &[Activate, Cancel, Update]),
        (Active, P::NotTransferred, full, &[Cancel, Update]),
        (Active, P::Transferred, full, &[Cancel, Update]),
        (Active, P::TransferError, full, &[Cancel, Update]),
        (Active, P::NotTransferred, Some("9.99"), &[Update]),
        (Active, P::NotTransferred, Some("0"), &[Update]),
        (Active, P::NotTransferred, None, &[Update]),
        (Active, P::Paid, Some("0"), &[Update]),
        (Active, P::PartiallyPaid, Some("5"), &[Update]),
        (Active, P::CreditBack, full, &[Update]),
        (Active, P::PartiallyApplied, full, &[Update]),
        (Active, P::Refunded, full, &[Update]),
        (Active, P::WrittenOff, full, &[Update]),
        (Active, P::Canceled, full, &[Update]),
        (Active, P::Unknown, full, &[Cancel, Update]),
        (Active, P::Unknown, None, &[Cancel, Update]),
        (Active, P::Unknown, Some("5"), &[Update]),
        (Canceled, P::Canceled, Some("0"), &[Delete]),
        (Canceled, P::Canceled, full, &[Delete]),
        (Canceled, P::NotTransferred, Some("0"), &[Delete]),
        (Canceled, P::TransferError, None, &[Delete]),
        (Canceled, P::Canceled, Some("5"), &[]),
        (Canceled, P::Refunded, Some("0"), &[]),
        (Canceled, P::PartiallyPaid, full, &[]),
        (Canceled, P::Unknown, Some("0"), &[Delete]),
        (Unknown, P::NotTransferred, full, &[Activate, Cancel, Delete, Update]),
        (Unknown, P::Paid, Some("0"), &[Activate, Cancel, Update]),
    ] {
        let invoice = standing(status, payment, balance);
        let found: Vec<Action> = invoice.available_actions.keys().copied().collect();
        assert_eq!(found, possible, "{status:?} {payment:?} {balance:?}");
    }
}

#[test]
fn an_action_says_what_it_leads_to() {
    let leads = |status, action| {
        let invoice = standing(status, PaymentStatus::NotTransferred, Some("10"));
        invoice.available_actions[&action].resulting_status
    };
    assert_eq!(leads(Status::Draft, Action::Activate), Some(Status::Active));
    assert_eq!(leads(Status::Active, Action::Cancel), Some(Status::Canceled));
    assert_eq!(leads(Status::Canceled, Action::Delete), None);
    for status in [Status::Draft, Status::PendingActivation, Status::Active] {
        assert_eq!(leads(status, Action::Update), Some(status));
    }
}

#[test]
fn what_there_is_no_call_for_is_never_possible() {
    let only = Capabilities {
        writes: &[(Action::Update, crate::capability::Sending::Single)],
        ..CAPABILITIES
    };
    let invoice = standing(Status::Draft, PaymentStatus::NotTransferred, Some("10"));
    assert_eq!(available(&only, &invoice).keys().collect::<Vec<_>>(), [&Action::Update]);
    assert!(available(&Capabilities { writes: &[], ..CAPABILITIES }, &invoice).is_empty());
}

#[test]
fn a_refusal_names_the_rule_and_what_can_be_done() {
    let refused = |write: Write, status, payment, balance| {
        let mut invoice = standing(status, payment, balance);
        invoice.provider_payment_status = Some("AsSaid".to_owned());
        let problem = refusal(&write, &invoice)?;
        assert_eq!(problem.code, Code::StateConflict);
        assert_eq!(problem.available_actions, Some(invoice.available_actions));
        Some(problem.detail)
    };
    let activate = || Write::Activate { invoice_date: None, comment: None };
    let cancel = || Write::Cancel { comment: None };
    let none = PaymentStatus::NotTransferred;
    assert_eq!(
        refused(cancel(), Status::Active, PaymentStatus::PartiallyPaid, Some("5")).unwrap(),
        "invoice `acme:a` is `active` at Nue: cancel is not possible now: an active one is \
         canceled only while nothing is paid on it or applied to it (its payment status is \
         `AsSaid`)"
    );
    for (write, status, payment, balance, rule) in [
        (activate(), Status::Canceled, none, None, "only a draft"),
        (cancel(), Status::Canceled, none, None, "only a draft"),
        (Write::Delete, Status::Active, none, Some("10"), "only a canceled one is deleted"),
        (Write::Delete, Status::Canceled, PaymentStatus::Refunded, None, "a canceled one"),
        (due(Change::Clear), Status::Canceled, none, None, "only a draft"),
    ] {
        let detail = refused(write, status, payment, balance).unwrap();
        assert!(detail.contains(rule), "{detail}");
    }
    assert_eq!(refused(activate(), Status::Draft, none, None), None);
    assert_eq!(refused(cancel(), Status::Active, none, Some("10")), None);
    assert_eq!(refused(Write::Delete, Status::Canceled, none, None), None);
    assert_eq!(refused(due(Change::Clear), Status::Active, none, None), None);
}

#[test]
fn every_field_that_cannot_be_changed_is_pointed_at_at_once() {
    let invoice = standing(Status::Draft, PaymentStatus::NotTransferred, Some("10"));
    let update = |patch| refusal(&Write::Update(Box::new(patch)), &invoice);
    let cleared = || Patch { invoice_date: Change::Clear, ..Patch::default() };
    let problem = update(Patch { terms: Change::Set("Net30".to_owned()), ..cleared() }).unwrap();
    assert_eq!(problem.code, Code::UnsupportedField);
    let pointers: Vec<&str> = problem.errors.iter().map(|fault| &*fault.pointer).collect();
    assert_eq!(pointers, ["/terms", "/dates/invoice"]);
    let problem = update(cleared()).unwrap();
    assert_eq!((problem.code, problem.errors.len()), (Code::UnsupportedField, 1));
    assert!(problem.detail.contains("not cleared"), "{}", problem.detail);
    let all_that_can = Patch {
        due: Change::Clear,
        invoice_date: Change::Set(jiff::civil::date(2025, 7, 1)),
        bill_to_contact_id: Change::Clear,
        po_numbers: Change::Clear,
        comment: Some("why".to_owned()),
        terms: Change::Keep,
        custom_fields: [("a__c".to_owned(), serde_json::from_str("null").unwrap())].into(),
    };
    assert_eq!(all_that_can.fields(), CAPABILITIES.updatable);
    assert!(update(all_that_can).is_none());
}

/// In one word, what a reading tells.
fn told(write: &Write, before: &Invoice, now: Result<Invoice, ErrorKind>) -> &'static str {
    let error = |kind| {
        ProviderError::new(kind, CAPABILITIES.provider, &before.connection, "get", "for a test")
    };
    match after(write, before, now.map_err(error)) {
        Ok(After::Done(Some(_))) => "done",
        Ok(After::Done(None)) => "gone",
        Ok(After::NotDone(_)) => "not done",
        Ok(After::Unclear) => "unclear",
        Err(_) => "failed",
    }
}

#[test]
fn what_is_neither_done_nor_as_before_is_unclear() {
    let stands = |status| Ok(standing(status, PaymentStatus::NotTransferred, Some("10")));
    let draft = stands(Status::Draft).unwrap();
    let activate = Write::Activate { invoice_date: None, comment: None };
    assert_eq!(told(&activate, &draft, stands(Status::Active)), "done");
    assert_eq!(told(&activate, &draft, stands(Status::Draft)), "not done");
    assert_eq!(told(&activate, &draft, stands(Status::PendingActivation)), "unclear");
    assert_eq!(told(&activate, &draft, Err(ErrorKind::NotFound)), "unclear");
    assert_eq!(told(&activate, &draft, Err(ErrorKind::Failed)), "failed");
    // What is kept of it before a write has no word of the provider's.
    let read = Invoice { provider_status: Some("Draft".to_owned()), ..draft.clone() };
    assert_eq!(told(&activate, &draft, Ok(read)), "not done");
    let canceled = stands(Status::Canceled).unwrap();
    assert_eq!(told(&Write::Delete, &canceled, Err(ErrorKind::NotFound)), "gone");
    assert_eq!(told(&Write::Delete, &canceled, Err(ErrorKind::Failed)), "failed");
    assert_eq!(told(&Write::Delete, &canceled, stands(Status::Canceled)), "not done");
}

#[test]
fn an_update_is_not_done_only_where_nothing_has_changed_at_all() {
    let date = jiff::civil::date(2025, 7, 1);
    let write = due(Change::Set(date));
    let modified = |at| {
        let mut invoice = standing(Status::Draft, PaymentStatus::NotTransferred, Some("10"));
        invoice.timestamps.modified = at;
        invoice
    };
    let before = modified(at("2025-06-30T09:58:12.870Z"));
    assert_eq!(told(&write, &before, Ok(before.clone())), "not done");
    assert_eq!(told(&write, &before, Ok(modified(at("2025-06-30T09:58:12.871Z")))), "unclear");
    assert_eq!(told(&write, &modified(None), Ok(modified(None))), "unclear");
    let mut done = modified(at("2025-06-30T09:58:13Z"));
    done.dates.due = Some(date);
    assert_eq!(told(&write, &before, Ok(done)), "done");
}
