//! Fusebill's query language: `field:value;field:lower|upper`, the lower end
//! inside, the upper one outside, times in UTC (fusebill R17).
//!
//! What is written narrows a listing and never loses an invoice that answers.
//! What it says exactly is counted in [`Query::exact`]; the rest is ours to
//! apply on what comes back. A value that would be syntax is never written.

use std::collections::BTreeSet;
use std::ops::Bound;

use invoice::{Filter, Parameter, Range, TextFilter, TextPattern};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};

/// What a listing's `query` says of a filter.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    conditions: Vec<String>,
    /// The parameters it applies exactly.
    pub(super) exact: BTreeSet<Parameter>,
}

/// The query for posted invoices; none where no posted invoice can answer.
pub(super) fn posted(filter: &Filter) -> Option<Query> {
    let mut query = Query::default();
    query.created("createdTimestamp", filter)?;
    let days = days(&filter.invoice_date);
    query.times("effectiveTimestamp", Parameter::InvoiceDate, days)?;
    let posted = around(&filter.activated_at);
    query.times("postedTimestamp", Parameter::ActivatedAt, posted)?;
    query.number(filter.number.as_ref())?;
    query.po_number(filter.po_number.as_ref());
    Some(query)
}

/// The query for drafts; none where no draft can answer. Their fields have
/// names of their own, and only the moment of creation is asked by them: the
/// object does not show it (fusebill R30), and all else we can see for ourselves.
pub(super) fn drafts(filter: &Filter) -> Option<Query> {
    let mut query = Query::default();
    query.created("createdDate", filter)?;
    Some(query)
}

impl Query {
    /// As the parameter's value; none where nothing is asked.
    pub(super) fn text(&self) -> Option<String> {
        (!self.conditions.is_empty()).then(|| self.conditions.join(";"))
    }

    /// No invoice shows when it was created, so the provider alone can tell:
    /// what is asked must be said exactly.
    fn created(&mut self, field: &str, filter: &Filter) -> Option<()> {
        let ends = in_seconds(&filter.created_at);
        self.times(field, Parameter::CreatedAt, ends)
    }

    /// None where the range is empty: it is no range to the provider.
    fn times(&mut self, field: &str, parameter: Parameter, ends: Ends) -> Option<()> {
        // Nothing is older than the calendar of the platform theirs runs on
        // (fusebill R23).
        let first = DateTime::constant(1, 1, 1, 0, 0, 0, 0);
        let (from, to) = (ends.from.map(|at| at.max(first)), ends.to);
        if to.is_some_and(|to| to <= from.unwrap_or(first)) {
            return None;
        }
        if from.is_some() || to.is_some() {
            let (from, to) = (from.map(moment), to.map(moment));
            self.conditions.push(format!(
                "{field}:{}|{}",
                from.unwrap_or_default(),
                to.unwrap_or_default()
            ));
            if ends.exact {
                self.exact.insert(parameter);
            }
        }
        Some(())
    }

    /// Numbers are integers (fusebill R9): a text that is none is nobody's number.
    /// Any of several is documented for enumerations only, so one is written.
    fn number(&mut self, filter: Option<&TextFilter>) -> Option<()> {
        let Some(TextFilter(patterns)) = filter else {
            return Some(());
        };
        let mut numbers = Vec::new();
        for pattern in patterns {
            match pattern {
                TextPattern::Exact(text) if digits(text) => numbers.push(text),
                TextPattern::Exact(_) => {}
                TextPattern::Empty | TextPattern::Wildcard(_) => return Some(()),
            }
        }
        match numbers.as_slice() {
            [] => None,
            // A larger one may be no integer to the provider.
            [number] if number.parse::<i32>().is_ok() => {
                self.conditions.push(format!("invoiceNumber:{number}"));
                self.exact.insert(Parameter::Number);
                Some(())
            }
            _ => Some(()),
        }
    }

