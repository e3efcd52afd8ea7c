//! Reading a query string: every fault at once.

use invoice::values::{self, Parsed};
use invoice::{Code, Fault, Filter, Include, Problem, Sort, SortKey};
use url::form_urlencoded;

use super::{ListQuery, MAX_LIMIT};

/// The parameters of a listing beside its filter.
pub(crate) const OTHERS: [&str; 5] = ["sort", "limit", "cursor", "includes", "require"];

impl ListQuery {
    /// Reads the query string of `GET /invoices`.
    ///
    /// # Errors
    /// `invalid_parameter`, with a fault for each thing that is wrong.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let mut parsed = Self::default();
        each(query, |name, value| parsed.read(name, value))?;
        Ok(parsed)
    }

    pub(super) fn read(&mut self, name: &str, value: &str) -> Parsed<()> {
        match name {
            "sort" => self.sort = Some(sort(value)?),
            "limit" => self.limit = limit(value)?,
            "cursor" => self.cursor = Some(value.to_owned()),
            "includes" => self.includes = includes(value)?,
            "require" => match value {
                "all" => self.require_all = true,
                _ => return Err(format!("`{value}` is not known: the only value is all")),
            },
            _ => {
                return self.filter.read_text(name, value).unwrap_or_else(|| Err(unknown(name)));
            }
        }
        Ok(())
    }
}

/// Reads each parameter once, and gathers every fault. A list that is given several
/// times is the comma list of its values: generated clients send lists either way.
pub(super) fn each(
    query: &str,
    mut read: impl FnMut(&str, &str) -> Parsed<()>,
) -> Result<(), Problem> {
    let mut faults = Vec::new();
    for (name, values) in by_name(query) {
        let (value, repeated) = match together(&name, &values) {
            Ok(value) => (value, None),
            // What else is wrong with the first is told beside it.
            Err(why) => (values.first().cloned().unwrap_or_default(), Some(why)),
        };
        let wrong = read(&name, &value).err();
        faults.extend(wrong.into_iter().chain(repeated).map(|why| fault(&name, &why)));
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::of_faults(Code::InvalidParameter, faults)) }
}

/// The values of each parameter, in the order in which the names first stand.
fn by_name(query: &str) -> Vec<(String, Vec<String>)> {
    let mut parameters: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = value.into_owned();
        match parameters.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => parameters.push((name.into_owned(), vec![value])),
        }
    }
    parameters
}

/// The one value of a parameter that may stand several times if it is a list.
fn together(name: &str, values: &[String]) -> Parsed<String> {
    match values {
        [only] => Ok(only.clone()),
        _ if !is_list(name) => Err("is given twice, and takes one value".to_owned()),
        // Each of them would be a list of its own.
        _ if values
            .iter()
            .any(|value| value.trim_start().starts_with('[') && value != "[empty]") =>
        {
            Err("is given twice, once as a JSON array: put all its values in one array".to_owned())
        }
        _ => Ok(values.join(",")),
    }
}

fn fault(name: &str, why: &str) -> Fault {
    let name: String = name.chars().take(60).collect();
    Fault {
        pointer: format!("?{name}"),
        code: Code::InvalidParameter,
        detail: format!("parameter `{name}`: {why}"),
    }
}

fn sort(value: &str) -> Parsed<Sort> {
    let (descending, key) = match value.strip_prefix('-') {
        Some(key) => (true, key),
        None => (false, value),
    };
    Ok(Sort { key: values::word(key, SortKey::ALL, SortKey::word)?, descending })
}

pub(super) fn limit(value: &str) -> Parsed<u16> {
    value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(|| {
        format!("`{value}` is out of range: expected a whole number from 1 to {MAX_LIMIT}")
    })
}

pub(super) fn includes(value: &str) -> Parsed<Vec<Include>> {
    let mut includes = values::list(value)?
        .into_iter()
        .map(|item| values::word(item, Include::ALL, Include::word))
        .collect::<Parsed<Vec<_>>>()?;
    includes.sort_unstable();
    includes.dedup();
    Ok(includes)
}

