//! How a question is put to SimplePin's list: InvoiceListFilterV2Model (simplepin R3).

use std::collections::BTreeSet;

use invoice::{Filter, Parameter, PaymentStatus, SortKey, Status};
use jiff::civil::Date;
use serde::Serialize;

use super::assumptions::{CUSTOMER_IN_QUERY, DATES, LARGE_PAGES};
use crate::provider::{PartKind, PartOrder, Question, Reading};
use crate::{Assumption, Assumptions};

/// The most invoices asked for at once (simplepin R8): no limit is published, and an
/// answer that holds fewer ends nothing.
const LARGEST: u16 = 500;

/// The most where that is refused.
const SMALL: u16 = 100;

/// A part: the invoices of one customer. Its key is the customer's id.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Customer(pub(super) String);

impl PartKind for Customer {
    fn key(&self) -> String {
        self.0.clone()
    }

    fn parse(key: &str) -> Option<Self> {
        Some(Self(key.to_owned()))
    }
}

/// The body of `POST /v2/invoice/list`.
#[derive(Debug, Serialize)]
pub(super) struct ListModel<'a> {
    /// The customer, where the query string does not take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
    first: u64,
    pub(super) count: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_to: Option<String>,
    filter_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<&'a str>,
    sort: &'static str,
    ascending: bool,
}

impl<'a> ListModel<'a> {
    /// What is asked for `question`, from this place among a customer's invoices on, and with
    /// so many before it, which tell where the page begins.
    pub(super) fn new(question: &'a Question, place: u64, overlap: u16) -> Self {
        let (from, to) = question.filter.invoice_date.days();
        Self {
            customer_id: None,
            first: place.saturating_sub(overlap.into()),
            count: match question.reading {
                // One more than is shown tells whether there are more.
                Reading::Few(shown) => shown.saturating_add(1).saturating_add(overlap).min(LARGEST),
                Reading::Whole => LARGEST,
            },
            // `yyyy` has no years before 0, nor does an invoice.
            date_from: from
                .filter(|day| day.year() >= 0)
                .map(|day| format!("{day}T00:00:00.000+00:00")),
            date_to: to.map(|day| format!("{day}T23:59:59.999+00:00")),
            filter_type: "NONE",
            search: question.filter.search.as_deref(),
            // Sent without being asked as well: pages must not move.
            sort: "INVOICE_NUMBER",
            ascending: !by_number(question).is_some_and(|descending| descending),
        }
    }

    /// The listing of `customer`, without what has been refused.
    #[must_use]
    pub(super) fn without_refused(mut self, customer: &'a str, seen: &Assumptions) -> Self {
        if !seen.may_use(&CUSTOMER_IN_QUERY) {
            self.customer_id = Some(customer);
        }
        if !seen.may_use(&LARGE_PAGES) {
            self.count = self.count.min(SMALL);
        }
        if !seen.may_use(&DATES) {
            (self.date_from, self.date_to) = (None, None);
        }
        self
    }

    /// What it assumes.
    pub(super) fn used(&self) -> Vec<&'static Assumption> {
        let used = [
            (&CUSTOMER_IN_QUERY, self.customer_id.is_none()),
            (&LARGE_PAGES, self.count > SMALL),
            (&DATES, self.date_from.is_some() || self.date_to.is_some()),
        ];
        used.into_iter().filter(|(_, is_used)| *is_used).map(|(assumption, _)| assumption).collect()
    }
}

/// Whether the order asked for is the number's, and then, whether it descends.
fn by_number(question: &Question) -> Option<bool> {
    question.sort.filter(|sort| sort.key == SortKey::Number).map(|sort| sort.descending)
}

/// The order in which a customer's invoices come.
pub(super) fn order(question: &Question) -> PartOrder {
    match by_number(question) {
        Some(_) => PartOrder::Requested,
        None => PartOrder::Own,
    }
}

/// What the list applies by itself, of what was asked: dates only where they have not been
/// refused.
pub(super) fn by_provider(filter: &Filter, seen: &Assumptions) -> BTreeSet<Parameter> {
    let is_refused = |parameter| parameter == Parameter::InvoiceDate && !seen.may_use(&DATES);
    [Parameter::CustomerIds, Parameter::InvoiceDate, Parameter::Search]
        .into_iter()
        .filter(|parameter| filter.asks(*parameter) && !is_refused(*parameter))
        .collect()
}

/// Whether any invoice can answer: there are days in the range asked for, and
/// the states asked for are among SimplePin's.
pub(super) fn answerable(question: &Question) -> bool {
    let range = &question.filter.invoice_date;
    let (first, last) = range.days();
    let lies_in = |day: Option<Date>| day.is_none_or(|day| range.contains(&day));
    lies_in(first)
        && lies_in(last)
        && last.is_none_or(|day| day.year() >= 0)
        && question.could_be(
            &[Status::Draft, Status::Active, Status::Canceled],
            &[PaymentStatus::Paid, PaymentStatus::Unpaid, PaymentStatus::PartiallyPaid],
        )
}

