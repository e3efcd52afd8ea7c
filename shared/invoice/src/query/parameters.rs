//! Reading a query string: every fault at once.

use std::ops::Bound;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use url::form_urlencoded;

use super::values::{self, Moment, Parsed, last_instant};
use super::{ListQuery, MAX_LIMIT};
use crate::{Code, Fault, Filter, Include, Problem, Range, Sort, SortKey};

const PARAMETERS: [&str; 23] = [
    "connection",
    "customerIds",
    "status",
    "paymentStatus",
    "invoiceDate",
    "dueDate",
    "createdAt",
    "modifiedAt",
    "activatedAt",
    "amount",
    "balance",
    "number",
    "poNumber",
    "externalId",
    "currency",
    "search",
    "showZeroDollarCharges",
    "showTrackedItems",
    "sort",
    "limit",
    "cursor",
    "includes",
    "require",
];

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

    fn read(&mut self, name: &str, value: &str) -> Parsed<()> {
        match name {
            "sort" => self.sort = Some(sort(value)?),
            "limit" => self.limit = limit(value)?,
            "cursor" => self.cursor = Some(value.to_owned()),
            "includes" => self.includes = includes(value)?,
            "require" => match value {
                "all" => self.require_all = true,
                _ => return Err(format!("`{value}` is not known: the only value is all")),
            },
            _ => return self.filter.read(name, value),
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
        _ if !LISTS.contains(&name) && name != "includes" => {
            Err("is given twice, and takes one value".to_owned())
        }
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

fn limit(value: &str) -> Parsed<u16> {
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

/// The parameters that take several values, any of which may hold.
const LISTS: [&str; 8] = [
    "connection",
    "customerIds",
    "status",
    "paymentStatus",
    "number",
    "poNumber",
    "externalId",
    "currency",
];

impl Filter {
    /// Reads one parameter of the filter's vocabulary, as a query string has it:
    /// several values with commas between.
    fn read(&mut self, name: &str, value: &str) -> Parsed<()> {
        if name == "customerIds" {
            let items = values::customer_list(value)?;
            let items: Vec<&str> = items.iter().map(String::as_str).collect();
            return self.read_list(name, &items);
        }
        if LISTS.contains(&name) {
            return self.read_list(name, &values::list(value)?);
        }
        self.read_one(name, value)
    }

    /// Reads one parameter whose values stand apart: a comma in one is a comma.
    pub(crate) fn read_items(&mut self, name: &str, items: &[&str]) -> Parsed<()> {
        match items {
            _ if LISTS.contains(&name) => self.read_list(name, &values::items(items)?),
            [one] => self.read_one(name, one),
            _ => Err("takes one value, not several".to_owned()),
        }
    }

    fn read_list(&mut self, name: &str, items: &[&str]) -> Parsed<()> {
        match name {
            "connection" => self.connections = Some(connections(items)?),
            "customerIds" => self.customer_ids = Some(values::customer_ids(items)?),
            "status" => self.status = Some(values::status(items)?),
            "paymentStatus" => self.payment_status = Some(values::payment_status(items)?),
            "number" => self.number = Some(values::texts(items, true)),
            "poNumber" => self.po_number = Some(values::texts(items, true)),
            "externalId" => self.external_id = Some(values::texts(items, false)),
            "currency" => self.currency = Some(values::currencies(items)?),
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    fn read_one(&mut self, name: &str, value: &str) -> Parsed<()> {
        match name {
            "search" => self.search = Some(search(value)?),
            "showZeroDollarCharges" => self.show_zero_dollar_charges = Some(values::flag(value)?),
            "showTrackedItems" => self.show_tracked_items = Some(values::flag(value)?),
            _ => return self.read_range(name, value),
        }
        Ok(())
    }

    fn read_range(&mut self, name: &str, value: &str) -> Parsed<()> {
        let (field, operator) = match name.split_once('[') {
            Some((field, rest)) => {
                (field, Some(rest.strip_suffix(']').ok_or_else(|| unknown(name))?))
            }
            None => (name, None),
        };
        match field {
            "invoiceDate" => date_end(&mut self.invoice_date, operator, value),
            "dueDate" => date_end(&mut self.due_date, operator, value),
            "createdAt" => instant_end(&mut self.created_at, operator, value),
            "modifiedAt" => instant_end(&mut self.modified_at, operator, value),
            "activatedAt" => instant_end(&mut self.activated_at, operator, value),
            "amount" => decimal_end(&mut self.amount, operator, value),
            "balance" => decimal_end(&mut self.balance, operator, value),
            _ => Err(unknown(name)),
        }
    }
}

fn unknown(name: &str) -> String {
    unknown_among(name, &PARAMETERS)
}

pub(super) fn unknown_among(name: &str, known: &[&str]) -> String {
    format!("there is no such parameter: {}", values::unknown_word(name, known))
}

fn connections(items: &[&str]) -> Parsed<Vec<crate::ConnectionName>> {
    let mut names = Vec::new();
    for item in items {
        let name = item.parse().map_err(|why| format!("`{item}`: {why}"))?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn search(value: &str) -> Parsed<String> {
    let words = value.trim();
    if words.is_empty() || words.chars().count() > 200 {
        return Err("expected 1 to 200 characters to look for".into());
    }
    Ok(words.to_owned())
}

fn date_end(range: &mut Range<Date>, operator: Option<&str>, value: &str) -> Parsed<()> {
    let day = values::date(value)?;
    match operator {
        None => both(range, Bound::Included(day), Bound::Included(day)),
        Some("gte") => lower(range, Bound::Included(day)),
        Some("gt") => lower(range, Bound::Excluded(day)),
        Some("lte") => upper(range, Bound::Included(day)),
        Some("lt") => upper(range, Bound::Excluded(day)),
        Some(other) => Err(no_operator(other)),
    }
}

fn decimal_end(range: &mut Range<Decimal>, operator: Option<&str>, value: &str) -> Parsed<()> {
    let number = values::decimal(value)?;
    match operator {
        None => both(range, Bound::Included(number), Bound::Included(number)),
        Some("gte") => lower(range, Bound::Included(number)),
        Some("gt") => lower(range, Bound::Excluded(number)),
        Some("lte") => upper(range, Bound::Included(number)),
        Some("lt") => upper(range, Bound::Excluded(number)),
        Some(other) => Err(no_operator(other)),
    }
}

/// A day stands for all its instants: `gt` a day begins with the next one.
fn instant_end(range: &mut Range<Timestamp>, operator: Option<&str>, value: &str) -> Parsed<()> {
    match (operator, values::moment(value)?) {
        (None, Moment::At(at)) => both(range, Bound::Included(at), Bound::Included(at)),
        (None, Moment::Day(first, next)) => both(range, Bound::Included(first), to(next)),
        (Some("gte"), Moment::At(from) | Moment::Day(from, _)) => {
            lower(range, Bound::Included(from))
        }
        (Some("gt"), Moment::At(at)) => lower(range, Bound::Excluded(at)),
        (Some("gt"), Moment::Day(_, Some(next))) => lower(range, Bound::Included(next)),
        (Some("gt"), Moment::Day(_, None)) => lower(range, Bound::Excluded(last_instant())),
        (Some("lte"), Moment::At(at)) => upper(range, Bound::Included(at)),
        (Some("lte"), Moment::Day(_, next)) => upper(range, to(next)),
        (Some("lt"), Moment::At(end) | Moment::Day(end, _)) => upper(range, Bound::Excluded(end)),
        (Some(other), _) => Err(no_operator(other)),
    }
}

/// Up to the first instant of the next day, where there is one.
fn to(next: Option<Timestamp>) -> Bound<Timestamp> {
    next.map_or_else(|| Bound::Included(last_instant()), Bound::Excluded)
}

fn no_operator(operator: &str) -> String {
    values::unknown_word(operator, &["gte", "gt", "lte", "lt"])
}

fn both<T>(range: &mut Range<T>, from: Bound<T>, to: Bound<T>) -> Parsed<()> {
    lower(range, from)?;
    upper(range, to)
}

fn lower<T>(range: &mut Range<T>, end: Bound<T>) -> Parsed<()> {
    if !matches!(range.lower, Bound::Unbounded) {
        return Err("sets the lower end a second time: keep one of gte, gt and equality".into());
    }
    range.lower = end;
    Ok(())
}

fn upper<T>(range: &mut Range<T>, end: Bound<T>) -> Parsed<()> {
    if !matches!(range.upper, Bound::Unbounded) {
        return Err("sets the upper end a second time: keep one of lte, lt and equality".into());
    }
    range.upper = end;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CustomerId, PaymentStatus, Status};

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
}
