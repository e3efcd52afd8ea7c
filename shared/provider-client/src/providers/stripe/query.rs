//! How a question is put to Stripe: one status and one customer a call, so that
//! several are several parts, in none of which an invoice stands twice; and
//! ranges of moments in whole seconds (stripe R4 to R6).

use std::collections::BTreeSet;
use std::ops::Bound;

use invoice::{Filter, Parameter, PaymentStatus, Range, Sort, SortKey, Status, StatusFilter};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::rules::Word;
use crate::provider::{Part, PartKind, PartOrder, Plan, Question};

/// A part: the invoices of one customer or of everybody, in one status or in any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) customer: Option<String>,
    pub(super) status: Option<Word>,
}

/// Its key is such as `open:cus_1`.
impl PartKind for Slice {
    fn key(&self) -> String {
        let status = self.status.map_or("", Word::word);
        format!("{status}:{}", self.customer.as_deref().unwrap_or_default())
    }

    fn parse(key: &str) -> Option<Self> {
        let (status, customer) = key.split_once(':')?;
        let status = match status {
            "" => None,
            word => Some(Word::parse(word)?),
        };
        let customer = (!customer.is_empty()).then(|| customer.to_owned());
        Some(Self { customer, status })
    }
}

/// The most parts of one answer: each is a call before anything is shown. Of more
/// customers than that everybody's invoices are read, and we choose.
const MOST_PARTS: usize = 50;

/// The parts that make up the answer.
pub(super) fn plan(question: &Question) -> Plan {
    let filter = &question.filter;
    let words = Words::of(filter);
    let named = question.customers.as_ref();
    let named = named.filter(|ids| ids.len() * words.asked.len() <= MOST_PARTS);
    let customers: Vec<Option<String>> = match named {
        None => vec![None],
        Some(ids) => ids.iter().filter(|id| !id.is_empty()).cloned().map(Some).collect(),
    };
    let order = match question.sort {
        Some(Sort { key: SortKey::CreatedAt, descending: true }) => PartOrder::Requested,
        _ => PartOrder::Own,
    };
    let slices = customers.iter().flat_map(|customer| {
        words.asked.iter().map(|status| Slice { customer: customer.clone(), status: *status })
    });
    // What an empty range is to the provider is not stated.
    let nobody = moments(&filter.created_at).is_empty() || days(&filter.due_date).is_empty();
    let slices = slices.filter(|_| !nobody);
    let parts = slices.map(|slice| Part::of(&slice, order)).collect();
    let mut by_provider = BTreeSet::new();
    by_provider.extend(named.map(|_| Parameter::CustomerIds));
    by_provider.extend((filter.status.is_some() && words.is_exact).then_some(Parameter::Status));
    for parameter in [Parameter::CreatedAt, Parameter::DueDate] {
        by_provider.extend(filter.asks(parameter).then_some(parameter));
    }
    Plan { parts, by_provider }
}

/// The parameters of a slice's calls, but for the page.
pub(super) fn parameters(slice: &Slice, filter: &Filter) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let customer = slice.customer.clone().map(|id| ("customer".to_owned(), id));
    parameters.extend(customer);
    let status = slice.status.map(|word| ("status".to_owned(), word.word().to_owned()));
    parameters.extend(status);
    parameters.extend(seconds("created", &moments(&filter.created_at)));
    parameters.extend(seconds("due_date", &days(&filter.due_date)));
    parameters
}

/// The same parameters, for what was created in this second or before.
pub(super) fn up_to(mut parameters: Vec<(String, String)>, second: i64) -> Vec<(String, String)> {
    const BEFORE: &str = "created[lt]";
    let asked = parameters.iter().find(|(name, _)| name == BEFORE);
    let asked = asked.and_then(|(_, value)| value.parse().ok()).unwrap_or(i64::MAX);
    parameters.retain(|(name, _)| name != BEFORE);
    let before = second.saturating_add(1).min(asked);
    parameters.push((BEFORE.to_owned(), before.to_string()));
    parameters
}

/// Which of Stripe's words are asked for.
struct Words {
    /// Each a part of its own; one `None` is all of them, in one call.
    asked: Vec<Option<Word>>,
    /// Whether the words say all that the filter's `status` asks.
    is_exact: bool,
}

