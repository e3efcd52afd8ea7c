//! The newer REST edition (nue R12, R13, R14).

use crate::exchange::{Call, Distortion, array};
use crate::store::Store;

use super::api::distorted;
use super::object::Invoice;
use super::predicate::{Comparison, Predicate, Test, column, written};
use super::related::{self, Related};

const INCLUDES: [Related; 3] = [Related::Assets, Related::Orders, Related::PaymentApplications];
const DEFAULT_LIMIT: usize = 100;
const LARGEST_LIMIT: usize = 500;

/// Answers a list, of one customer where the path names one.
pub(super) fn list(
    invoices: &mut Store<Invoice>,
    call: &Call,
    customer: Option<&str>,
    distortion: Distortion,
) -> Result<String, String> {
    let included = related::read(call.parameter("includes"), &INCLUDES)?;
    let page = number(call, "page", 1, usize::MAX)?;
    let limit = number(call, "limit", DEFAULT_LIMIT, LARGEST_LIMIT)?;
    let limit = distortion.page_size(limit);
    let mut predicate = filter(call)?;
    if let Some(customer) = customer {
        // The path holds whatever the predicate says.
        let own = equals("customerId", customer)?;
        predicate = Predicate::All(vec![own, predicate]);
    }
    let rows = invoices.rows(format!("rest {predicate:?}"), |invoices| {
        super::api::select(invoices, &predicate, &[])
    });
    let (skip, total) = distortion.window((page - 1).saturating_mul(limit), rows.len());
    let data = invoices.at(rows.iter().skip(skip).take(limit));
    let data = array(data.enumerate().map(|(at, invoice)| {
        let distortion = if at == 0 { distortion } else { Distortion::None };
        let (invoice, shape) = distorted(invoice, distortion);
        related::add(invoice.json(shape), &invoice, &included)
    }));
    // The key of the rows is assumed (nue R16); `pagination.total` is the vendor's.
    Ok(format!(
        r#"{{"data":{data},"pagination":{{"page":{page},"limit":{limit},"total":{total}}}}}"#
    ))
}

/// Answers one invoice: the bare object (nue R16).
pub(super) fn get(
    invoice: &Invoice,
    call: &Call,
    distortion: Distortion,
) -> Result<String, String> {
    let included = related::read(call.parameter("includes"), &INCLUDES)?;
    let (invoice, shape) = distorted(invoice, distortion);
    Ok(related::add(invoice.json(shape), &invoice, &included))
}

fn number(call: &Call, name: &str, default: usize, largest: usize) -> Result<usize, String> {
    let Some(text) = call.parameter(name) else {
        return Ok(default);
    };
    match text.parse() {
        Ok(number) if (1..=largest).contains(&number) => Ok(number),
        _ => Err(format!("{name} must be a whole number from 1 to {largest}")),
    }
}

fn equals(field: &str, value: &str) -> Result<Predicate, String> {
    compare(field, Comparison::Equal, value)
}

fn compare(field: &str, comparison: Comparison, value: &str) -> Result<Predicate, String> {
    let (field, kind) = column(field)?;
    let value = written(field, kind, value)?;
    Ok(Predicate::Is(field, Test::Compare(comparison, value)))
}

/// Every parameter that is not reserved is a condition; `predicate` joins them
/// (`and` unless it says `or`; that the path's customer stays outside is assumed (nue R46)).
fn filter(call: &Call) -> Result<Predicate, String> {
    let mut parts = Vec::new();
    let mut any = false;
    for (key, value) in &call.query {
        match key.as_str() {
            "page" | "limit" | "includes" => {}
            "predicate" => {
                any = match value.as_str() {
                    "and" => false,
                    "or" => true,
                    _ => return Err("predicate must be and or or".to_owned()),
                }
            }
            _ => {
                let (field, comparison, value) = operator(key, value);
                parts.push(compare(field, comparison, value)?);
            }
        }
    }
    Ok(if any && !parts.is_empty() { Predicate::Any(parts) } else { Predicate::All(parts) })
}

/// Splits `amount>=1000`, `balance>0` and `status=Active`. The query was split
/// at its first `=`, so `amount>=1000` comes as the key `amount>`; a text that
/// was encoded whole, or has no `=`, comes as a key alone.
fn operator<'a>(key: &'a str, value: &'a str) -> (&'a str, Comparison, &'a str) {
    let Some((field, rest)) = key.split_once(['>', '<']) else {
        return (key, Comparison::Equal, value);
    };
    let greater = key.contains('>');
    let (or_equal, value) = match rest.strip_prefix('=') {
        Some(operand) => (true, operand),
        None if rest.is_empty() => (true, value),
        None => (false, rest),
    };
    let comparison = match (greater, or_equal) {
        (true, true) => Comparison::GreaterOrEqual,
        (true, false) => Comparison::Greater,
        (false, true) => Comparison::LessOrEqual,
        (false, false) => Comparison::Less,
    };
    (field, comparison, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_stand_in_the_key() {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        let table = [
            ("amount>=1000", ("amount", GreaterOrEqual, "1000")),
            ("amount%3E=1000", ("amount", GreaterOrEqual, "1000")),
            ("amount%3E%3D1000", ("amount", GreaterOrEqual, "1000")),
            ("balance>0", ("balance", Greater, "0")),
            ("balance%3E0=", ("balance", Greater, "0")),
            ("dueDate<2024-01-01", ("dueDate", Less, "2024-01-01")),
            ("dueDate<=2024-01-01", ("dueDate", LessOrEqual, "2024-01-01")),
            ("status=Active", ("status", Equal, "Active")),
        ];
        for (query, expected) in table {
            let (key, value) =
                url::form_urlencoded::parse(query.as_bytes()).into_owned().next().unwrap();
            assert_eq!(operator(&key, &value), expected, "{query}");
        }
    }
}