#[cfg(test)]
mod tests {
    use std::ops::Bound;

    use invoice::{Range, Sort, StatusFilter};
    use serde_json::json;

    use super::*;

    fn question(filter: Filter, sort: Option<Sort>, reading: Reading) -> Question {
        Question { filter, customers: None, sort, view: Default::default(), reading }
    }

    fn dated(lower: Bound<&str>, upper: Bound<&str>) -> Question {
        let day = |text: &str| text.parse().unwrap();
        let invoice_date = Range { lower: lower.map(day), upper: upper.map(day) };
        let filter = Filter { invoice_date, ..Filter::default() };
        question(filter, None, Reading::Few(50))
    }

    fn body(question: &Question, place: u64) -> serde_json::Value {
        serde_json::to_value(ListModel::new(question, place, u16::from(place > 0))).unwrap()
    }

    #[test]
    fn a_bare_question_asks_for_one_more_on_both_sides_of_a_page() {
        assert_eq!(
            body(&question(Filter::default(), None, Reading::Few(50)), 100),
            json!({"first": 99, "count": 52, "filter_type": "NONE",
                   "sort": "INVOICE_NUMBER", "ascending": true})
        );
        let whole = question(Filter::default(), None, Reading::Whole);
        assert_eq!(body(&whole, 0)["count"], 500);
        let many = question(Filter::default(), None, Reading::Few(u16::MAX));
        assert_eq!(body(&many, 0)["count"], 500);
    }

    #[test]
    fn days_are_sent_from_their_first_to_their_last_moment() {
        let sent = body(&dated(Bound::Excluded("2025-02-28"), Bound::Included("2025-03-31")), 0);
        assert_eq!(sent["date_from"], "2025-03-01T00:00:00.000+00:00");
        assert_eq!(sent["date_to"], "2025-03-31T23:59:59.999+00:00");
        let sent = body(&dated(Bound::Unbounded, Bound::Excluded("2025-03-01")), 0);
        assert_eq!(sent.get("date_from"), None);
        assert_eq!(sent["date_to"], "2025-02-28T23:59:59.999+00:00");
        let sent = body(&dated(Bound::Included("-000001-01-01"), Bound::Unbounded), 0);
        assert_eq!(sent.get("date_from"), None);
    }

    #[test]
    fn words_travel_as_a_value_and_never_as_syntax() {
        let filter =
            Filter { search: Some(r#"a","count":0,"x":"%&="#.into()), ..Filter::default() };
        let sent = body(&question(filter, None, Reading::Few(1)), 0);
        assert_eq!(sent["search"], r#"a","count":0,"x":"%&="#);
        assert_eq!(sent["count"], 2);
    }

    #[test]
    fn only_the_number_is_an_order_of_theirs() {
        for (key, descending, order_is, ascending) in [
            (SortKey::Number, false, PartOrder::Requested, true),
            (SortKey::Number, true, PartOrder::Requested, false),
            (SortKey::InvoiceDate, true, PartOrder::Own, true),
        ] {
            let sort = Some(Sort { key, descending });
            let asked = question(Filter::default(), sort, Reading::Whole);
            assert_eq!(order(&asked), order_is, "{key:?}");
            assert_eq!(body(&asked, 0)["ascending"], ascending, "{key:?}");
        }
        let unsorted = question(Filter::default(), None, Reading::Whole);
        assert_eq!(order(&unsorted), PartOrder::Own);
    }

    #[test]
    fn a_question_without_days_or_in_foreign_states_has_no_answer() {
        use Bound::{Excluded, Included, Unbounded};
        for (lower, upper, answer) in [
            (Included("2025-03-01"), Included("2025-03-01"), true),
            (Included("2025-03-01"), Excluded("2025-03-01"), false),
            (Included("2025-03-02"), Included("2025-03-01"), false),
            (Excluded("2025-03-01"), Excluded("2025-03-02"), false),
            (Excluded("9999-12-31"), Unbounded, false),
            (Unbounded, Included("-000001-12-31"), false),
            (Included("-000001-12-31"), Unbounded, true),
            (Unbounded, Unbounded, true),
        ] {
            let asked = dated(lower, upper);
            assert_eq!(answerable(&asked), answer, "{lower:?} {upper:?}");
        }
        for (word, answer) in
            [(Status::Draft, true), (Status::PendingActivation, false), (Status::Unknown, true)]
        {
            let status = Some(StatusFilter { lifecycle: [word].into(), ..StatusFilter::default() });
            let filter = Filter { status, ..Filter::default() };
            let asked = question(filter, None, Reading::Whole);
            assert_eq!(answerable(&asked), answer, "{word:?}");
        }
    }
}