/// Whether a parameter takes several values.
fn is_list(name: &str) -> bool {
    matches!(name, "includes" | "by") || Filter::is_list(name)
}

/// There is no parameter of this name; with what the caller may have meant.
pub(crate) fn unknown(name: &str) -> String {
    let known: Vec<&str> = Filter::names().chain(OTHERS).collect();
    unknown_among(name, &known)
}

pub(super) fn unknown_among(name: &str, known: &[&str]) -> String {
    format!("there is no such parameter: {}", values::unknown_word(name, known))
}

#[cfg(test)]
mod tests {
    use invoice::{CustomerId, PaymentStatus, Status};
    use jiff::Timestamp;

    use super::*;

    fn faults(query: &str) -> Vec<(String, String)> {
        let problem = ListQuery::parse(query).unwrap_err();
        problem.errors.into_iter().map(|fault| (fault.pointer, fault.detail)).collect()
    }

    #[test]
    fn reads_the_listing_of_the_documentation() {
        let query = ListQuery::parse(
            "customerIds=%5B%22nue:001KS%22,%22fusebill:123456%22,%22bare%22%5D&status=Draft,PartiallyPaid&includes=orders,assets",
        )
        .unwrap();
        let ids = query.filter.customer_ids.unwrap();
        assert!(ids.contains(&CustomerId::At("nue:001KS".parse().unwrap())));
        assert!(ids.contains(&CustomerId::Anywhere("bare".into())));
        let status = query.filter.status.unwrap();
        assert_eq!(status.lifecycle, [Status::Draft].into());
        assert_eq!(status.payment, [PaymentStatus::PartiallyPaid].into());
        assert_eq!(query.includes, [Include::Assets, Include::Orders]);
        assert_eq!(query.limit, 50);
    }

    #[test]
    fn names_the_parameter_and_what_would_be_right() {
        for (query, pointer, right) in [
            ("limit=0", "?limit", "from 1 to 200"),
            ("limit=201", "?limit", "from 1 to 200"),
            ("limit=abc", "?limit", "from 1 to 200"),
            ("limt=1", "?limt", "limit"),
            ("customerIds=[1", "?customerIds", "JSON array"),
            ("customerIds=[1]", "?customerIds", "JSON array"),
            ("customerIds=[]", "?customerIds", "JSON array"),
            ("customerIds=[\"a\",\" \"]", "?customerIds", "empty value"),
            ("invoiceDate[gte]=2025-02-30", "?invoiceDate[gte]", "YYYY-MM-DD"),
            ("invoiceDate[ge]=2025-02-03", "?invoiceDate[ge]", "gte"),
            ("amount[gt]=1e400", "?amount[gt]", "decimal"),
            ("balance=00000000000000000000000000000", "?balance", "at most 28 digits"),
            ("amount=1&amount[gte]=2", "?amount[gte]", "keep one"),
            ("status=actve", "?status", "active"),
            ("paymentStatus=draft", "?paymentStatus", "none of"),
            ("sort=dueData", "?sort", "dueDate"),
            ("createdAt[lt]=yesterday", "?createdAt[lt]", "RFC 3339"),
            ("currency=Dollar", "?currency", "ISO 4217"),
            ("require=some", "?require", "all"),
            ("limit=1&limit=2", "?limit", "twice"),
            ("amount[gt]=1&amount[gt]=2", "?amount[gt]", "twice"),
            ("search=a&search=b", "?search", "twice"),
            ("status=draft&status=", "?status", "empty value"),
            ("customerIds=[\"a\"]&customerIds=b", "?customerIds", "one array"),
            ("number=a,,b", "?number", "empty value"),
        ] {
            let found = faults(query);
            let [(at, detail)] = found.as_slice() else { panic!("{query}: {found:?}") };
            assert_eq!(at, pointer, "{query}");
            assert!(detail.contains(right), "{query}: {detail}");
        }
    }