impl Words {
    fn of(filter: &Filter) -> Self {
        let status = filter.status.as_ref();
        let payment = filter.payment_status.as_ref();
        let could = |word: &Word| {
            status.is_none_or(|wanted| may_be(*word, wanted))
                && payment.is_none_or(|wanted| may_be_paid(*word, wanted))
        };
        let mut asked: Vec<Option<Word>> =
            Word::ALL.iter().copied().filter(could).map(Some).collect();
        // What is unknown cannot be asked for: it may be any word, and none.
        let unknown = status.is_some_and(|wanted| {
            wanted.lifecycle.contains(&Status::Unknown)
                || wanted.payment.contains(&PaymentStatus::Unknown)
        }) || payment.is_some_and(|wanted| wanted.contains(&PaymentStatus::Unknown));
        if unknown || (status.is_none() && payment.is_none()) {
            asked = vec![None];
        }
        let is_exact = !unknown && status.is_some_and(is_said_by_words);
        Self { asked, is_exact }
    }
}

fn may_be(word: Word, wanted: &StatusFilter) -> bool {
    wanted.lifecycle.contains(&word.status()) || may_be_paid(word, &wanted.payment)
}

fn may_be_paid(word: Word, wanted: &BTreeSet<PaymentStatus>) -> bool {
    word.payment_statuses().iter().any(|status| wanted.contains(status))
}

/// Whether each of Stripe's words answers `wanted` whole or not at all.
fn is_said_by_words(wanted: &StatusFilter) -> bool {
    Word::ALL.iter().all(|word| {
        let paid = word.payment_statuses();
        let some = paid.iter().any(|status| wanted.payment.contains(status));
        let all = paid.iter().all(|status| wanted.payment.contains(status));
        wanted.lifecycle.contains(&word.status()) || some == all
    })
}

/// A range of seconds: its beginning inside, its end not. What a server keeps below
/// the second, and never shows, makes no difference to such bounds.
#[derive(Debug, PartialEq, Eq)]
struct Seconds {
    from: Option<i64>,
    before: Option<i64>,
}

impl Seconds {
    fn is_empty(&self) -> bool {
        matches!((self.from, self.before), (Some(from), Some(before)) if from >= before)
    }
}

fn seconds(name: &'static str, range: &Seconds) -> impl Iterator<Item = (String, String)> + use<> {
    let from = range.from.map(|from| (format!("{name}[gte]"), from.to_string()));
    let before = range.before.map(|before| (format!("{name}[lt]"), before.to_string()));
    from.into_iter().chain(before)
}

/// What Stripe tells of a moment is a whole second, so that a bound within a
/// second is said exactly by a whole one.
fn moments(range: &Range<Timestamp>) -> Seconds {
    let second = |at: &Timestamp| at.as_second();
    // `as_second` cuts toward zero; before 1970 that is the second after.
    let floor = |at: &Timestamp| second(at) - i64::from(at.subsec_nanosecond() < 0);
    let ceiling = |at: &Timestamp| second(at) + i64::from(at.subsec_nanosecond() > 0);
    Seconds {
        from: match &range.lower {
            Bound::Included(at) => Some(ceiling(at)),
            Bound::Excluded(at) => Some(floor(at) + 1),
            Bound::Unbounded => None,
        },
        before: match &range.upper {
            Bound::Included(at) => Some(floor(at) + 1),
            Bound::Excluded(at) => Some(ceiling(at)),
            Bound::Unbounded => None,
        },
    }
}

