//! What may be done, and why the rest may not.

use invoice::{Action, Code, Direction, Invoice, Patch, PaymentStatus, Problem, Status, Write};
use serde_json::{Value, json};

use super::super::CAPABILITIES;
use super::super::resource::Resource;
use super::super::rules::{available, refusal};

fn invoice(id: &str, word: Option<&str>) -> Invoice {
    let resource = Resource::find(id).unwrap().0;
    let reference = format!("billing:{id}").parse().unwrap();
    Invoice {
        status: if resource == Resource::Posted { Status::Active } else { Status::Draft },
        provider_status: word.map(str::to_owned),
        available_actions: available(resource, word),
        ..Invoice::unknown(reference, CAPABILITIES.provider, Direction::Receivable)
    }
}

fn activate(invoice_date: Option<&str>) -> Write {
    let invoice_date = invoice_date.map(|day| day.parse().unwrap());
    Write::Activate { invoice_date, comment: Some("c".repeat(2000)) }
}

fn cancel() -> Write {
    Write::Cancel { comment: Some("c".repeat(2000)) }
}

fn update(body: &Value) -> Write {
    Write::Update(Box::new(api::read_patch(body.to_string().as_bytes()).unwrap()))
}

fn pointers(problem: &Problem) -> Vec<&str> {
    problem.errors.iter().map(|fault| fault.pointer.as_str()).collect()
}

#[test]
fn what_may_be_done_follows_from_the_resource_and_the_word() {
    let all = vec![
        (Action::Activate, Status::Active),
        (Action::Cancel, Status::Canceled),
        (Action::Update, Status::Draft),
    ];
    let unknown = vec![
        (Action::Activate, Status::Active),
        (Action::Cancel, Status::Canceled),
        (Action::Update, Status::Unknown),
    ];
    let cancel = vec![(Action::Cancel, Status::Canceled)];
    for (resource, word, expected) in [
        (Resource::Drafts, Some("Ready"), all),
        (Resource::Drafts, Some("Pending"), cancel.clone()),
        (Resource::Drafts, Some("Projected"), cancel),
        (Resource::Drafts, Some("Cancelled"), vec![]),
        (Resource::Drafts, Some("Quarantined"), unknown.clone()),
        (Resource::Drafts, None, unknown),
        (Resource::Posted, None, vec![(Action::Update, Status::Active)]),
    ] {
        let found: Vec<(Action, Status)> = available(resource, word)
            .into_iter()
            .map(|(action, available)| (action, available.resulting_status.unwrap()))
            .collect();
        assert_eq!(found, expected, "{resource:?} {word:?}");
    }
}

#[test]
fn what_a_ready_draft_can_is_not_refused_whatever_the_comment() {
    let ready = invoice("draft.7", Some("Ready"));
    for write in [activate(None), cancel(), update(&json!({ "comment": "hello" }))] {
        assert!(refusal(&write, &ready).is_none(), "{write:?}");
    }
}

#[test]
fn what_the_state_forbids_names_what_it_allows() {
    let comment = update(&json!({ "comment": "hello" }));
    for (write, word) in [
        (activate(None), "Pending"),
        (activate(None), "Projected"),
        (comment, "Pending"),
        (activate(None), "Cancelled"),
        (cancel(), "Cancelled"),
    ] {
        let draft = invoice("draft.7", Some(word));
        let problem = refusal(&write, &draft).unwrap();
        assert_eq!(problem.code, Code::StateConflict, "{write:?} {word}");
        assert!(problem.detail.contains(word), "{}", problem.detail);
        assert_eq!(problem.available_actions, Some(draft.available_actions), "{word}");
    }
}

#[test]
fn a_posted_invoices_cancel_names_what_there_is_instead_and_offers_neither() {
    for payment_status in
        [PaymentStatus::Unpaid, PaymentStatus::Canceled, PaymentStatus::WrittenOff]
    {
        let posted = Invoice { payment_status, ..invoice("7", None) };
        assert!(!cancel().is_shown_by(&posted), "{payment_status:?} is no cancellation");
        let problem = refusal(&cancel(), &posted).unwrap();
        assert_eq!(problem.code, Code::UnsupportedOperation);
        for word in ["`billing`", "`billing:7`", "reverse", "write it off", "neither"] {
            assert!(problem.detail.contains(word), "{word}: {}", problem.detail);
        }
        let offered = problem.available_actions.unwrap();
        assert_eq!(offered.into_keys().collect::<Vec<_>>(), [Action::Update]);
    }
}

#[test]
fn there_is_no_delete_of_anything() {
    for one in [invoice("7", None), invoice("draft.7", Some("Ready"))] {
        let problem = refusal(&Write::Delete, &one).unwrap();
        assert_eq!(problem.code, Code::UnsupportedOperation);
        assert!(problem.detail.contains("delete"), "{}", problem.detail);
    }
    assert_eq!(CAPABILITIES.write(Action::Delete), None);
}