    /// Whether their texts match by case is not stated: what comes back is held
    /// to ours, so this is never counted as exact.
    fn po_number(&mut self, filter: Option<&TextFilter>) {
        let one = filter.map(|TextFilter(patterns)| patterns.iter().collect::<Vec<_>>());
        if let Some([pattern]) = one.as_deref() {
            let writable = match pattern {
                TextPattern::Empty => true,
                TextPattern::Exact(text) => is_plain(text) && !text.contains('*'),
                TextPattern::Wildcard(pieces) => pieces.iter().all(|piece| is_plain(piece)),
            };
            if writable {
                self.conditions.push(format!("poNumber:{pattern}"));
            }
        }
    }
}

/// Whether `text` is how an integer is written, and so how ours reads.
pub(super) fn digits(text: &str) -> bool {
    let canonical = text == "0" || !text.starts_with('0');
    (1..=18).contains(&text.len()) && canonical && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `;`, `:` and `|` cannot be written (fusebill R20); that a comma, brackets or a
/// percent sign may mean something in a text is assumed (fusebill R21).
fn is_plain(text: &str) -> bool {
    !text.contains([';', ':', '|', ',', '[', ']', '%']) && !text.chars().any(char::is_control)
}

/// The ends of a range as they are written: from here on, up to there.
struct Ends {
    from: Option<DateTime>,
    to: Option<DateTime>,
    exact: bool,
}

/// Our days are the days of their timestamps, both in UTC.
fn days(range: &Range<Date>) -> Ends {
    let (first, last) = range.days();
    let midnight = |day: Date| day.at(0, 0, 0, 0);
    Ends {
        from: first.map(midnight),
        to: last.and_then(|day| day.tomorrow().ok()).map(midnight),
        exact: true,
    }
}

/// Over times that are whole seconds, as theirs are written and shown (fusebill R22):
/// an end between two seconds is one of them.
fn in_seconds(range: &Range<Timestamp>) -> Ends {
    let up = |at: &Timestamp| civil(rounded(*at, RoundMode::Ceil));
    let past = |at: &Timestamp| {
        let second = SignedDuration::from_secs(1);
        civil(rounded(*at, RoundMode::Floor)).saturating_add(second)
    };
    Ends {
        from: match &range.lower {
            Bound::Included(at) => Some(up(at)),
            Bound::Excluded(at) => Some(past(at)),
            Bound::Unbounded => None,
        },
        to: match &range.upper {
            Bound::Included(at) => Some(past(at)),
            Bound::Excluded(at) => Some(up(at)),
            Bound::Unbounded => None,
        },
        exact: true,
    }
}

/// The ends of a range, of which one between two seconds is moved outward: what we can
/// see for ourselves needs no trust in their having no fractions.
fn around(range: &Range<Timestamp>) -> Ends {
    let ends = in_seconds(range);
    let between = |bound: &Bound<Timestamp>| matches!(bound, Bound::Included(at) | Bound::Excluded(at) if at.subsec_nanosecond() != 0);
    if !between(&range.lower) && !between(&range.upper) {
        return ends;
    }
    let from = match &range.lower {
        Bound::Included(at) | Bound::Excluded(at) => Some(civil(rounded(*at, RoundMode::Floor))),
        Bound::Unbounded => None,
    };
    Ends { from, exact: false, ..ends }
}

fn rounded(at: Timestamp, mode: RoundMode) -> Timestamp {
    let seconds = TimestampRound::new().smallest(Unit::Second).mode(mode);
    at.round(seconds).unwrap_or(at)
}

fn civil(at: Timestamp) -> DateTime {
    TimeZone::UTC.to_datetime(at)
}

/// `YYYY-MM-DD`, with `THH:MM:SS` where it is not midnight.
fn moment(at: DateTime) -> String {
    if at.time() == Time::midnight() {
        at.date().to_string()
    } else {
        at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::ListQuery;

    fn filter(asked: &str) -> Filter {
        ListQuery::parse(asked).unwrap().filter
    }

    fn written(query: Option<Query>) -> Option<(String, Vec<Parameter>)> {
        query.map(|query| {
            let text = query.text().unwrap_or_default();
            (text, query.exact.into_iter().collect())
        })
    }

    #[test]
    fn what_posted_invoices_are_asked() {
        use Parameter::{ActivatedAt, CreatedAt, InvoiceDate, Number};
        for (asked, query, exact) in [
            ("", "", vec![]),
            (
                "invoiceDate=2017-06-12",
                "effectiveTimestamp:2017-06-12|2017-06-13",
                vec![InvoiceDate],
            ),
            (
                "invoiceDate[gt]=2024-02-28&invoiceDate[lt]=2025-01-01",
                "effectiveTimestamp:2024-02-29|2025-01-01",
                vec![InvoiceDate],
            ),
            ("invoiceDate[gte]=2025-01-01", "effectiveTimestamp:2025-01-01|", vec![InvoiceDate]),
            ("createdAt=2025-01-31", "createdTimestamp:2025-01-31|2025-02-01", vec![CreatedAt]),
            (
                "createdAt[gt]=2025-01-31T12:00:00Z",
                "createdTimestamp:2025-01-31T12:00:01|",
                vec![CreatedAt],
            ),
            (
                "createdAt[lte]=2025-01-31T12:00:00%2B02:00",
                "createdTimestamp:|2025-01-31T10:00:01",
                vec![CreatedAt],
            ),
            (
                "createdAt[gte]=2025-01-31T12:00:00.5Z",
                "createdTimestamp:2025-01-31T12:00:01|",
                vec![CreatedAt],
            ),
            (
                "createdAt[lt]=1969-12-31T23:59:58.5Z",
                "createdTimestamp:|1969-12-31T23:59:59",
                vec![CreatedAt],
            ),
            (
                "activatedAt[gte]=2025-01-31T12:00:00Z",
                "postedTimestamp:2025-01-31T12:00:00|",
                vec![ActivatedAt],
            ),
            (
                "activatedAt[gt]=2025-01-31T12:00:00.5Z",
                "postedTimestamp:2025-01-31T12:00:00|",
                vec![],
            ),
            (
                "activatedAt[lte]=2025-01-31T12:00:00.5Z",
                "postedTimestamp:|2025-01-31T12:00:01",
                vec![],
            ),
            ("number=290", "invoiceNumber:290", vec![Number]),
            ("number=290,INV-7,0290", "invoiceNumber:290", vec![Number]),
            ("number=290,291", "", vec![]),
            ("number=29*", "", vec![]),
            ("number=[empty]", "", vec![]),
            ("number=99999999999", "", vec![]),
            ("poNumber=PO-7", "poNumber:PO-7", vec![]),
            ("poNumber=PO-*7", "poNumber:PO-*7", vec![]),
            ("poNumber=[empty]", "poNumber:[empty]", vec![]),
            ("poNumber=a,b", "", vec![]),
            ("poNumber=a;status:Paid", "", vec![]),
            ("poNumber=a|b", "", vec![]),
            ("poNumber=a:*", "", vec![]),
            ("poNumber=100%25*", "", vec![]),
            ("balance[gt]=0&externalId=NS-5", "", vec![]),
            (
                "number=290&invoiceDate[lte]=2017-06-12&poNumber=x",
                "effectiveTimestamp:|2017-06-13;invoiceNumber:290;poNumber:x",
                vec![InvoiceDate, Number],
            ),
        ] {
            let found = written(posted(&filter(asked)));
            assert_eq!(found, Some((query.to_owned(), exact)), "{asked}");
        }
    }

    #[test]
    fn drafts_are_asked_for_their_creation_alone() {
        let asked = filter("createdAt=2025-01-31&invoiceDate=2025-01-31&poNumber=x&number=290");
        let query = "createdDate:2025-01-31|2025-02-01".to_owned();
        assert_eq!(written(drafts(&asked)), Some((query, vec![Parameter::CreatedAt])));
    }

    #[test]
    fn what_nothing_can_answer_is_not_asked() {
        for asked in [
            "createdAt[gte]=2025-01-02&createdAt[lt]=2025-01-02",
            "activatedAt[gt]=2025-01-02T00:00:00Z&activatedAt[lt]=2025-01-02T00:00:01Z",
            "invoiceDate[gt]=2025-01-02&invoiceDate[lt]=2025-01-03",
            "invoiceDate[lt]=0001-01-01",
            "number=INV-7",
            "number=0290,-1",
        ] {
            assert_eq!(posted(&filter(asked)), None, "{asked}");
        }
    }
}
