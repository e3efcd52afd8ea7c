//! What a draft that is gone has become.

use invoice::{Amount, Comment, Direction, Invoice, Write};
use jiff::Timestamp;

use super::super::CAPABILITIES;
use super::super::draft_resolution::{became, is_since, question};
use super::super::query::{parameters, plan};
use super::super::resource::Listing;
use crate::provider::After;
use crate::provider::PartKind;

const ACTIVATE: Write = Write::Activate { invoice_date: None, comment: None };
const CANCEL: Write = Write::Cancel { comment: None };

/// `id total po note`, `-` for what is not said.
fn invoice(said: &str) -> Invoice {
    let mut said = said.split(' ');
    let id = format!("billing:{}", said.next().unwrap()).parse().unwrap();
    let mut invoice = Invoice::unknown(id, CAPABILITIES.provider, Direction::Receivable);
    let mut said = said.map(|text| Some(text.to_owned()).filter(|text| text != "-"));
    let total = said.next().unwrap();
    invoice.amounts.total = total.map(|total| Amount::new(total.parse().unwrap(), None));
    invoice.tracking.po_numbers = said.next().unwrap().into_iter().collect();
    let note = |text| Comment { text, created_at: None, author: None };
    invoice.comments = said.next().unwrap().map(note).into_iter().collect();
    invoice
}

/// `done`, `done <id>` or `unclear`.
fn told(write: &Write, before: &str, posted: &[&str]) -> String {
    let posted = posted.iter().map(|said| invoice(said)).collect();
    match became(write, &invoice(before), posted) {
        After::Done(None) => "done".to_owned(),
        After::Done(Some(now)) => format!("done {}", now.id.id()),
        After::Unclear => "unclear".to_owned(),
        After::NotDone(_) => panic!("a draft that is gone is not as it was"),
    }
}

#[test]
fn a_posted_draft_is_known_again_by_what_both_show() {
    for (before, posted, expected) in [
        ("draft.7 100 PO-1 hi", &["8 100.00 PO-1 hi"][..], "done 8"),
        ("draft.7 100 - -", &["8 100 - -", "9 101 - -"], "done 8"),
        ("draft.7 100 - -", &["8 100 PO-1 -", "9 100 - hi", "10 100 - -"], "done 10"),
        ("draft.7 100 - -", &["8 100 - -", "9 100 - -"], "done"),
        ("draft.7 100 PO-1 hi", &["8 100 PO-2 hi", "9 100 PO-1 ho", "10 99 PO-1 hi"], "unclear"),
        ("draft.7 100 - -", &[], "unclear"),
        // Two sums that are not said are not the same sum.
        ("draft.7 - - -", &["8 - - -"], "unclear"),
    ] {
        assert_eq!(told(&ACTIVATE, before, posted), expected, "{before} {posted:?}");
    }
}

#[test]
fn a_draft_was_canceled_only_where_nothing_posted_can_be_it() {
    for (before, posted, expected) in [
        ("draft.7 100 - -", &[][..], "done"),
        ("draft.7 100 - -", &["8 101 - -"], "done"),
        ("draft.7 100 - -", &["8 100 - -"], "unclear"),
        ("draft.7 100 - -", &["8 100.00 PO-1 changed"], "unclear"),
        ("draft.7 - - -", &["8 100 - -"], "unclear"),
        ("draft.7 100 - -", &["8 - - -"], "unclear"),
    ] {
        assert_eq!(told(&CANCEL, before, posted), expected, "{before} {posted:?}");
    }
}

#[test]
fn what_was_posted_is_asked_of_the_customer_from_two_minutes_before() {
    let since: Timestamp = "2026-07-01T00:01:00.5Z".parse().unwrap();
    let question = question("5", since);
    let parts = plan(&question).parts;
    let names: Vec<&str> = parts.iter().map(|part| part.key().as_str()).collect();
    assert_eq!(names, ["posted:5"]);
    let parameters = parameters(&Listing::parse("posted:5").unwrap(), &question);
    let query = parameters.iter().find(|(name, _)| *name == "query").unwrap();
    assert_eq!(query.1, "postedTimestamp:2026-06-30T23:59:00|");
    let mut posted = invoice("8 1 - -");
    for (at, expected) in [("2026-06-30T23:59:00Z", false), ("2026-06-30T23:59:01Z", true)] {
        posted.timestamps.activated = Some(at.parse().unwrap());
        assert_eq!(is_since(&posted, since), expected, "{at}");
    }
}