#[test]
fn an_activation_takes_no_date() {
    // Before the state: it can never be, whatever becomes of the draft.
    for one in
        [invoice("draft.7", Some("Ready")), invoice("draft.7", Some("Pending")), invoice("7", None)]
    {
        let problem = refusal(&activate(Some("2026-07-01")), &one).unwrap();
        assert_eq!(problem.code, Code::UnsupportedField);
        assert_eq!(pointers(&problem), ["/invoiceDate"]);
    }
    assert!(refusal(&activate(None), &invoice("draft.7", Some("Ready"))).is_none());
}

#[test]
fn fields_that_cannot_be_written_are_pointed_at_all_at_once() {
    let draft = invoice("draft.7", Some("Ready"));
    let posted = invoice("7", None);
    let elsewhere = json!({
        "dates": { "due": "2026-01-31", "invoice": "2026-01-01" }, "billToContactId": "c",
        "customFields": { "a": 1 }, "comment": "hello",
    });
    let foreign = ["/dates/due", "/dates/invoice", "/billToContactId", "/customFields"];
    let long = json!({ "comment": "c".repeat(501), "tracking": { "poNumbers": ["a", "b"] } });
    let number = json!({ "tracking": { "poNumbers": ["a"] } });
    let cleared = json!({ "tracking": { "poNumbers": null } });
    for (one, asked, expected) in [
        (&draft, &elsewhere, &foreign[..]),
        (&posted, &elsewhere, &foreign),
        (&draft, &long, &["/tracking/poNumbers", "/comment"]),
        (&posted, &long, &["/tracking/poNumbers", "/comment"]),
        (&posted, &number, &["/tracking/poNumbers"]),
        (&posted, &cleared, &["/tracking/poNumbers"]),
        (&draft, &json!({ "terms": null }), &["/terms"]),
        (&posted, &json!({ "terms": "Net31" }), &["/terms"]),
    ] {
        let problem = refusal(&update(asked), one).unwrap();
        assert_eq!(problem.code, Code::UnsupportedField, "{} {asked}", one.id);
        assert_eq!(pointers(&problem), expected, "{} {asked}", one.id);
    }
    for asked in [number, cleared, json!({ "comment": "ü".repeat(500), "terms": "Net30" })] {
        assert!(refusal(&update(&asked), &draft).is_none(), "{asked}");
    }
}

#[test]
fn a_comment_has_the_room_that_the_note_leaves() {
    let noted = |note: &str| {
        let comment = invoice::Comment { text: note.to_owned(), created_at: None, author: None };
        Invoice { comments: vec![comment], ..invoice("7", None) }
    };
    let refused = |note: &str, length: usize| {
        refusal(&update(&json!({ "comment": "c".repeat(length) })), &noted(note))
    };
    let half = "n".repeat(250);
    assert!(refused(&half, 249).is_none(), "a line break is between them");
    let problem = refused(&half, 250).unwrap();
    assert_eq!(pointers(&problem), ["/comment"]);
    let detail = &problem.errors[0].detail;
    assert!(detail.contains("room for 249 more, not for 250"), "{detail}");
    let full = "n".repeat(500);
    let problem = refused(&full, 1).unwrap();
    assert!(problem.errors[0].detail.contains("room for 0 more"), "{problem:?}");
    // It is there already: nothing is to be added.
    assert!(refused(&format!("{}\ncc", "n".repeat(497)), 2).is_none());
}

#[test]
fn a_draft_that_is_not_ready_says_what_it_waits_for() {
    let activate = Write::Activate { invoice_date: None, comment: None };
    for word in ["Pending", "Projected"] {
        let draft = invoice("draft.7", Some(word));
        for write in [activate.clone(), update(&json!({ "terms": "Net30" }))] {
            let problem = refusal(&write, &draft).unwrap();
            assert_eq!(problem.code, Code::StateConflict);
            let detail = &problem.detail;
            assert!(
                detail.contains(word) && detail.contains("only once it is `Ready`"),
                "{detail}"
            );
        }
    }
    // One that is gone is not to be waited for.
    let canceled = refusal(&activate, &invoice("draft.7", Some("Cancelled"))).unwrap();
    assert!(!canceled.detail.contains("Ready"), "{}", canceled.detail);
}

#[test]
fn terms_are_the_vendors_words() {
    let posted = invoice("7", None);
    let refused = |word: &str| refusal(&update(&json!({ "terms": word })), &posted).is_some();
    for word in ["Net0", "Net90", "MFI1", "DayOfMonth1", "DayOfMonth31"] {
        assert!(!refused(word), "{word}");
    }
    // Not `30`, nor `net30`: the invoice would never show what was asked.
    for word in ["30", "net30", "Net31", "Net", "DayOfMonth0", "DayOfMonth32", "DayOfMonth01"] {
        assert!(refused(word), "{word}");
    }
}

#[test]
fn a_purchase_order_has_room_for_so_much() {
    let draft = invoice("draft.7", Some("Ready"));
    let patch = |number: String| Patch {
        po_numbers: invoice::Change::Set(vec![number]),
        ..Patch::default()
    };
    let refused = |length| refusal(&Write::Update(Box::new(patch("p".repeat(length)))), &draft);
    assert!(refused(255).is_none());
    assert_eq!(pointers(&refused(256).unwrap()), ["/tracking/poNumbers"]);
}