    #[test]
    fn reports_every_fault_at_once() {
        let found = faults("limit=0&status=nope&nonsense=1");
        let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["?limit", "?status", "?nonsense"]);
    }

    #[test]
    fn a_list_that_is_given_repeatedly_is_a_comma_list() {
        for (repeated, listed) in [
            ("status=draft&limit=9&status=paid", "status=draft,paid&limit=9"),
            ("connection=b&connection=a,c", "connection=b,a,c"),
            ("customerIds=nue:1&customerIds=2", "customerIds=[\"nue:1\",\"2\"]"),
            ("currency=[empty]&currency=EUR", "currency=[empty],EUR"),
            ("includes=lines&includes=raw&includes=lines", "includes=lines,raw"),
        ] {
            let read = |query: &str| ListQuery::parse(query).unwrap();
            assert_eq!(read(repeated), read(listed), "{repeated}");
        }
        let many = "number=a&".repeat(201);
        assert!(faults(many.trim_end_matches('&'))[0].1.contains("200 at most"));
    }

    #[test]
    fn a_day_stands_for_all_its_instants() {
        let range = |query: &str| ListQuery::parse(query).unwrap().filter.created_at;
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let last = at("2025-01-31T23:59:59.999Z");
        assert!(range("createdAt=2025-01-31").contains(&last));
        assert!(range("createdAt[lte]=2025-01-31").contains(&last));
        assert!(!range("createdAt[gt]=2025-01-31").contains(&last));
        assert!(!range("createdAt[lt]=2025-01-31").contains(&at("2025-01-31T00:00:00Z")));
        assert!(range("createdAt[gt]=2025-01-31T00:00:00Z").contains(&last));
    }

    #[test]
    fn the_canonical_form_reads_back_and_forgets_the_spelling() {
        let canonical = |query: &str| ListQuery::parse(query).unwrap().canonical();
        let a = canonical(
            "status=Active,draft&amount[gt]=1.50&limit=7&sort=-dueDate&customerIds=b,a&number=INV-*",
        );
        let b = canonical(
            "number=INV-*&customerIds=[\"a\",\"b\"]&amount[gt]=1.5&status=Draft,ACTIVE&sort=-dueDate",
        );
        assert_eq!(a, b);
        assert_eq!(canonical(&a), a);
        assert_ne!(a, canonical("status=active"));
    }

    #[test]
    fn the_ends_of_the_calendar_are_dates_everywhere() {
        let names = ["invoiceDate", "dueDate", "createdAt", "modifiedAt", "activatedAt"];
        let operators = ["", "[gte]", "[gt]", "[lte]", "[lt]"];
        for name in names {
            for operator in operators {
                for day in ["0001-01-01", "9999-12-30", "9999-12-31"] {
                    let query = format!("{name}{operator}={day}");
                    assert!(ListQuery::parse(&query).is_ok(), "{query}");
                }
            }
        }
    }

    #[test]
    fn the_last_day_holds_all_instants_before_and_none_behind() {
        let range = |query: &str| ListQuery::parse(query).unwrap().filter.created_at;
        let now = "2026-07-01T12:00:00Z".parse().unwrap();
        for end in ["9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999%2B00:00"] {
            for (operator, holds) in
                [("[lte]", true), ("[lt]", true), ("[gte]", false), ("[gt]", false), ("", false)]
            {
                let query = format!("createdAt{operator}={end}");
                assert_eq!(range(&query).contains(&now), holds, "{query}");
                assert!(
                    !query.contains("[lte]") || range(&query).contains(&values::last_instant())
                );
            }
        }
        for no_instant in ["9999-12-32T00:00:00Z", "9999-12-31T25:00:00Z", "9999-12-31T00:00"] {
            assert!(ListQuery::parse(&format!("createdAt={no_instant}")).is_err(), "{no_instant}");
        }
    }
}