/// A day of ours is the day of a moment of theirs, in UTC (stripe R22).
fn days(range: &Range<Date>) -> Seconds {
    let first = |day: Date| day.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp().as_second());
    let after = |day: Date| day.tomorrow().ok().and_then(first);
    Seconds {
        from: match range.lower {
            Bound::Included(day) => first(day),
            // After the last day of the calendar nothing comes.
            Bound::Excluded(day) => Some(after(day).unwrap_or(i64::MAX)),
            Bound::Unbounded => None,
        },
        before: match range.upper {
            Bound::Included(day) => after(day),
            Bound::Excluded(day) => first(day),
            Bound::Unbounded => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use api::ListQuery;

    use super::*;
    use crate::provider::{Reading, View};

    fn asked(query: &str) -> (Vec<&'static str>, bool) {
        let filter = ListQuery::parse(query).unwrap().filter;
        let words = Words::of(&filter);
        let word = |word: &Option<Word>| word.map_or("any", Word::word);
        (words.asked.iter().map(word).collect(), words.is_exact)
    }

    #[test]
    fn each_status_asked_for_is_a_part_and_all_of_them_are_one() {
        assert_eq!(asked(""), (vec!["any"], false));
        assert_eq!(asked("status=draft"), (vec!["draft"], true));
        assert_eq!(asked("status=active"), (vec!["open", "paid", "uncollectible"], true));
        assert_eq!(asked("status=canceled,draft"), (vec!["draft", "void"], true));
        assert_eq!(asked("status=paid"), (vec!["paid"], true));
        // Of the open ones some: the provider narrows and we choose.
        assert_eq!(asked("status=partially_paid"), (vec!["open"], false));
        assert_eq!(asked("paymentStatus=unpaid"), (vec!["draft", "open"], false));
        assert_eq!(asked("status=draft&paymentStatus=paid"), (vec![], true));
        assert_eq!(asked("status=unknown"), (vec!["any"], false));
        assert_eq!(asked("paymentStatus=disputed"), (vec![], false));
    }

    #[test]
    fn customers_and_words_are_parts_until_there_are_too_many() {
        let planned = |customers: usize| {
            let query = ListQuery::parse("status=active").unwrap();
            let plan = plan(&Question {
                filter: query.filter,
                customers: Some((0..customers).map(|at| format!("cus_{at}")).collect()),
                sort: None,
                view: View::default(),
                reading: Reading::Whole,
            });
            (plan.parts.len(), plan.by_provider.contains(&Parameter::CustomerIds))
        };
        assert_eq!(planned(0), (0, true), "of nobody there is nothing");
        assert_eq!(planned(16), (48, true));
        assert_eq!(planned(17), (3, false));
    }

    #[test]
    fn a_slice_is_known_by_its_key() {
        for customer in [None, Some("cus_1".to_owned()), Some("a:b:c".to_owned())] {
            for status in [None, Some(Word::Open)] {
                let slice = Slice { customer: customer.clone(), status };
                assert_eq!(Slice::parse(&slice.key()), Some(slice));
            }
        }
        // As cursors have it.
        let open = Slice { customer: Some("cus_1".to_owned()), status: Some(Word::Open) };
        assert_eq!(open.key(), "open:cus_1");
        for other in ["", "x:", "opened:cus_1"] {
            assert_eq!(Slice::parse(other), None, "{other}");
        }
    }

    #[test]
    fn bounds_are_said_in_whole_seconds_and_mean_the_same() {
        let range = |query: &str| moments(&ListQuery::parse(query).unwrap().filter.created_at);
        let seconds = |from, before| Seconds { from, before };
        let base = 1_767_225_600; // 2026-01-01T00:00:00Z
        assert_eq!(range("createdAt[gte]=2026-01-01T00:00:00Z"), seconds(Some(base), None));
        assert_eq!(range("createdAt[gt]=2026-01-01T00:00:00Z"), seconds(Some(base + 1), None));
        assert_eq!(range("createdAt[gte]=2026-01-01T00:00:00.5Z"), seconds(Some(base + 1), None));
        assert_eq!(range("createdAt[gt]=2026-01-01T00:00:00.5Z"), seconds(Some(base + 1), None));
        assert_eq!(range("createdAt[lt]=2026-01-01T00:00:00Z"), seconds(None, Some(base)));
        assert_eq!(range("createdAt[lt]=2026-01-01T00:00:00.5Z"), seconds(None, Some(base + 1)));
        assert_eq!(range("createdAt[lte]=2026-01-01T00:00:00.5Z"), seconds(None, Some(base + 1)));
        assert_eq!(range("createdAt[lte]=1969-12-31T23:59:59.5Z"), seconds(None, Some(0)));
        assert_eq!(range("createdAt[gte]=1969-12-31T23:59:59.5Z"), seconds(Some(0), None));
    }

    #[test]
    fn a_day_is_all_of_its_seconds_in_utc() {
        let range = |query: &str| days(&ListQuery::parse(query).unwrap().filter.due_date);
        let day = 1_767_225_600;
        let one = Seconds { from: Some(day), before: Some(day + 86_400) };
        assert_eq!(range("dueDate=2026-01-01"), one);
        assert_eq!(range("dueDate[gt]=2025-12-31&dueDate[lt]=2026-01-02"), one);
        assert_eq!(range("dueDate[lte]=9999-12-31"), Seconds { from: None, before: None });
        assert_eq!(range("dueDate[gt]=9999-12-31").from, Some(i64::MAX));
    }
}
